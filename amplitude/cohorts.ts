import * as z from 'zod';
import { isoOf, text } from '../boundary/values.ts';
import { version3Failure } from './failures.ts';
import { paths } from './hosts.ts';
import { type AmplitudeRest, callRest, restData } from './rest.ts';

/** https://amplitude.com/docs/apis/analytics/behavioral-cohorts (A10); `lastComputed` in seconds. */
const wireCohort = z.object({
  id: text,
  name: text.nullable().catch(null),
  size: z.number().nullable().catch(null),
  type: z.string().nullable().catch(null),
  lastComputed: z.unknown().optional(),
  published: z.boolean().catch(true),
  archived: z.boolean().catch(false),
});

/** One cohort that can't be read does not hide the others. */
const wireCohorts = z.object({ cohorts: z.array(wireCohort.nullable().catch(null)) });

/** A cohort in the product's vocabulary. */
const cohortSchema = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number().nullable(),
  type: z.string().nullable(),
  cohort_computed_at: z.iso.datetime().nullable(),
});
export type Cohort = z.infer<typeof cohortSchema>;

/** What is shown of one before it was found. Amplitude's type says how the cohort was made, which no step needs. */
export const shownCohortSchema = cohortSchema.omit({ type: true });

/**
 * The project's cohorts that people can use: published and not archived. Amplitude has no pages here, and counts a list
 * to no quota. Throws a `VendorFailure`.
 */
export const listCohorts = async (amplitude: AmplitudeRest): Promise<Cohort[]> => {
  const { cohorts } = restData(await callRest(amplitude, 'GET', paths.cohorts), wireCohorts, version3Failure);
  return cohorts.flatMap((cohort) => {
    if (cohort === null || !cohort.published || cohort.archived) return [];
    const { id, name, size, type, lastComputed } = cohort;
    return [{ id, name: name ?? id, size, type, cohort_computed_at: isoOf(lastComputed) }];
  });
};

/** What the editor shows before a real cohort was found. */
export const sampleCohort: z.infer<typeof shownCohortSchema> = {
  id: '7khm89cz',
  name: 'Trial users who never invited anybody',
  size: 1240,
  cohort_computed_at: '2026-05-24T06:00:00.000Z',
};
