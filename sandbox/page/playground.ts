/** The whole loop to play with: three Zaps on Zapier's runtime between the sandbox's Koji and Amplitude. */
import { sandboxProject } from '../amplitude/projects.ts';
import type { AmplitudeSandbox } from '../amplitude/server.ts';
import type { VirtualClock } from '../clock.ts';
import type { Forgery } from '../koji/forgeries.ts';
import { earlierStatus, type KojiInterview } from '../koji/interviews.ts';
import { sandboxKeys } from '../koji/projects.ts';
import type { KojiSandbox } from '../koji/server.ts';
import type { Answer } from '../server.ts';
import { lastInterviewNegative } from '../story/cohorts.ts';
import { sendStep, startStep } from '../zapier/loop.ts';
import { startZapier } from '../zapier/platform.ts';
import type { Zap } from '../zapier/zap.ts';

const MINUTE = 60_000;
const BETWEEN_POLLS = 15 * MINUTE;

/** The cohort that people are added to by hand. */
const COHORT = { id: 'playground', name: 'Trial ended without upgrade' };

export const zapNames = {
  asking: 'User Entered Cohort → Start Interview → email',
  writing: 'Interview Analysis Ready → Send Interview Event',
  warning: 'User Entered Cohort (last interview negative) → message to the account’s owner',
} as const;
export type ZapName = keyof typeof zapNames;

