import { request } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import { isLoopback } from '../../boundary/host.ts';
import { VERIFICATION_EVENT } from '../../koji/contract.ts';
import type { KojiBehavior } from './behavior.ts';
import { type KojiEvent, makeEvent } from './events.ts';
import { signatureHeaders } from './signing.ts';
import type { KojiState } from './state.ts';
import { removeWebhook, type Webhook } from './webhooks.ts';

/** One attempt as it went over the wire, and how it ended. */
export type Delivery = {
  kind: 'event' | 'verification' | 'forgery';
  webhookId: string;
  url: string;
  event: string;
  eventId: string;
  interviewId: string | null;
  /** 1 for the first attempt. */
  attempt: number;
  /** Milliseconds on the sandbox's clock. */
  at: number;
  headers: Record<string, string>;
  body: string;
  /** Null when nobody answered. */
  status: number | null;
  outcome: 'accepted' | 'refused' | 'will-retry' | 'given-up' | 'webhook-removed';
};

/** Documented: up to 3 retries, exponential backoff. How long is chosen here. */
const RETRY_DELAYS = [30_000, 60_000, 120_000];

const GONE = 410;

/** What is about to be sent, and what an answer of this status will mean. */
type Draft = Pick<Delivery, 'kind' | 'attempt' | 'headers' | 'body'> & {
  webhook: Webhook;
  event: KojiEvent;
  outcomeOf: (status: number | null) => Delivery['outcome'];
};

/** Sends it once, and notes that in the log. */
export const post = async (koji: KojiState, draft: Draft): Promise<Delivery> => {
  const { kind, attempt, body, webhook, event, outcomeOf } = draft;
  const headers = { 'content-type': 'application/json', ...draft.headers };
  const at = koji.clock.now();
  const status = await statusOf(webhook.url, headers, body, koji.answerTimeoutMilliseconds);
  const delivery: Delivery = {
    kind,
    webhookId: webhook.id,
    url: webhook.url,
    event: event.name,
    eventId: event.id,
    interviewId: event.interviewId,
    attempt,
    at,
    headers,
    body,
    status,
    outcome: outcomeOf(status),
  };
  koji.deliveries.push(delivery);
  return delivery;
};

/** K9: `ahead` moves the time that is signed, in seconds. */
export const sign = (
  { behavior, clock }: KojiState,
  secrets: readonly string[],
  event: KojiEvent,
  body: string,
  ahead = 0,
): Record<string, string> =>
  signatureHeaders(behavior.scheme, secrets, {
    id: event.id,
    seconds: Math.floor(clock.now() / 1000) + ahead,
    body: Buffer.from(body),
  });

/** Sends the event to one webhook at once; retries wait for the clock. */
export const sendEvent = (koji: KojiState, webhook: Webhook, event: KojiEvent): Promise<Delivery> =>
  attemptDelivery(koji, webhook, event, bodyOf(event, koji.behavior));

/**
 * K8, K9, one attempt. Signed anew each time, because some schemes sign the time of the attempt; id and body stay the
 * same. Not 2xx, or nobody there: tried again, up to three times. 410: the webhook is removed.
 */
export const attemptDelivery = async (
  koji: KojiState,
  webhook: Webhook,
  event: KojiEvent,
  body: string,
  attempt = 1,
): Promise<Delivery> => {
  const delay = RETRY_DELAYS[attempt - 1];
  const headers = sign(koji, webhook.secrets, event, body);
  const delivery = await post(koji, {
    kind: 'event',
    webhook,
    event,
    attempt,
    headers,
    body,
    outcomeOf: (status) => {
      if (isSuccess(status)) return 'accepted';
      if (status === GONE) return 'webhook-removed';
      return delay === undefined ? 'given-up' : 'will-retry';
    },
  });
  if (delivery.outcome === 'webhook-removed') removeWebhook(koji, webhook);
  if (delivery.outcome === 'will-retry' && delay !== undefined) {
    koji.clock.schedule(delay, async () => {
      if (koji.webhooks.includes(webhook)) await attemptDelivery(koji, webhook, event, body, attempt + 1);
    });
  }
  return delivery;
};

/** K10: a POST without an interview that must get 200. Sent once. */
export const sendVerification = (koji: KojiState, webhook: Webhook): Promise<Delivery> => {
  const { behavior } = koji;
  const event = makeEvent(koji, VERIFICATION_EVENT, null);
  const body = behavior.verificationBody === 'empty' ? '' : spell({ event: event.name }, behavior);
  const headers = behavior.verificationSigned ? sign(koji, webhook.secrets, event, body) : {};
  return post(koji, {
    kind: 'verification',
    webhook,
    event,
    attempt: 1,
    headers,
    body,
    outcomeOf: (status) => (status === 200 ? 'accepted' : 'refused'),
  });
};

export const isSuccess = (status: number | null): boolean => status !== null && status >= 200 && status < 300;

/** Null when nobody answers, or not to the end. Nothing is ever sent off this machine. */
const statusOf = (
  url: string,
  headers: Record<string, string>,
  body: string,
  timeoutMilliseconds: number,
): Promise<number | null> =>
  new Promise((resolve) => {
    const target = new URL(url);
    if (!isLoopback(target)) return resolve(null);
    const giveUp = () => resolve(null);
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    // In this form alone Zapier's core, which watches Node's requests for its log, hands on what it is given.
    request({ ...urlToHttpOptions(target), method: 'POST', headers, signal }, (response) => {
      response.on('end', () => resolve(response.statusCode ?? null));
      response.on('error', giveUp);
      response.resume();
    })
      .on('error', giveUp)
      .end(body);
  });

/** K8. */
export const bodyOf = (event: KojiEvent, behavior: KojiBehavior): string => {
  const { id, name, createdAt, data } = event;
  switch (behavior.deliveryShape) {
    case 'event':
      return spell({ event: name, id, created_at: createdAt, data }, behavior);
    case 'type':
      return spell({ type: name, id, created_at: createdAt, data }, behavior);
    case 'flat':
      return spell({ event: name, ...data }, behavior);
    case 'id':
      return spell({ event: name, id, created_at: createdAt, data: { interview_id: event.interviewId } }, behavior);
  }
};

const spell = (value: object, { spelling }: KojiBehavior): string => {
  const json = JSON.stringify(value);
  if (spelling === 'plain') return json;
  return json
    .replaceAll('/', '\\/')
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
};
