/** The table at the end: what the story says, beside what was seen. */
import * as z from 'zod';
import { sandboxProject } from '../amplitude/projects.ts';
import { DAYS_OF_ENTRY, type Person, type Story } from './cast.ts';
import type { World } from './story.ts';

/** One line of the table. */
export type Figure = { name: string; expected: number; seen: number };

/** More new people than this at once are held until somebody confirms them (Z13). */
const MOST_AT_ONCE = 100;

/** Whoever an event was written of, in a bad mood. */
const isUnhappy = ({ story, mood }: Person): boolean => story === 'good' && mood.sentiment === 'negative';

/** The people of each day. */
const byDay = (people: Person[]): number[] =>
  Array.from({ length: DAYS_OF_ENTRY }, (_, day) => people.filter((person) => person.day === day).length);

/** The figures of every platform from the stories alone, in the order of the table; each platform sees some of them. */
const expectedOf = (people: Person[]) => {
  const count = (...wanted: Story[]) => people.filter(({ story }) => wanted.includes(story)).length;
  const analyzed = people.length - count('silent');
  const unhappy = people.filter(isUnhappy);
  const heldBack = [...byDay(people), ...byDay(unhappy)].filter((entered) => entered > MOST_AT_ONCE);
  return {
    'In the cohort before, and started now': 0,
    'Entered the cohort': people.length,
    'Held until confirmed: over 100 at once': heldBack.reduce((sum, entered) => sum + entered, 0),
    'Started on an interview': people.length - 1,
    'Known already, not started again': 1,
    'Link mailed': people.length - 1,
    'Analyzed by Koji': analyzed,
    // One is delivered again, one is forged, one is another event.
    'Deliveries that Zapier took in': analyzed + 3,
    // And Koji checks an address that is added by hand.
    'Deliveries that Make took in': analyzed + 4,
    'Deliveries that the forwarder took in': analyzed + 4,
    'Refused: forged signature': 1,
    'Ignored: another event': 1,
    'Ignored: delivered before': 1,
    'Dropped at once: other event, check of the address': 2,
    // A repeated and a forged one are fetched like any other.
    'Fetched from Koji with the key, two of them again': analyzed + 2,
    'Kept out: quality below 3': count('poor'),
    'Kept out: no quality score': count('unscored'),
    'Triggered the Zap': count('good', 'flagged', 'withheld'),
    'Skipped: anonymous': count('flagged', 'withheld'),
    'Written to Amplitude': count('good'),
    'Sent to Amplitude, two of them again (same event id)': count('good') + 2,
    'Sent to Amplitude, one of them again (same event id)': count('good') + 1,
    'Waited in the queue (429, then 503), then written': 1,
    'Waited for Amplitude (429), then written': 1,
    'Tried again at once (503), then written': 1,
    'Kept to run again (429, 503), then written': 2,
    'Runs that failed': 0,
    'Runs that wait or are held': 0,
    'Polls that failed': 0,
    'Events that Amplitude holds': count('good'),
    'People with last_interview_* set': count('good'),
    'In the cohort “last interview negative”': unhappy.length,
    'Account owners told of one': unhappy.length,
    'Webhooks left at Koji': 0,
  };
};
export type Seen = Partial<ReturnType<typeof expectedOf>>;

const startedSchema = z.object({ interview_id: z.string(), respondent_id: z.string(), already_started: z.boolean() });
export type Started = z.infer<typeof startedSchema>;

/** Those of the values that have this shape. */
export const parsedAll = <Schema extends z.ZodType>(schema: Schema, values: unknown[]): z.infer<Schema>[] =>
  values.flatMap((value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });

/** What Start Interview gave. */
export const startedAmong = (outputs: unknown[]): Started[] => parsedAll(startedSchema, outputs);

/** What Send Interview Event gives, as far as the story counts it. */
export const sentSchema = z.object({ status: z.string(), reason: z.string().nullable() });

/** The interviews of these people: an anonymous one names nobody any more, and is known by its id. */
const analyzedOf = (koji: World['koji'], userIds: Set<string>, started: Started[]): number => {
  const startedIds = new Set(started.map(({ interview_id }) => interview_id));
  return koji
    .interviews()
    .filter(
      ({ analyzed_at, interview_id, respondent }) =>
        analyzed_at !== null && (startedIds.has(interview_id) || userIds.has(respondent.external_id ?? '')),
    ).length;
};

/** What is seen of these people from outside the platform. */
export const seenAround = ({ koji, amplitude }: World, userIds: string[], started: Started[]): Seen => ({
  'Started on an interview': started.filter(({ already_started }) => !already_started).length,
  'Known already, not started again': started.filter(({ already_started }) => already_started).length,
  'Analyzed by Koji': analyzedOf(koji, new Set(userIds), started),
  'Events that Amplitude holds': amplitude
    .events(sandboxProject.apiKey)
    .filter(({ insertId }) => insertId?.startsWith('koji:')).length,
  'People with last_interview_* set': userIds.filter(
    (userId) => amplitude.user(sandboxProject.apiKey, userId)?.properties.last_interview_at !== undefined,
  ).length,
});

/** The lines of the figures that were seen. */
export const compare = (people: Person[], seen: Seen): Figure[] =>
  Object.entries(expectedOf(people)).flatMap(([name, expected]) => {
    const found = z.record(z.string(), z.number()).parse(seen)[name];
    return found === undefined ? [] : [{ name, expected, seen: found }];
  });
