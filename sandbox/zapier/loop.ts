import * as z from 'zod';
import { sandboxProject } from '../amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../amplitude/server.ts';
import { VirtualClock } from '../clock.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { type KojiSandbox, startKoji } from '../koji/server.ts';
import { startZapier, type ZapierSandbox } from './platform.ts';

/** One line of the table at the end: what the scenario says, and what was seen. */
export type Figure = { name: string; expected: number; seen: number };

/** What Amplitude holds of one person at the end. */
export type PersonAtTheEnd = { userId: string; story: string; events: number; properties: Record<string, unknown> };

export type LoopResult = { figures: Figure[]; people: PersonAtTheEnd[] };
export type Stage = 'entered the cohort' | 'followed to the end';
export type OnProgress = (stage: Stage, done: number, of: number) => void;

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

export const personOf = (number: number): Person => ({
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

export const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** The story is told in the past, so that no interview ends in the future of the app, whose own clock is the real one. */
export const STARTS_AGO = 18 * 60 * MINUTE;

/** Special deliveries, and the people they are about. */
export const cast = { enteredTwice: 0, deliveredTwice: 5, forged: 6, otherEvent: 7 } as const;
/** The scenario needs its whole cast. */
export const FEWEST_PEOPLE = 20;
/** At 45 starts a minute the story still ends before now. */
export const MOST_PEOPLE = 20_000;

const startStep = {
  key: 'start_interview',
  inputData: {
    respondent_email: '{{trigger.email}}',
    respondent_id: '{{trigger.user_id}}',
    respondent_name: '{{trigger.name}}',
  },
};

const sendStep = {
  key: 'send_interview_event',
  inputData: {
    interview_id: '{{trigger.interview_id}}',
    completed_at: '{{trigger.completed_at}}',
    amplitude_user_id: '{{trigger.respondent_id}}',
    respondent_email: '{{trigger.respondent_email}}',
    is_anonymous: '{{trigger.is_anonymous}}',
    themes: '{{trigger.themes}}',
    sentiment: '{{trigger.sentiment}}',
    quality_score: '{{trigger.quality_score}}',
    transcript_url: '{{trigger.transcript_url}}',
  },
};

/**
 * The whole loop on this machine, on Zapier's own runtime: a cohort's people are started on an interview, the analyzed
 * ones come back through the signed webhook, and what counts is written to Amplitude. `app` is what the build exports.
 */
export const runLoop = async (app: object, peopleCount: number, onProgress: OnProgress): Promise<LoopResult> => {
  const clock = new VirtualClock(Date.now() - STARTS_AGO);
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now });
  const zapier = await startZapier({
    app,
    clock,
    authData: {
      koji_api_key: sandboxKeys.full,
      amplitude_api_key: sandboxProject.apiKey,
      amplitude_secret_key: sandboxProject.secretKey,
    },
    environment: {
      KOJI_API_URL: koji.url,
      AMPLITUDE_INGESTION_URL: amplitude.url,
      AMPLITUDE_REST_URL: amplitude.url,
    },
  });
  try {
    const people = Array.from({ length: peopleCount }, (_, number) => personOf(number));
    const seen = await tell({ clock, koji, amplitude, zapier }, people, onProgress);
    return { figures: compare(expectedOf(people), seen), people: peopleAtTheEnd(amplitude, people) };
  } finally {
    await Promise.all([zapier.close(), koji.close(), amplitude.close()]);
  }
};

type World = { clock: VirtualClock; koji: KojiSandbox; amplitude: AmplitudeSandbox; zapier: ZapierSandbox };

