/**
 * A vendor's failures in Make's words: the very sentences that people read on Zapier, with Make's expressions where a
 * status or the vendor's own words go.
 */
import { type FailureKind, VendorFailure } from '../../boundary/failure.ts';
import type { Reply } from '../../boundary/send.ts';
import type { ErrorType, StatusError } from './format.ts';
import { call, choose, quoted, replaceAll, value } from './iml.ts';
import { wireText } from './values.ts';

/** What people read when `run` refuses what they filled in. Throws when it does not. */
export const refusalOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof VendorFailure) return error.message;
    throw error;
  }
  throw new Error('Nothing was refused.');
};

/** Stands for the vendor's own words in the answers that sentences are made from. */
export const SAID = 'SAID';

/** An answer as a vendor gives it, to see what is said of it. */
export const answer = (status: number, body: object): Reply => ({
  status,
  header: () => null,
  body: JSON.stringify(body),
});

/** Stands for what was asked for. */
export const THING = 'THING_ASKED_FOR';

const GAPS = /(“SAID”|THING_ASKED_FOR|\b[45]\d\d\b|\b30\d\b|\b200\b)/;

type Sentence = Pick<VendorFailure, 'message'>;

/** A sentence as an expression; `said` is the expression of the vendor's own words, `thing` of what was asked for. */
export const sentence = ({ message }: Sentence, said: string, thing = quoted('')): string => {
  const gaps = new Map([
    ['“SAID”', said],
    [THING, thing],
  ]);
  return message
    .split(GAPS)
    .filter((piece) => piece !== '')
    .map((piece) => gaps.get(piece) ?? (GAPS.test(piece) ? 'statusCode' : quoted(piece)))
    .join(' + ');
};

/** The same for what has no expression around it: plain text with expressions in it. */
export const template = ({ message }: Sentence, said: string): string =>
  message
    .split(GAPS)
    .map((piece) => (piece === '“SAID”' ? value(said) : GAPS.test(piece) ? value('statusCode') : piece))
    .join('');

/** Everything but spaces and line breaks. The last character is the highest that a file can hold as it is. */
const VISIBLE = '!-\uFFFD';

/** A text without a key of the connection's, should a vendor quote one back. */
const withoutKey = (text: string, key: string): string =>
  call('join', call('split', text, call('ifempty', key, quoted('no key')), 'true'), quoted('•••'));

/**
 * A vendor's own words, as boundary/failure.ts quotes them: one line, without the connection's keys, emails and what
 * else may be a key, at most 90 characters; `fallback`, an expression, where it said nothing.
 */
export const vendorSays = (path: string, fallback: string, keys: string[]): string => {
  const words = keys.reduce(withoutKey, call('substring', wireText(path), 0, 1000));
  const line = call('trim', replaceAll(words, `[^${VISIBLE}]+`, ' '));
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
 * Make's kind of error for a failure. Only a refused key is a token error, which turns the scenario off
 * (M25).
 */
export const errorTypeOf = ({ details: { kind, status } }: VendorFailure): ErrorType =>
  kind === 'connection' && status === 401 ? 'InvalidAccessTokenError' : types[kind];

const withStatus = (text: string): string => `[${value('statusCode')}] ${text}`;

/** The kind of one failure where a condition holds, else that of another. */
export const typeByCondition = (condition: string, then: VendorFailure, otherwise: VendorFailure) =>
  value(choose(condition, quoted(errorTypeOf(then)), quoted(errorTypeOf(otherwise))));

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
