import * as z from 'zod';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { type Blueprint, cohortToKoji, kojiToAmplitude } from '../../make/blueprints/blueprint.ts';
import { folderOf } from '../../make/build/built.ts';
import type { App } from '../../make/language/format.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import { startServer } from '../server.ts';
import { lastInterviewNegative, trialEnded } from '../story/cohorts.ts';
import { parsedAll, type Seen, sentSchema } from '../story/figures.ts';
import {
  type LoopResult,
  type OnProgress,
  type OnScene,
  type Platform,
  tellStory,
  type World,
} from '../story/story.ts';
import { readApp } from './app.ts';
import { accountAt } from './connections.ts';
import { type Execution, Scenario } from './scenario.ts';

const APP_ID = 'koji-sandbox';

/** The word that people choose for the cohort webhook. */
const SECRET = 'a word of their choice';

/** The message to the account's owner, built on whichever webhook the target has for cohorts. */
const cohortToOwner = (target: App['target'], appId: string): Blueprint => {
  const cohort = cohortToKoji(target, appId, 'https://koji.so/i/why');
  const watching = cohort.flow.filter(({ module }) => /watchCohortMembers|CustomWebHook|BasicFeeder/.test(module));
  const [properties, email] =
    target === 'koji' ? ['2.user_properties', '2.user_properties.email'] : ['1.properties', '1.respondent_email'];
  return {
    ...cohort,
    name: 'Last interview negative → account owner',
    flow: [
      ...watching,
      {
        id: 9,
        module: 'google-email:sendAnEmail',
        version: 4,
        parameters: {},
        mapper: {
          to: [`{{${properties}.account_owner}}`],
          subject: `{{${email}}} was unhappy in their interview`,
          bodyType: 'rawHtml',
          content: `They spoke of {{join(${properties}.last_interview_themes; ", ")}}.`,
        },
        metadata: { designer: { x: 900, y: 0 } },
      },
    ],
  };
};

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
export const runMakeLoop = (
  target: App['target'],
  peopleCount: number,
  onProgress: OnProgress,
  onScene?: OnScene,
): Promise<LoopResult> => tellStory((world) => startScenarios(target, world), peopleCount, onProgress, onScene);

const startScenarios = async (target: App['target'], { clock, koji, amplitude }: World): Promise<Platform> => {
  const app = readApp(folderOf(target));
  const around = accountAt({ koji, amplitude });
  const cohortHook = { amplitude_webhook_secret: SECRET };
  const scenarios: Scenarios = {
    asking: new Scenario(cohortToKoji(target, APP_ID, 'https://koji.so/i/why'), app, clock, around, cohortHook),
    writing: new Scenario(
      kojiToAmplitude(target, APP_ID, { region: 'us', apiKey: sandboxProject.apiKey }),
      app,
      clock,
      around,
    ),
    warning: new Scenario(cohortToOwner(target, APP_ID), app, clock, around, cohortHook),
  };
  let isOn = false;
  const delivered: number[] = [];
  // What came while the scenario was off is deleted from its queue (docs/make/builder.md, The first sync).
  const listening = (scenario: Scenario) =>
    startServer(({ headers, body }) => ({ status: isOn ? scenario.receive({ headers, body }).status : 200 }));
  const hooks = {
    asking: await listening(scenarios.asking),
    warning: await listening(scenarios.warning),
    writing: await startServer(({ headers, body }) => {
      const { status, items } = scenarios.writing.receive({ headers, body });
      delivered.push(items);
      return { status, body: 'Accepted' };
    }),
  };
  const hearOfCohorts = async (): Promise<void> => {
    const headers = { [SECRET_HEADER]: SECRET };
    await amplitude.syncCohort(sandboxProject.apiKey, trialEnded.id, {
      url: hooks.asking.url,
      headers,
      properties: ['email', 'name'],
    });
    await amplitude.syncCohort(sandboxProject.apiKey, lastInterviewNegative.id, {
      url: hooks.warning.url,
      headers,
      properties: ['email', 'account_owner', 'last_interview_themes'],
    });
    await clock.runUntilIdle();
  };
  return {
    turnOn: async () => {
      await hearOfCohorts();
      isOn = true;
      await koji.addWebhookInSettings(hooks.writing.url);
    },
    hearOfCohorts,
    startOutputs: () => outputsOf(scenarios.asking.executions, ':startInterview'),
    // What is added in Koji's settings stays there.
    turnOff: async () => {},
    seen: () => seenOnMake(target, scenarios, delivered),
    happenings: () =>
      Object.values(scenarios).flatMap(({ executions }) =>
        executions.map(({ at, module, outcome, error }) => ({
          at,
          who: 'Make',
          what: `${module}: ${outcome}`,
          reason: error?.message ?? '',
        })),
      ),
    close: () => Promise.all(Object.values(hooks).map((hook) => hook.close())),
  };
};

const outputsOf = (executions: Execution[], module: string): unknown[] =>
  executions.filter((execution) => execution.module.endsWith(module)).map(({ output }) => output);

type Scenarios = { asking: Scenario; writing: Scenario; warning: Scenario };

const emailSchema = z.object({ to: z.array(z.string()), content: z.string() });

/** The emails that a scenario sent, by what stands in them. */
const emailsOf = ({ executions }: Scenario, to: string, text: RegExp): number =>
  parsedAll(emailSchema, outputsOf(executions, ':sendAnEmail')).filter(
    (email) => email.to.every((address) => address.includes(to)) && text.test(email.content),
  ).length;

const seenOnMake = (target: App['target'], scenarios: Scenarios, delivered: number[]): Seen => {
  const { asking, writing: returning, warning } = scenarios;
  // An execution without an output was asked for a pause by Koji, and run again.
  const gated = parsedAll(watchedSchema, outputsOf(returning.executions, ':watchAnalyzedInterviews'));
  const keptOut = gated.filter(({ passes_gate }) => !passes_gate).length;
  const { sends, written, anonymous } = writing[target](returning.executions, keptOut);
  const all = Object.values(scenarios).flatMap(({ executions }) => executions);
  return {
    'Link mailed': emailsOf(asking, '@', /https:/),
    'Deliveries that Make took in': delivered.length,
    'Dropped at once: other event, check of the address': delivered.filter((items) => items === 0).length,
    'Fetched from Koji with the key, two of them again': gated.length,
    'Kept out: quality below 3': gated.filter(({ gate_reason }) => gate_reason === 'below_quality').length,
    'Kept out: no quality score': gated.filter(({ gate_reason }) => gate_reason === 'no_quality_score').length,
    'Skipped: anonymous': anonymous,
    'Sent to Amplitude, two of them again (same event id)': written,
    'Kept to run again (429, 503), then written': sends.filter(({ outcome }) => outcome === 'kept to run again').length,
    'Runs that failed': all.filter(({ outcome }) => outcome === 'failed').length,
    'Account owners told of one': emailsOf(warning, 'owner.', /They spoke of ../),
  };
};
