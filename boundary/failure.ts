import { cut, shorten } from './text.ts';

/** The two services of the loop, as people know them. */
export type Service = 'Koji' | 'Amplitude';

/**
 * What the person who owns the Zap has to do:
 * - `connection`: mend the connection (key, permission, plan, region),
 * - `data`: mend what the step was given; the Zap itself is fine,
 * - `wait`: nothing, the service asked for a pause,
 * - `retry`: run it again, the service or the way to it had a passing fault.
 */
export type FailureKind = 'connection' | 'data' | 'wait' | 'retry';

type FailureDetails = {
  service: Service;
  kind: FailureKind;
  /** The vendor's own code where it gave one, else a short name of ours. */
  code: string;
  /** The HTTP status; 0 when no answer came. */
  status: number;
  /** How long the service asks to be left alone, in seconds. */
  waitSeconds?: number;
};

/** Zapier shows the first 250 characters of an error (Z5). */
const LONGEST_MESSAGE = 249;

/** A refusal or breakdown of Koji or Amplitude, in words for the person who has to act on it. */
export class VendorFailure extends Error {
  readonly details: FailureDetails;

  constructor(message: string, details: FailureDetails) {
    super(shorten(message, LONGEST_MESSAGE));
    this.name = 'VendorFailure';
    this.details = details;
  }
}

/** A failure in one line. Without a status no answer came, or none was asked for. `waitSeconds` is a pause asked for. */
export const failure = (
  service: Service,
  kind: FailureKind,
  code: string,
  message: string,
  { status = 0, waitSeconds }: { status?: number; waitSeconds?: number | undefined } = {},
): VendorFailure =>
  new VendorFailure(message, { service, kind, code, status, ...(waitSeconds === undefined ? {} : { waitSeconds }) });

const LONGEST_QUOTE = 90;

/** A word this long with a digit in it may be a key that the vendor quotes back. */
const LONG_WORD = /[\w-]{20,}/g;
const EMAIL = /\S{1,64}@\S+/g;
/** Only so much of a vendor's text is read. */
const LONGEST_READ = 1_000;

/**
 * A vendor's own words, short enough to leave room for ours, with everything blotted out that may be a key; an empty
 * text gives the fallback.
 */
export const quote = (text: string | null | undefined, fallback: string): string => {
  const words = cut(text ?? '', LONGEST_READ)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(EMAIL, '•••')
    .replace(LONG_WORD, (word) => (/\d/.test(word) ? '•••' : word));
  return words === '' ? fallback : `“${shorten(words, LONGEST_QUOTE)}”`;
};
