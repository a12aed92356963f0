import { isRounded, momentOf } from './values.ts';

/** One HTTP request as the vendor rooms describe it. Credentials are added by whoever sends it. */
export type OutgoingRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMilliseconds: number;
};

/** One HTTP answer, whatever its status. `header` is case-insensitive and gives null when absent. */
export type Reply = {
  status: number;
  header: (name: string) => string | null;
  body: string;
};

/**
 * The only way the vendor rooms reach the network: Zapier's `z.request`, `fetch` and a test look the same to them.
 * Resolves for every status, follows no redirect, and rejects when no answer came (refused,
 * reset, timed out) or with {@link AnswerTooLarge}.
 */
export type Send = (request: OutgoingRequest) => Promise<Reply>;

/** The answer has more than the megabytes that whoever sends takes. */
export class AnswerTooLarge extends Error {
  readonly megabytes: number;

  constructor(megabytes: number) {
    super();
    this.megabytes = megabytes;
  }
}

/** An answer whose body is read as it arrives; reading rejects when the connection breaks or the time is up. */
export type Download = Omit<Reply, 'body'> & { bytes: AsyncIterable<Uint8Array> };

/** The same as {@link Send} for files too large to hold: the bytes come as they were sent, packed ones packed. */
export type OpenDownload = (request: OutgoingRequest) => Promise<Download>;

/**
 * A number that may not be exact: one of many digits, or with an e. Where there is none the text is parsed as it is; ids such
 * as `int_9e12` are none, because a number stands behind a space or a mark.
 */
const MAY_BE_ROUNDED = /(?:^|[\s:,[])-?(?:\d{16}|\d+(?:\.\d+)?e)/i;

/** What stands in JSON: where a text begins or ends, an escape in one, a number. */
const TOKEN = /"|\\.|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gis;

/**
 * The same JSON with each whole number that would be rounded as a text of its digits. The parser could be asked for them,
 * but then it can't read what is nested deep.
 */
const withDigits = (json: string): string => {
  let isInText = false;
  return json.replace(TOKEN, (token) => {
    if (token === '"') isInText = !isInText;
    return !isInText && isRounded(Number(token)) ? `"${token}"` : token;
  });
};

/**
 * The body as JSON, or undefined when it is something else (an HTML page from a proxy, nothing at all). A byte order mark
 * is passed over; whole numbers from 2^53 on are texts, so that no id is rounded to another one, and none is infinite.
 */
export const jsonOf = (text: string): unknown => {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(MAY_BE_ROUNDED.test(json) ? withDigits(json) : json);
  } catch {
    return undefined;
  }
};

/** Whether an answer is what a service's API may send, data or nothing: not a web page of a host on the way. */
export const isOfAnApi = ({ body }: Reply): boolean => body === '' || jsonOf(body) !== undefined;

/** The longest pause, in seconds, that is taken from a service. */
const LONGEST_WAIT_SECONDS = 4 * 60 * 60;

/** Seconds from a `Retry-After` header: a count, or a date by the answer's own clock. Nonsense gives null. */
export const retryAfterSeconds = ({ header }: Reply): number | null => {
  const value = header('retry-after')?.trim() ?? '';
  const [until, now] = [momentOf(value), momentOf(header('date'))];
  const untilThen = until === null || now === null ? null : (until - now) / 1_000;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : untilThen;
  return seconds === null ? null : Math.min(Math.max(0, Math.ceil(seconds)), LONGEST_WAIT_SECONDS);
};
