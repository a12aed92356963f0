/**
 * What people map to a field when they meant something else, in each field of each module: what reaches Koji and Amplitude
 * must be what Zapier's step sends for the same, and nothing may be said but in words. Where the platforms differ, the table
 * of docs/make/engineer.md says so.
 */
import { readFileSync } from 'node:fs';
import { annotateCharts, annotationInput } from '../../amplitude/annotations.ts';
import { cohortWebhookInput, readCohortDelivery } from '../../amplitude/cohort-webhook.ts';
import { findCohort, findCohortInput } from '../../amplitude/find-cohort.ts';
import { findUser, findUserInput } from '../../amplitude/find-user.ts';
import { interviewEventInput } from '../../amplitude/interview-event.ts';
import { sendInterviewEvent } from '../../amplitude/send-interview-event.ts';
import { registerInput, registerInterviewEvent } from '../../amplitude/taxonomy.ts';
import { jsonOf, type Send } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { wireInterview } from '../../koji/contract.ts';
import { findInput, findInterview, interviewById } from '../../koji/find-interview.ts';
import { gate, gateRules } from '../../koji/gate.ts';
import { toInterview } from '../../koji/interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { startInput, startInterview } from '../../koji/start.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { MakeError, UnknownToRunner } from '../../sandbox/make/error.ts';
import { deliver, runInstantTrigger, runModule } from '../../sandbox/make/run.ts';
import { connected } from '../support/app.ts';
import { reply } from '../support/wire.ts';

const NOW = Date.UTC(2026, 10, 26, 10);
const now = () => NOW;
const timing = { now, sleep: async () => undefined, random: () => 0.5 };
const app = readApp('make/app/koji-amplitude');
const { koji_api_key, amplitude_api_key, amplitude_secret_key, amplitude_region } = connected;
const connections = {
  koji: { koji_api_key },
  amplitude: { amplitude_api_key, amplitude_secret_key, amplitude_region },
};

const ada = { ...sampleWireInterview, interview_id: 'int_ada' };
const eve = {
  ...ada,
  interview_id: 'int_eve',
  respondent_email: 'eve@example.com',
  respondent: { ...ada.respondent, external_id: 'user_eve' },
};

/** What the services answer with, whatever they are asked for: what is another one's must never come through. */
const answers: [asked: RegExp, status: number, body: object][] = [
  [/^POST .*[/]interviews[/]start/, 201, { interview_id: 'int_new' }],
  [/^GET .*[/]interviews[?]/, 200, { interviews: [ada, eve], next_cursor: null }],
  [/^GET .*[/]interviews[/]/, 200, ada],
  [/^POST .*[/]httpapi/, 200, { code: 200, events_ingested: 1 }],
  [/^POST .*[/]annotations/, 200, { data: { id: 1 } }],
  [/^POST .*[/]annotation-categories/, 200, { data: { id: 2 } }],
  [/^GET .*[/]annotation-categories/, 200, { data: [{ name: 'Koji' }] }],
  [/^GET .*[/]cohorts/, 200, { cohorts: [{ id: 'c1', name: 'Trial users', published: true }] }],
  [/^GET .*[/]usersearch/, 200, { matches: [{ user_id: 'user_eve', amplitude_id: 2 }] }],
  [/./, 200, { success: true, data: [] }],
];

type Asked = { method: string; url: string; body?: string | undefined };
const answerTo = ({ method, url }: Asked) => {
  const [, status, body] = answers.find(([asked]) => asked.test(`${method} ${url}`)) ?? [];
  return { status: status ?? 500, body: body ?? {} };
};

const bodyOf = (text: string | undefined): unknown => {
  const json = jsonOf(text ?? 'null');
  return json === undefined ? Object.fromEntries(new URLSearchParams(text)) : json;
};

