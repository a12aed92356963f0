import { hash } from 'node:crypto';

/** The hash's first 4 hex digits are one of so many numbers. */
const NUMBERS = 65_536;

/**
 * Whether a member of a cohort is among the given percent of it: the same answer for the same person on every platform,
 * and who is in at 10 percent is also in at 20. Worded so that Make, which has no loops, can say it too.
 */
export const isSampled = (cohortId: string, userId: string, percent: number): boolean => {
  const digits = hash('sha256', `${cohortId}:${userId}`, 'hex').slice(0, 4);
  return Number.parseInt(digits, 16) * 100 < percent * NUMBERS;
};
