/**
 * What triggers that hear Koji's webhook share: subscribe, verify, read, gate, and remember what was delivered. Those
 * that two triggers need are made for each one anew, because core finds an operation by its function (Z9).
 */
import type { Bundle, ZObject } from 'zapier-platform-core';
import * as z from 'zod';
import { failure, VendorFailure } from '../boundary/failure.ts';
import { fingerprint } from '../boundary/text.ts';
import { readInput } from '../boundary/values.ts';
import { type Subscription, subscribe, toldInterview, unsubscribe } from '../koji/api.ts';
import { tolerance, WHERE_WEBHOOKS_ARE } from '../koji/contract.ts';
import { readDelivery } from '../koji/delivery.ts';
import { gate, gateReasons, gateRules } from '../koji/gate.ts';
import type { Interview } from '../koji/interview.ts';
import { latestWanted } from '../koji/list.ts';
import { projectOf } from '../koji/project.ts';
import { verify } from '../koji/signature.ts';
import { DAY_SECONDS, fromCache } from './cache.ts';
import { kojiConnectionOf, kojiKeyOf } from './connection.ts';
import { deliveryOf } from './delivery.ts';
import { currentBuild } from './edition.ts';
import { SAMPLES } from './limits.ts';
import { guarded, kojiThrough } from './middleware.ts';

/** What each build offers instead, where an account can't subscribe. */
const instead = {
  public: 'Use the trigger New Interview Analysis instead.',
  private: 'Use the trigger New Interview Analysis or Interview Analysis Ready (Manual Webhook) instead.',
} as const;

const subscribeData = z.object({ id: z.string(), secret: z.string().nullish() }).partial().catch({});
const subscriptionOf = (bundle: Bundle) => subscribeData.parse(bundle.subscribeData);

const missingSecret = (message: string) => failure('Koji', 'connection', 'no_webhook_secret', message);

/**
 * Subscribes the Zap's address. A subscription whose deliveries could never be verified is taken back and refused, so
 * that no Zap is turned on that would stay silent.
 */
export const performSubscribe = guarded(async (z: ZObject, bundle: Bundle): Promise<Subscription> => {
  readInput('Koji', gateRules, bundle.inputData);
  const koji = kojiThrough(z);
  const { koji_webhook_secret: ownSecrets } = kojiConnectionOf(bundle.authData);
  const subscription = await subscribe(koji, bundle.targetUrl ?? '', instead[currentBuild()]);
  if (subscription.secret === null && ownSecrets.length === 0) {
    await unsubscribe(koji, subscription.id).catch(() => undefined);
    throw missingSecret(
      `Koji gave no secret to check deliveries with, so the Zap was not turned on. ${instead.public} If Koji has one secret for all webhooks (${WHERE_WEBHOOKS_ARE}), put it into Koji Webhook Secret of the connection.`,
    );
  }
  return subscription;
});

/** Takes the Zap's address back. */
export const performUnsubscribe = guarded(async (z: ZObject, bundle: Bundle) => {
  const { id } = subscriptionOf(bundle);
  if (id === undefined) return {};
  await unsubscribe(kojiThrough(z), id);
  return { id };
});

/** Makes a hook's `performList`: real interviews for the editor, shaped like a delivery; none where Koji can't list them. */
export const hookList = () =>
  guarded(async (z: ZObject, bundle: Bundle): Promise<Interview[]> => {
    const rules = readInput('Koji', gateRules, bundle.inputData);
    const passes = (interview: Interview) => gate(interview, rules) === null;
    return (await latestWanted(kojiThrough(z), passes, SAMPLES, rules.study_id)) ?? [];
  });

/**
 * Makes a hook's `perform`: a delivery, from raw bytes to at most one interview. Nothing is parsed before its signature
 * fits; what is refused or kept out is no error, because anybody can post to the address and errors would turn the Zap
 * off. What Koji itself signed and can't be read, or not yet, is one: people learn of it, and Zapier tries again where that
 * helps.
 */
