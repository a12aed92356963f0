import * as z from 'zod';
import { type FailureKind, quote, VendorFailure } from '../boundary/failure.ts';
import { jsonOf, type Reply, retryAfterSeconds } from '../boundary/send.ts';

const perKey = z.record(z.string(), z.unknown()).optional().catch(undefined);
const list = z.array(z.unknown()).optional().catch(undefined);

/** The body of an answer to an upload (https://amplitude.com/docs/apis/analytics/http-v2, Amplitude contract §1.7). */
const uploadBody = z.object({
  code: z.number().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  missing_field: z.string().nullish().catch(undefined),
  events_ingested: z.number().optional().catch(undefined),
  events_with_invalid_fields: perKey,
  events_with_missing_fields: perKey,
  events_with_invalid_id_lengths: perKey,
  exceeded_daily_quota_users: perKey,
  exceeded_daily_quota_devices: perKey,
  silenced_devices: list,
  silenced_events: list,
});

/** Basic-auth APIs: `{"error":{"http_code":403,"metadata":{"details":"…"}}}` (Amplitude contract §4). */
const restBody = z.object({
  error: z.object({ metadata: z.object({ details: z.string() }) }).transform(({ metadata }) => metadata.details),
});

export const WRONG_API_KEY = /invalid api key/i;
export const WRONG_SECRET_KEY = /invalid api\/secret key/i;

/** Pauses, in seconds (Amplitude contract §9): a throttled user, a user over the day's quota, a service overloaded. */
const pause = { throttled: 30, dailyQuota: 4 * 60 * 60, overloaded: 60 } as const;

/** As long as Amplitude asks for, else as long as its pages say; never no time at all. */
const pauseOf = (reply: Reply, otherwise: number): number => Math.max(1, retryAfterSeconds(reply) ?? otherwise);

const WHERE_KEYS_ARE = 'Check Amplitude API Key and Amplitude Region in the connection.';

/** A failure of Amplitude's. `status` is 0 when no answer came; `waitSeconds` is how long Amplitude asks for a pause. */
export const amplitudeFailure = (
  status: number,
  kind: FailureKind,
  code: string,
  message: string,
  waitSeconds?: number,
): VendorFailure =>
  new VendorFailure(message, {
    service: 'Amplitude',
    kind,
    code,
    status,
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
  });

/** Amplitude also sends these lists empty (contract §1.7), which says nothing. */
const isFilled = (listed: object | undefined): boolean => Object.keys(listed ?? {}).length > 0;

/**
 * How many events an upload took in, or the failure that the answer stands for. Status and body must both say 200.
 * The texts never quote a key, though Amplitude's own do.
 */
export const readUpload = (reply: Reply): { eventsIngested: number } | VendorFailure => {
  const body = uploadBody.safeParse(jsonOf(reply.body)).data;
  if (reply.status === 200 && body?.code === 200) return { eventsIngested: body.events_ingested ?? 0 };
  const status = reply.status === 200 && body?.code !== undefined ? body.code : reply.status;

  if (status === 400 && body !== undefined) return refusedUpload(status, body);
  if (status === 429) {
    const overQuota = isFilled(body?.exceeded_daily_quota_users) || isFilled(body?.exceeded_daily_quota_devices);
    return overQuota
      ? amplitudeFailure(
          status,
          'wait',
          'daily_quota',
          'Amplitude takes no more events of this user today (429, daily quota). It can run again in a few hours.',
          pauseOf(reply, pause.dailyQuota),
        )
      : amplitudeFailure(
          status,
          'wait',
          'throttled',
          'Amplitude asks for a pause (429): too many events of this user or project at once. It can run again in a minute.',
          pauseOf(reply, pause.throttled),
        );
  }
  if (status === 413) {
    return amplitudeFailure(
      status,
      'data',
      'too_large',
      'Amplitude refused the event as too large (413). Send fewer or shorter Event Properties.',
    );
  }
  return commonFailure(reply, status);
};

