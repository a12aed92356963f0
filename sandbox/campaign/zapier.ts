import * as z from 'zod';
import { hang } from '../hang.ts';
import { startConnected } from '../zapier/connected.ts';
import { sendStep } from '../zapier/loop.ts';
import type { Run } from '../zapier/runs.ts';

import type { Platform, World } from './platform.ts';

/** What maps a person to Start Interview. */
const startStep = {
  key: 'start_interview',
  inputData: {
    respondent_email: '{{trigger.email}}',
    respondent_id: '{{trigger.user_id}}',
    respondent_name: '{{trigger.name}}',
  },
};

const HOUR = 3_600_000;
const MOST_ROUNDS = 8;
/** As long as the app is patient with Zapier's cache, in seconds: nothing hangs up on it, and what comes next has its own time. */
const CACHE_HANGS = 2;

const sentSchema = z.object({ status: z.string() });

/** Zapier's own runtime around what the build exports. */
export const onZapier =
  (app: object) =>
  async ({ clock, koji, amplitude, calm }: World): Promise<Platform> => {
    const zapier = await startConnected(app, { clock, koji, amplitude });
    const zap = zapier.zap({ trigger: { key: 'interview_analysis_ready' }, steps: [sendStep] });
    const replayed = new Set<Run>();
    let looked = 0;
    let isHanging = false;
    let forgets = false;
    zapier.cache.server.interfere(() => {
      if (forgets) zapier.cache.wipe();
      return isHanging ? { takesIn: false, answer: (outgoing) => hang(outgoing, clock, CACHE_HANGS) } : undefined;
    });

    const settle = async (): Promise<void> => {
      await clock.runUntilIdle();
      if (!zapier.isConnectionExpired()) return;
      // A fault that waits must not meet the connection test.
      calm();
      await zapier.reconnect();
      await clock.runUntilIdle();
    };

    const attend = async (steps: (typeof sendStep | typeof startStep)[], again: () => Promise<unknown>) => {
      const since = looked;
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const failed = zapier.runs
          .slice(since)
          .filter((run) => (run.status === 'errored' || run.status === 'halted') && !replayed.has(run));
        looked = zapier.runs.length;
        if (failed.length === 0) return;
        for (const run of failed) {
          replayed.add(run);
          if (run.trigger === null) await again();
          else await zapier.runSteps(run.trigger, steps);
          await settle();
        }
      }
    };

    return {
      // Behind an hour it is looked up what the person has; what is older than a week is not put on them.
      promised: { unasked: HOUR, unanswered: 24 * HOUR, atAll: 7 * 24 * HOUR },
      readsAnswers: true,
      turnOn: async () => {
        await zapier.testConnection();
        await zap.turnOn();
      },
      start: async (person) => {
        await zapier.runSteps(person, [startStep]);
        await settle();
        await attend([startStep], async () => {});
      },
      hook: zapier.hooks,
      setCache: (cache) => {
        isHanging = cache === 'hanging';
        forgets = cache === 'forgets';
        zapier.cache.setMood(cache === 'hanging' || cache === 'forgets' ? 'normal' : cache);
      },
      settle,
      attend: (again) => attend([sendStep], again),
      replayLast: async () => {
        const last = zap.runs().at(-1);
        if (last !== undefined && last.trigger !== null) await zapier.runSteps(last.trigger, [sendStep]);
      },
      takeSecret: async () => {
        await zap.turnOff();
        await zap.turnOn();
      },
      believed: () => zap.deliveries.filter(({ outcome }) => outcome === 'triggered').length,
      skipped: () =>
        zapier.runs.flatMap(({ inputs, outputs }) =>
          sentSchema.safeParse(outputs[0]).data?.status === 'skipped' ? [`${inputs[0]?.interview_id}`] : [],
        ),
      lines: () => [
        ...zapier.logs.map((line) => JSON.stringify(line)),
        ...zapier.runs.flatMap(({ outputs, history }) => [
          JSON.stringify(outputs),
          ...history.map(({ message }) => message ?? ''),
        ]),
      ],
      replays: () => replayed.size,
      close: zapier.close,
    };
  };
