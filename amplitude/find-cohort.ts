import * as z from 'zod';
import { required, resolved, trimmedText } from '../boundary/values.ts';
import { type Cohort, listCohorts } from './cohorts.ts';
import type { AmplitudeRest } from './rest.ts';

/** What people search by. */
export const findCohortInput = z.object({
  name: resolved(required(trimmedText, 'must be text')),
});

/** How well a cohort's name fits: exactly, but for capitals, in a part of it, or not at all. */
const rankOf = (name: string, wanted: string): 0 | 1 | 2 | null => {
  if (name.trim() === wanted) return 0;
  const [one, other] = [name.trim().toLowerCase(), wanted.toLowerCase()];
  if (one === other) return 1;
  return one.includes(other) ? 2 : null;
};

/** The cohorts whose name fits, the best first; Amplitude can't search itself (A10). */
export const findCohort = async (amplitude: AmplitudeRest, wanted: string): Promise<Cohort[]> => {
  const found = (await listCohorts(amplitude)).flatMap((cohort) => {
    const rank = rankOf(cohort.name, wanted);
    return rank === null ? [] : [{ cohort, rank }];
  });
  return found.toSorted((one, other) => one.rank - other.rank).map(({ cohort }) => cohort);
};
