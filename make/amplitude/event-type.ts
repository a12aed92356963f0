import { amplitudesOwn, DEFAULT_EVENT_TYPE } from '../../amplitude/interview-event.ts';
import type { ResponseDirective } from '../language/format.ts';
import { isNothing, MISTAKE, NOTHING } from '../language/values.ts';

/** Signs that mean something else in a pattern. A bracket that closes nothing is itself. */
const literally = (text: string): string => text.replace(/[[$]/g, '[$&]');
/** What Amplitude's own names begin with, or are. */
const OWN = [...amplitudesOwn.beginnings.map(literally), ...amplitudesOwn.names.map((name) => `${name}$`)].join('|');

/** The event's name, and what is no name of anything. */
export const eventType = {
  event_type: `{{ifempty(trim(ifempty(parameters.event_type, '')), '${DEFAULT_EVENT_TYPE}')}}`,
  ...NOTHING,
  own: `/^(${OWN})/i`,
};

/** Amplitude's own event names can't be used for ours, and what stands for nothing can't either; by {@link eventType}. */
export const ownEventName: NonNullable<ResponseDirective['valid']> = {
  condition: `{{!(replace(temp.event_type, temp.own, ' ') != temp.event_type | ${isNothing('temp.event_type')})}}`,
  message:
    "Nothing was sent to Amplitude: the field Event type must not be one of Amplitude's own event names, or a placeholder such as null or n/a.",
  type: MISTAKE,
};