/** A request as both platforms should send it: without the names of the platform, and without how long its pages are. */
const comparable = ({ method, url, body }: Asked): unknown => {
  const { pathname, searchParams } = new URL(url);
  searchParams.delete('limit');
  const sent = JSON.parse(JSON.stringify(bodyOf(body)), (key, value) => (key === 'library' ? undefined : value));
  return [method, decodeURIComponent(pathname), [...searchParams].toSorted(), sent];
};

type Outcome = { asked: Asked[]; gives: unknown } | { asked: Asked[]; failure: unknown };
const outcomeOf = async (run: (asked: Asked[]) => Promise<unknown>): Promise<Outcome> => {
  const asked: Asked[] = [];
  try {
    return { asked, gives: await run(asked) };
  } catch (failure) {
    return { asked, failure };
  }
};

type Input = Record<string, unknown>;
type Operation = {
  module: string;
  service: 'Koji' | 'Amplitude';
  /** What is filled in besides the odd value. */
  filledIn: Input;
  /** Fields that can stand alone, where others would hide what is in them. */
  alone?: string[];
  /** What Zapier's step does. */
  twin: (send: Send, input: Input) => Promise<unknown>;
  /** Zapier's dictionary, which is a list of pairs on Make. */
  pairs?: string;
  /** The requests that must be the same; without it, all of them. */
  same?: (request: Asked) => boolean;
};

const kojiOf = (send: Send) => ({ send, url: 'https://koji.so/api/v1', now });
const restOf = (send: Send) => ({ send, host: 'https://amplitude.com' });
const ingestionOf = (send: Send) => ({
  send,
  host: 'https://api2.amplitude.com',
  apiKey: amplitude_api_key,
  library: 'test',
});

const operations: Operation[] = [
  {
    module: 'startInterview',
    service: 'Koji',
    filledIn: {
      respondent_email: 'ada@example.com',
      respondent_id: 'user_ada',
      respondent_name: 'Ada',
      study_link: 'https://koji.so/i/why',
      mode: 'text',
      language: 'en',
      metadata: { plan: 'pro' },
    },
    alone: ['respondent_email', 'respondent_id'],
    pairs: 'metadata',
    twin: (send, input) => startInterview(kojiOf(send), 'project', readInput('Koji', startInput, input)),
  },
  {
    module: 'sendInterviewEvent',
    service: 'Amplitude',
    filledIn: {
      interview_id: 'int_ada',
      completed_at: new Date(NOW - 60_000).toISOString(),
      quality_score: 4,
      sentiment: 'negative',
      themes: ['pricing confusion', 'onboarding friction'],
      transcript_url: 'https://koji.so/t',
      amplitude_user_id: 'user_ada',
      respondent_email: 'ada@example.com',
      is_anonymous: false,
      event_type: 'Interviewed',
      identify_by: 'id_then_email',
      minimum_quality: 3,
      write_without_email: 'false',
      update_user_properties: 'recent',
      event_properties: { plan: 'pro' },
      min_id_length: 1,
    },
    alone: ['amplitude_user_id', 'respondent_email'],
    pairs: 'event_properties',
    twin: (send, input) =>
      sendInterviewEvent(
        ingestionOf(send),
        readInput('Amplitude', interviewEventInput, input),
        { read: (id) => interviewById(kojiOf(send), id, timing), lookUp: null },
        timing,
      ),
  },
  {
    module: 'registerInterviewEvent',
    service: 'Amplitude',
    filledIn: { event_type: 'Interviewed' },
    twin: (send, input) =>
      registerInterviewEvent(restOf(send), readInput('Amplitude', registerInput, input).event_type),
  },
  {
    module: 'createChartAnnotation',
    service: 'Amplitude',
    filledIn: {
      label: 'Interviews began',
      start: '2026-05-24T11:00:00Z',
      end: '2026-05-25T11:00:00Z',
      category: 'Koji',
      chart_id: 'abc123',
      details: 'Most named: pricing',
    },
    twin: (send, input) => annotateCharts(restOf(send), readInput('Amplitude', annotationInput, input)),
    same: ({ method, url }) => method === 'POST' && url.endsWith('/annotations'),
  },
  {
    module: 'getInterview',
    service: 'Koji',
    filledIn: { interview_id: 'int_ada' },
    twin: (send, input) => findInterview(kojiOf(send), readInput('Koji', findInput, input)),
  },
  {
    module: 'searchInterviews',
    service: 'Koji',
    filledIn: { respondent_email: 'ada@example.com', respondent_id: 'user_10042', study_id: '' },
    alone: ['respondent_email', 'respondent_id'],
    twin: (send, input) => findInterview(kojiOf(send), readInput('Koji', findInput, input)),
  },
  {
    module: 'searchCohorts',
    service: 'Amplitude',
    filledIn: { name: 'Trial' },
    twin: (send, input) => findCohort(restOf(send), readInput('Amplitude', findCohortInput, input).name),
  },
  {
    module: 'findUser',
    service: 'Amplitude',
    filledIn: { amplitude_user_id: 'user_ada' },
    twin: (send, input) => findUser(restOf(send), readInput('Amplitude', findUserInput, input).amplitude_user_id),
  },
];

