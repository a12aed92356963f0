import { registerInput } from '../../amplitude/taxonomy.ts';
import { readInput } from '../../boundary/values.ts';
import { refusalOf } from '../language/errors.ts';
import type { ResponseDirective } from '../language/format.ts';

/** Amplitude's own event names can't be used for ours; `temp.event_type` holds the one that was filled in. */
export const ownEventName: NonNullable<ResponseDirective['valid']> = {
  condition: "{{if(replace(lower(temp.event_type), '/^([[]amplitude]|[$]).*|^_all$|^_identify$/', ''), true, false)}}",
  message: refusalOf(() => readInput('Amplitude', registerInput, { event_type: '_all' })),
  type: 'DataError',
};
