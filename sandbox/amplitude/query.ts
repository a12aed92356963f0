/**
 * What the charts' endpoints are asked with, read once: https://amplitude.com/docs/apis/analytics/dashboard-rest, event
 * format and segment definition. What isn't built here is refused, as a wrong query would be.
 */
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { Properties } from './properties.ts';
import type { Tenant } from './state.ts';
import type { AmplitudeUser, StoredEvent } from './users.ts';

const operator = z.enum([
  'is',
  'is not',
  'contains',
  'does not contain',
  'less',
  'less or equal',
  'greater',
  'greater or equal',
  'set is',
  'set is not',
]);
type Operator = z.infer<typeof operator>;
const values = z.array(z.union([z.string(), z.number()]).transform(String)).min(1);

const filter = z.strictObject({
  subprop_type: z.enum(['event', 'user']),
  subprop_key: z.string().min(1),
  subprop_op: operator,
  subprop_value: values,
});
const eventDefinition = z.strictObject({
  // New users are not built here.
  event_type: z
    .string()
    .min(1)
    .refine((type) => type !== '_new'),
  filters: z.array(filter).default([]),
  group_by: z
    .array(z.strictObject({ type: z.enum(['event', 'user']), value: z.string().min(1) }))
    .max(2)
    .default([]),
});
export type EventDefinition = z.infer<typeof eventDefinition>;

const propertyCondition = z.strictObject({ prop: z.string().min(1), op: operator, values });
/** "Who performed": the one spelling of it that is known (A27). */
const didCondition = z.strictObject({
  type: z.literal('event'),
  event_type: z.string().min(1),
  filters: z.array(filter).default([]),
  op: z.literal('>='),
  value: z.int().positive(),
  time_type: z.literal('allTime'),
});
const condition = z.union([propertyCondition, didCondition]);
export type Condition = z.infer<typeof condition>;
export type Segment = Condition[];

/** A query that can't be answered; the answer says which parameter. */
export class BadQuery extends Error {}

const parsed = <Schema extends z.ZodType>(name: string, schema: Schema, given: unknown): z.infer<Schema> => {
  const { data, success } = schema.safeParse(given);
  if (!success) throw new BadQuery(name);
  return data;
};

export const DAY = 86_400_000;

/** Days of a query, in the project's time zone, which is UTC here; `end` is past the last one. */
export type Range = { start: number; end: number; days: number };

const day = z
  .string()
  .regex(/^\d{8}$/)
  .transform((text) => Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00Z`))
  .refine((time) => !Number.isNaN(time));

export const rangeOf = (query: URLSearchParams): Range => {
  const start = parsed('start', day, query.get('start'));
  const end = parsed('end', day, query.get('end')) + DAY;
  if (end <= start) throw new BadQuery('end');
  return { start, end, days: (end - start) / DAY };
};

export const eventsIn = (query: URLSearchParams, name: string): EventDefinition[] =>
  query.getAll(name).map((text) => parsed(name, eventDefinition, jsonOf(text)));

/** The segments; without any, one of everybody. */
export const segmentsIn = (query: URLSearchParams): Segment[] => {
  const given = query.getAll('s').map((text) => parsed('s', z.array(condition), jsonOf(text)));
  return given.length === 0 ? [[]] : given;
};

/** A parameter that has to be one of these; the first when it is left out. */
export const choiceIn = <Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice => parsed(name, z.enum(choices), query.get(name) ?? choices[0]);

export const wholeNumberIn = (query: URLSearchParams, name: string, otherwise: number): number =>
  parsed(name, z.coerce.number().int().positive(), query.get(name) ?? otherwise);

const NONE = '(none)';

/** A property's values as charts show them: each element of a list (not stated, A27), and one word for nothing. */
export const shownValues = (value: unknown): string[] => {
  if (value === undefined || value === null || value === '') return [NONE];
  if (Array.isArray(value)) return value.length === 0 ? [NONE] : value.map(String);
  return [String(value)];
};

const propertyOf = (properties: Properties, name: string): string[] =>
  shownValues(properties[name.replace(/^gp:/, '')]);

const compared: Record<Operator, (found: string[], wanted: string[]) => boolean> = {
  is: (found, wanted) => found.some((value) => wanted.includes(value)),
  'is not': (found, wanted) => !found.some((value) => wanted.includes(value)),
  contains: (found, wanted) => found.some((value) => wanted.some((part) => value.includes(part))),
  'does not contain': (found, wanted) => !found.some((value) => wanted.some((part) => value.includes(part))),
  less: (found, wanted) => found.some((value) => Number(value) < Number(wanted[0])),
  'less or equal': (found, wanted) => found.some((value) => Number(value) <= Number(wanted[0])),
  greater: (found, wanted) => found.some((value) => Number(value) > Number(wanted[0])),
  'greater or equal': (found, wanted) => found.some((value) => Number(value) >= Number(wanted[0])),
  'set is': (found, wanted) => found.length === wanted.length && found.every((value) => wanted.includes(value)),
  'set is not': (found, wanted) => !(found.length === wanted.length && found.every((value) => wanted.includes(value))),
};

const ofAnyType = new Set(['_active', '_all']);

/** Whether this is such an event. A user property counts as it was at the event's time. */
export const matches = (event: StoredEvent, { event_type, filters }: Pick<EventDefinition, 'event_type' | 'filters'>) =>
  (event.eventType === event_type || ofAnyType.has(event_type)) &&
  filters.every(({ subprop_type, subprop_key, subprop_op, subprop_value }) => {
    const properties = subprop_type === 'event' ? event.eventProperties : event.userProperties;
    return compared[subprop_op](propertyOf(properties, subprop_key), subprop_value);
  });

/** The groups that an event falls into, by their labels. */
export const groupsOf = (event: StoredEvent, { group_by }: EventDefinition): string[] =>
  group_by.reduce(
    (labels, { type, value }) => {
      const properties = type === 'event' ? event.eventProperties : event.userProperties;
      const found = propertyOf(properties, value);
      return labels.flatMap((label) => found.map((next) => (label === '' ? next : `${label}; ${next}`)));
    },
    [''],
  );

/** Whether a person's event counts for a segment: cohorts and deeds are of the person, properties of the event's time. */
export const isInSegment = (tenant: Tenant, user: AmplitudeUser, event: StoredEvent, segment: Segment): boolean =>
  segment.every((one) => {
    if ('type' in one) return user.events.filter((other) => matches(other, one)).length >= one.value;
    if (one.prop !== 'userdata_cohort') return compared[one.op](propertyOf(event.userProperties, one.prop), one.values);
    const isMember = one.values.some((id) => tenant.cohorts.get(id)?.users.includes(user) ?? false);
    return one.op === 'is' ? isMember : !isMember;
  });

/** A day as charts name it. */
export const dayName = (time: number): string => new Date(time).toISOString().slice(0, 10);
