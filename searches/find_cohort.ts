import { type Bundle, defineInputFields, defineSearch, type ZObject } from 'zapier-platform-core';
import { sampleCohort, shownCohortSchema } from '../amplitude/cohorts.ts';
import { findCohort, findCohortInput } from '../amplitude/find-cohort.ts';
import { readInput } from '../boundary/values.ts';
import { outputFieldsOf } from '../zapier/fields.ts';
import { amplitudeThrough, guarded } from '../zapier/middleware.ts';

const inputFields = defineInputFields([
  {
    key: 'name',
    label: 'Name',
    type: 'string',
    required: true,
    helpText: 'The whole name or a part of it. Capital letters make no difference; a whole name is found first.',
  },
]);

export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const { name } = readInput('Amplitude', findCohortInput, bundle.inputData);
  return findCohort(amplitudeThrough(z, bundle), name);
});

export default defineSearch({
  key: 'find_cohort',
  noun: 'Cohort',
  display: { label: 'Find Cohort', description: 'Finds a cohort of your Amplitude project by its name.' },
  operation: { inputFields, perform, sample: sampleCohort, outputFields: outputFieldsOf(shownCohortSchema) },
});
