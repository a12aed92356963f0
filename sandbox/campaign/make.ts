import * as z from 'zod';
import { cohortToKoji, kojiToAmplitude } from '../../make/blueprints/blueprint.ts';
import { folderOf } from '../../make/build/built.ts';
import type { App } from '../../make/language/format.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import type { VirtualClock } from '../clock.ts';
import { readApp } from '../make/app.ts';
import { accountAt } from '../make/connections.ts';
import type { IncomingRequest } from '../make/run.ts';
import { Scenario } from '../make/scenario.ts';
import { startServer } from '../server.ts';
import { entering, SECRET } from './entering.ts';
import type { Platform, World } from './platform.ts';

const DAY = 86_400_000;
const MOST_ROUNDS = 8;
const APP_ID = 'koji-sandbox';

const watchedSchema = z.object({ interview_id: z.string() });
const sentSchema = z.object({ id: z.string(), status: z.literal('skipped') });

const patience = (clock: VirtualClock, milliseconds: number): AbortSignal => {
  const limit = new AbortController();
  clock.limit(milliseconds, () => limit.abort(new DOMException('No answer in time.', 'TimeoutError')));
  return limit.signal;
};

/** One of the Make apps, in its two blueprints. */
export const onMake =
  (target: App['target']) =>
  async ({ clock, koji, amplitude }: World): Promise<Platform> => {
    const app = readApp(folderOf(target));
    const around = accountAt({ koji, amplitude }, (milliseconds) => patience(clock, milliseconds));
    const asking = new Scenario(cohortToKoji(target, APP_ID, 'https://koji.so/i/why'), app, clock, around, {
      amplitude_webhook_secret: SECRET,
    });
    const writing = new Scenario(
      kojiToAmplitude(target, APP_ID, { region: 'us', apiKey: sandboxProject.apiKey }),
      app,
      clock,
      around,
    );
    let last: IncomingRequest | undefined;
    const hook = await startServer(({ headers, body }) => {
      last = { headers, body };
      return { status: writing.receive(last).status, body: 'Accepted' };
    });
    const settle = () => clock.runUntilIdle();
    const looked = new Map<Scenario, number>();
    let replays = 0;

    /** Gives in again what a scenario left out, or left for somebody to look at. */
    const attend = async (scenario: Scenario, again: () => unknown): Promise<void> => {
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const left = scenario.executions
          .slice(looked.get(scenario) ?? 0)
          .filter(({ outcome }) => outcome === 'ignored' || outcome === 'left for a person' || outcome === 'failed');
        looked.set(scenario, scenario.executions.length);
        if (left.length === 0) return;
        replays += 1;
        scenario.deleteLeft();
        await again();
        await settle();
      }
    };

    return {
      // Nobody is asked what the person has (docs/make/builder.md): an interview is put on them for a day.
      promised: { unasked: DAY, unanswered: DAY, atAll: DAY },
      // With Make's own HTTP module an answer that is no error counts, whoever gave it (docs/make/builder.md).
      readsAnswers: target === 'koji-amplitude',
      turnOn: async () => {
        await koji.addWebhookInSettings(hook.url);
      },
      start: async (person) => {
        asking.receive(entering(person));
        await settle();
        await attend(asking, () => asking.receive(entering(person)));
      },
      hook,
      setCache: () => {},
      settle,
      attend: (again) => attend(writing, again),
      replayLast: async () => {
        if (last !== undefined) writing.receive(last);
      },
      // Whatever is delivered is read from Koji by its id, so the app knows no secret of Koji's.
      takeSecret: async () => {},
      believed: () => 0,
      skipped: () =>
        writing.executions.flatMap(({ output, outcome }, place) => {
          const sent = sentSchema.safeParse(output).data;
          if (sent !== undefined) return [sent.id.split(':').at(-1) ?? ''];
          const watched = watchedSchema.safeParse(writing.executions[place - 1]?.output).data;
          return outcome === 'filtered' && watched !== undefined ? [watched.interview_id] : [];
        }),
      lines: () =>
        [...asking.executions, ...writing.executions].map(
          ({ output, error }) => `${error?.message} ${JSON.stringify(output)}`,
        ),
      replays: () => replays,
      close: () => hook.close(),
    };
  };