export const hookPerform = () =>
  guarded(async (z: ZObject, bundle: Bundle): Promise<Interview[]> => {
    const [interview] = await verifiedInterview(z, bundle);
    if (interview === undefined) return [];
    const reason = gate(interview, readInput('Koji', gateRules, bundle.inputData));
    if (reason !== null) return nothing(z, gateReasons[reason]);
    return (await deliveredBefore(z, bundle, interview))
      ? nothing(z, 'This interview was delivered before.')
      : [interview];
  });

const nothing = (z: ZObject, because: string): [] => {
  z.console.log(`Nothing was triggered. ${because}`);
  return [];
};

/** The interview that a delivery is about; none where it is not to be heeded. */
const verifiedInterview = async (z: ZObject, bundle: Bundle): Promise<Interview[]> => {
  if (bundle.rawRequest === undefined) {
    throw failure(
      'Koji',
      'data',
      'no_delivery',
      'This trigger runs when Koji delivers an interview; there is nothing to run by hand.',
    );
  }
  const { headers, content } = deliveryOf(bundle.rawRequest);
  const verification = verify(secretsFor(bundle), content, headers, Date.now(), tolerance.delayed);
  if (verification !== 'valid') {
    const because =
      verification === 'stale' ? 'it was signed too long before or after now' : 'it did not come from Koji';
    return nothing(z, `The delivery's signature is ${verification}, so ${because}.`);
  }
  const delivery = readDelivery(content);
  switch (delivery.kind) {
    case 'interview':
      return [delivery.interview];
    case 'id':
      return [await toldInterview(kojiThrough(z), delivery).catch(triedAgain)];
    case 'unreadable':
      throw unreadable(delivery.because);
    case 'verification':
      return nothing(z, 'Koji checked that this address answers.');
    case 'other event':
      return nothing(z, `Koji told of another event${EVENT_NAME.test(delivery.event) ? ` (${delivery.event})` : ''}.`);
  }
};

/** Zapier runs a hook again only where it is throttled (Z16), and Koji, which was answered already, delivers no more. */
const triedAgain = (error: unknown): never => {
  throw error instanceof VendorFailure && error.details.kind === 'retry'
    ? new VendorFailure(error.message, { ...error.details, kind: 'wait' })
    : error;
};

/** What is no event's name may hold a key or a person. */
const EVENT_NAME = /^[a-z_]{1,30}(\.[a-z_]{1,30}){1,3}$/;

const unreadable = (because: string) =>
  failure(
    'Koji',
    'connection',
    'unreadable_delivery',
    `Koji's delivery can't be read (${because}), so nothing was triggered. ${instead.public} Please tell Koji support.`,
  );

/** The subscription's own secret and the connection's: after a rotation at Koji the new one is put into the connection. */
const secretsFor = (bundle: Bundle): string[] => {
  const { secret } = subscriptionOf(bundle);
  const secrets = [...(secret ? [secret] : []), ...kojiConnectionOf(bundle.authData).koji_webhook_secret];
  if (secrets.length === 0) {
    throw missingSecret(
      `There is no secret to check this delivery with. Copy it from Koji (${WHERE_WEBHOOKS_ARE}) into Koji Webhook Secret of the connection.`,
    );
  }
  return secrets;
};

/**
 * Whether this subscription triggered for the interview within the last day; Koji repeats deliveries that it believes
 * lost. The mark is set last. In doubt it triggers: better twice than never. So it does without a subscription, as two
 * Zaps can't be told apart then.
 */
const deliveredBefore = async (z: ZObject, bundle: Bundle, { interview_id }: Interview): Promise<boolean> => {
  const { id } = subscriptionOf(bundle);
  if (id === undefined) return false;
  const project = projectOf(kojiKeyOf(bundle.authData));
  const mark = `delivered-${fingerprint(JSON.stringify([project, id, interview_id]))}`;
  return fromCache(markedBefore(z, mark)).catch(() => false);
};

/** `set` answers false for a mark that is there, and also when the cache is too busy to set one: only `get` knows. */
const markedBefore = async (z: ZObject, mark: string): Promise<boolean> => {
  const isNew = await z.cache.set(mark, true, DAY_SECONDS, undefined, true);
  return isNew === false && (await z.cache.get(mark)) === true;
};
