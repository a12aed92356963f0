import type { ResponseDirective } from '../language/format.ts';

/** Amplitude's own event names can't be used for ours; `temp.event_type` holds the one that was filled in. */
export const ownEventName: NonNullable<ResponseDirective['valid']> = {
  condition: "{{if(replace(lower(temp.event_type), '/^([[]amplitude]|[$]).*|^_all$|^_identify$/', ''), true, false)}}",
  message: "Nothing was sent to Amplitude: the field Event type must not be one of Amplitude's own event names.",
  type: 'DataError',
};