const tell = async ({ clock, koji, amplitude, zapier }: World, people: Person[], onProgress: OnProgress) => {
  await zapier.testConnection();

  // Zap 1: cohort → Start Interview. The cohort's list has one person twice.
  const entrants = [...people, ...people.slice(cast.enteredTwice, cast.enteredTwice + 1)];
  for (const [index, { user_id, email, name }] of entrants.entries()) {
    await zapier.runSteps({ user_id, email, name }, [startStep]);
    onProgress('entered the cohort', index + 1, entrants.length);
  }
  await clock.runUntilIdle();
  const startRuns = [...zapier.runs];
  const started = startRuns
    .map((run) => startedSchema.safeParse(run.outputs[0]).data)
    .filter((output) => output !== undefined);
  const interviewOf = new Map(started.map((output) => [output.respondent_id, output.interview_id]));

  // Zap 2: Interview Analysis Ready → Send Interview Event.
  const zap = zapier.zap({ trigger: { key: 'interview_analysis_ready' }, steps: [sendStep] });
  await zap.turnOn();
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
  await zap.turnOff();

  const runs = zap.runs();
  const sent = runs.map((run) => sentSchema.safeParse(run.outputs[0]).data).filter((output) => output !== undefined);
  const said = zapier.logs.filter(({ type }) => type === 'console').map(({ message }) => message);
  const saying = (words: string) => said.filter((message) => message.includes(words)).length;
  const stored = amplitude.events(sandboxProject.apiKey);
  return {
    'Started on an interview': started.filter((output) => !output.already_started).length,
    'Known already, not started again': started.filter((output) => output.already_started).length,
    'Analyzed by Koji': koji.interviews().filter(({ analyzed_at }) => analyzed_at !== null).length,
    'Deliveries that Zapier took in': zap.deliveries.length,
    'Refused: forged signature': saying('signature is wrong'),
    'Ignored: another event': saying('another event'),
    'Ignored: delivered before': saying('delivered before'),
    'Kept out: quality below 3': saying('below the minimum quality'),
    'Kept out: no quality score': saying('no quality score'),
    'Triggered the Zap': runs.length,
    'Skipped: anonymous': sent.filter(({ reason }) => reason === 'anonymous').length,
    'Written to Amplitude': sent.filter(({ status }) => status === 'written').length,
    'Waited for Amplitude (429), then written': runs.filter(({ history }) =>
      history.some(({ status }) => status === 'waiting'),
    ).length,
    'Tried again at once (503), then written': amplitude.calls.filter(
      ({ answer }) => answer !== 'hang' && answer.status === 503,
    ).length,
    'Runs that failed': zapier.runs.filter(({ status }) => status !== 'success').length,
    'Events that Amplitude holds': stored.length,
    'People with last_interview_* set': people.filter(
      ({ user_id }) => amplitude.user(sandboxProject.apiKey, user_id)?.properties.last_interview_at !== undefined,
    ).length,
    'Webhooks left at Koji': koji.webhooks().length,
  };
};

type Seen = Awaited<ReturnType<typeof tell>>;

/** The same figures from the stories alone. */
const expectedOf = (people: Person[]): Seen => {
  const count = (...wanted: Story[]) => people.filter(({ story }) => wanted.includes(story)).length;
  const analyzed = people.length - count('silent');
  return {
    'Started on an interview': people.length,
    'Known already, not started again': 1,
    'Analyzed by Koji': analyzed,
    'Deliveries that Zapier took in': analyzed + 3,
    'Refused: forged signature': 1,
    'Ignored: another event': 1,
    'Ignored: delivered before': 1,
    'Kept out: quality below 3': count('poor'),
    'Kept out: no quality score': count('unscored'),
    'Triggered the Zap': count('good', 'flagged', 'withheld'),
    'Skipped: anonymous': count('flagged', 'withheld'),
    'Written to Amplitude': count('good'),
    'Waited for Amplitude (429), then written': 1,
    'Tried again at once (503), then written': 1,
    'Runs that failed': 0,
    'Events that Amplitude holds': count('good'),
    'People with last_interview_* set': count('good'),
    'Webhooks left at Koji': 0,
  };
};

export const compare = (expected: Record<string, number>, seen: Record<string, number>): Figure[] => {
  const seenByName = new Map(Object.entries(seen));
  return Object.entries(expected).map(([name, figure]) => ({
    name,
    expected: figure,
    seen: seenByName.get(name) ?? 0,
  }));
};

export const outcomeOf = ({ number, story }: Person) => {
  const mood = { ...(moods[number % moods.length] ?? moods[0]) };
  const outcome = { ...mood, themes: [...mood.themes] };
  if (story === 'flagged')
    return { ...outcome, anonymous: { flag: 'anonymous', at: 'interview', hides: 'nothing' } as const };
  if (story === 'withheld') return { ...outcome, anonymous: true as const };
  if (story === 'poor') return { ...outcome, quality_score: 2 };
  return story === 'unscored' ? { ...outcome, quality_score: null } : outcome;
};

/** One of each: written, kept out by the gate, anonymous. */
export const peopleAtTheEnd = (amplitude: AmplitudeSandbox, people: Person[]): PersonAtTheEnd[] =>
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

export const isUpload = ({ path }: { path: string }): boolean => path === '/2/httpapi';
export const throttled = {
  code: 429,
  error: 'Too many requests for some devices and users',
  eps_threshold: 30,
  throttled_events: [0],
};

const startedSchema = z.object({ interview_id: z.string(), respondent_id: z.string(), already_started: z.boolean() });
const sentSchema = z.object({ status: z.enum(['written', 'skipped']), reason: z.string().nullable() });
