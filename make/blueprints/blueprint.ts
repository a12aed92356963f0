/**
 * Scenarios to import, for an app of this account's (M26, M27). They hold no connection, no hook
 * and no secret: people choose these after the import. Scenario expressions take `;` between values.
 */
import * as z from 'zod';
import { hostsOf, paths, type Region } from '../../amplitude/hosts.ts';
import { SHORTEST_USER_ID } from '../../amplitude/identity.ts';
import {
  DEFAULT_EVENT_TYPE,
  type eventPropertyTypes,
  insertIdOf,
  MINUTES_AHEAD,
  RECENT_DAYS,
  type userPropertyTypes,
} from '../../amplitude/interview-event.ts';
import { PLACEHOLDERS } from '../../boundary/placeholders.ts';
import { EARLIEST } from '../../boundary/values.ts';
import { REQUESTS_PER_MINUTE } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { LIBRARY } from '../amplitude/library.ts';
import type { App } from '../language/format.ts';

/** One step of a scenario. `routes` belong to a router, `onerror` is the way an error takes. */
export type BlueprintModule = {
  id: number;
  module: string;
  version: number;
  /** What people choose in the module itself; connections and hooks are theirs to add. */
  parameters: Record<string, string | number>;
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
export const appIdSchema = z
  .string()
  .regex(/^[a-z][0-9a-z-]{1,28}[0-9a-z]$/)
  .describe('an app’s id as Make shows it in its address: small letters, digits and hyphens');

/** One step, at the place that its number gives it. */
export const step = (
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
  metadata: { designer: { x: (id % 10) * 300, y: Math.floor(id / 10) * 300 } },
  ...more,
});

