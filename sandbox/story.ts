import * as z from 'zod';
import { sandboxProject } from './amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from './amplitude/server.ts';
import { VirtualClock } from './clock.ts';
import { type KojiSandbox, startKoji } from './koji/server.ts';

/** What becomes of a person, by their place in every twenty. */
const stories = {
  good: 'a good interview',
  flagged: 'held in anonymous mode',
  withheld: 'gave no email and no id',
  poor: 'quality 2, below the gate',
  unscored: 'analyzed without a score',
  silent: 'has not answered yet',
} as const;
type Story = keyof typeof stories;
const storyByPlace: Record<number, Story> = {
  3: 'flagged',
  8: 'poor',
  11: 'withheld',
  14: 'unscored',
  16: 'silent',
  18: 'poor',
};

export type Person = { number: number; user_id: string; email: string; name: string; story: Story };

const personOf = (number: number): Person => ({
  number,
  user_id: `user_${String(number + 1).padStart(5, '0')}`,
  email: `person.${number + 1}@example.com`,
  name: `Person ${number + 1}`,
  story: storyByPlace[number % 20] ?? 'good',
});

const moods = [
  { sentiment: 'negative', themes: ['pricing confusion', 'onboarding friction', 'missing invoices'], quality_score: 4 },
  { sentiment: 'positive', themes: ['fast setup', 'friendly support'], quality_score: 5 },
  { sentiment: 'mixed', themes: ['pricing confusion', 'fast setup 🙂'], quality_score: 3 },
] as const;

/** Special deliveries, and the people they are about. */
const cast = { enteredTwice: 0, deliveredTwice: 5, forged: 6, otherEvent: 7 } as const;
/** The story needs its whole cast. */
export const FEWEST_PEOPLE = 20;
/** At 45 starts a minute the story still ends before now. */
export const MOST_PEOPLE = 20_000;

export const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** Told in the past, so that no interview ends in the future of the app, whose own clock is the real one. */
const STARTS_AGO = 18 * HOUR;

/** One line of the table at the end: what the story says, and what was seen. */
export type Figure = { name: string; expected: number; seen: number };

/** What Amplitude holds of one person at the end. */
export type PersonAtTheEnd = { userId: string; story: string; events: number; properties: Record<string, unknown> };

export type LoopResult = { figures: Figure[]; people: PersonAtTheEnd[] };
export type Stage = 'entered the cohort' | 'followed to the end';
export type OnProgress = (stage: Stage, done: number, of: number) => void;

/** Everything but the platform. */
export type World = { clock: VirtualClock; koji: KojiSandbox; amplitude: AmplitudeSandbox };

/** A platform, with the two automations of the loop on it. */
export type Platform = {
  /** Cohort → Start Interview takes in one who entered. */
  enter: (person: Person) => Promise<void>;
  /** What Start Interview has given so far. */
  startOutputs: () => unknown[];
  /** Interview Analysis Ready → Send Interview Event: subscribed at Koji, and no more. */
  turnOn: () => Promise<void>;
  turnOff: () => Promise<void>;
  seen: () => Seen;
  close: () => Promise<unknown>;
};

/**
 * A cohort's people are started on an interview, the analyzed ones come back through Koji's webhook, and what counts is
 * written to Amplitude; on the way somebody enters twice, and deliveries are repeated, forged, throttled and refused.
 */
export const tellStory = async (
  startPlatform: (world: World) => Promise<Platform>,
  peopleCount: number,
  onProgress: OnProgress,
): Promise<LoopResult> => {
  const clock = new VirtualClock(Date.now() - STARTS_AGO);
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now });
  const world = { clock, koji, amplitude };
  const closeWorld = () => Promise.all([koji.close(), amplitude.close()]);
  const platform = await startPlatform(world).catch(async (error: unknown) => {
    await closeWorld();
    throw error;
  });
  try {
    const people = Array.from({ length: peopleCount }, (_, number) => personOf(number));
    await enterCohort(world, platform, people, onProgress);
    const started = parsedAll(startedSchema, platform.startOutputs());
    const interviewOf = new Map(started.map(({ respondent_id, interview_id }) => [respondent_id, interview_id]));
    await platform.turnOn();
    await answerInterviews(world, people, interviewOf, onProgress);
    await platform.turnOff();
    const seen = { ...seenAround(world, people, started), ...platform.seen() };
    return { figures: compare(expectedOf(people), seen), people: peopleAtTheEnd(amplitude, people) };
  } finally {
    await platform.close();
    await closeWorld();
  }
};

/** The cohort's list has one person twice. */
const enterCohort = async ({ clock }: World, { enter }: Platform, people: Person[], onProgress: OnProgress) => {
  const entrants = [...people, ...people.slice(cast.enteredTwice, cast.enteredTwice + 1)];
  for (const [index, person] of entrants.entries()) {
    await enter(person);
    onProgress('entered the cohort', index + 1, entrants.length);
  }
  await clock.runUntilIdle();
};

