import * as z from 'zod';
import { sandboxProject } from '../amplitude/projects.ts';
import { startAmplitude } from '../amplitude/server.ts';
import { VirtualClock } from '../clock.ts';
import type { Forgery } from '../koji/forgeries.ts';
import type { Outcome } from '../koji/interviews.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { startKoji } from '../koji/server.ts';
import { sendStep } from '../zapier/loop.ts';
import { startZapier } from '../zapier/platform.ts';
import type { Run } from '../zapier/runs.ts';
import { startFaultyWire } from './faulty-wire.ts';
import { judge, type Wrong } from './oracle.ts';
import type { Case, Meddler } from './plan.ts';

/** What maps a person to Start Interview. */
const startStep = {
  key: 'start_interview',
  inputData: {
    respondent_email: '{{trigger.email}}',
    respondent_id: '{{trigger.user_id}}',
    respondent_name: '{{trigger.name}}',
  },
};

const DAY = 86_400_000;
/** Zapier ends an invocation after 30 s; here it doesn't take that long to see what a hanging service does. */
const LIMIT_MILLISECONDS = 6_000;
const MOST_REPLAYS = 8;

export type Verdict = { number: number | null; what: Wrong['what']; about: string };
export type Result = { verdicts: Verdict[]; held: number; written: number; replays: number };

const sentSchema = z.object({ status: z.string() });

