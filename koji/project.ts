import { createHash } from 'node:crypto';

/** The SHA-256 of a text in hex: tells texts apart without showing them. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A name for the key's project that is not the key; each key belongs to one project. */
export const projectOf = (apiKey: string): string => fingerprint(`koji:${apiKey}`);