const onZapier = ({ twin }: Operation, input: Input) =>
  outcomeOf((asked) =>
    twin(async (request) => {
      asked.push(request);
      const { status, body } = answerTo(request);
      return reply(status, body);
    }, input),
  );

const pairsOf = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
    ? Object.entries(given).map(([name, value]) => ({ name, value }))
    : given;

const onMake = ({ module, pairs = '' }: Operation, input: Input) =>
  outcomeOf(async (asked) => {
    const parameters = pairs in input ? { ...input, [pairs]: pairsOf(input[pairs]) } : input;
    const http = async (request: Asked) => {
      asked.push(request);
      const { status, body } = answerTo(request);
      return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    };
    return (await runModule(app, module, { connections, parameters, http, now })).bundles;
  });

const values: unknown[] = [
  // Nothing.
  null,
  '',
  ' ',
  '\t\n',
  // What stands where nothing is.
  ...[
    'null',
    'undefined',
    'n/a',
    'anonymous',
    ' ANONYMOUS ',
    '[object Object]',
    '{object}',
    '"null"',
    "'N/A'",
    '“none”',
  ],
  ...['{{1.email}}', 'x{{1.a}}', '{{1.em', 'NaN', 'null@null.com'],
  ...['null, null', 'nu\u200bll', 'ＮＵＬＬ', '\u0000'],
  // Numbers.
  ...[0, 1, 5, -1, 4.5, 2 ** 53 + 2, 1e300, '0', '5', '-5', '4.5', '007', '9007199254740993', '1e309', 'Infinity'],
  // Yes and no.
  ...[true, false, 'true', 'yes', 'no', 'off'],
  // Several, or parts.
  ...[[], ['a', 'b'], [null], [['x']], [{ a: 1 }], {}, { a: { b: [1] } }, 'a,b', '["a","b"]', '{"a":1}'],
  // Moments.
  ...['2026-05-24T11:41:22Z', '2026-05-24T11:41:22.123+02:00', '2026-05-24T11:41:22', '2026-05-24', '05/24/2026'],
  ...['24.05.2026 11:41', 'Sun, 24 May 2026 11:41:22 GMT', 1_779_622_145, 1_779_622_145_000, '0001-01-01T00:00:00Z'],
  ...['yesterday', '9999-12-31T23:59:59Z'],
  // Letters.
  ...['עדה\u202e', '👩‍💻', '\ud83d', 'a\udc00', `it's "q"`, 'a\\b', 'a\nb', '<b>', '$1$&', '/x/g'],
  ...['x'.repeat(1_025), 'x'.repeat(1_000_000), ' '.repeat(5_000)],
  // What JavaScript has for something else.
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  // Emails.
  ...[
    'eve@example.com',
    'ada@example.com\n',
    'a@b.co, c@d.co',
    'Ada <ada@example.com>',
    'mailto:ada@example.com',
    'ада@почта.рф',
  ],
];

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 40)}… (${text.length})` : text;
};

type Case = { operation: Operation; field: string; value: unknown; input: Input };

/** Each field with each value; those of pairs with it for a name and for a value, too. */
const casesOf = (operation: Operation): Case[] =>
  Object.keys(operation.filledIn).flatMap((field) =>
    values.flatMap((value) => {
      const others = Object.entries(operation.filledIn).filter(([name]) => !operation.alone?.includes(name));
      const inputs: [string, Input][] = [[field, { ...operation.filledIn, [field]: value }]];
      if (operation.alone?.includes(field))
        inputs.push([`${field} alone`, { ...Object.fromEntries(others), [field]: value }]);
      if (field === operation.pairs) {
        inputs.push([`value of ${field}`, { ...operation.filledIn, [field]: { plan: value } }]);
        if (typeof value === 'string')
          inputs.push([`name of ${field}`, { ...operation.filledIn, [field]: Object.fromEntries([[value, 'pro']]) }]);
      }
      return inputs.map(([name, input]) => ({ operation, field: name, value, input }));
    }),
  );

const isText = (value: unknown): value is string => typeof value === 'string';
const isOneOf =
  (...some: unknown[]) =>
  ({ value }: Case): boolean =>
    some.includes(value);
const isList = ({ value }: Case): boolean => typeof value === 'object' && value !== null;
const isRoundedNumber = ({ value }: Case): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);
const isBlank = ({ value }: Case): boolean => isText(value) && value !== '' && value.trim() === '';
const isHalved = ({ value }: Case): boolean => isText(value) && !value.isWellFormed();
const isLong = ({ value }: Case): boolean => isText(value) && value.length > 1_024;
const isUnfilled = ({ value }: Case): boolean => isText(value) && value.includes('{{');
const isHidden = isOneOf('null, null', 'nu\u200bll', 'ＮＵＬＬ', '\u0000');
const isIn =
  (...fields: string[]) =>
  ({ field }: Case): boolean =>
    fields.includes(field.replace(/^value of | alone$/, ''));
const isOf =
  (...modules: string[]) =>
  ({ operation }: Case): boolean =>
    modules.includes(operation.module);

/** Where Make differs: the beginning of the row that says so, and for which cases. */
const differences: [row: string, holds: (one: Case) => boolean][] = [
  ['a placeholder with signs that nobody sees', isHidden],
  [
    'a number from 2^53 on',
    (one) => isRoundedNumber(one) || (one.value === '9007199254740993' && isIn('min_id_length')(one)),
  ],
  ['an ID, a name or an event type that was cut within a character', isHalved],
  ['texts over 1,024 characters, control characters', (one) => isLong(one) || isHalved(one)],
  [
    'a *Completed at*, *Start* or *End* without a zone',
    (one) =>
      isIn('completed_at', 'start', 'end')(one) &&
      isOneOf('2026-05-24T11:41:22', '2026-05-24', 1_779_622_145, '9999-12-31T23:59:59Z')(one),
  ],
  ['a Yes/No field that is mapped to words', isIn('is_anonymous')],
  ['*Write without email* mapped to', isIn('write_without_email')],
  ['a value of another kind than the field’s', isOneOf(true, false)],
  [
    'a value of another kind than the field’s',
    (one) => isIn('metadata', 'event_properties')(one) && (isList(one) || one.value === null),
  ],
  ['a value of another kind than the field’s', (one) => one.field.startsWith('name of') && one.value === '__proto__'],
  [
    'a date, a number or pairs of spaces alone',
    (one) => isBlank(one) && isIn('end', 'min_id_length', 'metadata', 'event_properties')(one),
  ],
  ['event properties that are empty', (one) => isIn('event_properties')(one) && one.value === ''],
  ['themes |', isIn('themes')],
  ['*Interview ID* of Get an interview', isOf('getInterview')],
  ['a *Chart ID* with a colon in it', (one) => isIn('chart_id')(one) && String(one.value).includes(':')],
  ['*Name* of Search cohorts', (one) => isOf('searchCohorts')(one) && (isUnfilled(one) || isLong(one))],
];

/** What nothing that is known tells of Make: which day some texts are, and what a list is as a text. */
const UNKNOWN = /^(What the text field|Only a date by ISO 8601|What Make makes of a day)/;

/** Make's own words, which name no field. */
const HALF = 'The text holds half of a character.';

const isSame = ({ operation: { same = () => true } }: Case, zapier: Outcome, make: Outcome): boolean =>
  JSON.stringify(zapier.asked.filter(same).map(comparable)) === JSON.stringify(make.asked.filter(same).map(comparable));

const labels = (module: string): Map<string, string> =>
  new Map(app.module(module).parameters.map(({ name, label }) => [name, String(label)]));

/** What is wrong with what came of a case on Make, in words; nothing if nothing is. */
const faultOf = (one: Case, make: Outcome): string | null => {
  if ('failure' in make) {
    const { failure } = make;
    if (failure instanceof UnknownToRunner) return UNKNOWN.test(failure.message) ? null : failure.message;
    if (!(failure instanceof MakeError)) return String(failure);
    if (failure.message === HALF && make.asked.length === 0) return null;
    const field = one.field.replace(/^(value|name) of | alone$/, '');
    const names = [one.operation.service, field, labels(one.operation.module).get(field) ?? field];
    return names.some((name) => failure.message.includes(name)) ? null : failure.message;
  }
  const text = JSON.stringify(make.gives);
  return /int_eve|user_eve|eve@/.test(text) && !String(one.value).includes('eve')
    ? `gives another person: ${text}`
    : null;
};

const seen = new Set<string>();

test.each(operations)('$module sends of each odd value in each field what Zapier’s step sends', async (operation) => {
  for (const one of casesOf(operation)) {
    const [zapier, make] = [await onZapier(operation, one.input), await onMake(operation, one.input)];
    const where = [one.field, shown(one.value)];
    expect([...where, faultOf(one, make)]).toEqual([...where, null]);
    if ('failure' in make && make.failure instanceof UnknownToRunner) continue;
    if (isSame(one, zapier, make)) continue;
    const [row] = differences.find(([, holds]) => holds(one)) ?? [];
    if (row === undefined)
      expect([...where, make.asked.map(comparable)]).toEqual([...where, zapier.asked.map(comparable)]);
    else seen.add(row);
  }
});

test('each difference is in the table for engineers, and there is none that nothing shows', () => {
  const page = readFileSync('docs/make/engineer.md', 'utf8');
  for (const [row] of differences) expect(page).toContain(`\n| ${row}`);
  expect([...seen].toSorted()).toEqual([...new Set(differences.map(([row]) => row))].toSorted());
});

/** What people can type into a form that nothing is mapped to. Of choices they can only take one. */
const typed = values.filter((value) => isText(value) && value.length <= 60);

describe('a form that nothing can be mapped to lets through what Zapier’s form lets through, or less', () => {
  const people = [
    {},
    { quality_score: 2 },
    { sentiment: 'positive' },
    { study_id: 'stu_other' },
    { respondent_email: null },
  ].map((more, place) => ({ ...ada, ...more, interview_id: `int_${place}` }));
  const idsOf = (found: object[], key: string): unknown[] => found.map((one) => Object(one)[key]).toSorted();
  const http = async ({ url }: Asked) => {
    const one = people.find(({ interview_id }) => url.endsWith(`/${interview_id}`));
    const body = JSON.stringify(one ?? { interviews: people, next_cursor: null });
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  };
  const around = (parameters: Input) => ({ connections, parameters, http, now });

  const passing = (form: Input): unknown[] => {
    const rules = gateRules.safeParse(form).data;
    const interviews = people.map((one) => toInterview(wireInterview.parse(one), true));
    return idsOf(rules === undefined ? [] : interviews.filter((one) => gate(one, rules) === null), 'id');
  };
  const heard = async (form: Input): Promise<unknown[]> => {
    const found = [];
    for (const { interview_id } of people) {
      const body = JSON.stringify({ event: 'interview.analysis_ready', data: { interview_id } });
      const request = { headers: {}, body };
      const [item] = deliver(app, 'analyzedInterviews', { parameters: form, now, request }).items;
      found.push(Object(await runInstantTrigger(app, 'watchAnalyzedInterviews', item, around({}))));
    }
    return idsOf(
      found.filter(({ passes_gate }) => passes_gate),
      'id',
    );
  };

  test.each(typed)('Study %j', async (study_id) => {
    expect(await heard({ study_id })).toEqual(passing({ study_id }));
    const { bundles } = await runModule(app, 'watchInterviews', around({ study_id }));
    expect(idsOf(bundles.map(Object), 'id')).toEqual(passing({ study_id }));
  });

  const cohort = { cohort_id: 'c1', in_cohort: true, message_id: 'm1', computed_time: '1692206763' };
  const users = [
    { user_id: 'user_1', user_properties: { email: 'ada@example.com', plan: 'pro' } },
    { user_id: 'user_2', user_properties: { plan: 'eve@example.com' } },
  ];
  const body = JSON.stringify({ ...cohort, users });
  const isKnown = (value: unknown): boolean => !/[.[\]`]/.test(String(value));
  const entering = (form: Input) => {
    const headers = { 'x-webhook-secret': 'open sesame' };
    const parameters = { amplitude_webhook_secret: 'open sesame', ...form };
    return deliver(app, 'cohortMembers', { parameters, now, request: { headers, body } }).items;
  };

  test.each(typed)('Cohort %j', (cohort_id) => {
    const { entries } = readCohortDelivery(jsonOf(body), cohortWebhookInput.parse({ cohort_id }));
    expect(idsOf(entering({ cohort_id }).map(Object), 'id')).toEqual(idsOf(entries, 'id'));
  });

  test.each(typed.filter(isKnown).filter((name) => String(name).trim() !== ''))(
    'Email property %j',
    (email_property) => {
      const { entries } = readCohortDelivery(jsonOf(body), cohortWebhookInput.parse({ email_property }));
      expect(entering({ email_property })).toMatchObject(entries.map(({ respondent_email }) => ({ respondent_email })));
    },
  );
});

