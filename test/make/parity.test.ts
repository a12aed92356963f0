/**
 * The same cases through the Zapier app and through the built Make app: what reaches Koji and Amplitude, what comes out,
 * what becomes of a failure and what it is said to be must be equal.
 */
import { perform as annotate } from '../../creates/create_chart_annotation.ts';
import { perform as register } from '../../creates/register_interview_event.ts';
import { perform as send } from '../../creates/send_interview_event.ts';
import { perform as start } from '../../creates/start_interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { MakeError } from '../../sandbox/make/error.ts';
import { runModule, runRpc } from '../../sandbox/make/run.ts';
import { perform as findAmplitudeUser } from '../../searches/find_amplitude_user.ts';
import { perform as findCohort } from '../../searches/find_cohort.ts';
import { perform as findInterview } from '../../searches/find_interview.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import { type Answer, type Arrived, startStandIn, withTextsOnly } from './stand-in.ts';

/** What becomes of a run that failed: nothing more, the connection expires, or the run can be repeated. */
type After = 'ends' | 'expires' | 'can be repeated';
type Outcome = { output: unknown } | { failure: string; after: After };
type Input = Record<string, unknown>;
type Operation = {
  zapier: (input: Input) => Promise<unknown>;
  module: string;
  /** Make's form has lists of pairs where Zapier's has a dictionary. */
  toMake?: (input: Input) => Input;
  /** Zapier's searches give a list; so do Make's, as bundles. */
  gives: 'one' | 'list';
};

let vendor: Awaited<ReturnType<typeof startStandIn>>;

beforeAll(async () => {
  vendor = await startStandIn();
  process.env.KOJI_API_URL = vendor.urls.koji;
  process.env.AMPLITUDE_INGESTION_URL = vendor.urls.ingestion;
  process.env.AMPLITUDE_REST_URL = vendor.urls.rest;
});
afterAll(() => vendor.close());

const app = readApp('make/app/koji-amplitude');
const { koji_api_key, amplitude_api_key, amplitude_secret_key, amplitude_region } = connected;
const connections = {
  koji: { koji_api_key },
  amplitude: { amplitude_api_key, amplitude_secret_key, amplitude_region },
};

const pairs = (dictionary: unknown) => Object.entries(dictionary ?? {}).map(([name, value]) => ({ name, value }));

const operations = {
  start: {
    zapier: (inputData) => run(start, { authData: connected, inputData }),
    module: 'startInterview',
    toMake: ({ metadata, ...input }) => ({ ...input, metadata: pairs(metadata) }),
    gives: 'one',
  },
  send: {
    // With a Secret Key Zapier first looks at what a person has, before it writes a late interview; Make never does.
    zapier: (inputData) => run(send, { authData: { ...connected, amplitude_secret_key: '' }, inputData }),
    module: 'sendInterviewEvent',
    toMake: ({ event_properties, ...input }) => ({ ...input, event_properties: pairs(event_properties) }),
    gives: 'one',
  },
  register: {
    zapier: (inputData) => run(register, { authData: connected, inputData }),
    module: 'registerInterviewEvent',
    gives: 'one',
  },
  annotate: {
    zapier: (inputData) => run(annotate, { authData: connected, inputData }),
    module: 'createChartAnnotation',
    gives: 'one',
  },
  get: {
    zapier: (inputData) => run(findInterview, { authData: connected, inputData }),
    module: 'getInterview',
    gives: 'list',
  },
  cohorts: {
    zapier: (inputData) => run(findCohort, { authData: connected, inputData }),
    module: 'searchCohorts',
    gives: 'list',
  },
  user: {
    zapier: (inputData) => run(findAmplitudeUser, { authData: connected, inputData }),
    module: 'findUser',
    gives: 'list',
  },
} as const satisfies Record<string, Operation>;

const zapierAfter: Record<string, After> = { HaltedError: 'ends', ExpiredAuthError: 'expires' };
const makeAfter: Record<string, After> = {
  DataError: 'ends',
  DuplicateDataError: 'ends',
  InvalidAccessTokenError: 'expires',
};

const zapierOutcome = async (operation: Operation, input: Input): Promise<Outcome> => {
  let output: unknown;
  const failure = await zapierErrorOf(
    operation.zapier(input).then((result) => {
      output = result;
    }),
  ).catch(() => null);
  return failure === null
    ? { output }
    : { failure: failure.message, after: zapierAfter[failure.kind] ?? 'can be repeated' };
};

const makeOutcome = async (operation: Operation, input: Input): Promise<Outcome> => {
  const parameters = operation.toMake?.(input) ?? input;
  try {
    const { bundles } = await runModule(app, operation.module, {
      connections,
      parameters,
      http: vendor.http,
      now: Date.now,
    });
    return { output: operation.gives === 'list' ? bundles : bundles[0] };
  } catch (error) {
    if (error instanceof MakeError) {
      return { failure: error.message.replace(/^\[\d{3}\] /, ''), after: makeAfter[error.type] ?? 'can be repeated' };
    }
    throw error;
  }
};

/** Both platforms' requests and outcomes for the same input and the same answers. */
const both = async (operation: Operation, input: Input, answers: Answer[]) => {
  const zapier = await vendor.during(answers, () => zapierOutcome(operation, input));
  const make = await vendor.during(answers, () => makeOutcome(operation, input));
  return { zapier, make };
};

/**
 * What both platforms say of a failure. What a service says is quoted, and a field is refused, by each in its own words;
 * Make's labels have fewer capitals.
 */
const sharedWords = (failure: string): string =>
  failure
    .toLowerCase()
    .replace('in this module', 'in this step')
    .replace(/(?<=^nothing was sent to (koji|amplitude): ).*/s, '…')
    .replace(/(?<= says: )(“[^”]*”|nothing more)/, '…')
    // Of an event, Make says what to do behind what Amplitude says.
    .replace(/^amplitude refused the event\. amplitude says: … (?=.)/, '');

type Side = { result: Outcome; requests: Arrived[] };
/** How to go on differs: only on Zapier can all fields but one be left empty. */
const ONLY_ON_ZAPIER = ', or leave all fields but Interview ID empty';
const comparable = (outcome: Outcome): unknown =>
  'failure' in outcome
    ? { after: outcome.after, words: sharedWords(outcome.failure) }
    : JSON.parse(JSON.stringify({ output: withTextsOnly(outcome.output) }), (key, value) =>
        key === 'reason_text' && typeof value === 'string' ? sharedWords(value.replace(ONLY_ON_ZAPIER, '')) : value,
      );

