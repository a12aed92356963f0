import { SIGNATURE_HEADER, STANDARD_HEADERS, STANDARD_SECRET_PREFIX } from '../../koji/contract.ts';
import type { VirtualClock } from '../clock.ts';
import type { KojiBehaviour } from './behaviour.ts';
import { type SignatureScheme, signatureHeaders, signsTime } from './signing.ts';
import { isLoopback, type Webhook, type Webhooks } from './webhooks.ts';

/** K8: what happened, once for all webhooks and attempts that tell of it. */
export type KojiEvent = {
  id: string;
  name: string;
  createdAt: string;
  interviewId: string | null;
  data: Record<string, unknown>;
};

/**
 * Ways a delivery can be false. `stale` (two days old) and `future` (an hour ahead) are signed well and need a scheme
 * that signs the time.
 */
export type Forgery =
  | 'wrong-secret'
  | 'empty-secret'
  | 'changed-byte'
  | 'unsigned'
  | 'malformed'
  | 'truncated'
  | 'stale'
  | 'future';

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

/** K10: the name of the verification request. */
export const VERIFICATION_EVENT = 'webhook.verification';

/** Documented: up to 3 retries, exponential backoff. How long is chosen here. */
export const RETRY_DELAYS = [30_000, 60_000, 120_000];

const GONE = 410;
const DAY = 86_400;
const HOUR = 3_600;

/** Sends what webhooks are told, and keeps a log of each attempt. */
export const createDeliveries = (
  clock: VirtualClock,
  webhooks: Webhooks,
  behaviour: KojiBehaviour,
  answerTimeoutMilliseconds: number,
) => {
  const log: Delivery[] = [];

  type Draft = Pick<Delivery, 'kind' | 'attempt' | 'headers' | 'body'> & { webhook: Webhook; event: KojiEvent };

  const post = async (draft: Draft, outcomeOf: (status: number | null) => Delivery['outcome']): Promise<Delivery> => {
    const { kind, attempt, body, webhook, event } = draft;
    const headers = { 'content-type': 'application/json', ...draft.headers };
    const at = clock.now();
    const status = await statusOf(webhook.url, headers, body, answerTimeoutMilliseconds);
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
    log.push(delivery);
    return delivery;
  };

  const sign = (secrets: readonly string[], event: KojiEvent, body: string, ahead = 0): Record<string, string> =>
    signatureHeaders(behaviour.scheme, secrets, {
      id: event.id,
      seconds: Math.floor(clock.now() / 1000) + ahead,
      body: Buffer.from(body),
    });

  /**
   * K8, K9, one attempt. Signed anew each time, because some schemes sign the time of the attempt; id and body stay the
   * same. Not 2xx, or nobody there: tried again, up to three times. 410: the webhook is removed.
   */
  const attempt = async (webhook: Webhook, event: KojiEvent, body: string, number = 1): Promise<Delivery> => {
    const delay = RETRY_DELAYS[number - 1];
    const delivery = await post(
      { kind: 'event', webhook, event, attempt: number, headers: sign(webhook.secrets, event, body), body },
      (status) => {
        if (isSuccess(status)) return 'accepted';
        if (status === GONE) return 'webhook-removed';
        return delay === undefined ? 'given-up' : 'will-retry';
      },
    );
    if (delivery.outcome === 'webhook-removed') webhooks.remove(webhook);
    if (delivery.outcome === 'will-retry' && delay !== undefined) {
      clock.schedule(delay, async () => {
        if (webhooks.all.includes(webhook)) await attempt(webhook, event, body, number + 1);
      });
    }
    return delivery;
  };

  return {
    log,

    /** Sends the event to one webhook at once; retries wait for the clock. */
    send: (webhook: Webhook, event: KojiEvent): Promise<Delivery> => attempt(webhook, event, bodyOf(event, behaviour)),

    /** The same event with the same bytes once more. */
    again: (webhook: Webhook, event: KojiEvent, body: string): Promise<Delivery> => attempt(webhook, event, body),

    /** A false delivery. Whoever sends it does not try again. */
    forge: (webhook: Webhook, event: KojiEvent, how: Forgery): Promise<Delivery> => {
      const { scheme } = behaviour;
      if ((how === 'stale' || how === 'future') && !signsTime(scheme)) {
        throw new Error(`“${how}” needs a scheme that signs the time; ${scheme} does not.`);
      }
      const body = bodyOf(event, behaviour);
      const secret = webhook.secrets[0];
      const draft = { kind: 'forgery' as const, webhook, event, attempt: 1 };
      const forged = {
        'wrong-secret': () => ({ headers: sign([strangersSecret(scheme)], event, body), body }),
        'empty-secret': () => ({ headers: sign([''], event, body), body }),
        'changed-byte': () => ({ headers: sign([secret], event, body), body: changeByte(body, event) }),
        unsigned: () => ({ headers: {}, body }),
        malformed: () => ({ headers: changeSignature(sign([secret], event, body), () => 'not-a-signature'), body }),
        truncated: () => ({ headers: changeSignature(sign([secret], event, body), (text) => text.slice(0, -2)), body }),
        stale: () => ({ headers: sign([secret], event, body, -2 * DAY), body }),
        future: () => ({ headers: sign([secret], event, body, HOUR), body }),
      } satisfies Record<Forgery, () => Pick<Draft, 'headers' | 'body'>>;
      return post({ ...draft, ...forged[how]() }, (status) => (isSuccess(status) ? 'accepted' : 'refused'));
    },

    /** K10: a POST without an interview that must get 200. Sent once. */
    verify: (webhook: Webhook, event: KojiEvent): Promise<Delivery> => {
      const body = behaviour.verificationBody === 'empty' ? '' : spell({ event: event.name }, behaviour);
      const headers = behaviour.verificationSigned ? sign(webhook.secrets, event, body) : {};
      return post({ kind: 'verification', webhook, event, attempt: 1, headers, body }, (status) =>
        status === 200 ? 'accepted' : 'refused',
      );
    },
  };
};
export type Deliveries = ReturnType<typeof createDeliveries>;