test('Make an API call asks Koji alone, with the connection’s key, or refuses in words', async () => {
  const pairs = typed.flatMap((text) => [[{ key: text, value: 'x' }], [{ key: 'x', value: text }]]);
  const fields = { url: values, method: values, body: values, headers: pairs, qs: pairs };
  for (const [field, odd] of Object.entries(fields)) {
    for (const value of odd) {
      const parameters = { url: '/interviews', method: 'POST', body: '{}', [field]: value };
      const outcome = await outcomeOf(async (asked) => {
        const http = async (request: Asked & { headers: Record<string, string> }) => {
          expect(request.headers.authorization).toBe(`Bearer ${koji_api_key}`);
          asked.push(request);
          return { status: 200, headers: {}, body: '{}' };
        };
        return runModule(app, 'makeAnApiCall', { connections, parameters, http, now });
      });
      const where = [field, shown(value)];
      expect([...where, outcome.asked.filter(({ url }) => !/^https:[/][/]koji[.]so[/]api[/]v1[/?]/.test(url))]).toEqual(
        [...where, []],
      );
      const failure = 'failure' in outcome ? outcome.failure : null;
      const isSaid =
        failure === null || (failure instanceof MakeError && failure.message.toLowerCase().includes(field));
      expect([...where, isSaid || (failure instanceof UnknownToRunner && UNKNOWN.test(failure.message))]).toEqual([
        ...where,
        true,
      ]);
    }
  }
});
