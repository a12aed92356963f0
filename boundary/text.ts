import { createHash } from 'node:crypto';

/** The first `units` UTF-16 units of a text, less when the cut would go through the middle of a character. */
export const cut = (text: string, units: number): string => text.slice(0, units).replace(/[\uD800-\uDBFF]$/, '');

/** The same, with an ellipsis as the last unit when something was cut off. */
export const shorten = (text: string, units: number): string =>
  text.length <= units ? text : `${cut(text, units - 1)}…`;

/** The name that a key spells: `respondent_id` is Respondent ID. */
export const spelledOut = (key: string): string =>
  key
    .replace(/_/g, ' ')
    .replace(/\bmin\b/, 'minimum')
    .replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
    .replace(/\b(Api|Id|Url)\b/g, (word) => word.toUpperCase());

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** So many seconds as people say them, rounded up: `a minute`, `90 seconds`, `15 minutes`. */
export const durationInWords = (seconds: number): string => {
  if (seconds === MINUTE) return 'a minute';
  if (seconds === HOUR) return 'an hour';
  if (seconds < 2 * MINUTE) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return seconds < 2 * HOUR ? `${Math.ceil(seconds / MINUTE)} minutes` : `${Math.ceil(seconds / HOUR)} hours`;
};

/** The SHA-256 of a text in hex: tells texts apart without showing them. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');
