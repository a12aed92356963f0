import { defineTrigger } from 'zapier-platform-core';
import { sampleInterview } from '../koji/sample.ts';
import { gateFields } from '../zapier/fields.ts';
import { interviewFields } from '../zapier/interview-fields.ts';
import { hookList, hookPerform, performSubscribe, performUnsubscribe } from '../zapier/interview-hook.ts';

export const perform = hookPerform();
export const performList = hookList();

export default defineTrigger({
  key: 'interview_analysis_ready',
  noun: 'Interview',
  display: {
    label: 'Interview Analysis Ready',
    description: 'Triggers when Koji has analyzed an interview, within seconds.',
  },
  operation: {
    type: 'hook',
    inputFields: gateFields,
    performSubscribe,
    performUnsubscribe,
    perform,
    performList,
    sample: sampleInterview,
    outputFields: interviewFields(),
  },
});
