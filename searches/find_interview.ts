import { type Bundle, defineInputFields, defineSearch, type ZObject } from 'zapier-platform-core';
import { readInput } from '../boundary/values.ts';
import { findInput, findInterview } from '../koji/find-interview.ts';
import { noList } from '../koji/list.ts';
import { sampleInterview } from '../koji/sample.ts';
import { studyField } from '../zapier/fields.ts';
import { interviewFields } from '../zapier/interview-fields.ts';
import { guarded, kojiThrough } from '../zapier/middleware.ts';

const inputFields = defineInputFields([
  {
    key: 'interview_id',
    label: 'Interview ID',
    type: 'string',
    required: false,
    // No `search` beside it: that one would be this very step.
    dynamic: 'interview_list.id.name',
    helpText:
      'Start Interview gives it. Fill in this, Respondent Email or Respondent ID; with several, the interview has to fit all.',
  },
  {
    key: 'respondent_email',
    label: 'Respondent Email',
    type: 'string',
    required: false,
    helpText: 'Finds the interview that this person started last.',
  },
  {
    key: 'respondent_id',
    label: 'Respondent ID',
    type: 'string',
    required: false,
    helpText: 'The same, by the ID that Start Interview was given.',
  },
  studyField,
]);

const INSTEAD = 'Search by Interview ID instead: map it from Start Interview.';

export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const interviews = await findInterview(kojiThrough(z), readInput('Koji', findInput, bundle.inputData));
  if (interviews === null) throw noList(INSTEAD);
  return interviews;
});

export default defineSearch({
  key: 'find_interview',
  noun: 'Interview',
  display: {
    label: 'Find Interview',
    description: 'Finds an interview by its ID, or the newest one of a person. It may not be analyzed yet.',
  },
  operation: { inputFields, perform, sample: sampleInterview, outputFields: interviewFields() },
});
