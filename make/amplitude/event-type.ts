import { amplitudesOwn, DEFAULT_EVENT_TYPE } from '../../amplitude/interview-event.ts';
import { PLACEHOLDERS } from '../../boundary/placeholders.ts';
import type { ResponseDirective } from '../language/format.ts';
import { quoted } from '../language/iml.ts';

/** The event's name, and what is no name of anything. */
export const eventType = {
  event_type: `{{ifempty(trim(ifempty(parameters.event_type, '')), '${DEFAULT_EVENT_TYPE}')}}`,
  placeholders: [...PLACEHOLDERS],
  own_names: [...amplitudesOwn.names],
};

const NAME = 'lower(temp.event_type)';
const taken = [
  ...amplitudesOwn.beginnings.map((own) => `indexOf(${NAME}, ${quoted(own)}) = 0`),
  `contains(temp.own_names, ${NAME})`,
  `contains(temp.placeholders, ${NAME})`,
];

/** Amplitude's own event names can't be used for ours, and what stands for nothing can't either; by {@link eventType}. */
export const ownEventName: NonNullable<ResponseDirective['valid']> = {
  condition: `{{!(${taken.join(' | ')})}}`,
  message:
    "Nothing was sent to Amplitude: the field Event type must not be one of Amplitude's own event names, or a placeholder such as null or n/a.",
  type: 'DataError',
};