/** A scenario that runs in order and keeps what breaks off. */
export const scenario = (name: string, flow: BlueprintModule[]): Blueprint => ({
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

/** Half of the requests that Koji takes a minute are left to everything else. */
const PAUSE_SECONDS = (60 / REQUESTS_PER_MINUTE) * 2;
/** For 8 hours, as long as Make itself tries again after an outage; `interval` is in minutes. */
const again = { retry: true, count: 32, interval: 15 };

type Condition = { a: string; o: string; b?: string };
const isError = (failed: number, type: string): Condition[] => [
  { a: `{{${failed}.error.type}}`, o: 'text:equal', b: type },
];
const isNoError = (failed: number, type: string): Condition => ({
  a: `{{${failed}.error.type}}`,
  o: 'text:notequal',
  b: type,
});

/** What a **Set multiple variables** module gives, by name. */
export const variables = (named: Record<string, string>) => ({
  scope: 'roundtrip',
  variables: Object.entries(named).map(([name, value]) => ({ name, value })),
});

/** Where a handler is drawn: under the module that it is for, one row a route. */
const under = (failed: number, column: number, row: number) => ({
  metadata: { designer: { x: (failed % 10) * 300 + column * 300, y: 300 * (row + 1) } },
});

/**
 * What an error that no other attempt can mend does not end or hold up (M26): the bundle is left out. Everything else is
 * kept and run again, and the scenario waits for it. The conditions stand on a module that notes the error and not on the
 * handler behind it, because Make's documents do not agree whether a handler may have a filter: this way the
 * import takes it, whichever is true. Break stands first, so that a filter that lets everything pass keeps everything.
 * `first` is the first of five free ids.
 */
const leavingOut = (failed: number, first: number, name: string, types: string[]): BlueprintModule[] => {
  const noting = (id: number, row: number, filter: NonNullable<BlueprintModule['filter']>) =>
    step(id, 'util:SetVariables', variables({ error: `{{${failed}.error.message}}` }), {
      filter,
      ...under(failed, 1, row),
    });
  return [
    step(first, 'builtin:BasicRouter', null, {
      ...under(failed, 0, 0),
      routes: [
        {
          flow: [
            noting(first + 1, 0, {
              name: 'Anything else',
              conditions: [types.map((type) => isNoError(failed, type))],
            }),
            step(first + 2, 'builtin:Break', again, under(failed, 2, 0)),
          ],
        },
        {
          flow: [
            noting(first + 3, 1, { name, conditions: types.map((type) => isError(failed, type)) }),
            step(first + 4, 'builtin:Ignore', {}, under(failed, 2, 1)),
          ],
        },
      ],
    }),
  ];
};

/** One person whom Koji knows already, or can't take, must not end a cohort's scenario. */
const startErrors = (failed: number): BlueprintModule[] =>
  leavingOut(failed, 11, 'Was started already, or can’t be', ['DuplicateDataError', 'DataError']);

/**
 * Stands in the scenario until people put their study's link there. An import asks for nothing but connections and hooks,
 * so the link is asked for in the form in which the connection is chosen: Make saves no form with this in it (M30).
 */
export const STUDY_LINK_HERE = 'PUT-YOUR-STUDY-LINK-HERE';

/** The invitation (M32), to whoever was started just now and has both an email and a link. */
const inviting = (id: number, started: number): BlueprintModule =>
  step(
    id,
    'google-email:sendAnEmail',
    {
      to: [`{{${started}.respondent_email}}`],
      subject: 'Could you tell us more?',
      bodyType: 'rawHtml',
      content: `We would like to hear from you. It takes a few minutes: {{${started}.interview_link}}`,
    },
    {
      version: 4,
      filter: {
        name: 'Is new, and has an email and a link',
        conditions: [
          [
            { a: `{{${started}.already_started}}`, o: 'boolean:equal', b: 'false' },
            { a: `{{${started}.respondent_email}}`, o: 'exist' },
            { a: `{{${started}.interview_link}}`, o: 'exist' },
          ],
        ],
      },
      onerror: [step(31, 'builtin:Break', again, under(id, 0, 0))],
    },
  );

const isTrue = (expression: string): Condition => ({ a: `{{${expression}}}`, o: 'boolean:equal', b: 'true' });

/** Whether an id is none of those that stand for nobody: such an interview could never go back to a person. */
const isSomebody = (userId: string): Condition => ({
  a: `{{contains(split("${[...PLACEHOLDERS].join(',')}"; ","); lower(trim(${userId})))}}`,
  o: 'boolean:equal',
  b: 'false',
});

type Person = Record<'respondent_email' | 'respondent_id' | 'respondent_name', string>;

/** Users who enter a cohort are started on an interview. */
export const cohortToKoji = (target: App['target'], appId: string, studyLink: string): Blueprint => {
  const app = `app#${appIdSchema.parse(appId)}`;
  /** A pause, the start and the invitation, with three ids from `id` on. */
  const starting = (id: number, isReal: Condition[], person: Person): BlueprintModule[] => [
    step(
      id,
      'util:FunctionSleep',
      { duration: PAUSE_SECONDS },
      { filter: { name: 'Is somebody', conditions: [isReal] } },
    ),
    step(id + 1, `${app}:startInterview`, { ...person, study_link: studyLink }, { onerror: startErrors(id + 1) }),
    inviting(id + 2, id + 1),
  ];
  if (target === 'koji-amplitude') {
    return scenario('Amplitude cohort → Koji', [
      step(1, `${app}:watchCohortMembers`),
      ...starting(2, [isSomebody('1.amplitude_user_id')], {
        respondent_email: '{{1.respondent_email}}',
        respondent_id: '{{1.amplitude_user_id}}',
        respondent_name: '{{1.properties.name}}',
      }),
    ]);
  }
  const isEntering = {
    name: 'Enters the cohort',
    conditions: [[{ a: '{{1.in_cohort}}', o: 'boolean:equal', b: 'true' }]],
  };
  return scenario('Amplitude cohort → Koji', [
    step(1, 'gateway:CustomWebHook'),
    step(2, 'builtin:BasicFeeder', { array: '{{ifempty(1.users; emptyarray)}}' }, { filter: isEntering }),
    ...starting(3, [isTrue('length(trim(2.user_id)) > 0'), isSomebody('2.user_id')], {
      respondent_email: '{{if(contains(2.user_properties.email; "@"); 2.user_properties.email; ignore)}}',
      respondent_id: '{{2.user_id}}',
      respondent_name: '{{2.user_properties.name}}',
    }),
  ]);
};

/** What is wrong with one interview, as that it is gone, must not hold up the others; what is wrong with all is mended. */
const watching = (app: string): BlueprintModule =>
  step(
    1,
    `${app}:watchAnalyzedInterviews`,
    {},
    { onerror: leavingOut(1, 11, 'Is gone, or can’t be read', ['DataError']) },
  );

/** Without the time of its end an interview can't be written at all. */
const isToWrite: Condition[] = [
  { a: '{{1.passes_gate}}', o: 'boolean:equal', b: 'true' },
  { a: '{{1.completed_at}}', o: 'exist' },
];

/** With our own module, which knows the rest of the rules. */
const sending = (app: string): BlueprintModule[] => {
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
  return [
    step(
      2,
      `${app}:sendInterviewEvent`,
      {
        ...Object.fromEntries(fields.map((field) => [field, `{{1.${field}}}`])),
        amplitude_user_id: '{{1.respondent_id}}',
      },
      {
        filter: { name: 'Passes the gate', conditions: [isToWrite] },
        onerror: leavingOut(2, 21, 'Amplitude can’t take it', ['DataError', 'BundleValidationError']),
      },
    ),
  ];
};

/** Where a scenario writes by itself: what our own module has in its connection. */
type AmplitudeProject = { region: Region; apiKey: string };

/** Stands in the scenario until people put their own key there. */
export const AMPLITUDE_KEY_HERE = 'PUT-YOUR-AMPLITUDE-API-KEY-HERE';

/** An id as it is, to the last space; one of nothing but spaces is none. */
const USER_ID = 'if(length(trim(1.respondent_id)) > 0; 1.respondent_id; 1.respondent_email)';
/** Of now where there is no end, for conditions that are read although the one before them failed. */
const seconds = 'parseNumber(formatDate(ifempty(1.completed_at; now); "X"); ".")';

/**
 * With Make's own modules, for the app that knows nothing of Amplitude. Texts reach the request through Make's JSON
 * module alone, so that a quotation mark in an answer can't end one.
 */
const sendingWithoutUs = ({ region, apiKey }: AmplitudeProject): BlueprintModule[] => {
  const isPersons: Condition[] = [
    ...isToWrite,
    { a: '{{1.is_anonymous}}', o: 'boolean:equal', b: 'false' },
    isSomebody(USER_ID),
    isTrue(`length(${USER_ID}) >= ${SHORTEST_USER_ID}`),
    isTrue(`${seconds} - timestamp <= ${MINUTES_AHEAD * 60}`),
    isTrue(`${seconds} >= ${EARLIEST / 1_000}`),
    { a: '{{1.interview_id}}', o: 'text:notequal', b: sampleWireInterview.interview_id },
  ];
  const person = {
    last_interview_at: '{{formatDate(1.completed_at; "YYYY-MM-DDTHH:mm:ss"; "UTC")}}',
    // In small letters, because Amplitude would count Negative and negative apart.
    last_interview_sentiment: '{{ifempty(lower(ifempty(1.sentiment; "")); ignore)}}',
    last_interview_themes: '{{if(length(1.themes) > 0; 1.themes; ignore)}}',
    last_interview_quality: '{{1.quality_score}}',
  } satisfies Record<keyof typeof userPropertyTypes, string>;
  const isRecent = `timestamp - ${seconds} <= ${RECENT_DAYS.unseen * 86_400}`;
  // An expression can't write a collection, and a variable's name may be no `$unset`. The event sets again what there is.
  const $setOnce = { last_interview_at: '{{2.last_interview_at}}' };
  const operations = {
    complete: { $setOnce },
    lacking: { $setOnce, $unset: { last_interview_sentiment: '-', last_interview_themes: '-' } },
  } satisfies Record<string, Record<string, Partial<Record<keyof typeof person, string>>>>;
  const properties = {
    theme_top_1: '{{ifempty(1.theme_top_1; ignore)}}',
    theme_top_2: '{{ifempty(1.theme_top_2; ignore)}}',
    sentiment: '{{ifempty(2.last_interview_sentiment; ignore)}}',
    quality_score: '{{1.quality_score}}',
    transcript_url: '{{ifempty(1.transcript_url; ignore)}}',
  } satisfies Record<keyof typeof eventPropertyTypes, string>;
  const insertId = insertIdOf(DEFAULT_EVENT_TYPE, '{{1.interview_id}}');
  const whoAndWhen = {
    user_id: `{{${USER_ID}}}`,
    time: '{{parseNumber(formatDate(1.completed_at; "x"); ".")}}',
    library: LIBRARY,
  };
  const identify = {
    ...whoAndWhen,
    event_type: '$identify',
    insert_id: `${insertId}:identify`,
    user_properties:
      '{{if(length(1.themes) > 0; if(length(ifempty(1.sentiment; "")) > 0; 4.complete; 4.lacking); 4.lacking)}}',
  };
  const event = {
    ...whoAndWhen,
    event_type: DEFAULT_EVENT_TYPE,
    insert_id: insertId,
    event_properties: '{{`3`}}',
    user_properties: `{{if(${isRecent}; \`2\`; ignore)}}`,
  };
  return [
    step(2, 'util:SetVariables', variables(person), {
      filter: { name: 'Passes the gate and belongs to a person', conditions: [isPersons] },
    }),
    step(3, 'util:SetVariables', variables(properties)),
    step(4, 'json:ParseJSON', { json: JSON.stringify(operations, null, 1) }, { parameters: { type: '' } }),
    step(5, 'util:SetVariables', variables(identify)),
    step(6, 'util:SetVariables', variables(event)),
    step(
      7,
      'json:TransformToJSON',
      { object: `{{if(${isRecent}; add(emptyarray; \`5\`; \`6\`); add(emptyarray; \`6\`))}}` },
      { parameters: { space: '' } },
    ),
    step(
      8,
      'http:MakeRequest',
      {
        url: `${hostsOf(region, {}).ingestion}${paths.upload}`,
        method: 'post',
        headers: [{ name: 'Accept', value: 'application/json' }],
        contentType: 'json',
        inputMethod: 'jsonString',
        jsonStringBodyContent: `{"api_key":"${apiKey}","events":{{7.json}} }`,
        parseResponse: true,
        stopOnHttpError: true,
        allowRedirects: false,
        shareCookies: false,
        requestCompressedContent: true,
      },
      {
        version: 4,
        parameters: { authenticationType: 'noAuth', tlsType: '' },
        // A wrong key and an event that Amplitude refuses look the same here, so nothing is left out.
        onerror: [step(21, 'builtin:Break', again, under(8, 0, 0))],
      },
    ),
  ];
};

/** Interviews that pass the gate are written to Amplitude. */
export const kojiToAmplitude = (target: App['target'], appId: string, project: AmplitudeProject): Blueprint => {
  const app = `app#${appIdSchema.parse(appId)}`;
  return scenario('Koji analysis → Amplitude', [
    watching(app),
    ...(target === 'koji' ? sendingWithoutUs(project) : sending(app)),
  ]);
};

/** For whom blueprints are made; as committed in make/blueprints, for nobody yet. */
type Recipient = { appId?: string; region?: Region; studyLink?: string | undefined };

/** All of a target's blueprints, by the names of their files. Without a study link, the form of Start an interview asks for it. */
export const blueprintsOf = (
  target: App['target'],
  { appId = 'your-app-id', region = 'us', studyLink = STUDY_LINK_HERE }: Recipient = {},
): [file: string, blueprint: Blueprint][] => [
  ['amplitude-cohort-to-koji.json', cohortToKoji(target, appId, studyLink)],
  ['koji-analysis-to-amplitude.json', kojiToAmplitude(target, appId, { region, apiKey: AMPLITUDE_KEY_HERE })],
];
