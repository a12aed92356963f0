import { SIGNATURE_HEADER, STANDARD_HEADERS, STANDARD_SECRET_PREFIX } from '../../koji/contract.ts';
import { bodyOf, type Delivery, isSuccess, post, sign } from './deliveries.ts';
import type { KojiEvent } from './events.ts';
import { type SignatureScheme, signsTime } from './signing.ts';
import type { KojiState } from './state.ts';
import type { Webhook } from './webhooks.ts';

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

const DAY = 86_400;
const HOUR = 3_600;

/** A false delivery. Whoever sends it does not try again. */
export const forge = (koji: KojiState, webhook: Webhook, event: KojiEvent, how: Forgery): Promise<Delivery> => {
  const { scheme } = koji.behavior;
  if ((how === 'stale' || how === 'future') && !signsTime(scheme)) {
    throw new Error(`“${how}” needs a scheme that signs the time; ${scheme} does not.`);
  }
  const body = bodyOf(event, koji.behavior);
  const signed = (secret: string, ahead = 0) => sign(koji, [secret], event, body, ahead);
  const secret = webhook.secrets[0];
  const forged = {
    'wrong-secret': () => ({ headers: signed(strangersSecret(scheme)), body }),
    'empty-secret': () => ({ headers: signed(''), body }),
    'changed-byte': () => ({ headers: signed(secret), body: changeByte(body, event) }),
    unsigned: () => ({ headers: {}, body }),
    malformed: () => ({ headers: changeSignature(signed(secret), () => 'not-a-signature'), body }),
    truncated: () => ({ headers: changeSignature(signed(secret), (text) => text.slice(0, -2)), body }),
    stale: () => ({ headers: signed(secret, -2 * DAY), body }),
    future: () => ({ headers: signed(secret, HOUR), body }),
  } satisfies Record<Forgery, () => Pick<Delivery, 'headers' | 'body'>>;
  return post(koji, {
    kind: 'forgery',
    webhook,
    event,
    attempt: 1,
    ...forged[how](),
    outcomeOf: (status) => (isSuccess(status) ? 'accepted' : 'refused'),
  });
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
      name === SIGNATURE_HEADER || name === STANDARD_HEADERS[0].signature ? change(value) : value,
    ]),
  );