const refusedUpload = (status: number, body: z.infer<typeof uploadBody>): VendorFailure => {
  if (WRONG_API_KEY.test(body.error ?? '') || body.missing_field === 'api_key') {
    return amplitudeFailure(
      status,
      'connection',
      'invalid_api_key',
      `Amplitude does not know the API key in this region. ${WHERE_KEYS_ARE}`,
    );
  }
  if (isFilled(body.events_with_invalid_id_lengths) || /invalid id length/i.test(body.error ?? '')) {
    return amplitudeFailure(
      status,
      'data',
      'invalid_id_length',
      'Amplitude refused the user id as too short. If your ids are that short, set Minimum ID Length in this step to the length of the shortest.',
    );
  }
  if (isFilled(body.silenced_devices) || isFilled(body.silenced_events)) {
    return amplitudeFailure(
      status,
      'data',
      'silenced',
      'Amplitude has silenced this user because of too many events. See Amplitude → Settings → Projects.',
    );
  }
  const fields = [
    ...(body.missing_field ? [body.missing_field] : []),
    ...Object.keys(body.events_with_invalid_fields ?? {}),
    ...Object.keys(body.events_with_missing_fields ?? {}),
  ];
  const what = fields.length > 0 ? ` (${quote(fields.join(', '), '')})` : '';
  return amplitudeFailure(
    status,
    'data',
    'refused',
    `Amplitude refused the event${what}. Amplitude says: ${quote(body.error, 'nothing more')}`,
  );
};

/** The failure that an answer of the Basic-auth APIs stands for. */
export const restFailure = (reply: Reply): VendorFailure => {
  const details = restBody.safeParse(jsonOf(reply.body)).data?.error;
  const { status } = reply;
  if (status === 403 && WRONG_SECRET_KEY.test(details ?? '')) {
    return amplitudeFailure(
      status,
      'connection',
      'invalid_secret_key',
      'Amplitude does not accept the secret key for this API key. Copy Amplitude Secret Key again from Amplitude → Settings → Projects.',
    );
  }
  if ((status === 401 || status === 403) && (details === undefined || WRONG_API_KEY.test(details))) {
    return details === undefined
      ? commonFailure(reply, status)
      : amplitudeFailure(
          status,
          'connection',
          'invalid_api_key',
          `Amplitude does not know the API key in this region. ${WHERE_KEYS_ARE}`,
        );
  }
  if (status === 401 || status === 403) {
    return amplitudeFailure(
      status,
      'connection',
      'forbidden',
      `Amplitude refused this (${status}). Amplitude says: ${quote(details, 'nothing more')}`,
    );
  }
  if (status === 429) {
    return amplitudeFailure(
      status,
      'wait',
      'throttled',
      'Amplitude asks for a pause (429). It can run again in a minute.',
      pauseOf(reply, pause.throttled),
    );
  }
  return commonFailure(reply, status);
};

/** What both kinds of API have in common: breakdowns, proxies and redirects. */
const commonFailure = (reply: Reply, status: number): VendorFailure => {
  if (status === 408 || status >= 500) {
    const overloaded = status === 503 ? pauseOf(reply, pause.overloaded) : undefined;
    return amplitudeFailure(
      status,
      'retry',
      `http_${status}`,
      `Amplitude has a problem right now (${status}). Nothing is lost: run it again in a few minutes.`,
      overloaded,
    );
  }
  if (status >= 300 && status < 400) {
    return amplitudeFailure(
      status,
      'connection',
      'redirect',
      `Amplitude answered with a redirect (${status}), which is not followed because your keys would travel with it. Please report this to the makers of this integration.`,
    );
  }
  if (status >= 400) {
    return amplitudeFailure(
      status,
      'connection',
      'blocked',
      `Something on the way to Amplitude blocked the request (${status}): a firewall, a proxy or a restricted region. The keys may be fine.`,
    );
  }
  return amplitudeFailure(
    status,
    'retry',
    'unreadable',
    `Amplitude answered ${status} with something that is not its usual data. Run it again in a few minutes.`,
  );
};
