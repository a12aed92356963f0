/**
 * What the charts' endpoints are asked with, read once: https://amplitude.com/docs/apis/analytics/dashboard-rest, event
 * format and segment definition. What isn't built here is refused, as a wrong query would be.
 */
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { AmplitudeUser, StoredEvent } from './users.ts';

const values = z.array(z.union([z.string(), z.number()]).transform(String)).min(1);

const filter = z.strictObject({
  subprop_type: z.literal('event'),
  subprop_key: z.string().min(1),
  subprop_op: z.literal('is'),
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
    .array(z.strictObject({ type: z.literal('event'), value: z.string().min(1) }))
    .max(1)
    .default([]),
});
export type EventDefinition = z.infer<typeof eventDefinition>;

/** A property of the person that the customer sends; cohorts and Amplitude's own properties are not built here. */
const propertyCondition = z.strictObject({ prop: z.templateLiteral(['gp:', z.string()]), op: z.literal('is'), values });
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
const shownValues = (value: unknown): string[] => {
  if (value === undefined || value === null || value === '') return [NONE];
  if (Array.isArray(value)) return value.length === 0 ? [NONE] : value.map(String);
  return [String(value)];
};

const isOneOf = (value: unknown, wanted: string[]): boolean =>
  shownValues(value).some((shown) => wanted.includes(shown));

/** Any event that counts as active. */
const ACTIVE = '_active';

/** Whether this is such an event. */
export const matches = (
  { eventType, eventProperties }: StoredEvent,
  { event_type, filters }: Pick<EventDefinition, 'event_type' | 'filters'>,
): boolean =>
  (eventType === event_type || event_type === ACTIVE) &&
  filters.every(({ subprop_key, subprop_value }) => isOneOf(eventProperties[subprop_key], subprop_value));

/** The groups that an event falls into, by their labels; without a group by, the one of all. */
export const groupsOf = ({ eventProperties }: StoredEvent, { group_by: [group] }: EventDefinition): string[] =>
  group === undefined ? [''] : shownValues(eventProperties[group.value]);

/** Whether a person's event counts for a segment: deeds are of the person, properties as they were at the event's time. */
export const isInSegment = (user: AmplitudeUser, event: StoredEvent, segment: Segment): boolean =>
  segment.every((one) =>
    'type' in one
      ? user.events.filter((other) => matches(other, one)).length >= one.value
      : isOneOf(event.userProperties[one.prop.slice('gp:'.length)], one.values),
  );

/** A day as charts name it. */
export const dayName = (time: number): string => new Date(time).toISOString().slice(0, 10);
