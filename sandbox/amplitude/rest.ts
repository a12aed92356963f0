import type { Answer, Call } from '../server.ts';
import type { AmplitudeState, Tenant } from './state.ts';
import type { AmplitudeUser, StoredEvent } from './users.ts';

/** An error of the Basic-auth APIs (A17). */
export const restError = (status: number, details: string): Answer => ({
  status,
  body: { error: { http_code: status, type: 'unspecified', metadata: { details } } },
});

/**
 * A17: 403, not 401. "Invalid API Key" is an unknown key, most often one of the other region;
 * "Invalid API/Secret Key combination" is a wrong secret. No credentials count as an unknown key (assumption).
 */
export const authenticate = ({ tenants }: AmplitudeState, call: Call): Tenant | { refusal: Answer } => {
  const [, encoded] = /^Basic +(\S+)$/i.exec(call.headers.authorization ?? '') ?? [];
  const credentials = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  const tenant = tenants.get(colon === -1 ? credentials : credentials.slice(0, colon));
  if (tenant === undefined) return { refusal: restError(403, 'Invalid API Key') };
  if (colon === -1 || credentials.slice(colon + 1) !== tenant.project.secretKey) {
    return { refusal: restError(403, 'Invalid API/Secret Key combination') };
  }
  return tenant;
};

/** User search and user activity share 360 requests an hour (A19). */
const LOOKUPS_AN_HOUR = 360;
const MOST_EVENTS = 1000;

type Lookup = (tenant: Tenant, wanted: string, query: URLSearchParams) => Answer;

/** User search or user activity, as long as there are requests left. */
export const answerLookup = (
  { spent, now }: AmplitudeState,
  tenant: Tenant,
  lookup: Lookup,
  { query }: Call,
): Answer => {
  const { apiKey } = tenant.project;
  if (spent.lookups.count(apiKey, now()) >= LOOKUPS_AN_HOUR) {
    return restError(429, `Exceeded rate limit of ${LOOKUPS_AN_HOUR} queries per hour`);
  }
  spent.lookups.add(apiKey, now());
  const wanted = query.get('user') ?? '';
  return wanted === '' ? restError(400, 'Missing parameter: user') : lookup(tenant, wanted, query);
};

/**
 * https://amplitude.com/docs/apis/analytics/dashboard-rest#user-search: Amplitude id, device id, user id or the start
 * of a user id. `type` says which of them matched; only `match_user_or_device_id` and `nomatch` are documented.
 */
export const userSearch: Lookup = (tenant, wanted) => {
  const { known } = tenant.users;
  const exact = known.filter(
    (user) => user.userId === wanted || user.deviceIds.includes(wanted) || `${user.amplitudeId}` === wanted,
  );
  if (exact.length > 0) return matches('match_user_or_device_id', exact);
  const starting = known.filter((user) => user.userId?.startsWith(wanted));
  return matches(starting.length > 0 ? 'match_user_id_prefix' : 'nomatch', starting);
};

const matches = (type: string, users: AmplitudeUser[]): Answer => ({
  status: 200,
  body: { matches: users.map((user) => ({ user_id: user.userId, amplitude_id: user.amplitudeId })), type },
});

/** https://amplitude.com/docs/apis/analytics/dashboard-rest#user-activity. Somebody unknown is an empty person. */
export const userActivity: Lookup = (tenant, wanted, query) => {
  const user = tenant.users.known.find((candidate) => `${candidate.amplitudeId}` === wanted);
  const limit = Number(query.get('limit') ?? MOST_EVENTS);
  if (!Number.isSafeInteger(limit) || limit < 0 || limit > MOST_EVENTS) {
    return restError(400, 'Invalid parameter: limit');
  }
  // The latest first; the other direction and pages are not built here.
  const events = (user?.events ?? []).toSorted((one, other) => one.time - other.time).toReversed();
  return {
    status: 200,
    body: {
      userData: {
        user_id: user?.userId ?? null,
        canonical_amplitude_id: user?.amplitudeId ?? Number(wanted),
        merged_amplitude_ids: [],
        num_events: events.length,
        num_sessions: 0,
        usage_time: 0,
        first_used: dayOf(events.at(-1)),
        last_used: dayOf(events.at(0)),
        purchases: 0,
        revenue: 0,
        device_ids: user?.deviceIds ?? [],
        last_location: null,
        properties: user?.shownProperties ?? {},
      },
      events: events.slice(0, limit).map(wireEvent),
    },
  };
};

const dayOf = (event: StoredEvent | undefined): string | null =>
  event === undefined ? null : new Date(event.time).toISOString().slice(0, 10);

/** `2026-05-24 11:41:22.000000`, UTC. */
const timestamp = (time: number): string => `${new Date(time).toISOString().replace('T', ' ').slice(0, -1)}000`;

/** Where events come back, `insert_id` is called `$insert_id` (A4). */
const wireEvent = (event: StoredEvent): object => ({
  amplitude_id: event.amplitudeId,
  user_id: event.userId,
  device_id: event.deviceId,
  event_type: event.eventType,
  event_time: timestamp(event.time),
  server_received_time: timestamp(event.receivedAt),
  $insert_id: event.insertId,
  event_properties: event.eventProperties,
  user_properties: event.userProperties,
});
