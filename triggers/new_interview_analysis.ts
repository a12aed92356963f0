import { defineTrigger } from 'zapier-platform-core';
import { sampleInterview } from '../koji/sample.ts';
import { gateFields } from '../zapier/fields.ts';
import { interviewFields } from '../zapier/interview-fields.ts';
import { interviewPoll } from '../zapier/interview-poll.ts';

export const perform = interviewPoll;

export default defineTrigger({
  key: 'new_interview_analysis',
  noun: 'Interview',
  display: {
    label: 'New Interview Analysis',
    description: 'Triggers when Koji has analyzed an interview, within minutes, on plans without webhooks.',
  },
  operation: {
    type: 'polling',
    inputFields: gateFields,
    perform,
    sample: sampleInterview,
    outputFields: interviewFields(),
  },
});
