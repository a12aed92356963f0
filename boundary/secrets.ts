/** Keys and secrets as they travel in headers. */
import { timingSafeEqual } from 'node:crypto';
import { fingerprint } from './text.ts';
import { trimmedText } from './values.ts';

/** A key: headers hold nothing but visible ASCII, so what none can hold is refused before it can break a request. */
export const key = trimmedText.refine((value) => /^[\x21-\x7e]+$/.test(value));

const digest = (value: string): Buffer => Buffer.from(fingerprint(value));

/** Whether a text is one of the secrets. Compared as digests, which are of one length, and with all of them, so that the time it takes tells nothing. */
export const isOneOfSecrets = (given: string, secrets: string[]): boolean =>
  secrets.map((secret) => timingSafeEqual(digest(given), digest(secret))).includes(true);
