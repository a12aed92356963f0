import * as z from 'zod';
import { SHORTEST_USER_ID } from '../../amplitude/identity.ts';
import { jsonOf } from '../../boundary/send.ts';
import type { Answer, Call } from '../server.ts';
import type { Properties } from './properties.ts';
import type { AmplitudeState } from './state.ts';
import type { Tally } from './tally.ts';
import type { Arrival } from './users.ts';

/** A6: "< 1 MB"; the smaller of the two readings of MB. */
const LARGEST_BODY = 1_000_000;
/** A6. */
const EVENTS_PER_SECOND = 30;
/** A6. */
const MOST_EVENTS = 2000;
/** "averaged over a period of 30 seconds" (A6). */
export const AVERAGED_OVER_SECONDS = 30;

/** A3. Compared in lower case: the case rule is not documented. */
const BLOCKED_IDS = new Set([
  '',
  '{}',
  '-1',
  '0',
  '00000000-0000-0000-0000-000000000000',
  'anonymous',
  'lmy47d',
  'n/a',
  'na',
  'nil',
  'none',
  'null',
  'undefined',
  'unknown',
]);
/** "All-zero device ids rejected too" (A3). */
const ALL_ZERO = /^[0-]*0[0-]*$/;

const properties = z.record(z.string(), z.unknown()).nullish();
const idOptions = z.looseObject({ min_id_length: z.int().nonnegative().nullish() }).nullish();

/** A2. */
const wireEvent = z.looseObject({
  user_id: z.string().nullish(),
  device_id: z.string().nullish(),
  event_type: z.string(),
  time: z.int().nonnegative().nullish(),
  insert_id: z.string().nullish(),
  event_id: z.int().nullish(),
  session_id: z.int().nullish(),
  event_properties: properties,
  user_properties: properties,
  $skip_user_properties_sync: z.boolean().nullish(),
});
type WireEvent = z.infer<typeof wireEvent>;

const wireRequest = z.looseObject({
  api_key: z.unknown().optional(),
  events: z.unknown().optional(),
  options: idOptions,
});
const wireEvents = z.array(z.record(z.string(), z.unknown()));

type Refused = { refusal: Answer };

const refuse = (error: string, details: object = {}): Answer => ({
  status: 400,
  body: { code: 400, error, ...details },
});

const tooLarge: Answer = { status: 413, body: { code: 413, error: 'Payload too large' } };

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

const isBlocked = (id: string): boolean => BLOCKED_IDS.has(id.toLowerCase());

/** The ingestion host's answer to every other address. */
export const invalidPath = (): Answer => refuse('Invalid request path');

/**
 * `POST /2/httpapi` (A7). A 400 rejects the whole request. The order of the checks is an assumption (A21):
 * a wrong key comes before anything about the events, as the probe of keys needs it.
 */
export const answerUpload = ({ tenants, now, spent: { uploads } }: AmplitudeState, { body }: Call): Answer => {
  const size = Buffer.byteLength(body);
  if (size >= LARGEST_BODY) return tooLarge;
  const envelope = readEnvelope(body);
  if ('refusal' in envelope) return envelope.refusal;

  const tenant = tenants.get(envelope.apiKey);
  // The key comes back in the answer (A7, "bad key echoes it").
  if (tenant === undefined) return refuse(`Invalid API key: ${envelope.apiKey}`);
  if (envelope.events.length > MOST_EVENTS) return tooLarge;
  const read = readEvents(envelope.events, envelope.minIdLength);
  if ('refusal' in read) return read.refusal;

  const time = now();
  const names = read.events.map((event) => throttleNames(tenant.project.apiKey, event));
  const throttled = throttledAnswer(uploads, names, time);
  if (throttled !== undefined) return throttled;
  for (const [name, amount] of countNames(names)) uploads.add(name, time, amount);
  for (const event of read.events) tenant.users.receive(arrivalOf(event), time);
  return {
    status: 200,
    // A duplicate counts as ingested: assumption (A4).
    body: { code: 200, events_ingested: read.events.length, payload_size_bytes: size, server_upload_time: time },
  };
};

type Envelope = { apiKey: string; events: Properties[]; minIdLength: number };

const readEnvelope = (body: string): Envelope | Refused => {
  if (body.trim() === '') return { refusal: refuse('Missing request body') };
  const request = wireRequest.safeParse(jsonOf(body));
  if (!request.success) return { refusal: refuse('Invalid JSON request body') };
  const { api_key: apiKey, events, options } = request.data;
  if (isAbsent(apiKey) || typeof apiKey !== 'string') {
    return { refusal: refuse('Request missing required field', { missing_field: 'api_key' }) };
  }
  if (isAbsent(events) || (Array.isArray(events) && events.length === 0)) {
    return { refusal: refuse('Request missing required field', { missing_field: 'events' }) };
  }
  const list = wireEvents.safeParse(events);
  if (!list.success) return { refusal: refuse('Invalid event JSON') };
  return { apiKey, events: list.data, minIdLength: options?.min_id_length ?? SHORTEST_USER_ID };
};

