import { annotateCharts, annotationInput, DEFAULT_CATEGORY } from '../../amplitude/annotations.ts';
import { paths } from '../../amplitude/hosts.ts';
import type { AmplitudeRest } from '../../amplitude/rest.ts';
import { fetchSend } from '../../boundary/fetch.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../amplitude/server.ts';
import { type ReadChart, readCharts } from '../charts/charts.ts';
import { VirtualClock } from '../clock.ts';
import { type KojiSandbox, startKoji } from '../koji/server.ts';
import { cast, DAYS_OF_ENTRY, outcomeOf, type Person, peopleOf, stories } from './cast.ts';
import { lastInterviewNegative, trialEnded } from './cohorts.ts';
import { compare, type Figure, type Seen, seenAround, startedAmong } from './figures.ts';
import { at, days, productOf, SECOND } from './product.ts';

/** What Amplitude holds of one person at the end. */
export type PersonAtTheEnd = { userId: string; story: string; events: number; properties: Record<string, unknown> };

export type LoopResult = { figures: Figure[]; people: PersonAtTheEnd[]; charts: ReadChart[] };
export type Stage = 'entered the cohort' | 'followed to the end';
export type OnProgress = (stage: Stage, done: number, of: number) => void;

/** What the local email step has sent. */
export type Mail = { to: string; subject: string; text: string };

/** Everything but the platform. */
export type World = { clock: VirtualClock; koji: KojiSandbox; amplitude: AmplitudeSandbox };

/** What somebody who looks on reads of one thing that happened; `at` in milliseconds on the clock. */
export type Happening = { at: number; who: string; what: string; reason: string };

/** Why it does not go on: with a person who is not started, by user id; with an interview that is not written, by its id. */
export type Stuck = { people: Map<string, string>; interviews: Map<string, string> };

/**
 * A platform, with the three automations of the loop on it: cohort → Start Interview → email; Interview Analysis Ready →
 * Send Interview Event; the cohort “last interview negative” → a message to the account's owner.
 */
export type Platform = {
  /** Whoever is in a cohort by now is not started. */
  turnOn: () => Promise<void>;
  /** Amplitude has computed both cohorts: it is polled, or it tells. */
  hearOfCohorts: () => Promise<void>;
  /** What Start Interview has given so far. */
  startOutputs: () => unknown[];
  /** Where the platform can tell. */
  stuck?: () => Stuck;
  turnOff: () => Promise<void>;
  seen: () => Seen;
  /** Its runs and what they ended in, in the order in which they began. */
  happenings: () => Happening[];
  close: () => Promise<unknown>;
};

/** The loop as it stands, for whoever looks on. */
export type Scene = {
  world: World;
  /** Whom it is about, in the order in which they came. */
  people: () => { userId: string; email: string | null; name: string | null }[];
  startOutputs: () => unknown[];
  stuck?: () => Stuck;
  counts: () => Seen;
  happenings: () => Happening[];
};
/** Called once, before anybody enters; the story waits for it. */
export type OnScene = (scene: Scene) => Promise<void>;

/**
 * Trials end without an upgrade, day after day; these people are started on an interview, the analyzed ones come back
 * through Koji's webhook, what counts is written to Amplitude, and whoever was unhappy enters a cohort of their own. On the
 * way deliveries are repeated, forged, throttled and refused.
 */
export const tellStory = async (
  startPlatform: (world: World) => Promise<Platform>,
  peopleCount: number,
  onProgress: OnProgress,
  onScene: OnScene = async () => {},
): Promise<LoopResult> => {
  const clock = new VirtualClock(at(days.launch - 1, 18));
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now, cohorts: { jobMilliseconds: 60 * SECOND } });
  const world = { clock, koji, amplitude };
  const closeWorld = () => Promise.all([koji.close(), amplitude.close()]);
  const platform = await startPlatform(world).catch(async (error: unknown) => {
    await closeWorld();
    throw error;
  });
  try {
    const people = peopleOf(peopleCount);
    const entered = new Set<string>();
    await onScene(sceneOf(world, platform, people, entered));
    const seen = await live(world, platform, people, entered, onProgress);
    const figures = compare(people, { ...seen, ...platform.seen() });
    const charts = await readCharts(restOf(amplitude), clock.advance.bind(clock));
    return { figures, people: peopleAtTheEnd(amplitude, people), charts };
  } finally {
    await platform.close();
    await closeWorld();
  }
};

const sceneOf = (world: World, platform: Platform, people: Person[], entered: Set<string>): Scene => {
  const byId = new Map(people.map((person) => [person.user_id, person]));
  const { startOutputs, happenings, stuck } = platform;
  return {
    world,
    people: () =>
      [...entered].map((userId) => {
        const person = byId.get(userId);
        return { userId, email: person?.email ?? null, name: person?.name ?? null };
      }),
    startOutputs,
    ...(stuck === undefined ? {} : { stuck }),
    counts: () => ({
      'Entered the cohort': entered.size,
      ...seenAround(world, [...byId.keys()], startedAmong(startOutputs())),
      ...platform.seen(),
    }),
    happenings,
  };
};

