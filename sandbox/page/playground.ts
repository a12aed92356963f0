/** The whole loop to play with: three Zaps on Zapier's runtime between the sandbox's Koji and Amplitude. */
import type { sentiments } from '../../koji/contract.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import type { VirtualClock } from '../clock.ts';
import { hang } from '../hang.ts';
import type { Answer, LocalServer } from '../server.ts';
import { lastInterviewNegative } from '../story/cohorts.ts';
import { seenAround, startedAmong } from '../story/figures.ts';
import type { Happening, Scene, World } from '../story/story.ts';
import { startLoop, zapNames } from '../zapier/loop.ts';

const MINUTE = 60_000;
const BETWEEN_POLLS = 15 * MINUTE;

/** The cohort that people are added to by hand. */
const COHORT = { id: 'playground', name: 'Added on the page' };

export type ZapName = keyof typeof zapNames;
export type Service = 'koji' | 'amplitude';
export const serviceNames = { koji: 'Koji', amplitude: 'Amplitude' } as const satisfies Record<Service, string>;
/** What the next call to a service may be answered in place of the truth, and how people read it. */
export const faults = {
  throttled: {
    label: 'too many requests (429)',
    answer: {
      status: 429,
      headers: { 'retry-after': '30' },
      body: { error: 'rate_limited', message: 'Too many requests' },
    },
  },
  unavailable: {
    label: 'unavailable (503)',
    answer: { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Service unavailable</html>' },
  },
  hang: { label: 'no answer', answer: 'hang' },
} satisfies Record<string, { label: string; answer: Answer }>;
export type Fault = keyof typeof faults;

/** What Koji can be made to deliver of an interview: what the button says, and what is said once it is done. */
export const deliveries = {
  again: { button: 'Deliver twice', said: 'once more' },
  late: { button: 'Deliver late', said: 'once more, six hours later' },
  'wrong-secret': { button: 'Deliver forged', said: 'with a signature made with another secret' },
  'changed-byte': { button: 'Deliver altered', said: 'with one byte changed after it was signed' },
} as const;
export type DeliveryName = keyof typeof deliveries;

export type Finish = {
  quality: number | null;
  sentiment: (typeof sentiments)[number] | null;
  themes: string[];
  isAnonymous: boolean;
};

export type Playground = Scene & {
  zaps: () => { name: ZapName; isOn: boolean; runs: number }[];
  addPerson: (name: string) => Promise<void>;
  finish: (interviewId: string, how: Finish) => void;
  /** How many webhooks such a delivery would reach now. Throws when there was nothing yet to be delivered again. */
  wouldReach: (interviewId: string, how: DeliveryName) => number;
  deliver: (interviewId: string, how: DeliveryName) => Promise<void>;
  failNext: (service: Service, fault: Fault) => void;
  turn: (name: ZapName, on: boolean) => Promise<void>;
  /** Moves the clock by so many minutes. */
  move: (minutes: number) => Promise<void>;
  /** Whether this person answers only when somebody has them answer. */
  isPlayed: (userId: string | null) => boolean;
  /** Called as the clock moves: polls what is due. */
  poll: () => Promise<void>;
  close: () => Promise<unknown>;
};

/** The next call waits for its answer on the clock, so that nobody else waits for it. */
const hangOnce = ({ interfere }: Pick<LocalServer, 'interfere'>, clock: VirtualClock): void => {
  interfere(() => {
    interfere(() => undefined);
    return { takesIn: false, answer: (outgoing) => hang(outgoing, clock) };
  });
};

/** Starts it, with every Zap on. `app` is what the build exports; `move` moves the clock by so many minutes. */
export const startPlayground = async (app: object, world: World, move: Playground['move']): Promise<Playground> => {
  const { clock, koji, amplitude } = world;
  const key = sandboxProject.apiKey;
  const entered: { userId: string; email: string; name: string }[] = [];
  const isPlayed = (userId: string | null): boolean => entered.some((person) => person.userId === userId);
  const computeCohorts = (): void => {
    const members = entered.map(({ userId, email, name }) => ({
      userId,
      properties: { email, name, account_owner: 'owner.1@example.com' },
    }));
    amplitude.putCohort(key, { ...COHORT, members });
    amplitude.computeCohort(key, lastInterviewNegative);
  };
  computeCohorts();
  const loop = await startLoop(app, world, COHORT.id);
  const { zaps, startOutputs } = loop;
  await loop.turnOn();
  let lastPoll = clock.now();

  const done: Happening[] = [];
  const say = (who: string, what: string): void => {
    done.push({ at: clock.now(), who, what, reason: '' });
  };
  return {
    world,
    startOutputs,
    stuck: () => {
      const { people, interviews } = loop.stuck();
      const unheard = zaps.asking.isOn()
        ? []
        : entered.map(({ userId }): [string, string] => [userId, 'the Zap is off']);
      return { people: new Map([...unheard, ...people]), interviews };
    },
    people: () => [
      ...koji
        .interviews()
        .flatMap(({ respondent: { external_id: userId, display_name: name }, respondent_email: email }) =>
          userId === null || isPlayed(userId) ? [] : [{ userId, email, name }],
        ),
      ...entered,
    ],
    counts: () => ({
      'Entered the cohort': entered.length,
      ...seenAround(
        world,
        entered.map(({ userId }) => userId),
        startedAmong(startOutputs()),
      ),
      ...loop.seen(),
    }),
    happenings: () => [...done, ...loop.happenings()],
    zaps: () =>
      (['asking', 'writing', 'warning'] as const).map((name) => ({
        name,
        isOn: zaps[name].isOn(),
        runs: zaps[name].runs().length,
      })),
    addPerson: async (name) => {
      const userId = `player_${entered.length + 1}`;
      entered.push({ userId, email: `${userId}@example.com`, name });
      say('Amplitude', `${name} (${userId}) entered the cohort`);
    },
    finish: (interviewId, { quality, sentiment, themes, isAnonymous }) => {
      koji.respond(interviewId, {
        quality_score: quality,
        sentiment,
        themes,
        ...(isAnonymous
          ? { anonymous: { flag: 'anonymous' as const, at: 'interview' as const, hides: 'everything' as const } }
          : {}),
      });
    },
    wouldReach: (interviewId, how) =>
      how === 'again' || how === 'late' ? koji.reachedAgain(interviewId) : koji.webhooks().length,
    deliver: async (interviewId, how) => {
      if (how === 'again' || how === 'late') await koji.deliverAgain(interviewId);
      else await koji.deliverForged(interviewId, how);
    },
    failNext: (service, fault) => {
      if (fault === 'hang') hangOnce(world[service], clock);
      else world[service].failNext(() => true, faults[fault].answer);
      say(serviceNames[service], `the next call gets ${faults[fault].label}`);
    },
    turn: async (name, on) => {
      if (on) await zaps[name].turnOn();
      else await zaps[name].turnOff();
      say('Zapier', `${zapNames[name]} is ${on ? 'on' : 'off'}`);
    },
    move,
    isPlayed,
    poll: async () => {
      if (clock.now() - lastPoll < BETWEEN_POLLS) return;
      computeCohorts();
      await loop.poll();
      lastPoll = clock.now();
    },
    close: loop.close,
  };
};
