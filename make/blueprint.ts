/**
 * Scenarios to import, for an app of this account's (Make contract §5; §8, M12, M13). They hold no connection, no hook
 * and no secret: people choose these after the import. Scenario expressions take `;` between values.
 */
import * as z from 'zod';
import type { App } from './format.ts';

/** One step of a scenario. `routes` belong to a router, `onerror` is the way an error takes. */
export type BlueprintModule = {
  id: number;
  module: string;
  version: number;
  parameters: Record<string, never>;
  mapper: Record<string, unknown> | null;
  filter?: { name: string; conditions: { a: string; o: string; b?: string }[][] };
  onerror?: BlueprintModule[];
  routes?: { flow: BlueprintModule[] }[];
  metadata: { designer: { x: number; y: number } };
};

export type Blueprint = {
  name: string;
  flow: BlueprintModule[];
  metadata: {
    version: 1;
    instant: true;
    scenario: Record<string, number | boolean>;
    designer: { orphans: [] };
  };
};

/** Make gives an app its id, with letters of its own at the end: `koji-a1b2c3`. */
export const appIdSchema = z.string().regex(/^[a-z][0-9a-z-]{1,28}[0-9a-z]$/);

const step = (
  id: number,
  module: string,
  mapper: BlueprintModule['mapper'] = {},
  more: Partial<BlueprintModule> = {},
): BlueprintModule => ({
  id,
  module,
  version: 1,
  parameters: {},
  mapper,
  metadata: { designer: { x: (id % 10) * 300, y: id < 10 ? 0 : 300 } },
  ...more,
});

const scenario = (name: string, flow: BlueprintModule[]): Blueprint => ({
  name,
  flow,
  metadata: {
    version: 1,
    instant: true,
    // In order, and what breaks off is kept to be run again.
    scenario: {
      roundtrips: 1,
      maxErrors: 3,
      autoCommit: true,
      autoCommitTriggerLast: true,
      sequential: true,
      confidential: false,
      dataloss: false,
      dlq: true,
      freshVariables: false,
    },
    designer: { orphans: [] },
  },
});

/** Koji takes 60 requests a minute; half of them are left to everything else. */
const PAUSE_SECONDS = 2;
/** Minutes between the runs of what broke off, and how many. */
const again = { retry: true, count: 3, interval: 15 };

const isDuplicate = (failed: number, operator: string) => ({
  name: operator === 'text:equal' ? 'Was started already' : 'Anything else',
  conditions: [[{ a: `{{${failed}.error.type}}`, o: operator, b: 'DuplicateDataError' }]],
});

/** One person whom Koji knows already must not end a cohort's scenario (M13). */
const startErrors = (failed: number): BlueprintModule[] => [
  step(11, 'builtin:BasicRouter', null, {
    routes: [
      { flow: [step(12, 'builtin:Ignore', {}, { filter: isDuplicate(failed, 'text:equal') })] },
      { flow: [step(13, 'builtin:Break', again, { filter: isDuplicate(failed, 'text:notequal') })] },
    ],
  }),
];

/** Users who enter a cohort are started on an interview. */
export const cohortToKoji = (target: App['target'], appId: string): Blueprint => {
  const app = `app#${appIdSchema.parse(appId)}`;
  const sleep = (id: number) => step(id, 'util:FunctionSleep', { duration: PAUSE_SECONDS });
  if (target === 'koji-amplitude') {
    const start = step(
      3,
      `${app}:startInterview`,
      {
        respondent_email: '{{1.respondent_email}}',
        respondent_id: '{{1.amplitude_user_id}}',
        respondent_name: '{{1.properties.name}}',
      },
      { onerror: startErrors(3) },
    );
    return scenario('Amplitude cohort → Koji', [step(1, `${app}:watchCohortMembers`), sleep(2), start]);
  }
  const isEntering = {
    name: 'Enters the cohort',
    conditions: [[{ a: '{{1.in_cohort}}', o: 'boolean:equal', b: 'true' }]],
  };
  const start = step(
    4,
    `${app}:startInterview`,
    {
      respondent_email: '{{2.user_properties.email}}',
      respondent_id: '{{2.user_id}}',
      respondent_name: '{{2.user_properties.name}}',
    },
    { onerror: startErrors(4) },
  );
  return scenario('Amplitude cohort → Koji', [
    step(1, 'gateway:CustomWebHook'),
    step(2, 'builtin:BasicFeeder', { array: '{{1.users}}' }, { filter: isEntering }),
    sleep(3),
    start,
  ]);
};

/** Interviews that pass the gate are written to Amplitude. */
export const kojiToAmplitude = (appId: string): Blueprint => {
  const app = `app#${appIdSchema.parse(appId)}`;
  const fields = [
    'interview_id',
    'completed_at',
    'respondent_email',
    'is_anonymous',
    'themes',
    'sentiment',
    'quality_score',
    'transcript_url',
  ];
  const send = step(
    2,
    `${app}:sendInterviewEvent`,
    {
      ...Object.fromEntries(fields.map((field) => [field, `{{1.${field}}}`])),
      amplitude_user_id: '{{1.respondent_id}}',
    },
    {
      filter: { name: 'Passes the gate', conditions: [[{ a: '{{1.passes_gate}}', o: 'boolean:equal', b: 'true' }]] },
      onerror: [step(12, 'builtin:Break', again)],
    },
  );
  // A deleted interview, or a key without the permission to read, must not end the scenario (M13).
  const watch = step(1, `${app}:watchAnalyzedInterviews`, {}, { onerror: [step(11, 'builtin:Ignore')] });
  return scenario('Koji analysis → Amplitude', [watch, send]);
};

/** All of a target's blueprints, by the names of their files. */
export const blueprintsOf = (target: App['target'], appId: string): [file: string, blueprint: Blueprint][] => [
  ['amplitude-cohort-to-koji.json', cohortToKoji(target, appId)],
  ...(target === 'koji' ? [] : [['koji-analysis-to-amplitude.json', kojiToAmplitude(appId)] as [string, Blueprint]]),
];