const live = async (
  world: World,
  platform: Platform,
  people: Person[],
  entered: Set<string>,
  onProgress: OnProgress,
): Promise<Seen> => {
  const { clock, koji, amplitude } = world;
  const product = productOf(people);
  const compute = () => {
    amplitude.receive(sandboxProject.apiKey, product.until(clock.now()));
    return {
      waiting: amplitude.computeCohort(sandboxProject.apiKey, trialEnded),
      unhappy: amplitude.computeCohort(sandboxProject.apiKey, lastInterviewNegative),
    };
  };
  const before = new Set(compute().waiting);
  openLinkBefore(koji, people);
  await platform.turnOn();
  failTwice(amplitude);

  const answered = new Set<string>();
  for (let day = 0; day <= DAYS_OF_ENTRY; day += 1) {
    await clock.advanceTo(at(days.launch + day, 18));
    const enteredBefore = entered.size;
    for (const userId of compute().waiting) if (!before.has(userId)) entered.add(userId);
    await platform.hearOfCohorts();
    if (entered.size > enteredBefore) onProgress('entered the cohort', entered.size, people.length);
    const interviewOf = new Map(
      startedAmong(platform.startOutputs()).map(({ respondent_id, interview_id }) => [respondent_id, interview_id]),
    );
    for (const person of people) {
      const interviewId = interviewOf.get(person.user_id);
      if (interviewId === undefined || answered.has(person.user_id)) continue;
      answered.add(person.user_id);
      await answer(world, person, interviewId);
      onProgress('followed to the end', answered.size, people.length);
    }
    await clock.runUntilIdle();
  }
  await platform.turnOff();
  await clock.advanceTo(at(days.pricingPage, 9));
  await annotate(world);
  await clock.advanceTo(at(days.last));
  const { unhappy } = compute();
  const startedNow = koji.interviews().filter(({ respondent }) => before.has(respondent.external_id ?? ''));
  return {
    ...seenAround(
      world,
      people.map(({ user_id }) => user_id),
      startedAmong(platform.startOutputs()),
    ),
    'In the cohort before, and started now': startedNow.length,
    'Entered the cohort': entered.size,
    'In the cohort “last interview negative”': unhappy.length,
  };
};

const restOf = ({ url }: AmplitudeSandbox): AmplitudeRest => {
  const keys = Buffer.from(`${sandboxProject.apiKey}:${sandboxProject.secretKey}`).toString('base64');
  return { send: fetchSend(`Basic ${keys}`, [url]), host: url };
};

/** Half of all get another pricing page, for what the interviews said; a line on the charts tells why. */
const annotate = async ({ clock, koji, amplitude }: World): Promise<void> => {
  const theme = 'pricing confusion';
  const analyzed = koji.interviews().filter(({ analyzed_at }) => analyzed_at !== null);
  const naming = analyzed.filter(({ themes }) => themes.some((one) => one === theme));
  const label = `New pricing page: ${naming.length} of ${analyzed.length} interviews name ${theme}`;
  const start = new Date(clock.now()).toISOString();
  await annotateCharts(restOf(amplitude), annotationInput.parse({ label, start, category: DEFAULT_CATEGORY }));
};

/** Somebody has an interview from long ago, by the study's link. */
const openLinkBefore = (koji: KojiSandbox, people: Person[]): void => {
  const person = people[cast.knownAlready];
  if (person === undefined) return;
  koji.openLink({
    respondent: { external_id: person.user_id, display_name: person.name },
    respondent_email: person.email,
  });
};

const failTwice = (amplitude: AmplitudeSandbox): void => {
  amplitude.failNext(isUpload, { status: 429, body: throttled });
  amplitude.failNext(isUpload, { status: 503, body: 'Service unavailable' });
};
const isUpload = ({ path }: { path: string }): boolean => path === paths.upload;
const throttled = {
  code: 429,
  error: 'Too many requests for some devices and users',
  eps_threshold: 30,
  throttled_events: [0],
};

const answer = async ({ clock, koji }: World, person: Person, interviewId: string): Promise<void> => {
  if (person.story === 'silent') return;
  koji.respond(interviewId, outcomeOf(person));
  await clock.advance(6 * SECOND);
  if (person.number === cast.deliveredTwice) await koji.deliverAgain(interviewId);
  if (person.number === cast.forged) await koji.deliverForged(interviewId, 'wrong-secret');
  if (person.number === cast.otherEvent) await koji.deliverEvent('study.published');
};

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
        events: user?.events.filter(({ insertId }) => insertId?.startsWith('koji:')).length ?? 0,
        properties: Object.fromEntries(
          Object.entries(user?.properties ?? {}).filter(([name]) => name.startsWith('last_interview_')),
        ),
      },
    ];
  });
