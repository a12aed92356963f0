import { type Bundle, defineCreate, defineInputFields, type ZObject } from 'zapier-platform-core';
import { DEFAULT_EVENT_TYPE } from '../amplitude/interview-event.ts';
import { registeredSchema, registerInput, registerInterviewEvent, sampleRegistered } from '../amplitude/taxonomy.ts';
import { readInput } from '../boundary/values.ts';
import { outputFieldsOf } from '../zapier/fields.ts';
import { amplitudeThrough, guarded } from '../zapier/middleware.ts';

const inputFields = defineInputFields([
  {
    key: 'event_type',
    label: 'Event Type',
    type: 'string',
    required: false,
    default: DEFAULT_EVENT_TYPE,
    helpText:
      "The same as in Send Interview Event. Needs Amplitude's [Taxonomy API](https://amplitude.com/docs/apis/analytics/taxonomy), which is part of Enterprise.",
  },
]);

export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const { event_type } = readInput('Amplitude', registerInput, bundle.inputData);
  return registerInterviewEvent(amplitudeThrough(z, bundle), event_type);
});

export default defineCreate({
  key: 'register_interview_event',
  noun: 'Tracking Plan',
  display: {
    label: 'Register Interview Event in Tracking Plan',
    description: 'Registers the interview event and its properties in the tracking plan. Needed once, if at all.',
  },
  operation: { inputFields, perform, sample: sampleRegistered, outputFields: outputFieldsOf(registeredSchema) },
});
