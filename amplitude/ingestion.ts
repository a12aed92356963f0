import { call } from '../boundary/call.ts';
import { VendorFailure } from '../boundary/failure.ts';
import type { OutgoingRequest, Send } from '../boundary/send.ts';
import type { Property } from '../boundary/values.ts';
import type { Labels } from './errors.ts';
import { readUpload } from './failures.ts';
import { paths } from './hosts.ts';

/** An event of a person (https://amplitude.com/docs/apis/analytics/http-v2). `time` in milliseconds. */
export type AmplitudeEvent = {
  user_id: string;
  event_type: string;
  time: number;
  insert_id: string;
  event_properties: Record<string, Property>;
  user_properties?: UserProperties;
  $skip_user_properties_sync?: true;
  /** What else is done to the person's properties, such as `$unset`, before those of the event are set. */
  user_property_operations?: Record<string, UserProperties>;
};
type UserProperties = Record<string, string | number | string[]>;

/**
 * An event as it travels. Operations such as `$unset` are documented for `$identify` alone (A5), so that one goes ahead of
 * the event, in the same call; the order of one user's events is kept (A5). Its own insert_id keeps a repeat from
 * changing what is newer.
 */
const onTheWire = ({ user_property_operations: operations, ...event }: AmplitudeEvent): object[] => {
  const { user_id, time, insert_id } = event;
  const identify = {
    user_id,
    event_type: '$identify',
    time,
    insert_id: `${insert_id}:identify`,
    user_properties: operations,
  };
  return operations === undefined ? [event] : [identify, event];
};

/**
 * A way to Amplitude's HTTP V2 API. The key travels in the body; `library` names the platform in Amplitude's debugger, and
 * `labels` are its own words for errors.
 */
export type AmplitudeIngestion = {
  send: Send;
  host: string;
  apiKey: string;
  library: string;
  labels?: Labels | undefined;
};

/** Time as the upload sees it, handed in so that tests need not wait. */
export type Timing = { now: () => number; sleep: (milliseconds: number) => Promise<void>; random: () => number };

/** One attempt, the pauses before the second and third, and the whole, in milliseconds (A22). */
const limits = { attempt: 8_000, pauses: [500, 1_500], whole: 24_000 } as const;

/** The upload's request; its body is the same for every attempt, so that Amplitude can drop repeats. */
export const uploadRequest = (
  { host, apiKey, library }: Omit<AmplitudeIngestion, 'send' | 'labels'>,
  event: AmplitudeEvent,
  minimumIdLength: number | undefined,
): Omit<OutgoingRequest, 'timeoutMilliseconds'> => ({
  method: 'POST',
  url: `${host}${paths.upload}`,
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  body: JSON.stringify({
    api_key: apiKey,
    events: onTheWire(event).map((one) => ({ ...one, library })),
    ...(minimumIdLength === undefined ? {} : { options: { min_id_length: minimumIdLength } }),
  }),
});

/** Writes one event in one attempt, for who has a queue to try again from. Throws a `VendorFailure`. */
export const writeEventOnce = async (
  amplitude: AmplitudeIngestion,
  event: AmplitudeEvent,
  minimumIdLength: number | undefined,
  timeoutMilliseconds: number,
): Promise<{ eventsIngested: number }> => {
  const request = uploadRequest(amplitude, event, minimumIdLength);
  return readUpload(await call('Amplitude', amplitude.send, { ...request, timeoutMilliseconds }), amplitude.labels);
};

/**
 * Writes one event. What may pass by itself is tried again at most twice, within 24 seconds of `startedAt`; the insert_id
 * makes that safe. Throws a `VendorFailure`.
 */
export const writeEvent = async (
  amplitude: AmplitudeIngestion,
  event: AmplitudeEvent,
  minimumIdLength: number | undefined,
  timing: Timing,
  startedAt = timing.now(),
): Promise<{ eventsIngested: number }> => {
  const deadline = startedAt + limits.whole;

  const attempt = async (pausesLeft: readonly number[]): Promise<{ eventsIngested: number }> => {
    const timeoutMilliseconds = Math.max(1, Math.floor(Math.min(limits.attempt, deadline - timing.now())));
    try {
      return await writeEventOnce(amplitude, event, minimumIdLength, timeoutMilliseconds);
    } catch (error) {
      const [pause, ...later] = pausesLeft;
      const pauseWithJitter = (pause ?? 0) * (0.75 + timing.random() / 2);
      const mayPass = error instanceof VendorFailure && error.details.kind === 'retry';
      if (!mayPass || pause === undefined || timing.now() + pauseWithJitter >= deadline) throw error;
      await timing.sleep(pauseWithJitter);
      return attempt(later);
    }
  };
  return attempt(limits.pauses);
};
