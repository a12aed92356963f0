import { type Bundle, defineInputFields, defineSearch, type ZObject } from 'zapier-platform-core';
import { amplitudeUserSchema, findUser, findUserInput, sampleAmplitudeUser } from '../amplitude/find-user.ts';
import { readInput } from '../boundary/values.ts';
import { outputFieldsOf } from '../zapier/fields.ts';
import { amplitudeThrough, guarded } from '../zapier/middleware.ts';

const inputFields = defineInputFields([
  {
    key: 'amplitude_user_id',
    label: 'Amplitude User ID',
    type: 'string',
    required: true,
    helpText:
      'Exactly as in Amplitude, capital letters and all. An email finds somebody only where emails are the user IDs.',
  },
]);

export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const { amplitude_user_id } = readInput('Amplitude', findUserInput, bundle.inputData);
  return findUser(amplitudeThrough(z, bundle), amplitude_user_id);
});

export default defineSearch({
  key: 'find_amplitude_user',
  noun: 'User',
  display: { label: 'Find Amplitude User', description: 'Finds a user of your Amplitude project by the user ID.' },
  operation: { inputFields, perform, sample: sampleAmplitudeUser, outputFields: outputFieldsOf(amplitudeUserSchema) },
});