const MISTAKE =
  /^Nothing was sent to \w+: (the field (mode|identify by|minimum quality|update user properties|event type)|completed at lies)/i;
/** What ends on Zapier because of a mistake in the form is kept on Make until it is mended (docs/make/engineer.md). */
const asMakeKeeps = (result: Outcome): Outcome =>
  'failure' in result && MISTAKE.test(result.failure) ? { ...result, after: 'can be repeated' } : result;

const expectEqual = ({ zapier, make }: { zapier: Side; make: Side }): void => {
  expect(comparable(make.result)).toEqual(comparable(asMakeKeeps(zapier.result)));
  expect(make.requests).toEqual(zapier.requests);
};

/** The same of an answer for which Make has the words of a more general row (docs/make/engineer.md). */
const expectEqualButWords = ({ zapier, make }: { zapier: Side; make: Side }): void => {
  expect(make.result).toMatchObject({ after: Object(zapier.result).after });
  expect(make.requests).toEqual(zapier.requests);
};

const kojiError = (status: number, error: string, message = 'Something is wrong with this.'): Answer => ({
  status,
  body: { error, message },
});

describe('Start an interview', () => {
  const ada = { respondent_email: 'ada+trial@example.com', respondent_id: 'user_1', respondent_name: 'Ada' };
  const started: Answer = {
    status: 201,
    body: { interview_id: 'int_1', session_token: 'st_secret', interview_url: 'https://koji.so/i/1' },
  };

  test.each<[string, Input, Answer[]]>([
    ['somebody with email, id and name', ada, [started]],
    ['somebody with an email alone', { respondent_email: ' eve@example.com ' }, [started]],
    ['somebody with an email alone, in capitals', { respondent_email: 'Ada@Example.COM' }, [started]],
    ['an email in capitals beside an id', { ...ada, respondent_email: 'Ada@Example.COM' }, [started]],
    ['somebody whose id is an email in capitals', { respondent_id: 'Ada@Example.COM' }, [started]],
    ['somebody whose id is an email', { respondent_id: 'ada@example.com' }, [started]],
    ['a user id of digits only stays text', { respondent_id: '10042' }, [started]],
    ['a number as id becomes text', { respondent_id: 10042, respondent_email: 'eve@example.com' }, [started]],
    [
      'mode, language and metadata',
      { ...ada, mode: 'voice', language: 'de', metadata: { plan: 'trial', note: 'a {{curly}} note' } },
      [started],
    ],
    ['an unknown mode', { ...ada, mode: 'fax' }, []],
    ['metadata named email is left out', { ...ada, metadata: { email: 'other@example.com', plan: 'pro' } }, [started]],
    [
      'metadata named email is left out where there is no email, too',
      { respondent_id: 'user_1', metadata: { email: 'other@example.com' } },
      [started],
    ],
    ['somebody who has an interview already (200)', ada, [{ ...started, status: 200 }]],
    [
      'an answer wrapped in interview',
      ada,
      [
        {
          status: 201,
          body: {
            interview: { interview_id: 'int_1', link: 'https://koji.so/i/2', started_at: '2026-05-24T11:29:05+02:00' },
          },
        },
      ],
    ],
    [
      'a link made from the study link',
      { ...ada, study_link: 'https://koji.so/i/why' },
      [{ status: 201, body: { interview_id: 'int_1' } }],
    ],
    [
      'a link of Koji’s under another name',
      ada,
      [{ status: 201, body: { interview_id: 'int_1', url: 'https://k.so/1' } }],
    ],
    [
      'somebody of whose interview Koji says in words when it began',
      ada,
      [{ status: 201, body: { interview_id: 'int_1', started_at: 'not yet known' } }],
    ],
    ['a study that has ended', ada, [kojiError(410, 'study_closed')]],
    ['nobody: neither email nor id', { respondent_name: 'Ada' }, []],
    ['a placeholder for an id', { ...ada, respondent_id: 'null' }, []],
    ['a placeholder for an id in capitals, with spaces around it', { ...ada, respondent_id: ' N/A ' }, []],
    ['an object for an id', { respondent_id: '[object Object]' }, []],
    ['a placeholder for an email, and nothing else', { respondent_email: 'n/a' }, []],
    ...['ada', 'ada@', 'ada@example', '"Ada" <ada@example.com>', 'ada@example.com, ben@example.com'].map(
      (respondent_email): [string, Input, Answer[]] => [
        `no email: ${respondent_email}`,
        { ...ada, respondent_email },
        [],
      ],
    ),
    ['an id that was an email once', { respondent_id: 'ada@' }, [started]],
    ['a name that only begins like a placeholder', { ...ada, respondent_name: 'Nullah' }, [started]],
    ['somebody whose name begins like a placeholder', { respondent_id: 'null_pointer' }, [started]],
    ['an answer without an id', ada, [{ status: 201, body: {} }]],
    ['a web page', ada, [{ status: 200, body: '<html></html>' }]],
    ['a redirect', ada, [{ status: 302, body: {}, headers: { location: 'https://example.com' } }]],
    ['a wrong key', ada, [kojiError(401, 'unauthorized')]],
    ['no credits (402)', ada, [kojiError(402, 'insufficient_credits')]],
    ['a key without the permission', ada, [kojiError(403, 'forbidden')]],
    ['another refusal', ada, [kojiError(403, 'blocked')]],
    ['not found', ada, [kojiError(404, 'not_found')]],
    [
      'invalid data',
      ada,
      [kojiError(400, 'invalid_request', 'mode is not for ada@example.com with key pk_live_1234567890abcdefgh')],
    ],
    ['a long message', ada, [kojiError(422, 'invalid_request', 'No. '.repeat(100))]],
    ['throttled', ada, [kojiError(429, 'rate_limited')]],
    ['Koji is down', ada, [{ status: 503, body: '<html></html>' }]],
  ])('%s', async (_name, input, answers) => {
    expectEqual(await both(operations.start, input, answers));
  });

  test.each(['VOICE', ' Voice '])('the mode %j is read as voice', async (mode) => {
    const sides = await both(operations.start, { ...ada, mode }, [started]);
    expectEqual(sides);
    expect(sides.make.requests).toMatchObject([{ body: { mode: 'voice' } }]);
    expect(sides.make.result).toMatchObject({ output: { mode: 'voice' } });
  });

  test.each(['null', ' N/A ', '[object Object]', '"undefined"', '{{1.name}}'])(
    'the name %s, which is nobody’s, is left out, and said to be',
    async (respondent_name) => {
      const { zapier, make } = await both(operations.start, { ...ada, respondent_name }, [started]);
      expect(make.requests).toEqual(zapier.requests);
      expect(make.requests).toMatchObject([
        { body: { respondent: expect.not.objectContaining({ display_name: '' }) } },
      ]);
      expect(make.result).toMatchObject({ output: { respondent_name: null, left_out: ['Respondent name'] } });
      expect(zapier.result).toMatchObject({ output: { respondent_name: null, left_out: ['Respondent Name'] } });
    },
  );

  test.each([
    ['n/a', 'user_1', null],
    [' "Null" ', 'user_1', null],
    ['(not set)', 'eve@example.com', 'eve@example.com'],
  ])('the email %s, which is nobody’s, is left out beside the id %s, and said to be', async (email, id, sent) => {
    const input = { respondent_email: email, respondent_id: id };
    const { zapier, make } = await both(operations.start, input, [started]);
    expect(make.requests).toEqual(zapier.requests);
    expect(make.result).toMatchObject({ output: { respondent_email: sent, left_out: ['Respondent email'] } });
    expect(zapier.result).toMatchObject({ output: { respondent_email: sent, left_out: ['Respondent Email'] } });
  });

  test.each(['null', ' N/A ', '[object Object]', '"undefined"', '{{1.language}}'])(
    'the mode and the language %s, which say nothing, are left to the study, and said to be',
    async (nothing) => {
      const input = { ...ada, mode: nothing, language: nothing };
      const { zapier, make } = await both(operations.start, input, [started]);
      expect(make.requests).toEqual(zapier.requests);
      expect(make.result).toEqual(zapier.result);
      expect(Object.keys(Object(make.requests[0]?.body))).toEqual(['respondent', 'respondent_email']);
      expect(make.result).toMatchObject({ output: { mode: null, language: null, left_out: ['Mode', 'Language'] } });
    },
  );

  test.each([408, 500, 503])('Koji down (%d) is said in the same words on both', async (status) => {
    const { zapier, make } = await both(operations.start, ada, [{ status, body: '<html></html>' }]);
    expect(make.result).toEqual(zapier.result);
  });

  test('an unknown mode is refused by the words of its choices', async () => {
    const { zapier, make } = await both(operations.start, { ...ada, mode: 'fax' }, []);
    expect(make.result).toMatchObject({
      failure: 'Nothing was sent to Koji: the field Mode must be one of text, voice.',
    });
    expect(zapier.result).toMatchObject({ failure: Object(make.result).failure });
  });

  test.each([
    [404, 'No such study.'],
    [404, 'No such study'],
    [422, 'mode is unknown'],
    [402, 'No credits!'],
  ])('what Koji says with %d, “%s”, keeps apart from our words on both', async (status, message) => {
    const { zapier, make } = await both(operations.start, ada, [kojiError(status, 'x', message)]);
    expect(make.result).toEqual(zapier.result);
  });

  test.each<[string, Answer]>([
    ['a 422 of a host on the way', { status: 422, body: '<html></html>' }],
    ['a plan that lacks it (403)', kojiError(403, 'plan_limit_reached')],
  ])('%s', async (_name, answer) => {
    expectEqualButWords(await both(operations.start, ada, [answer]));
  });

  test.each([401, 403])('a refusal (%d) of a host on the way is nothing against the key', async (status) => {
    const answer = { status, body: { error: { code: 1 }, message: 'No.' } };
    const { zapier, make } = await both(operations.start, ada, [answer]);
    const failure = expect.stringMatching(/^Something on the way to Koji blocked the request .* The key may be fine\./);
    expect([zapier.result, make.result]).toEqual([
      expect.objectContaining({ failure }),
      expect.objectContaining({ failure }),
    ]);
  });

  test.each([
    ...['study_closed', 'study-paused', 'archived', 'survey_ended', 'inactive', 'study_full'].map((code) => [
      code,
      'No.',
    ]),
    ...['response_limit_reached', 'over_limits', 'QUOTA_EXCEEDED', 'disabled'].map((code) => [code, 'No.']),
    ['conflict', 'This study is closed.'],
    ['conflict', 'Paused'],
  ])('a conflict (409) about a study that takes nobody, “%s: %s”, starts nobody on both', async (code, message) => {
    const answers = [kojiError(409, code, message)];
    const { zapier, make } = await both(operations.start, { ...ada, study_link: 'https://koji.so/i/x' }, answers);
    expect(make.result).toEqual(zapier.result);
    expect(make.result).toMatchObject({
      failure: expect.stringMatching(/^Koji starts nobody with this API key \(409\)/),
      after: 'can be repeated',
    });
  });

  test.each<[string, object]>([
    ['a sentence for a code', { error: 'The study is closed' }],
    ['a code one level down', { error: { code: 'study_closed', message: 'No.' } }],
    ['a code one level down, with the words beside it', { error: { code: 'x' }, message: 'The study is closed' }],
    ['a code and its words one level down', { error: { code: 'x', message: 'The study is closed' } }],
    ['a code of its own name', { code: 'study_closed', message: 'No.' }],
    ['a code of its own name, without words', { code: 'study_closed' }],
    ['a word beside a number', { error: 'study_closed', code: 4 }],
    ['a code, beside words of its respondents', { error: 'study_closed', message: 'All already answered.' }],
  ])('a conflict (409) about the study in the form of %s starts nobody on both', async (_form, body) => {
    const { zapier, make } = await both(operations.start, ada, [{ status: 409, body }]);
    expect(make.result).toEqual(zapier.result);
    expect(make.result).toMatchObject({ failure: expect.stringMatching(/^Koji starts nobody with this API key/) });
  });

  test('a web page in place of a conflict shows nothing of a start on both', async () => {
    const answer = { status: 409, body: '<html>closed</html>' };
    const { zapier, make } = await both(operations.start, ada, [answer]);
    expect(make.result).toEqual(zapier.result);
    expect(make.result).toMatchObject({
      failure: expect.stringMatching(/not its usual data/),
      after: 'can be repeated',
    });
  });

  test.each<[string, Answer['body']]>([
    ['names an interview', { error: 'study_closed', message: 'Closed.', interview_id: 'int_1' }],
    ['holds an interview', { error: 'study_closed', message: 'Closed.', interview: { interview_id: 'int_1' } }],
    ['holds such a word within another', { error: 'fully_registered', message: 'Unlimited, extended, disclosed.' }],
    ['has no code', { message: 'Closed.' }],
    ['has an object without a code', { error: { message: 'Closed.' }, message: 'Closed.' }],
    ['says so of the respondent', { error: 'conflict', message: 'The limit is one interview per respondent' }],
    ['says so by its code', { error: 'interview_exists', message: 'This interview has ended' }],
    ['says so in words', { error: 'conflict', message: 'Closed:\nthis person has already ended an interview' }],
    ['says so of a limit', { error: 'respondent_limit', message: 'One interview each' }],
    ['says so one level down', { error: { code: 'conflict', message: 'An interview exists, and is closed' } }],
    ['is empty', ''],
    ['is an empty collection', {}],
  ])('a conflict (409) that %s is about the person', async (_name, body) => {
    const { zapier, make } = await both(operations.start, ada, [{ status: 409, body }]);
    expect(zapier.result).toMatchObject({ output: { already_started: true } });
    expect(make.result).toMatchObject({
      failure: expect.stringMatching(/^This person was already started/),
      after: 'ends',
    });
  });

  test('a conflict (409) is an error of its own on Make, because no directive makes a success of it', async () => {
    const { zapier, make } = await both(operations.start, ada, [kojiError(409, 'interview_exists')]);
    expect(make.requests).toEqual(zapier.requests);
    expect(make.result).toEqual({
      failure: 'This person was already started on an interview, so nobody was started twice.',
      after: 'ends',
    });
  });
});

