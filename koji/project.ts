import { fingerprint } from '../boundary/text.ts';

/** A name for the key's project that is not the key; each key belongs to one project. */
export const projectOf = (apiKey: string): string => fingerprint(`koji:${apiKey}`);
