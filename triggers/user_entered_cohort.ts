import { defineTrigger } from 'zapier-platform-core';
import { sampleCohortEntry } from '../amplitude/cohort-entry.ts';
import { cohortEntryFields } from '../zapier/cohort-fields.ts';
import { cohortFieldGroups, cohortFields } from '../zapier/cohort-form.ts';
import { cohortPerform } from '../zapier/cohort-poll.ts';

export const perform = cohortPerform();

export default defineTrigger({
  key: 'user_entered_cohort',
  noun: 'User',
  display: {
    label: 'User Entered Cohort',
    description:
      'Triggers when a user enters a cohort, within hours: once Amplitude has computed it anew and the next export is due.',
  },
  operation: {
    type: 'polling',
    inputFields: cohortFields,
    inputFieldGroups: cohortFieldGroups,
    perform,
    sample: sampleCohortEntry,
    outputFields: cohortEntryFields(),
  },
});