describe('Send an interview event', () => {
  const recent = new Date(Date.now() - 60_000).toISOString();
  const interview = {
    interview_id: 'int_1',
    completed_at: recent,
    amplitude_user_id: 'user_1',
    respondent_email: 'ada@example.com',
    is_anonymous: 'false',
    themes: ['pricing confusion', 'onboarding friction'],
    sentiment: 'negative',
    quality_score: '4',
    transcript_url: 'https://koji.so/t/int_1',
  };
  const accepted: Answer = { status: 200, body: { code: 200, events_ingested: 1 } };

  test.each<[string, Input, string]>([
    ['no email', { respondent_email: '', is_anonymous: '' }, 'No Respondent email arrived in this module: map it.'],
    [
      'no id to identify by',
      { amplitude_user_id: '', identify_by: 'id' },
      'The interview has no user ID or email of the kind that Identify by asks for. Start interviews with the ID, or identify by something else.',
    ],
    ['no score', { quality_score: '' }, 'No Quality score from 1 to 5 arrived in this module: map it.'],
    [
      'nothing of an analysis',
      { quality_score: '', sentiment: '', themes: [] },
      'No Quality score from 1 to 5, no Sentiment and no Themes arrived in this module: map them.',
    ],
    [
      'a name for an email',
      { respondent_email: 'Ada', quality_score: 1, write_without_email: true },
      'The quality score is below the minimum quality. Respondent email was left out, because it holds no email address: map it from the interview.',
    ],
  ])('%s is told by the names that the fields have on Make', async (_name, fields, reason_text) => {
    const { make } = await both(operations.send, { ...interview, ...fields }, []);
    expect(make.result).toMatchObject({ output: { status: 'skipped', reason_text } });
  });

  test.each<[string, Input, Answer[]]>([
    ['a good interview', interview, [accepted]],
    ['nothing counted by Amplitude', interview, [{ status: 200, body: { code: 200, events_ingested: 0 } }]],
    ['a score as a number, a fraction', { ...interview, quality_score: 3.5 }, [accepted]],
    ['a score as text that is no number', { ...interview, quality_score: 'n/a (3 answers)' }, []],
    ['a score out of range', { ...interview, quality_score: '7' }, []],
    ['below the gate', { ...interview, quality_score: 2 }, []],
    ['below a raised gate', { ...interview, minimum_quality: 5 }, []],
    ...['many', '0', '6', '-1', '3.5', 'NaN', '1e1'].map((minimum_quality): [string, Input, Answer[]] => [
      `a gate of “${minimum_quality}”, which is none`,
      { ...interview, minimum_quality },
      [],
    ]),
    ['a gate as text', { ...interview, minimum_quality: ' 5 ' }, []],
    ['a gate as text that is met', { ...interview, minimum_quality: '4' }, [accepted]],
    ['an unknown way to identify people', { ...interview, identify_by: 'phone' }, []],
    ['a way to identify people of spaces alone', { ...interview, identify_by: ' ' }, [accepted]],
    ['an unknown time to update people', { ...interview, update_user_properties: 'sometimes' }, []],
    ['not analyzed', { ...interview, quality_score: '', sentiment: '', themes: [] }, []],
    ['flagged anonymous', { ...interview, is_anonymous: 'true' }, []],
    ['without an email', { ...interview, respondent_email: '' }, []],
    ['an email that was blacked out', { ...interview, respondent_email: 'redacted@' }, []],
    [
      'a name for an email, written by choice',
      { ...interview, respondent_email: 'Ada', write_without_email: true },
      [accepted],
    ],
    [
      'a name for an email, not counted',
      { ...interview, respondent_email: 'Ada', write_without_email: true },
      [{ status: 200, body: { code: 200, events_ingested: 0 } }],
    ],
    [
      'a name for an email, below the gate',
      { ...interview, respondent_email: 'Ada', write_without_email: true, quality_score: 2 },
      [],
    ],
    ['null@null for an email', { ...interview, respondent_email: 'null@null' }, []],
    [
      'without an email, written by choice',
      { ...interview, respondent_email: '', write_without_email: true },
      [accepted],
    ],
    [
      'without an email, an email as id',
      { ...interview, respondent_email: '', amplitude_user_id: 'a@b.c', write_without_email: true },
      [],
    ],
    ['by email', { ...interview, identify_by: 'email' }, [accepted]],
    [
      'by id only, and the id is an email',
      { ...interview, amplitude_user_id: 'ada@example.com', identify_by: 'id' },
      [],
    ],
    ['by email, where there is no id', { ...interview, amplitude_user_id: '' }, [accepted]],
    ['a blocked id', { ...interview, amplitude_user_id: 'NULL' }, []],
    ['a blocked id with spaces around it', { ...interview, amplitude_user_id: ' n/a ' }, []],
    ['a user id of digits only', { ...interview, amplitude_user_id: '10042' }, [accepted]],
    ['an id with spaces around it stays as it is', { ...interview, amplitude_user_id: ' user_1 ' }, [accepted]],
    ['a placeholder for the interview’s id', { ...interview, interview_id: 'undefined' }, []],
    ['the sample interview', { ...interview, interview_id: sampleWireInterview.interview_id }, []],
    ['no themes', { ...interview, themes: [] }, [accepted]],
    ['no sentiment', { ...interview, sentiment: '' }, [accepted]],
    ...['null', ' N/A ', '[object Object]', '"undefined"'].flatMap((nothing): [string, Input, Answer[]][] => [
      [`the sentiment ${nothing}`, { ...interview, sentiment: nothing }, [accepted]],
      [`${nothing} for all themes`, { ...interview, themes: [nothing] }, [accepted]],
      [`the address ${nothing}`, { ...interview, transcript_url: nothing }, [accepted]],
      [
        `${nothing} for everything, below the gate`,
        { ...interview, sentiment: nothing, themes: [nothing], transcript_url: nothing, quality_score: 1 },
        [],
      ],
    ]),
    ['not analyzed, but for placeholders', { ...interview, quality_score: '', sentiment: 'null', themes: ['n/a'] }, []],
    [
      'a sentiment that says nothing, a name for an email, not counted',
      { ...interview, sentiment: 'null', respondent_email: 'Ada', write_without_email: true },
      [{ status: 200, body: { code: 200, events_ingested: 0 } }],
    ],
    ['themes with spaces around them', { ...interview, themes: [' a ', '', ' '] }, [accepted]],
    ['neither themes nor sentiment', { ...interview, sentiment: '', themes: [] }, [accepted]],
    ['no sentiment, never updating', { ...interview, sentiment: '', update_user_properties: 'never' }, [accepted]],
    [
      'a long address of the transcript',
      { ...interview, transcript_url: `https://koji.so/${'x'.repeat(1100)}` },
      [accepted],
    ],
    ['curly braces in a text', { ...interview, sentiment: 'so {{so}}' }, [accepted]],
    ['an old interview leaves the person as is', { ...interview, completed_at: '2026-01-02T03:04:05Z' }, [accepted]],
    [
      'an old interview, always updating',
      { ...interview, completed_at: '2026-01-02T03:04:05+02:00', update_user_properties: 'always' },
      [accepted],
    ],
    ['never updating', { ...interview, update_user_properties: 'never' }, [accepted]],
    ['another event name', { ...interview, event_type: 'koji.deep_dive' }, [accepted]],
    [
      'an event name of one’s own, more properties, a shorter id',
      { ...interview, event_type: 'Interviewed', event_properties: { plan: 'pro' }, min_id_length: 1 },
      [accepted],
    ],
    ['a score that reads “match”', { ...interview, quality_score: 'match' }, []],
    ...['$identify', '[Amplitude] Revenue', '_all', 'null', ' N/A '].map((event_type): [string, Input, Answer[]] => [
      `no name for an event of ours: ${event_type}`,
      { ...interview, event_type },
      [],
    ]),
    ['a load balancer', interview, [{ status: 400, body: '<html>400 Bad Request</html>' }]],
    ['a proxy', interview, [{ status: 400, body: { message: 'Request blocked' } }]],
    ['a proxy with a code of its own', interview, [{ status: 400, body: { code: 'WAF', error: 'Blocked' } }]],
    ['a redirect', interview, [{ status: 302, body: {}, headers: { location: 'https://example.com' } }]],
    [
      'empty lists of what is wrong',
      interview,
      [{ status: 400, body: { code: 400, error: 'No.', silenced_devices: {} } }],
    ],
    ['a wrong API key', interview, [{ status: 400, body: { code: 400, error: 'Invalid API key: aaaa' } }]],
    [
      'a user id that is too short',
      interview,
      [
        {
          status: 400,
          body: { code: 400, error: 'Invalid id length', events_with_invalid_id_lengths: { user_id: [0] } },
        },
      ],
    ],
    [
      'a daily quota',
      interview,
      [{ status: 429, body: { code: 429, error: 'Too many', exceeded_daily_quota_users: { user_1: 500_001 } } }],
    ],
    [
      'throttled, over no daily quota',
      interview,
      [{ status: 429, body: { code: 429, error: 'Too many', exceeded_daily_quota_users: {} } }],
    ],
    ['a silenced user', interview, [{ status: 400, body: { code: 400, silenced_events: [0] } }]],
    [
      'another refusal',
      interview,
      [{ status: 400, body: { code: 400, error: 'Request missing required field', events_with_missing_fields: {} } }],
    ],
    ['too large', interview, [{ status: 413, body: { code: 413, error: 'Payload too large' } }]],
    ['throttled', interview, [{ status: 429, body: { code: 429, error: 'Too many requests', throttled_events: [0] } }]],
    ['a firewall', interview, [{ status: 403, body: '<html></html>' }]],
    ['a proxy that asks for a password', interview, [{ status: 401, body: '<html></html>' }]],
  ])('%s', async (_name, input, answers) => {
    expectEqual(await both(operations.send, input, answers));
  });

  // Either side of what is too far ahead, and of what is too old to change the person.
  test.each([5 * 60 - 5, 5 * 60 + 5, -86_400 + 5, -86_400 - 5])(
    'an interview that ends %d seconds from now: the same is written of it, or nothing',
    async (seconds) => {
      const completed_at = new Date(Date.now() + seconds * 1_000).toISOString();
      expectEqual(await both(operations.send, { ...interview, completed_at }, [accepted]));
    },
  );

  test.each(['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'an interview that ended at %s, which stands for no date, is not written',
    async (completed_at) => {
      const fields = { ...interview, completed_at, update_user_properties: 'always' };
      expectEqual(await both(operations.send, fields, [accepted]));
    },
  );

  test('an answer mapped by hand is on the event as Zapier’s Include Answers has it', async () => {
    const answers = [{ question_id: 'q1', question: 'How easy was it?', type: 'scale', value: 4 }];
    const read: Answer = { status: 200, body: { ...sampleWireInterview, interview_id: 'int_1', answers } };
    const onZapier = await vendor.during([read, accepted], () =>
      zapierOutcome(operations.send, { interview_id: 'int_1', include_answers: true, update_user_properties: 'never' }),
    );
    const { result } = await vendor.during([read], () => makeOutcome(operations.get, { interview_id: 'int_1' }));
    const value = Object(Object(result).output)[0].answers_by_question.q1;
    const onMake = await vendor.during([accepted], () =>
      makeOutcome(operations.send, { ...interview, event_properties: { answer_q1: value } }),
    );
    const answerOf = ({ requests }: Side) => Object(requests.at(-1)?.body).events.at(-1).event_properties.answer_q1;
    expect([answerOf(onMake), answerOf(onZapier)]).toEqual([4, 4]);
  });

  test.each([
    [{ identify_by: 'Phone' }, 'Identify by must be one of id_then_email, id, email'],
    [{ minimum_quality: 'many' }, 'Minimum quality must be one of 1, 2, 3, 4, 5'],
    [{ update_user_properties: true }, 'Update user properties must be one of recent, always, never'],
  ])('%j is refused by the words of its choices', async (settings, words) => {
    const { make } = await both(operations.send, { ...interview, ...settings }, []);
    expect(make.result).toMatchObject({ failure: `Nothing was sent to Amplitude: the field ${words}.` });
  });

  test('choices are read in any capitals', async () => {
    const settings = { identify_by: 'EMAIL', update_user_properties: ' Never ', sentiment: ' Negative ' };
    const sides = await both(operations.send, { ...interview, ...settings }, [accepted]);
    expectEqual(sides);
    expect(sides.make.requests).toMatchObject([
      { body: { events: [{ event_properties: { sentiment: 'negative' } }] } },
    ]);
    expect(sides.make.result).toMatchObject({ output: { identified_by: 'email', user_properties_updated: false } });
  });

  test.each<[string, unknown]>([
    ['in a sentence', 'Request missing required field'],
    ['in an object', { message: 'Request missing required field' }],
    ['without a word', undefined],
  ])('a refusal %s is said in the same words on both', async (_how, error) => {
    const { zapier, make } = await both(operations.send, interview, [{ status: 400, body: { code: 400, error } }]);
    expect(make.result).toEqual(zapier.result);
  });

  test('a limit below 1 for the length of ids is refused on both', async () => {
    const { zapier, make } = await both(operations.send, { ...interview, min_id_length: 0 }, []);
    expect([zapier.requests, make.requests]).toEqual([[], []]);
    expect(zapier.result).toHaveProperty('failure');
    expect(make.result).toHaveProperty('failure');
  });

  test('an interview that ends in the future is refused in the same words; Make keeps it', async () => {
    const completed_at = new Date(Date.now() + 3_600_000).toISOString();
    const { zapier, make } = await both(operations.send, { ...interview, completed_at }, []);
    expect(comparable(make.result)).toEqual(comparable(asMakeKeeps(zapier.result)));
    expect(make.result).toMatchObject({ after: 'can be repeated' });
  });

  test.each([408, 500, 503])(
    'Amplitude down (%d): Zapier tries three times within the step, Make leaves it to the scenario',
    async (status) => {
      const { zapier, make } = await both(operations.send, interview, [{ status, body: {} }]);
      expect(make.result).toEqual(zapier.result);
      expect(zapier.requests).toHaveLength(3);
      expect(make.requests).toEqual(zapier.requests.slice(0, 1));
    },
  );
});

describe('Get an interview', () => {
  const interview = (overrides: object): Answer => ({ status: 200, body: { ...sampleWireInterview, ...overrides } });
  const id = { interview_id: 'int_sample_4f9d2c81' };

  test.each<[string, Answer]>([
    ['a good one', interview({})],
    ['wrapped', { status: 200, body: { interview: sampleWireInterview } }],
    ['wrapped, and flagged outside', { status: 200, body: { interview: sampleWireInterview, anonymous: true } }],
    [
      'not analyzed',
      interview({
        status: 'in_progress',
        quality_score: null,
        sentiment: null,
        themes: [],
        summary: null,
        analyzed_at: null,
      }),
    ],
    ['flagged anonymous', interview({ anonymous: true })],
    [
      'flagged anonymous in words',
      interview({ respondent: { ...sampleWireInterview.respondent, is_anonymous: 'yes' } }),
    ],
    ['of a respondent called anonymous', interview({ respondent: 'Anonymous' })],
    ['of a respondent of whom only a name is told', interview({ respondent: 'Ada' })],
    ['flags that say no', interview({ anonymous: 'false', is_anonymous: 0 })],
    ['without an email', interview({ respondent_email: null })],
    ['an email that was blacked out', interview({ respondent_email: 'redacted@' })],
    [
      'without an email, an email as id',
      interview({
        respondent_email: null,
        respondent: { external_id: 'ada@example.com', display_name: 'Ada', metadata: { email: 'x@y.z', plan: 'pro' } },
      }),
    ],
    ['no themes', interview({ themes: [] })],
    ['themes that have names', interview({ themes: [{ name: 'pricing confusion' }, { name: 'slow, buggy app' }] })],
    ['a score as text', interview({ quality_score: '4.5' })],
    ['a score out of range', interview({ quality_score: 9 })],
    ['a score that reads “match”', interview({ quality_score: 'match' })],
    ['another interview than the one asked for', interview({ interview_id: '' })],
    ['no answers', interview({ answers: [] })],
    ['curly braces in the summary', interview({ summary: 'They said {{hello}}.' })],
    ['a web page', { status: 200, body: '<html></html>' }],
    ['a wrong key', kojiError(401, 'unauthorized')],
    ['a key without interview:read', kojiError(403, 'forbidden')],
    ['an API without this endpoint', kojiError(405, 'method_not_allowed')],
    ['throttled', kojiError(429, 'rate_limited')],
    ['Koji is down', { status: 500, body: 'oops' }],
  ])('%s', async (_name, answer) => {
    expectEqual(await both(operations.get, id, [answer]));
  });

  test.each([400, 418])('a %d of a web page', async (status) => {
    expectEqualButWords(await both(operations.get, id, [{ status, body: '<html></html>' }]));
  });

  test.each([404, 410])(
    'an interview that is not there (%d) is an error on Make, where a search on Zapier finds nothing',
    async (status) => {
      const { zapier, make } = await both(operations.get, id, [kojiError(status, 'not_found', 'No such interview.')]);
      expect(make.requests).toEqual(zapier.requests);
      expect(zapier.result).toEqual({ output: [] });
      expect(make.result).toEqual({
        failure: expect.stringContaining('No such interview.'),
        after: 'ends',
      });
    },
  );
});

describe('Search cohorts', () => {
  const cohorts = [
    {
      id: 'c1',
      name: 'Trial users',
      size: 12,
      type: 'redshift',
      lastComputed: 1779622145,
      published: true,
      archived: false,
    },
    { id: 'c2', name: 'Trial users, EU', size: null, lastComputed: 0, published: true, archived: false },
    { id: 'c3', name: 'Trial users, old', archived: true, published: true },
    { id: 'c4', name: 'Trial draft', published: false },
    { id: 5, name: 'Paying', published: true },
    { id: 'c6', name: null, published: true },
    { id: 'c7', published: true },
  ];
  test.each<[string, Input, Answer]>([
    ['by a part of the name, whatever the capitals', { name: 'TRIAL' }, { status: 200, body: { cohorts } }],
    ['by the whole name', { name: 'Paying' }, { status: 200, body: { cohorts } }],
    ['without a name, by the id', { name: 'c6' }, { status: 200, body: { cohorts } }],
    ['without any field for a name, by the id', { name: 'c7' }, { status: 200, body: { cohorts } }],
    ['a miss', { name: 'nobody' }, { status: 200, body: { cohorts } }],
    [
      'a wrong secret key',
      { name: 'x' },
      {
        status: 403,
        body: { error: { http_code: 403, type: 'forbidden', metadata: { details: 'Invalid API/Secret Key' } } },
      },
    ],
    [
      'a wrong API key',
      { name: 'x' },
      { status: 403, body: { error: { http_code: 403, metadata: { details: 'Invalid API Key' } } } },
    ],
    [
      'another refusal',
      { name: 'x' },
      { status: 403, body: { error: { http_code: 403, metadata: { details: 'Not for you' } } } },
    ],
    ...['This API key is\ndisabled', 'Secret cohorts are not for you'].map((details): [string, Input, Answer] => [
      `a refusal that is of no wrong key: ${details}`,
      { name: 'x' },
      { status: 403, body: { error: { http_code: 403, metadata: { details } } } },
    ]),
    ['a firewall', { name: 'x' }, { status: 403, body: '<html></html>' }],
    ...[400, 404, 409, 422].map((status): [string, Input, Answer] => [
      `what Amplitude itself refuses (${status})`,
      { name: 'x' },
      { status, body: { error: { http_code: status, metadata: { details: 'Not like this.' } } } },
    ]),
    ...[400, 403, 404, 409, 422].flatMap((status): [string, Input, Answer][] => [
      [`a sentence of version 3 (${status})`, { name: 'x' }, { status, body: { error: 'Not like this.' } }],
      [`a wrong API key in a sentence (${status})`, { name: 'x' }, { status, body: { error: 'Invalid API Key' } }],
    ]),
    ...[400, 401, 403, 404, 409, 422].map((status): [string, Input, Answer] => [
      `an error of another form (${status})`,
      { name: 'x' },
      { status, body: { error: { code: 'WAF' } } },
    ]),
    ['a load balancer', { name: 'x' }, { status: 400, body: '<html></html>' }],
    ['throttled', { name: 'x' }, { status: 429, body: {} }],
    ['a web page', { name: 'x' }, { status: 200, body: '<html></html>' }],
    ['Amplitude is slow', { name: 'x' }, { status: 408, body: '<html></html>' }],
    ['Amplitude is down', { name: 'x' }, { status: 502, body: '<html></html>' }],
  ])('%s', async (_name, input, answer) => {
    expectEqual(await both(operations.cohorts, input, [answer]));
  });

  test.each([
    ['Invalid API Key', 'Amplitude does not know the API key in this region.'],
    ['Not like this.', 'Amplitude refused this (401).'],
  ])('a sentence of version 3 with 401, “%s”, is told alike; on Make it ends the connection', async (error, words) => {
    const { zapier, make } = await both(operations.cohorts, { name: 'x' }, [{ status: 401, body: { error } }]);
    expect(zapier.result).toMatchObject({ failure: expect.stringContaining(words), after: 'can be repeated' });
    expect(make.result).toMatchObject({ failure: expect.stringContaining(words), after: 'expires' });
  });

  test('to choose from, a cohort without a name has its id', async () => {
    const answers = [{ status: 200, body: { cohorts } }];
    const around = { connections, parameters: {}, http: vendor.http, now: Date.now };
    const { result } = await vendor.during(answers, () => runRpc(app, 'listCohorts', around));
    expect(result.slice(-2)).toEqual([
      { label: 'c6', value: 'c6' },
      { label: 'c7', value: 'c7' },
    ]);
  });
});

describe('Find a user', () => {
  const matches = [
    { user_id: null, amplitude_id: 1 },
    { user_id: 'user_1', amplitude_id: 356893043036 },
    { user_id: 'user_10', amplitude_id: 2 },
    { user_id: '007', amplitude_id: 3 },
  ];
  const found: Answer = { status: 200, body: { matches, type: 'match_user_or_device_id' } };
  const activity = (properties: object): Answer => ({ status: 200, body: { userData: { properties }, events: [] } });
  const interviewed = activity({
    email: ' ada@example.com ',
    plan: 'trial',
    seats: 3,
    last_interview_at: '2026-05-24T11:41:22',
    last_interview_sentiment: 'negative',
    last_interview_themes: ['pricing', 'speed, or the lack of it'],
    last_interview_quality: 4,
  });
  test.each<[string, Input, Answer]>([
    ['exactly this one', { amplitude_user_id: 'user_1' }, interviewed],
    ['one who was never interviewed', { amplitude_user_id: 'user_1' }, activity({ plan: 'trial', email: 'none' })],
    ['one of whom nothing is known', { amplitude_user_id: 'user_1' }, activity({})],
    ['numbers as texts', { amplitude_user_id: 'user_1' }, activity({ last_interview_quality: '4' })],
    ['digits only', { amplitude_user_id: '007' }, interviewed],
    ['nobody', { amplitude_user_id: 'user' }, interviewed],
    ['an email with a plus sign', { amplitude_user_id: 'ada+x@example.com' }, interviewed],
    ['two ids in one', { amplitude_user_id: 'user_1,user_10' }, interviewed],
    [
      'words for a date and a number',
      { amplitude_user_id: 'user_1' },
      activity({ last_interview_at: 'n/a', last_interview_quality: 'four' }),
    ],
    ['a web page for the properties', { amplitude_user_id: 'user_1' }, { status: 200, body: '<html></html>' }],
    [
      'an id that Amplitude refuses',
      { amplitude_user_id: 'user_1' },
      { status: 400, body: { error: { http_code: 400, metadata: { details: 'Invalid amplitude id' } } } },
    ],
    ...[400, 401, 403, 404, 409, 422].map((status): [string, Input, Answer] => [
      `a sentence of a host on the way (${status})`,
      { amplitude_user_id: 'user_1' },
      { status, body: { error: 'no Route matched with those values' } },
    ]),
    ['a pause before the properties', { amplitude_user_id: 'user_1' }, { status: 429, body: {} }],
  ])('%s', async (_name, input, answer) => {
    expectEqual(await both(operations.user, input, [found, answer]));
  });
});

describe('Register the interview event', () => {
  const data = (entries: object[]): Answer => ({ status: 200, body: { success: true, data: entries } });
  const none = data([]);
  const created: Answer = { status: 200, body: { success: true } };
  const problem = (status: number, message: string): Answer => ({
    status,
    body: { success: false, errors: [{ message }] },
  });

  test.each<[string, Input, Answer[]]>([
    ['everything is missing', {}, [none, none, none, none, created]],
    [
      'some of it is there',
      {},
      [
        data([{ name: 'Koji' }]),
        data([{ event_type: 'koji.interview_completed' }]),
        data([
          { event_property: 'sentiment', event_type: 'koji.interview_completed' },
          { event_property: 'theme_top_1', event_type: 'other' },
        ]),
        data([{ user_property: 'gp:last_interview_at' }, { user_property: 'last_interview_quality' }]),
        created,
      ],
    ],
    ['another event name', { event_type: 'Interviewed' }, [none, none, none, none, created]],
    [
      'a wrong secret key',
      {},
      [{ status: 403, body: { error: { http_code: 403, metadata: { details: 'Invalid API/Secret Key' } } } }],
    ],
    ['throttled', {}, [{ status: 429, body: {} }]],
    [
      'a plan without the Taxonomy API, in Amplitude’s own form',
      {},
      [
        {
          status: 403,
          body: { error: { http_code: 403, metadata: { details: 'Taxonomy is not available on your plan' } } },
        },
      ],
    ],
    ['a firewall', {}, [{ status: 403, body: '<html></html>' }]],
    ['a plan without the Taxonomy API', {}, [{ status: 403, body: 'Taxonomy is not available on your plan' }]],
    ...[400, 401, 402, 403, 404, 405, 409, 422].flatMap((status): [string, Input, Answer[]][] => [
      [`a list that Amplitude refuses (${status})`, {}, [problem(status, 'No such project.')]],
      [`an entry that it refuses (${status})`, {}, [none, none, none, none, problem(status, 'No such category.')]],
    ]),
    [
      'a list that Amplitude refuses in its other form',
      {},
      [{ status: 400, body: { error: { http_code: 400, metadata: { details: 'No such project.' } } } }],
    ],
    ...[401, 403].flatMap((status): [string, Input, Answer[]][] => [
      [`a sentence of a host on the way (${status})`, {}, [{ status, body: { error: 'Invalid API Key' } }]],
      [`an error of another form (${status})`, {}, [{ status, body: { error: { code: 'WAF' } } }]],
      [`errors of a host on the way (${status})`, {}, [{ status, body: { errors: [{ code: 'WAF' }] } }]],
      [`errors with words of a host on the way (${status})`, {}, [{ status, body: { errors: [{ message: 'No.' }] } }]],
    ]),
    [
      'a plan without the Taxonomy API, in a sentence',
      {},
      [{ status: 403, body: { error: 'Taxonomy is not available on your plan' } }],
    ],
    ['a plan without the Taxonomy API, among errors', {}, [problem(403, 'Taxonomy is not available on your plan')]],
    ['an entry that Amplitude refuses', {}, [none, none, none, none, problem(400, 'Category is too long.')]],
    ['an entry that Amplitude refuses with success', {}, [none, none, none, none, problem(200, 'No.')]],
    ['a conflict that is another', {}, [none, none, none, none, problem(409, 'The schema is locked.')]],
    ['Amplitude is down', {}, [{ status: 500, body: '' }]],
    ['Amplitude is down, in the form of a refusal', {}, [problem(500, 'Internal error')]],
    ['a comma in the event’s name', { event_type: 'a,b' }, [none, none, none, none, created]],
    ['Amplitude’s own event', { event_type: '$identify' }, []],
  ])('%s', async (_name, input, answers) => {
    expectEqual(await both(operations.register, input, answers));
  });

  test('an entry that is there although no list has it (409) is an error on Make, where nothing makes a success of it', async () => {
    const answers = [none, none, none, none, problem(409, 'Koji already exists.'), created];
    const { zapier, make } = await both(operations.register, {}, answers);
    expect(zapier.result).toMatchObject({ output: { already_there: ['Koji'] } });
    expect(make.result).toEqual({
      failure: 'Amplitude refused Koji for the tracking plan. Amplitude says: “Koji already exists.”',
      after: 'ends',
    });
  });
});

describe('Create a chart annotation', () => {
  const line = { label: 'Interviews began', start: '2026-05-24T09:20:00Z' };

  test.each(
    [401, 403].flatMap((status): [string, Answer][] => [
      [`a refusal (${status})`, { status, body: { error: { http_code: status, metadata: { details: 'No.' } } } }],
      [`a firewall (${status})`, { status, body: '<html></html>' }],
      [`an error of another form (${status})`, { status, body: { error: { code: 'WAF' } } }],
    ]),
  )('%s', async (_name, answer) => {
    const { zapier, make } = await both(operations.annotate, line, [answer]);
    expect(comparable(make.result)).toMatchObject({ words: Object(comparable(zapier.result)).words });
  });
});