const answerInterviews = async (
  { clock, koji, amplitude }: World,
  people: Person[],
  interviewOf: Map<string, string>,
  onProgress: OnProgress,
) => {
  amplitude.failNext(isUpload, { status: 429, body: throttled });
  amplitude.failNext(isUpload, { status: 503, body: 'Service unavailable' });
  for (const person of people) {
    onProgress('followed to the end', person.number + 1, people.length);
    const interviewId = interviewOf.get(person.user_id);
    if (interviewId === undefined || person.story === 'silent') continue;
    koji.respond(interviewId, outcomeOf(person));
    await clock.advance(6 * SECOND);
    if (person.number === cast.deliveredTwice) await koji.deliverAgain(interviewId);
    if (person.number === cast.forged) await koji.deliverForged(interviewId, 'wrong-secret');
    if (person.number === cast.otherEvent) await koji.deliverEvent('study.published');
  }
  await clock.runUntilIdle();
};

const isUpload = ({ path }: { path: string }): boolean => path === '/2/httpapi';
const throttled = {
  code: 429,
  error: 'Too many requests for some devices and users',
  eps_threshold: 30,
  throttled_events: [0],
};

const outcomeOf = ({ number, story }: Person) => {
  const mood = { ...(moods[number % moods.length] ?? moods[0]) };
  const outcome = { ...mood, themes: [...mood.themes] };
  if (story === 'flagged')
    return { ...outcome, anonymous: { flag: 'anonymous', at: 'interview', hides: 'nothing' } as const };
  if (story === 'withheld') return { ...outcome, anonymous: true as const };
  if (story === 'poor') return { ...outcome, quality_score: 2 };
  return story === 'unscored' ? { ...outcome, quality_score: null } : outcome;
};

const startedSchema = z.object({ interview_id: z.string(), respondent_id: z.string(), already_started: z.boolean() });
type Started = z.infer<typeof startedSchema>;

/** What Send Interview Event gives, as far as the story counts it. */
export const sentSchema = z.object({ status: z.string(), reason: z.string().nullable() });

/** Those of the values that have this shape. */
export const parsedAll = <Schema extends z.ZodType>(schema: Schema, values: unknown[]): z.infer<Schema>[] =>
  values.flatMap((value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });

/** The figures of every platform from the stories alone, in the order of the table; each platform sees some of them. */
const expectedOf = (people: Person[]) => {
  const count = (...wanted: Story[]) => people.filter(({ story }) => wanted.includes(story)).length;
  const analyzed = people.length - count('silent');
  return {
    'Started on an interview': people.length,
    'Known already, not started again': 1,
    'Analyzed by Koji': analyzed,
    // One is delivered again, one is forged, one is another event.
    'Deliveries that Zapier took in': analyzed + 3,
    // And Koji checks an address that is added by hand.
    'Deliveries that Make took in': analyzed + 4,
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
    'Waited for Amplitude (429), then written': 1,
    'Tried again at once (503), then written': 1,
    'Kept to run again (429, 503), then written': 2,
    'Runs that failed': 0,
    'Events that Amplitude holds': count('good'),
    'People with last_interview_* set': count('good'),
    'Webhooks left at Koji': 0,
  };
};
export type Seen = Partial<ReturnType<typeof expectedOf>>;

/** What is seen from outside the platform. */
const seenAround = ({ koji, amplitude }: World, people: Person[], started: Started[]): Seen => ({
  'Started on an interview': started.filter(({ already_started }) => !already_started).length,
  'Known already, not started again': started.filter(({ already_started }) => already_started).length,
  'Analyzed by Koji': koji.interviews().filter(({ analyzed_at }) => analyzed_at !== null).length,
  'Events that Amplitude holds': amplitude.events(sandboxProject.apiKey).length,
  'People with last_interview_* set': people.filter(
    ({ user_id }) => amplitude.user(sandboxProject.apiKey, user_id)?.properties.last_interview_at !== undefined,
  ).length,
});

const compare = (expected: Record<string, number>, seen: Record<string, number>): Figure[] =>
  Object.entries(expected).flatMap(([name, figure]) => {
    const found = seen[name];
    return found === undefined ? [] : [{ name, expected: figure, seen: found }];
  });

/** One of each: written, kept out by the gate, anonymous. */
const peopleAtTheEnd = (amplitude: AmplitudeSandbox, people: Person[]): PersonAtTheEnd[] =>
  (['good', 'poor', 'flagged'] as const).flatMap((story) => {
    const person = people.find((candidate) => candidate.story === story);
    if (person === undefined) return [];
    const user = amplitude.user(sandboxProject.apiKey, person.user_id);
    return [
      {
        userId: person.user_id,
        story: stories[story],
        events: user?.events.length ?? 0,
        properties: user?.properties ?? {},
      },
    ];
  });
