/**
 * Amplitude's cohort webhook: https://amplitude.com/docs/data/destination-catalog/cohort-webhooks (A18). It has no signature; a header that people add themselves is all there is to check.
 */
import * as z from 'zod';
import { isPlaceholder } from '../boundary/placeholders.ts';
import { isOneOfSecrets } from '../boundary/secrets.ts';
import { isoOf, oneOf, optional, shallow, text, trimmedText, yesOrNo } from '../boundary/values.ts';
import {
  type CohortEntry,
  emailAmong,
  holdsNoEmail,
  memberRules,
  type Properties,
  propertiesByName,
} from './cohort-entry.ts';
import { isSampled } from './sampling.ts';

/** The header that carries the connection's Amplitude Webhook Secret. */
export const SECRET_HEADER = 'X-Webhook-Secret';

/** Whether people entered the cohort or left it. */
export const directions = ['entering', 'leaving'] as const;

/** What people fill in for the webhook. Throws nothing; parse it with `readInput`. */
export const cohortWebhookInput = memberRules.extend({
  cohort_id: optional(trimmedText, 'must be text').meta({ title: 'Cohort' }),
  direction: oneOf(directions).transform((direction) => direction ?? directions[0]),
});
type CohortWebhookInput = z.infer<typeof cohortWebhookInput>;

/** Whether the delivery carries one of the secrets. */
export const carriesOneOf = (secrets: string[], headers: Record<string, string>): boolean => {
  const wanted = SECRET_HEADER.toLowerCase();
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === wanted);
  return isOneOfSecrets(found?.[1]?.trim() ?? '', secrets);
};

const textOrNull = trimmedText.transform((value) => value || null).catch(null);
const propertiesOrNone = z.record(z.string(), shallow).catch({});

/** An id is taken byte for byte, because Amplitude compares it so; a placeholder is none. */
const userId = text.transform((id) => (isPlaceholder(id) ? null : id)).catch(null);

const wireUser = z
  .object({ user_id: userId, user_properties: propertiesOrNone })
  .catch({ user_id: null, user_properties: {} });

const envelope = z.object({
  cohort_id: textOrNull,
  cohort_name: textOrNull,
  in_cohort: yesOrNo.nullable().catch(null),
  computed_time: z.unknown().optional().transform(isoOf),
  message_id: textOrNull,
});

/** People who all entered the cohort or all left it; `in_cohort` is null when the delivery does not say which. */
type Batch = z.infer<typeof envelope> & { users: unknown[] };

/** A template for single users, as Amplitude documents it, names the cohort in a key: `amplitude_My Cohort_7khm89cz`. */
const NAMED_IN_KEY = /^amplitude_(.+)_([^_]+)$/s;

const namedInKey = (item: Properties): Partial<Batch> => {
  for (const [key, value] of Object.entries(item)) {
    const [, cohort_name, cohort_id] = NAMED_IN_KEY.exec(key) ?? [];
    const in_cohort = yesOrNo.safeParse(value).data;
    if (cohort_name !== undefined && cohort_id !== undefined && in_cohort !== undefined) {
      return { cohort_name, cohort_id, in_cohort };
    }
  }
  return {};
};

const looseItem = z.record(z.string(), z.unknown());

/** A batch, or a user who stands alone and carries the batch's fields; null for what is neither. */
const batchOf = (item: unknown): Batch | null => {
  const object = looseItem.safeParse(item);
  if (!object.success) return null;
  const head = envelope.parse(object.data);
  const { users } = object.data;
  if (Array.isArray(users)) return { ...head, users };
  if (!Object.hasOwn(object.data, 'user_id')) return null;
  return { ...head, ...(head.in_cohort === null ? namedInKey(object.data) : {}), users: [object.data] };
};

/** The items of a delivery, and what was left out of it, in words for the log that name nobody. */
type CohortDelivery = { entries: CohortEntry[]; leftOut: string[] };

/** Reads a delivery, undefined where it was no JSON. Throws nothing: what can't be read gives no items, and says why. */
export const readCohortDelivery = (json: unknown, input: CohortWebhookInput): CohortDelivery => {
  if (json === undefined) return { entries: [], leftOut: ['The body is not JSON.'] };
  const read = [json].flat().flatMap((item) => readBatch(batchOf(item), input));
  const entries = new Map<string, CohortEntry>();
  const counts = new Map<string, number>();
  for (const item of read) {
    // The platform refuses two items of one id; Amplitude names a person once in a message.
    if (typeof item !== 'string') entries.set(item.id, item);
    else counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  return { entries: [...entries.values()], leftOut: [...counts].map(([why, count]) => `${count} × ${why}.`) };
};

/** A batch's items, and the reason for each that is left out, or lacks its email. */
const readBatch = (batch: Batch | null, input: CohortWebhookInput): (CohortEntry | string)[] => {
  if (batch === null) return ['something that is no batch of users'];
  if (batch.in_cohort === null) return ['users of whom in_cohort does not say whether they enter or leave'];
  const direction = batch.in_cohort ? 'entering' : 'leaving';
  if (direction !== input.direction) return [`users who are ${direction}`];
  if (input.cohort_id !== undefined && input.cohort_id !== batch.cohort_id) return ['users of another cohort'];
  if (batch.users.length === 0) return ['a batch without users'];
  return batch.users.flatMap((user) => {
    const { user_id, user_properties } = wireUser.parse(user);
    if (user_id === null) return ['a user without a user id'];
    if (!isSampled(batch.cohort_id ?? '', user_id, input.sample_percent)) return ['a user outside the sample'];
    const odd = holdsNoEmail(user_properties, input.email_property) ? ['an email that is no address'] : [];
    return [entryOf(batch, user_id, user_properties, input), ...odd];
  });
};

const entryOf = (batch: Batch, user: string, properties: Properties, input: CohortWebhookInput): CohortEntry => ({
  id: `${batch.message_id ?? [batch.cohort_id, batch.computed_time].join('@')}:${user}`,
  cohort_id: batch.cohort_id,
  cohort_name: batch.cohort_name,
  amplitude_user_id: user,
  respondent_email: emailAmong(properties, input.email_property),
  cohort_computed_at: batch.computed_time,
  properties: handedOn(properties, input.extra_properties),
});

/** The chosen properties, under the names they were chosen by; all that came when none was chosen. */
const handedOn = (properties: Properties, chosen: string[]): Properties => {
  if (chosen.length === 0) return properties;
  const named = propertiesByName(properties);
  return Object.fromEntries(chosen.map((name) => [name, named(name) ?? null]));
};
