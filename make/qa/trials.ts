/**
 * What is run on a real account: our blueprints as they are committed, with hooks and connections put in, and one scenario
 * for each group of modules that no blueprint has. What must come of each is written as paths into its outcome.
 */
import type { JSONValue } from '@makehq/sdk';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import type { Region } from '../../amplitude/hosts.ts';
import { DEFAULT_EVENT_TYPE, insertIdOf } from '../../amplitude/interview-event.ts';
import { ANALYSIS_READY_EVENT } from '../../koji/contract.ts';
import { kojiErrors } from '../../koji/errors.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import {
  type Blueprint,
  type BlueprintModule,
  cohortToKoji,
  kojiToAmplitude,
  scenario,
  step,
  variables,
} from '../blueprints/blueprint.ts';
import { rowOf } from '../language/errors.ts';
import type { ConnectionId } from '../language/format.ts';
import type { Point } from './points.ts';

/** Everything that is made carries this name, so that a run that was cut off is cleared away by the next. */
export const MADE_BY_QA = 'made by make:qa';

export type Keys = { koji: string; amplitude: string; amplitudeSecret: string; region: Region };

/** What came of a scenario. What one did not reach is empty. */
export type Outcome = {
  /** Of the last execution, as Make calls it. */
  status: string;
  error: { name: string; message: string };
  outputs: { [name: string]: JSONValue };
  /** What the webhook answered each delivery, and how many executions that gave. */
  deliveries: { status: number; runs: number }[];
  /** What each incomplete execution holds, as JSON. */
  kept: string[];
  isOn: boolean;
  /** Whether the webhook kept the connection that it was given. */
  hookIsConnected: boolean;
};

/** Paths into an outcome, and what stands there. */
export type Expected = { [path: string]: JSONValue | RegExp };

/** The connections of a run; `wrongKoji` holds a key that is none. */
export type Account = ConnectionId | 'wrongKoji';

export type Hook = {
  /** One of the app's webhooks, or Make's own. */
  webhook: 'analyzedInterviews' | 'cohortMembers' | 'gateway-webhook';
  connection?: Account;
  data: { [name: string]: JSONValue };
  deliveries: { headers?: { [name: string]: string }; body: JSONValue; runs: number }[];
};

export type Trial = {
  name: string;
  blueprint: Blueprint;
  /** The names of what its last step gives to whoever runs it. */
  returns: string[];
  /** Without one it runs on demand. */
  hook?: Hook;
  expected: Expected;
  shows: { [point in Point]?: Expected };
};

/** Gives whole bundles of a scenario's steps to whoever runs it; Make reads the names from `expect` alone. */
const returning = (bundles: { [name: string]: number }) => ({
  ...step(
    90,
    'scenario-service:ReturnData',
    Object.fromEntries(Object.entries(bundles).map(([name, id]) => [name, `{{\`${id}\`}}`])),
  ),
  version: 2,
  metadata: {
    designer: { x: 1800, y: 0 },
    expect: Object.keys(bundles).map((name) => ({ name, type: 'any', label: name })),
  },
});

/** A blueprint whose last step gives these bundles. */
const giving = ({ flow, ...blueprint }: Blueprint, bundles: { [name: string]: number } = {}) => ({
  returns: Object.keys(bundles),
  blueprint: { ...blueprint, flow: Object.keys(bundles).length === 0 ? flow : [...flow, returning(bundles)] },
});

/** Steps that run on demand, and give these bundles at the end. */
const onDemand = (flow: BlueprintModule[], bundles?: { [name: string]: number }) => giving(scenario('', flow), bundles);

/** No command can sign in to Gmail: whom the email would go to is noted, behind the same filter. */
const withoutEmail = ({ flow, ...blueprint }: Blueprint): Blueprint => ({
  ...blueprint,
  flow: flow.map(({ onerror, ...one }) =>
    one.module === 'google-email:sendAnEmail'
      ? step(one.id, 'util:SetVariables', variables({ to: String(Object(one.mapper).to) }), {
          ...(one.filter === undefined ? {} : { filter: one.filter }),
        })
      : { ...one, ...(onerror === undefined ? {} : { onerror }) },
  ),
});

/** In the place of the trigger: an interview as **Watch analyzed interviews** gives it. */
const interviewOf = (email: string, id: string, at: Date) =>
  step(
    1,
    'util:SetVariables',
    variables({
      interview_id: id,
      passes_gate: '{{true}}',
      is_anonymous: '{{false}}',
      completed_at: at.toISOString(),
      respondent_id: '',
      respondent_email: email,
      themes: '{{split("price,time"; ",")}}',
      theme_top_1: 'price',
      theme_top_2: 'time',
      sentiment: 'negative',
      quality_score: '{{4}}',
    }),
  );

const withTrigger = (trigger: BlueprintModule, { flow, ...blueprint }: Blueprint): Blueprint => ({
  ...blueprint,
  flow: [trigger, ...flow.slice(1)],
});