const isSuccess = (status: number | null): boolean => status !== null && status >= 200 && status < 300;

/** Null when nobody answers. Nothing is ever sent off this machine. */
const statusOf = async (
  url: string,
  headers: Record<string, string>,
  body: string,
  timeoutMilliseconds: number,
): Promise<number | null> => {
  if (!isLoopback(url)) return null;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
};

/** K8. */
const bodyOf = (event: KojiEvent, behaviour: KojiBehaviour): string => {
  const { id, name, createdAt, data } = event;
  switch (behaviour.deliveryShape) {
    case 'event':
      return spell({ event: name, id, created_at: createdAt, data }, behaviour);
    case 'type':
      return spell({ type: name, id, created_at: createdAt, data }, behaviour);
    case 'flat':
      return spell({ event: name, ...data }, behaviour);
  }
};

const spell = (value: object, { spelling }: KojiBehaviour): string => {
  const json = JSON.stringify(value);
  if (spelling === 'plain') return json;
  return json
    .replaceAll('/', '\\/')
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
};

/** One byte of the interview's id (of the event's name, where there is no interview), so that the JSON stays whole. */
const changeByte = (body: string, event: KojiEvent): string => {
  const text = event.interviewId ?? event.name;
  const last = body.indexOf(text) + text.length - 1;
  return `${body.slice(0, last)}${body[last] === '0' ? '1' : '0'}${body.slice(last + 1)}`;
};

const strangersSecret = (scheme: SignatureScheme): string =>
  scheme === 'standard'
    ? `${STANDARD_SECRET_PREFIX}${Buffer.from('the secret of somebody else').toString('base64')}`
    : 'the secret of somebody else';

const changeSignature = (headers: Record<string, string>, change: (signature: string) => string) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      name === SIGNATURE_HEADER || name === STANDARD_HEADERS.signature ? change(value) : value,
    ]),
  );
