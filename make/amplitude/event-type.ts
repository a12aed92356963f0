import { DEFAULT_EVENT_TYPE } from '../../amplitude/interview-event.ts';
import { registerInput } from '../../amplitude/taxonomy.ts';
import { readInput } from '../../boundary/values.ts';
import { refusalOf } from '../language/errors.ts';
import type { ResponseDirective } from '../language/format.ts';
import { asText, call, matches, quoted, value } from '../language/iml.ts';

/** The event's name as people fill it in. */
export const eventTypeOf = (path: string): string =>
  call('ifempty', call('trim', asText(path)), quoted(DEFAULT_EVENT_TYPE));

/** Amplitude's own event names can't be used for ours. */
export const ownEventName = (path: string): NonNullable<ResponseDirective['valid']> => ({
  condition: value(`!(${matches(call('lower', path), '([[]amplitude]|[$]).*|_all|_identify')})`),
  message: refusalOf(() => readInput('Amplitude', registerInput, { event_type: '_all' })),
  type: 'DataError',
});