/** A run is good with a warning sign, too: an error that a handler took. */
const GOOD = /^(SUCCESS|WARNING)$/;
const NO_ERROR = /^$/;
const quiet = { isOn: true, 'kept.length': 0 } as const;

/** What people read of an answer of Koji's own, behind the status and up to the first gap that is not it. */
const words = (status: 401 | 404): RegExp => {
  const { says } = rowOf(kojiErrors, { status, itself: true });
  const own = says.replace('{status}', `${status}`).replace(/\{.*/, '');
  return new RegExp(`^\\[${status}\\] ${own.replace(/[.()]/g, '\\$&')}`);
};

/** All of them. `now` makes the persons and interviews new. */
export const trials = (appId: string, keys: Keys, now: Date): Trial[] => {
  const stamp = now.getTime().toString(36);
  const email = `made-by-make-qa+${stamp}@example.com`;
  const member = `made-by-make-qa+${stamp}-2@example.com`;
  const gone = `int_made_by_make_qa_${stamp}`;
  const own = (id: number, module: string, mapper: { [field: string]: JSONValue }, parameters = {}) =>
    step(id, `app#${appId}:${module}`, mapper, { parameters });
  const interview = {
    interview_id: gone,
    completed_at: now.toISOString(),
    respondent_email: email,
    sentiment: 'negative',
    quality_score: '4',
  };
  const ready = { event: ANALYSIS_READY_EVENT, data: { interview_id: gone } };
  const cohort = { cohort_id: 'made_by_make_qa', in_cohort: true, message_id: stamp };
  const word = { [SECRET_HEADER]: stamp };
  const nobody = { user_id: 'null' };
  const somebody = {
    user_id: `made-by-make-qa-${stamp}`,
    user_properties: { email: member, name: ['Ada', 'Lovelace'] },
  };
  const project = { region: keys.region, apiKey: keys.amplitude };
  return [
    {
      name: 'Interviews and Other: start, get, make an API call',
      ...onDemand(
        [
          own(1, 'startInterview', { respondent_email: email, respondent_id: `made-by-make-qa-${stamp}-1` }),
          own(2, 'getInterview', { interview_id: '{{1.interview_id}}' }),
          own(3, 'makeAnApiCall', { url: '/interviews/{{1.interview_id}}', method: 'GET' }),
        ],
        { started: 1, got: 2, called: 3 },
      ),
      expected: {
        status: 'SUCCESS',
        'outputs.started.already_started': false,
        'outputs.got.is_analyzed': false,
        'outputs.called.statusCode': 200,
      },
      shows: { nothingAsText: { 'outputs.got': /^(?!.*undefined)/, 'outputs.got.quality_score': null } },
    },
    {
      name: 'Interviews: search (beta, Koji’s list)',
      ...onDemand([own(1, 'searchInterviews', { respondent_email: email, limit: 1 })]),
      expected: { 'error.message': /^$|does not list interviews/ },
      shows: {},
    },
    {
      name: 'Interviews: search in a study that is not there (beta, Koji’s list)',
      ...onDemand([own(1, 'searchInterviews', { respondent_email: email, study_id: gone, limit: 1 })]),
      expected: { 'error.message': /^$|Koji may have no such Study/ },
      shows: {},
    },
    {
      name: 'Triggers: watch interviews (beta, Koji’s list)',
      ...onDemand([own(1, 'watchInterviews', {}, { minimum_quality: 3, limit: 1 })]),
      expected: { 'error.message': /^$|does not list interviews/ },
      shows: {},
    },
    {
      name: 'Amplitude: send, and skip',
      ...onDemand(
        [
          own(1, 'sendInterviewEvent', interview),
          own(2, 'sendInterviewEvent', { ...interview, interview_id: sampleWireInterview.interview_id }),
          own(3, 'sendInterviewEvent', { ...interview, quality_score: 'n/a (3 answers)' }),
        ],
        { sent: 1, sample: 2, unscored: 3 },
      ),
      expected: { status: 'SUCCESS', 'outputs.sent.status': 'written', 'outputs.sent.user_id': email },
      shows: {
        thinkingSteps: { 'outputs.sample.status': 'skipped', 'outputs.sample.reason': 'sample' },
        patterns: {
          'outputs.sent.id': insertIdOf(DEFAULT_EVENT_TYPE, gone),
          'outputs.unscored.reason': 'no_quality_score',
        },
      },
    },
    {
      name: 'Amplitude: search cohorts',
      ...onDemand([own(1, 'searchCohorts', { name: stamp, limit: 1 })]),
      expected: { status: 'SUCCESS', 'error.message': NO_ERROR },
      shows: {},
    },
    {
      name: 'Amplitude: find a user',
      ...onDemand([own(1, 'findUser', { amplitude_user_id: email, limit: 1 })]),
      expected: { status: 'SUCCESS', 'error.message': NO_ERROR },
      shows: {},
    },
    {
      name: 'Amplitude: register the interview event',
      ...onDemand([own(1, 'registerInterviewEvent', {})]),
      expected: { 'error.message': /^$|Taxonomy API/ },
      shows: {},
    },
    {
      // For a chart that is not there, so that no line stays on anybody's charts.
      name: 'Amplitude: create a chart annotation',
      ...onDemand([own(1, 'createChartAnnotation', { label: stamp, start: now.toISOString(), chart_id: stamp })]),
      expected: { status: 'ERROR', 'error.name': 'DataError', 'error.message': /does not find this chart/ },
      shows: {},
    },
    {
      name: 'Errors: an interview that is not there',
      ...onDemand([own(1, 'getInterview', { interview_id: gone })]),
      expected: { status: 'ERROR', 'error.message': words(404) },
      shows: { errorTypes: { 'error.name': 'DataError' }, unknownId: { 'error.message': words(404) } },
    },
    {
      name: 'Errors: a start without an address',
      ...onDemand([own(1, 'startInterview', { respondent_name: 'Nobody' })]),
      expected: { status: 'ERROR', 'error.name': 'DataError', 'error.message': /whom to interview/ },
      shows: {},
    },
    {
      name: 'Blueprint: Amplitude cohort → Koji',
      ...giving(withoutEmail(cohortToKoji('koji-amplitude', appId, 'https://koji.so/i/made-by-make-qa')), {
        started: 3,
        invited: 4,
      }),
      hook: {
        webhook: 'cohortMembers',
        connection: 'amplitude',
        data: { amplitude_webhook_secret: stamp, email_property: 'email', sample_percent: 100, direction: 'entering' },
        deliveries: [
          { body: { ...cohort, users: [nobody] }, runs: 0 },
          { headers: word, body: [{ ...cohort, users: [nobody] }], runs: 0 },
          { headers: word, body: { ...cohort, users: [nobody, somebody] }, runs: 2 },
          { headers: word, body: { ...cohort, users: [{ user_id: { stamp } }] }, runs: 0 },
        ],
      },
      expected: { status: GOOD, ...quiet, 'outputs.invited.to': member },
      shows: {
        verification: { 'deliveries.0': { status: 401, runs: 0 } },
        listBody: { 'deliveries.1.runs': 0 },
        onePerson: { 'deliveries.2.runs': 2 },
        idAsText: { 'deliveries.3.runs': 0 },
        listAsText: { 'outputs.started.respondent_name': /Ada.*Lovelace/ },
        hookConnection: { hookIsConnected: true },
      },
    },
    {
      name: 'Blueprint: Koji analysis → Amplitude, of an interview that is gone',
      ...giving(kojiToAmplitude('koji-amplitude', appId, project)),
      hook: { webhook: 'analyzedInterviews', connection: 'koji', data: {}, deliveries: [{ body: ready, runs: 1 }] },
      expected: { status: GOOD, 'error.message': words(404), 'deliveries.0.runs': 1, ...quiet },
      shows: { ignoreOnTrigger: { status: GOOD, 'deliveries.0.runs': 1, ...quiet }, errorFilter: quiet },
    },
    {
      name: 'Blueprint: Koji analysis → Amplitude, with a wrong key',
      ...giving(kojiToAmplitude('koji-amplitude', appId, project)),
      hook: {
        webhook: 'analyzedInterviews',
        connection: 'wrongKoji',
        data: {},
        deliveries: [{ body: ready, runs: 1 }],
      },
      expected: { 'error.message': words(401), 'deliveries.0.runs': 1, isOn: true, 'kept.length': 1 },
      shows: {
        wrongKey: { isOn: true, 'kept.length': 1 },
        errorFilter: { 'kept.length': 1 },
        sameEvent: { 'kept.0': new RegExp(gone) },
      },
    },
    {
      name: 'Blueprint without Amplitude’s modules: cohort → Koji, a delivery without people',
      ...giving(withoutEmail(cohortToKoji('koji', appId, 'https://koji.so/i/made-by-make-qa'))),
      hook: {
        webhook: 'gateway-webhook',
        data: { headers: true, method: true, stringify: false },
        deliveries: [{ body: { ...cohort }, runs: 1 }],
      },
      expected: { status: 'SUCCESS', ...quiet },
      shows: { emptyIterator: { status: 'SUCCESS', 'deliveries.0.runs': 1, ...quiet } },
    },
    {
      name: 'Blueprint without Amplitude’s modules: analysis → Amplitude',
      ...giving(withTrigger(interviewOf(email, `${gone}_2`, now), kojiToAmplitude('koji', appId, project)), {
        event: 7,
        answer: 8,
      }),
      expected: { status: 'SUCCESS', 'outputs.answer.data.code': 200 },
      shows: { wholeBundle: { 'outputs.event.json': new RegExp(`koji:interview_completed:${gone}_2`) } },
    },
  ];
};
