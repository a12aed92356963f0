import { DEFAULT_EVENT_TYPE } from '../../amplitude/interview-event.ts';
import { PLACEHOLDERS } from '../../boundary/placeholders.ts';
import type { ResponseDirective } from '../language/format.ts';

/** The event's name, and what is no name of anything. */
export const eventType = {
  event_type: `{{ifempty(trim(ifempty(parameters.event_type, '')), '${DEFAULT_EVENT_TYPE}')}}`,
  placeholders: [...PLACEHOLDERS],
};

/** Amplitude's own event names can't be used for ours, and what stands for nothing can't either; by {@link eventType}. */
export const ownEventName: NonNullable<ResponseDirective['valid']> = {
  condition:
    "{{if(contains(temp.placeholders, lower(temp.event_type)), false, if(replace(lower(temp.event_type), '/^([[]amplitude]|[$]).*|^_all$|^_identify$/', ''), true, false))}}",
  message:
    "Nothing was sent to Amplitude: the field Event type must not be one of Amplitude's own event names, or a placeholder such as null or n/a.",
  type: 'DataError',
};
