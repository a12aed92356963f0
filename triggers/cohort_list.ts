import { type Bundle, defineTrigger, type ZObject } from 'zapier-platform-core';
import { type Cohort, listCohorts, sampleCohort } from '../amplitude/cohorts.ts';
import { choiceFields } from '../zapier/fields.ts';
import { amplitudeThrough, guarded } from '../zapier/middleware.ts';

/** Amplitude gives all cohorts at once; the dropdown gets them in pages. */
const PAGE_SIZE = 100;

const people = new Intl.NumberFormat('en-US');
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

/** How people tell cohorts apart: "Trial users (1,240 people, computed 24 May 2026, 06:00 UTC)". */
const nameOf = ({ name, size, cohort_computed_at }: Omit<Cohort, 'type'>): string => {
  const facts = [
    ...(size === null ? [] : [size === 1 ? '1 person' : `${people.format(size)} people`]),
    cohort_computed_at === null ? 'not computed yet' : `computed ${moment.format(new Date(cohort_computed_at))} UTC`,
  ];
  return `${name} (${facts.join(', ')})`;
};

/** The choices of a dropdown of cohorts. */
export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const cohorts = await listCohorts(amplitudeThrough(z, bundle));
  const from = bundle.meta.page * PAGE_SIZE;
  return cohorts.slice(from, from + PAGE_SIZE).map((cohort) => ({ id: cohort.id, name: nameOf(cohort) }));
});

export default defineTrigger({
  key: 'cohort_list',
  noun: 'Cohort',
  display: { label: 'Cohort List', description: 'Triggers when the editor fills a dropdown of cohorts.', hidden: true },
  operation: {
    type: 'polling',
    canPaginate: true,
    perform,
    sample: { id: sampleCohort.id, name: nameOf(sampleCohort) },
    outputFields: choiceFields,
  },
});