/** Bad fields, each with the first event that has it: "each map lists only the FIRST bad index" (A7). */
type FirstFaults = Record<string, number[]>;

const firstFaults = (events: Properties[], faultsOf: (event: Properties) => string[]): FirstFaults | undefined => {
  const faults: FirstFaults = {};
  for (const [index, event] of events.entries()) {
    for (const field of faultsOf(event)) faults[field] ??= [index];
  }
  return Object.keys(faults).length > 0 ? faults : undefined;
};

const readEvents = (events: Properties[], minIdLength: number): { events: WireEvent[] } | Refused => {
  const missing = firstFaults(events, (event) => (isAbsent(event.event_type) ? ['event_type'] : []));
  if (missing !== undefined) {
    return { refusal: refuse('Request missing required field', { events_with_missing_fields: missing }) };
  }
  // No id at all: the same words, and no field named (A7: amplitude/analytics-go issue 71).
  if (events.some((event) => isMissingId(event.user_id) && isMissingId(event.device_id))) {
    return { refusal: refuse('Request missing required field') };
  }
  const invalid = firstFaults(events, invalidFields);
  if (invalid !== undefined) return { refusal: invalidEvents(invalid) };

  const isShort = (id: unknown): boolean => typeof id === 'string' && id.length < minIdLength;
  const short = firstFaults(events, (event) => ['user_id', 'device_id'].filter((field) => isShort(event[field])));
  if (short !== undefined) {
    return {
      refusal: refuse('Invalid id length for user_id or device_id', { events_with_invalid_id_lengths: short }),
    };
  }
  const blocked = firstFaults(events, blockedIds);
  // The words for a blocked id are not documented.
  if (blocked !== undefined) return { refusal: invalidEvents(blocked) };
  return { events: z.array(wireEvent).parse(events) };
};

const invalidEvents = (faults: FirstFaults): Answer =>
  refuse('Invalid field values on some events', { events_with_invalid_fields: faults });

const isMissingId = (id: unknown): boolean => id === undefined || id === null;

const invalidFields = (event: Properties): string[] => {
  const parsed = wireEvent.safeParse(event);
  return parsed.success ? [] : parsed.error.issues.map((issue) => String(issue.path[0]));
};

const blockedIds = (event: Properties): string[] => {
  const faults: string[] = [];
  if (typeof event.user_id === 'string' && isBlocked(event.user_id)) faults.push('user_id');
  const device = event.device_id;
  if (typeof device === 'string' && (isBlocked(device) || ALL_ZERO.test(device))) faults.push('device_id');
  return faults;
};

const arrivalOf = (event: WireEvent): Arrival => ({
  userId: event.user_id ?? null,
  deviceId: event.device_id ?? null,
  eventType: event.event_type,
  time: event.time ?? null,
  insertId: event.insert_id ?? null,
  eventProperties: event.event_properties ?? {},
  userProperties: event.user_properties ?? {},
  skipsUserPropertiesSync: event.$skip_user_properties_sync ?? false,
});

/** The ids that an event counts for. */
type ThrottleName = { kind: 'user' | 'device'; id: string; tallied: string };

const throttleNames = (apiKey: string, event: WireEvent): ThrottleName[] => {
  const names: ThrottleName[] = [];
  if (!isAbsent(event.user_id)) {
    names.push({ kind: 'user', id: `${event.user_id}`, tallied: `${apiKey} user ${event.user_id}` });
  }
  if (!isAbsent(event.device_id)) {
    names.push({ kind: 'device', id: `${event.device_id}`, tallied: `${apiKey} device ${event.device_id}` });
  }
  return names;
};

const countNames = (names: ThrottleName[][]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { tallied } of names.flat()) counts.set(tallied, (counts.get(tallied) ?? 0) + 1);
  return counts;
};

/** 429 for the whole request when it would lift an id over its events per second (A6, A7). */
const throttledAnswer = (uploads: Tally, names: ThrottleName[][], now: number): Answer | undefined => {
  const rates = new Map<string, number>();
  for (const [tallied, amount] of countNames(names)) {
    const rate = (uploads.count(tallied, now) + amount) / AVERAGED_OVER_SECONDS;
    if (rate > EVENTS_PER_SECOND) rates.set(tallied, Math.ceil(rate));
  }
  if (rates.size === 0) return undefined;

  const throttled = { user: new Map<string, number>(), device: new Map<string, number>() };
  const indexes: number[] = [];
  for (const [index, ofEvent] of names.entries()) {
    const over = ofEvent.filter(({ tallied }) => rates.has(tallied));
    for (const { kind, id, tallied } of over) throttled[kind].set(id, rates.get(tallied) ?? 0);
    if (over.length > 0) indexes.push(index);
  }
  return {
    status: 429,
    body: {
      code: 429,
      error: 'Too many requests for some devices and users',
      eps_threshold: EVENTS_PER_SECOND,
      throttled_devices: Object.fromEntries(throttled.device),
      throttled_users: Object.fromEntries(throttled.user),
      throttled_events: indexes,
    },
  };
};
