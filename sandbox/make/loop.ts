import * as z from 'zod';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { cohortToKoji, kojiToAmplitude } from '../../make/blueprints/blueprint.ts';
import { folderOf } from '../../make/build/built.ts';
import type { App } from '../../make/language/format.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { startServer } from '../server.ts';
import {
  type LoopResult,
  type OnProgress,
  type Person,
  type Platform,
  parsedAll,
  SECOND,
  type Seen,
  sentSchema,
  tellStory,
  type World,
} from '../story.ts';
import { readApp } from './app.ts';
import { fetchTo } from './network.ts';
import { type Execution, Scenario } from './scenario.ts';

const APP_ID = 'koji-sandbox';

/** The word that people choose for the cohort webhook. */
const SECRET = 'a word of their choice';

const cohortDelivery = (people: Person[]): string =>
  JSON.stringify({
    cohort_id: 'sandbox',
    cohort_name: 'Trial users',
    in_cohort: true,
    computed_time: '1692206763',
    message_id: 'sandbox::enter::0',
    users: people.map(({ user_id, email, name }) => ({ user_id, user_properties: { email, name } })),
  });

const watchedSchema = z.object({ passes_gate: z.boolean(), gate_reason: z.string().nullable() });

/** What was written and what was not, seen at the step that writes; the app without Amplitude skips in its filter. */
const writing = {
  'koji-amplitude': (executions: Execution[]) => {
    const sends = executions.filter(({ module }) => module.endsWith(':sendInterviewEvent'));
    const sent = parsedAll(
      sentSchema,
      sends.map(({ output }) => output),
    );
    return {
      sends,
      written: sent.filter(({ status }) => status === 'written').length,
      anonymous: sent.filter(({ reason }) => reason === 'anonymous').length,
    };
  },
  koji: (executions: Execution[], keptOut: number) => {
    const sends = executions.filter(({ module }) => module === 'http:MakeRequest');
    return {
      sends,
      written: sends.filter(({ outcome }) => outcome === 'done').length,
      anonymous: executions.filter(({ outcome }) => outcome === 'filtered').length - keptOut,
    };
  },
};

/** The same story as on Zapier, through a target's two blueprints and its built app. */
export const runMakeLoop = (target: App['target'], peopleCount: number, onProgress: OnProgress): Promise<LoopResult> =>
  tellStory((world) => startScenarios(target, world), peopleCount, onProgress);

const startScenarios = async (target: App['target'], { clock, koji, amplitude }: World): Promise<Platform> => {
  const app = readApp(folderOf(target));
  const around = {
    connections: {
      koji: { koji_api_key: sandboxKeys.full },
      amplitude: {
        amplitude_api_key: sandboxProject.apiKey,
        amplitude_secret_key: sandboxProject.secretKey,
        amplitude_region: 'us',
      },
    },
    http: fetchTo({ 'https://koji.so/api/v1': koji.url, 'https://api2.amplitude.com': amplitude.url }),
  };
  const entering = new Scenario(cohortToKoji(target, APP_ID, 'https://koji.so/i/why'), app, clock, around, {
    amplitude_webhook_secret: SECRET,
  });
  const returning = new Scenario(
    kojiToAmplitude(target, APP_ID, { region: 'us', apiKey: sandboxProject.apiKey }),
    app,
    clock,
    around,
  );
  const delivered: number[] = [];
  const hook = await startServer(({ headers, body }) => {
    const { status, items } = returning.receive({ headers, body });
    delivered.push(items);
    return { status, body: 'Accepted' };
  });
  return {
    enter: async (person) => {
      entering.receive({ headers: { [SECRET_HEADER]: SECRET }, body: cohortDelivery([person]) });
      await clock.advance(2 * SECOND);
    },
    startOutputs: () => outputsOf(entering.executions, ':startInterview'),
    turnOn: async () => {
      await koji.addWebhookInSettings(hook.url);
    },
    // What is added in Koji's settings stays there.
    turnOff: async () => {},
    seen: () => seenOnMake(target, { entering, returning, delivered }),
    close: hook.close,
  };
};

const outputsOf = (executions: Execution[], module: string): unknown[] =>
  executions.filter((execution) => execution.module.endsWith(module)).map(({ output }) => output);

type Scenarios = { entering: Scenario; returning: Scenario; delivered: number[] };

const seenOnMake = (target: App['target'], { entering, returning, delivered }: Scenarios): Seen => {
  const watched = outputsOf(returning.executions, ':watchAnalyzedInterviews');
  const gated = parsedAll(watchedSchema, watched);
  const keptOut = gated.filter(({ passes_gate }) => !passes_gate).length;
  const { sends, written, anonymous } = writing[target](returning.executions, keptOut);
  const all = [...entering.executions, ...returning.executions];
  return {
    'Deliveries that Make took in': delivered.length,
    'Dropped at once: other event, check of the address': delivered.filter((items) => items === 0).length,
    'Fetched from Koji with the key, two of them again': watched.length,
    'Kept out: quality below 3': gated.filter(({ gate_reason }) => gate_reason === 'below_quality').length,
    'Kept out: no quality score': gated.filter(({ gate_reason }) => gate_reason === 'no_quality_score').length,
    'Skipped: anonymous': anonymous,
    'Sent to Amplitude, two of them again (same event id)': written,
    'Kept to run again (429, 503), then written': sends.filter(({ outcome }) => outcome === 'kept to run again').length,
    'Runs that failed': all.filter(({ outcome }) => outcome === 'failed').length,
  };
};
