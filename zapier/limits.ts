/** How much Zapier takes at once, and how long (docs/facts/zapier.md). */

/** What an answer may have, to a request as to Zapier (Z12). A larger one to a request would end the whole process. */
export const MEGABYTES_AT_ONCE = 20;

/** In bytes: what a poll hands on at once, with some room. */
export const MOST_HANDED_ON = (MEGABYTES_AT_ONCE - 1) * 1_000_000;

/** How many real records the editor uses (Z15). */
export const SAMPLES = 3;

/**
 * In milliseconds: what all requests of one way to a service may take, of the 30 seconds that a step has (Z11). Whoever is
 * cut off by Zapier instead reads of neither the service nor what to do.
 */
export const LONGEST_ASKING = 24_000;