/** These cases one after the other in a fresh world. `app` is what the build exports. */
export const runCases = async (app: object, cases: Case[]): Promise<Result> => {
  const clock = new VirtualClock(Date.now());
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now });
  const kojiWire = await startFaultyWire(koji.url);
  const amplitudeWire = await startFaultyWire(amplitude.url);
  const zapier = await startZapier({
    app,
    clock,
    appIsOnClock: true,
    limitMilliseconds: LIMIT_MILLISECONDS,
    authData: {
      koji_api_key: sandboxKeys.full,
      amplitude_api_key: sandboxProject.apiKey,
      amplitude_secret_key: sandboxProject.secretKey,
    },
    environment: {
      KOJI_API_URL: kojiWire.url,
      AMPLITUDE_INGESTION_URL: amplitudeWire.url,
      AMPLITUDE_REST_URL: amplitudeWire.url,
    },
  });
  const zap = zapier.zap({ trigger: { key: 'interview_analysis_ready' }, steps: [sendStep] });
  const triggeredByForgery: string[] = [];
  const numberOf = new Map<string, number>();
  const replayed = new Set<Run>();
  const notStarted: number[] = [];
  let replays = 0;

  const settle = async (): Promise<void> => {
    await clock.runUntilIdle();
    if (!zapier.isConnectionExpired()) return;
    // A fault that waits must not meet the connection test.
    kojiWire.next([]);
    amplitudeWire.next([]);
    await zapier.reconnect();
    await clock.runUntilIdle();
  };

  /** What a person does who looks into the history: replays each run that did not come through. */
  const replay = async (steps: (typeof sendStep | typeof startStep)[], deliverAgain: () => Promise<unknown>) => {
    for (let round = 0; round < MOST_REPLAYS; round += 1) {
      const failed = zapier.runs.filter(
        (run) => (run.status === 'errored' || run.status === 'halted') && !replayed.has(run),
      );
      if (failed.length === 0) return;
      for (const run of failed) {
        replayed.add(run);
        replays += 1;
        if (run.trigger === null) await deliverAgain();
        else await zapier.runSteps(run.trigger, steps);
        await settle();
      }
    }
  };

  const forge = async (one: Case, interviewId: string): Promise<void> => {
    for (const how of one.meddlers.filter((meddler) => isForgery(meddler))) {
      const before = zap.deliveries.length;
      await koji.deliverForged(interviewId, how);
      await settle();
      if (zap.deliveries.slice(before).some(({ outcome }) => outcome === 'triggered')) {
        triggeredByForgery.push(interviewId);
      }
    }
  };

  const answer = async (one: Case, interviewId: string, outcome: Outcome): Promise<void> => {
    const again = () => koji.deliverAgain(interviewId);
    if (one.meddlers.includes('rotated')) koji.rotateSecret(koji.webhooks()[0]?.id ?? '');
    if (one.meddlers.includes('late')) zapier.hooks.failNext(() => true, { status: 503 }, 1 + (one.number % 3));
    if (one.cache !== 'forgets') zapier.cache.setMood(one.cache);
    kojiWire.next(one.atKoji);
    amplitudeWire.next(one.atAmplitude);
    koji.respond(interviewId, outcome);
    await settle();
    if (one.cache === 'forgets') zapier.cache.wipe();
    if (one.meddlers.includes('doubled')) await again();
    await settle();
    await replay([sendStep], again);
    kojiWire.next([]);
    amplitudeWire.next([]);
    zapier.cache.setMood('normal');
    // A second rotation would retire the secret that the Zap knows; subscribing anew gives it one in force.
    if (one.meddlers.includes('rotated')) {
      await zap.turnOff();
      await zap.turnOn();
    }
    const last = zap.runs().at(-1);
    if (!one.meddlers.includes('replayed') || last === undefined || last.trigger === null) return;
    await zapier.runSteps(last.trigger, [sendStep]);
    await settle();
  };

  const play = async (one: Case): Promise<void> => {
    const person = personOf(one.number);
    kojiWire.next(one.atStart);
    await zapier.runSteps(person, [startStep]);
    await settle();
    await replay([startStep], async () => {});
    kojiWire.next([]);
    const interviewId = koji
      .interviews()
      .findLast(({ respondent }) => respondent.external_id === person.user_id)?.interview_id;
    if (interviewId === undefined) {
      notStarted.push(one.number);
      return;
    }
    numberOf.set(interviewId, one.number);
    await forge(one, interviewId);
    if (one.ending === 'silent') return;
    await answer(one, interviewId, outcomeOf(one));
    await forge(one, interviewId);
    if (one.ending !== 'old') return;
    const older = koji.openLink();
    numberOf.set(older, one.number);
    await answer(one, older, {
      quality_score: 5,
      extra: {
        completed_at: new Date(clock.now() - (2 + (one.number % 9)) * DAY).toISOString(),
        respondent_email: person.email,
        respondent: { external_id: person.user_id, display_name: person.name, metadata: {} },
      },
    });
  };

  try {
    await zapier.testConnection();
    await zap.turnOn();
    for (const one of cases) await play(one);
    const held = koji.interviews();
    const stored = amplitude.events(sandboxProject.apiKey);
    const secrets = [
      sandboxKeys.full,
      sandboxProject.apiKey,
      sandboxProject.secretKey,
      ...koji.webhooks().map(({ secret }) => secret),
    ];
    const lines = [
      ...zapier.logs.map((line) => JSON.stringify(line)),
      ...zapier.runs.flatMap(({ history }) => history.map(({ message }) => message ?? '')),
    ];
    const skipped = zapier.runs.flatMap(({ inputs, outputs }) => {
      const sent = sentSchema.safeParse(outputs[0]).data;
      return sent?.status === 'skipped' ? [`${inputs[0]?.interview_id}`] : [];
    });
    const wrong = judge(
      {
        held,
        stored,
        lastInterviewAt: (userId) => amplitude.user(sandboxProject.apiKey, userId)?.properties.last_interview_at,
        skipped: new Set(skipped),
        triggeredByForgery,
        leaks: lines.filter((line) => secrets.some((secret) => line.includes(secret))),
      },
      clock.now(),
    );
    return {
      verdicts: [
        ...notStarted.map((number): Verdict => ({ number, what: 'lost', about: 'never started' })),
        ...wrong.map(({ what, about }): Verdict => ({ what, about, number: numberOf.get(about) ?? null })),
      ],
      held: held.length,
      written: stored.length,
      replays,
    };
  } finally {
    await zapier.close();
    await Promise.all([kojiWire.close(), amplitudeWire.close(), koji.close(), amplitude.close()]);
  }
};

const forgeries = ['wrong-secret', 'empty-secret', 'changed-byte', 'unsigned', 'malformed', 'truncated'] as const;
const isForgery = (meddler: Meddler): meddler is Meddler & Forgery => forgeries.some((how) => how === meddler);

const personOf = (number: number) => ({
  user_id: `user_${String(number + 1).padStart(5, '0')}`,
  email: `person.${number + 1}@example.com`,
  name: `Person ${number + 1}`,
});

const outcomeOf = ({ ending, score }: Case): Outcome => {
  const outcome = { quality_score: score, sentiment: 'mixed', themes: ['pricing confusion', 'fast setup 🙂'] };
  if (ending === 'flagged') return { ...outcome, anonymous: { flag: 'anonymous', at: 'respondent', hides: 'nothing' } };
  if (ending === 'withheld') return { ...outcome, withholdEmail: true };
  if (ending === 'poor') return { ...outcome, quality_score: 2 };
  return ending === 'unscored' ? { ...outcome, quality_score: null } : outcome;
};