export type Service = 'koji' | 'amplitude';
/** What the next call to a service may be answered in place of the truth. */
export const faults = {
  throttled: {
    status: 429,
    headers: { 'retry-after': '30' },
    body: { error: 'rate_limited', message: 'Too many requests' },
  },
  unavailable: { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Service unavailable</html>' },
  hang: 'hang',
} satisfies Record<string, Answer>;
export type Fault = keyof typeof faults;

export type Finish = { quality: number; sentiment: string; themes: string[]; isAnonymous: boolean };

/** Somebody, with what each of the services holds of them. */
export type Person = {
  userId: string;
  email: string | null;
  stage: string;
  interview: KojiInterview | null;
  events: number;
  properties: Record<string, unknown>;
};

/** `at` in milliseconds on the sandbox's clock. */
export type Happening = { at: number; who: string; what: string; reason: string };

export type Facts = {
  now: number;
  zaps: { name: ZapName; isOn: boolean; runs: number }[];
  counts: {
    entered: number;
    started: number;
    mailed: number;
    finished: number;
    analyzed: number;
    delivered: number;
    triggered: number;
    written: number;
    warned: number;
  };
  /** The newest first. */
  people: Person[];
  happenings: Happening[];
  requests: { service: string; method: string; path: string; status: string }[];
};

export type Playground = {
  facts: () => Facts;
  addPerson: (name: string) => Promise<void>;
  finish: (interviewId: string, how: Finish) => void;
  deliver: (interviewId: string, how: 'again' | Forgery) => Promise<void>;
  failNext: (service: Service, fault: Fault) => void;
  turn: (name: ZapName, on: boolean) => Promise<void>;
  /** Whether this person answers only when somebody has them answer. */
  isPlayed: (userId: string | null) => boolean;
  /** Called as the clock moves: polls what is due. */
  poll: () => Promise<void>;
  close: () => Promise<void>;
};

type Options = { app: object; clock: VirtualClock; koji: KojiSandbox; amplitude: AmplitudeSandbox };

/** Starts it, with every Zap on. */
export const startPlayground = async ({ app, clock, koji, amplitude }: Options): Promise<Playground> => {
  const zapier = await startZapier({
    app,
    clock,
    appIsOnClock: true,
    authData: {
      koji_api_key: sandboxKeys.full,
      amplitude_api_key: sandboxProject.apiKey,
      amplitude_secret_key: sandboxProject.secretKey,
    },
    environment: { KOJI_API_URL: koji.url, AMPLITUDE_INGESTION_URL: amplitude.url, AMPLITUDE_REST_URL: amplitude.url },
  });
  const key = sandboxProject.apiKey;
  const happenings: Happening[] = [];
  const say = (who: string, what: string, reason = ''): void => {
    happenings.push({ at: clock.now(), who, what, reason });
  };
  const entered: { userId: string; email: string; name: string }[] = [];
  const computeCohorts = (): void => {
    const members = entered.map(({ userId, email, name }) => ({ userId, properties: { email, name } }));
    amplitude.putCohort(key, { ...COHORT, members });
    amplitude.computeCohort(key, lastInterviewNegative);
  };
  computeCohorts();

  let mailed = 0;
  let warned = 0;
  const zaps: Record<ZapName, Zap> = {
    asking: zapier.zap({
      trigger: {
        key: 'user_entered_cohort',
        inputData: { cohort_id: COHORT.id, export_every_hours: 1, extra_properties: ['name'] },
      },
      steps: [
        startStep,
        {
          inputData: { to: '{{trigger.respondent_email}}', text: '{{steps.0.interview_link}}' },
          onlyIf: (_trigger, [started]) => started?.already_started === false,
          carryOut: ({ to }) => {
            mailed += 1;
            say('Email', `the interview’s link went to ${to}`);
            return { sent: true };
          },
        },
      ],
    }),
    writing: zapier.zap({ trigger: { key: 'interview_analysis_ready' }, steps: [sendStep] }),
    warning: zapier.zap({
      trigger: {
        key: 'user_entered_cohort',
        inputData: { cohort_id: lastInterviewNegative.id, export_every_hours: 1 },
      },
      steps: [
        {
          inputData: { about: '{{trigger.respondent_email}}' },
          carryOut: ({ about }) => {
            warned += 1;
            say('Message', `the account’s owner was told of ${about}`);
            return { sent: true };
          },
        },
      ],
    }),
  };
  const polled = [zaps.asking, zaps.warning];
  const settle = (): Promise<void> => clock.advance(MINUTE);
  for (const zap of polled) await zap.testTrigger();
  await settle();
  for (const zap of Object.values(zaps)) await zap.turnOn();
  let lastPoll = clock.now();

  const stageOf = (interview: KojiInterview | null, events: number): string => {
    if (interview === null) return 'in the cohort; the Zap hears of it at Amplitude’s next export';
    if (interview.status === earlierStatus.open) return 'invited; has not answered';
    if (interview.status === earlierStatus.completed) return 'has answered; Koji analyzes';
    return events > 0 ? 'written to Amplitude' : 'analyzed; not written';
  };
  const people = (): Person[] => {
    const interviews = koji.interviews();
    const byUserId = new Map(interviews.map((interview) => [interview.respondent.external_id, interview]));
    const events = amplitude.events(key);
    const counts = new Map<string, number>();
    for (const { userId } of events) if (userId !== null) counts.set(userId, (counts.get(userId) ?? 0) + 1);
    const others = interviews.flatMap(({ respondent: { external_id }, respondent_email }) =>
      external_id === null || entered.some(({ userId }) => userId === external_id)
        ? []
        : [{ userId: external_id, email: respondent_email }],
    );
    return [...others, ...entered].reverse().map(({ userId, email }) => {
      const interview = byUserId.get(userId) ?? null;
      const written = counts.get(userId) ?? 0;
      return {
        userId,
        email,
        interview,
        events: written,
        stage: stageOf(interview, written),
        properties: amplitude.user(key, userId)?.properties ?? {},
      };
    });
  };

  const runsHeard = (): Happening[] =>
    zapier.runs.map((run) => {
      const name = Object.entries(zaps).find(([, { id }]) => id === run.zapId)?.[0] ?? 'asking';
      const last = run.history.at(-1);
      const sent = run.outputs.at(-1);
      const skipped = sent?.status === 'skipped' ? `skipped: ${sent.reason_text}` : '';
      return {
        at: last?.at ?? 0,
        who: 'Zapier',
        what: `${zapNames[name === 'writing' || name === 'warning' ? name : 'asking']}: ${run.status}`,
        reason: last?.message ?? skipped,
      };
    });
  const deliveriesHeard = (): Happening[] =>
    koji.deliveries().map(({ at, kind, event, interviewId, status, outcome, attempt }) => ({
      at,
      who: 'Koji',
      what: `${kind === 'forgery' ? 'a forged' : 'a signed'} ${event}${interviewId === null ? '' : ` of ${interviewId}`}, try ${attempt}`,
      reason: `answered ${status ?? 'by nobody'}: ${outcome}`,
    }));
  let linesHeard = 0;
  /** The log has no times of its own: a line happened when it was first heard. */
  const hearLog = (): void => {
    for (const { type, message } of zapier.logs.slice(linesHeard))
      if (type === 'console') say('The app', 'says', message);
    linesHeard = zapier.logs.length;
  };

  const pollNow = async (): Promise<void> => {
    hearLog();
    computeCohorts();
    for (const zap of polled) {
      const { failure } = await zap.poll();
      if (failure !== null) say('Zapier', 'a poll failed', failure.message);
      await zap.releaseHeld();
    }
    // What a poll says of itself, four times an hour, would drown the rest.
    linesHeard = zapier.logs.length;
    lastPoll = clock.now();
  };

  return {
    facts: () => {
      hearLog();
      const everybody = people();
      const interviews = everybody.flatMap(({ interview }) => interview ?? []);
      const deliveries = koji.deliveries();
      return {
        now: clock.now(),
        zaps: Object.entries(zaps).flatMap(([name, zap]) =>
          name === 'asking' || name === 'writing' || name === 'warning'
            ? [{ name, isOn: zap.isOn(), runs: zap.runs().length }]
            : [],
        ),
        counts: {
          entered: entered.length,
          started: zaps.asking.runs().filter(({ outputs }) => outputs.length > 0).length,
          mailed,
          finished: interviews.filter(({ status }) => status !== earlierStatus.open).length,
          analyzed: interviews.filter(({ analyzed_at }) => analyzed_at !== null).length,
          delivered: deliveries.length,
          triggered: zaps.writing.runs().length,
          written: everybody.filter(({ events }) => events > 0).length,
          warned,
        },
        people: everybody,
        happenings: [...happenings, ...runsHeard(), ...deliveriesHeard()]
          .sort((one, other) => other.at - one.at)
          .slice(0, 60),
        requests: [
          ...koji.calls.slice(-25).map(({ call, answer }) => ({ service: 'Koji', call, answer })),
          ...amplitude.calls.slice(-25).map(({ call, answer }) => ({ service: 'Amplitude', call, answer })),
        ]
          .reverse()
          .map(({ service, call, answer }) => ({
            service,
            method: call.method,
            // Keys travel in headers and bodies, which are not shown; this is the path alone.
            path: call.path,
            status: typeof answer === 'string' ? answer : String(answer.status),
          })),
      };
    },
    addPerson: async (name) => {
      const userId = `player_${entered.length + 1}`;
      entered.push({ userId, email: `${userId}@example.com`, name });
      say('Amplitude', `${name} (${userId}) entered the cohort`);
    },
    finish: (interviewId, { quality, sentiment, themes, isAnonymous }) => {
      koji.respond(interviewId, {
        quality_score: quality,
        ...(sentiment === 'positive' || sentiment === 'neutral' || sentiment === 'negative' ? { sentiment } : {}),
        themes,
        ...(isAnonymous
          ? { anonymous: { flag: 'anonymous' as const, at: 'interview' as const, hides: 'everything' as const } }
          : {}),
      });
    },
    deliver: async (interviewId, how) => {
      if (how === 'again') await koji.deliverAgain(interviewId);
      else await koji.deliverForged(interviewId, how);
    },
    failNext: (service, fault) => {
      const failing = { koji, amplitude }[service];
      failing.failNext(() => true, faults[fault]);
      say(service === 'koji' ? 'Koji' : 'Amplitude', `answers the next call with ${fault}`);
    },
    turn: async (name, on) => {
      if (on) await zaps[name].turnOn();
      else await zaps[name].turnOff();
      say('Zapier', `${zapNames[name]} is ${on ? 'on' : 'off'}`);
    },
    isPlayed: (userId) => entered.some((person) => person.userId === userId),
    poll: async () => {
      if (clock.now() - lastPoll >= BETWEEN_POLLS) await pollNow();
    },
    close: zapier.close,
  };
};
