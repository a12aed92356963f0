/**
 * Our event in a project's tracking plan: https://amplitude.com/docs/apis/analytics/taxonomy (A20).
 * Form-encoded, one call after another because only so many may run at once.
 */
import * as z from 'zod';
import type { Reply } from '../boundary/send.ts';
import { problemOf, taxonomyFailure } from './failures.ts';
import { paths } from './hosts.ts';
import {
  DEFAULT_EVENT_TYPE,
  eventPropertyTypes,
  eventType,
  type PropertyType,
  userPropertyTypes,
} from './interview-event.ts';
import { type AmplitudeRest, callRest, restData } from './rest.ts';

/** The event's category in the plan. */
export const CATEGORY = 'Koji';
/** What the plan says of the event. */
export const DESCRIPTION = 'An interview that Koji held and analyzed.';

/** What people fill in. */
export const registerInput = z.object({ event_type: eventType });

/** What registering gives: the names that were new, and those that the plan had. */
export const registeredSchema = z.object({
  id: z.string().meta({ title: 'Event Type' }),
  created: z.array(z.string()),
  already_there: z.array(z.string()),
});
type Registered = z.infer<typeof registeredSchema>;

const listOf = <Schema extends z.ZodType>(entry: Schema) => z.object({ data: z.array(entry) });
const nameOrNone = z.string().optional().catch(undefined);

const wireCategories = listOf(z.object({ name: nameOrNone }));
const wireEvents = listOf(z.object({ event_type: nameOrNone }));
const wireEventProperties = listOf(z.object({ event_property: nameOrNone, event_type: nameOrNone }));
/** Custom properties come back with `gp:` before their name. */
const wireUserProperties = listOf(
  z.object({ user_property: nameOrNone.transform((name) => name?.replace(/^gp:/, '')) }),
);

const refuseProblem = (reply: Reply, what: string): void => {
  const problem = taxonomyFailure(reply, what);
  if (problem !== null) throw problem;
};

/** How a refusal names what it refused: the plan itself, or an entry of it. */
export const refusedThing = {
  plan: 'to show its tracking plan',
  entry: (name: string): string => `${name} for the tracking plan`,
};

const callPlan = (amplitude: AmplitudeRest, method: 'GET' | 'POST', path: string, form?: Record<string, string>) =>
  callRest(amplitude, method, paths.taxonomy(path), { form });

const list = async <Entry extends z.ZodType>(
  amplitude: AmplitudeRest,
  path: string,
  schema: ReturnType<typeof listOf<Entry>>,
): Promise<z.infer<Entry>[]> => {
  const reply = await callPlan(amplitude, 'GET', path);
  refuseProblem(reply, refusedThing.plan);
  return restData(reply, schema).data;
};

/** One entry that the plan should have. */
type Entry = { name: string; isThere: boolean; path: string; form: Record<string, string> };

/**
 * Creates an entry. A 409 says many things (A20); that the entry is there is one of them, because the
 * lists leave out what is hidden, and two runs may meet.
 */
const create = async (amplitude: AmplitudeRest, { name, path, form }: Entry): Promise<'created' | 'already_there'> => {
  const reply = await callPlan(amplitude, 'POST', path, form);
  if (reply.status === 409 && problemOf(reply)?.match(/already exists/i)) return 'already_there';
  refuseProblem(reply, refusedThing.entry(name));
  restData(reply, z.object({ success: z.literal(true) }));
  return 'created';
};

/** A property's type as the form fields that create it. */
export const typeForm = ({ type, values, isList }: PropertyType): Record<string, string> => ({
  type,
  ...(values === undefined ? {} : { enum_values: values.join(', ') }),
  ...(isList === undefined ? {} : { is_array_type: 'true' }),
});

/** Everything our event consists of; the category and the event come first, because the rest is tied to them. */
const entriesOf = async (amplitude: AmplitudeRest, eventType: string): Promise<Entry[]> => {
  const categories = await list(amplitude, 'category', wireCategories);
  const events = await list(amplitude, 'event', wireEvents);
  // Without the event's name Amplitude lists the properties that all events share.
  const ofEvent = `event-property?event_type=${encodeURIComponent(eventType)}`;
  const eventProperties = await list(amplitude, ofEvent, wireEventProperties);
  const userProperties = await list(amplitude, 'user-property', wireUserProperties);
  return [
    {
      name: CATEGORY,
      isThere: categories.some(({ name }) => name === CATEGORY),
      path: 'category',
      form: { category_name: CATEGORY },
    },
    {
      name: eventType,
      isThere: events.some(({ event_type }) => event_type === eventType),
      path: 'event',
      form: { event_type: eventType, category: CATEGORY, description: DESCRIPTION },
    },
    ...Object.entries(eventPropertyTypes).map(([name, type]) => ({
      name,
      isThere: eventProperties.some((entry) => entry.event_property === name && entry.event_type === eventType),
      path: 'event-property',
      form: { event_property: name, event_type: eventType, ...typeForm(type) },
    })),
    ...Object.entries(userPropertyTypes).map(([name, type]) => ({
      name,
      isThere: userProperties.some(({ user_property }) => user_property === name),
      path: 'user-property',
      form: { user_property: name, ...typeForm(type) },
    })),
  ];
};

/**
 * Makes sure that the tracking plan has our event, so that a project that rejects what is not planned keeps it. What is
 * there is left as it is, and running it again changes nothing: one that ends early goes on at the next run. Throws a
 * `VendorFailure`.
 */
export const registerInterviewEvent = async (amplitude: AmplitudeRest, eventType: string): Promise<Registered> => {
  const registered: Registered = { id: eventType, created: [], already_there: [] };
  for (const entry of await entriesOf(amplitude, eventType)) {
    const outcome = entry.isThere ? 'already_there' : await create(amplitude, entry);
    registered[outcome].push(entry.name);
  }
  return registered;
};

/** What the editor shows before the event was registered. */
export const sampleRegistered: Registered = {
  id: DEFAULT_EVENT_TYPE,
  created: [CATEGORY, DEFAULT_EVENT_TYPE, ...Object.keys(eventPropertyTypes), ...Object.keys(userPropertyTypes)],
  already_there: [],
};
