/** The form of the trigger that polls a cohort. */
import { defineInputFields } from 'zapier-platform-core';
import * as z from 'zod';
import { fileRules } from '../amplitude/cohort-entry.ts';
import { EXPORTS_A_MONTH } from '../amplitude/cohort-export.ts';
import { named, number, optional, required, trimmedText } from '../boundary/values.ts';

const DEFAULT_HOURS = 3;
const LONGEST_HOURS = 168;

/** What people fill in for the polled cohort trigger. */
export const cohortInput = fileRules.extend({
  cohort_id: named(required(trimmedText, 'must be the ID of a cohort')).meta({ title: 'Cohort' }),
  export_every_hours: optional(
    number.pipe(z.number().min(1).max(LONGEST_HOURS)),
    `must be a number of hours from 1 to ${LONGEST_HOURS}`,
  )
    .transform((hours) => hours ?? DEFAULT_HOURS)
    .meta({ title: 'Export Every (Hours)' }),
});
export type CohortInput = z.infer<typeof cohortInput>;

/** The same as a form. */
export const cohortFields = defineInputFields([
  {
    key: 'cohort_id',
    group: 'who',
    label: 'Cohort',
    type: 'string',
    required: true,
    dynamic: 'cohort_list.id.name',
    search: 'find_cohort.id',
    helpText:
      'Who enters from now on triggers, once each. Not in the list? Make the cohort discoverable in Amplitude. The first test shows a made-up person: test again in a minute, then turn the Zap on.',
  },
  {
    key: 'email_property',
    group: 'who',
    label: 'Email Property',
    type: 'string',
    required: false,
    default: 'email',
    helpText: 'The user property in Amplitude that holds the email. Without one, Respondent Email stays empty.',
  },
  {
    key: 'sample_percent',
    group: 'who',
    label: 'Sample Percent',
    type: 'number',
    required: false,
    default: '100',
    helpText:
      'How many in a hundred trigger; always the same people. Raised later, it also triggers for people who are in the cohort already.',
  },
  {
    key: 'export_every_hours',
    group: 'how_often',
    label: 'Export Every (Hours)',
    type: 'number',
    required: false,
    default: String(DEFAULT_HOURS),
    helpText: `How often the members are fetched from Amplitude, at most. The project has ${EXPORTS_A_MONTH} such exports a month; every ${DEFAULT_HOURS} hours takes about 250 for each cohort, so choose 6 with two cohorts. From 1 to ${LONGEST_HOURS}.`,
  },
  {
    key: 'extra_properties',
    group: 'who',
    label: 'Extra Properties',
    type: 'string',
    list: true,
    required: false,
    helpText: 'More user properties to hand on, by their names in Amplitude.',
  },
]);

/** The headings that these fields stand under. */
export const cohortFieldGroups = [
  { key: 'who', label: 'Who' },
  { key: 'how_often', label: 'How often' },
];
