/**
 * A vendor's failures in Make's words: the very sentences that people read on Zapier, with Make's expressions where a
 * status or the vendor's own words go.
 */
import type { FailureKind, VendorFailure } from '../boundary/failure.ts';
import type { Reply } from '../boundary/send.ts';
import type { ErrorType, StatusError } from './format.ts';
import { asText, call, quoted, replaceAll, value } from './iml.ts';

/** Stands for the vendor's own words in the answers that sentences are made from. */
export const SAID = 'SAID';

/** An answer as a vendor gives it, to see what is said of it. */
export const answer = (status: number, body: object): Reply => ({
  status,
  header: () => null,
  body: JSON.stringify(body),
});

const GAPS = /(“SAID”|\b[45]\d\d\b|\b30\d\b|\b200\b)/;

/** A sentence as an expression; `said` is the expression of the vendor's own words. */
export const sentence = ({ message }: Pick<VendorFailure, 'message'>, said: string): string =>
  message
    .split(GAPS)
    .filter((piece) => piece !== '')
    .map((piece) => (piece === '“SAID”' ? said : GAPS.test(piece) ? 'statusCode' : quoted(piece)))
    .join(' + ');

/** The same for what has no expression around it: plain text with expressions in it. */
export const template = ({ message }: Pick<VendorFailure, 'message'>, said: string): string =>
  message
    .split(GAPS)
    .map((piece) => (piece === '“SAID”' ? value(said) : GAPS.test(piece) ? value('statusCode') : piece))
    .join('');

/** Everything but spaces and line breaks. The last character is the highest that a file can hold as it is. */
const VISIBLE = '!-\uFFFD';

/**
 * A vendor's own words, as boundary/failure.ts quotes them: one line, without emails and what may be a key, at most 90
 * characters; `fallback`, an expression, where it said nothing.
 */
export const vendorSays = (path: string, fallback: string): string => {
  const line = call('trim', replaceAll(call('substring', asText(path), 0, 1000), `[^${VISIBLE}]+`, ' '));
  const withoutEmails = replaceAll(line, `[${VISIBLE}]{1,64}@[${VISIBLE}]+`, '•••');
  const withoutKeys = replaceAll(withoutEmails, '(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}', '•••');
  const short = replaceAll(withoutKeys, '^(.{89}).{2,}$', '$1…');
  return call('ifempty', replaceAll(`${quoted('“')} + ${short} + ${quoted('”')}`, '^“”$', ''), fallback);
};

const types: Record<FailureKind, ErrorType> = {
  connection: 'RuntimeError',
  data: 'DataError',
  wait: 'RateLimitError',
  retry: 'ConnectionError',
};

/**
 * Make's kind of error for a failure. Only a refused key is a token error, which turns the scenario off (Make contract
 * §4.1).
 */
export const errorTypeOf = ({ details: { kind, status } }: VendorFailure): ErrorType =>
  kind === 'connection' && status === 401 ? 'InvalidAccessTokenError' : types[kind];

const withStatus = (text: string): string => `[${value('statusCode')}] ${text}`;

/** What one status means, by the failure that it stands for. */
export const statusError = (failure: VendorFailure, said: string): StatusError => ({
  message: withStatus(template(failure, said)),
  type: errorTypeOf(failure),
});

/** What one status means, where an expression chooses between sentences. */
export const chosenError = (expression: string, type: StatusError['type']): StatusError => ({
  message: withStatus(value(expression)),
  type,
});
