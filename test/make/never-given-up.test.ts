/**
 * What no simplification of the Make app may cost: who is written, what is kept out, and that nothing is doubled or lost.
 * The built app runs, module after module, as the blueprints connect them.
 */
import { DEFAULT_EVENT_TYPE, insertIdOf } from '../../amplitude/interview-event.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { MakeError } from '../../sandbox/make/error.ts';
import { functions } from '../../sandbox/make/iml-functions.ts';
import { deliver, runInstantTrigger, runModule } from '../../sandbox/make/run.ts';
import { connected } from '../support/app.ts';
import { inEitherReading } from './readings.ts';
import { type Answer, startStandIn } from './stand-in.ts';

let vendor: Awaited<ReturnType<typeof startStandIn>>;
beforeAll(async () => {
  vendor = await startStandIn();
});
afterAll(() => vendor.close());

const app = readApp('make/app/koji-amplitude');
const { koji_api_key, amplitude_api_key, amplitude_secret_key, amplitude_region } = connected;
const connections = {
  koji: { koji_api_key },
  amplitude: { amplitude_api_key, amplitude_secret_key, amplitude_region },
};
const around = (parameters: Record<string, unknown> = {}) => ({
  connections,
  parameters,
  http: vendor.http,
  now: Date.now,
});

const written: Answer = { status: 200, body: { code: 200, events_ingested: 1 } };
const interview = {
  ...sampleWireInterview,
  interview_id: 'int_1',
  completed_at: new Date(Date.now() - 60_000).toISOString(),
};
const answer = (overrides: object = {}): Answer => ({ status: 200, body: { ...interview, ...overrides } });

const hears = (body: object, parameters: object = {}) =>
  deliver(app, 'analyzedInterviews', {
    parameters: { ...parameters },
    now: Date.now,
    request: { headers: {}, body: JSON.stringify(body) },
  }).items;
const delivery = (data: object = { interview_id: 'int_1' }) => ({
  event: 'interview.analysis_ready',
  id: 'evt_1',
  data,
});

/** The second scenario without its filter: the delivery, the interview, and what Send an interview event makes of it. */
const loop = async (answers: Answer[], heard: object = delivery(), settings: Record<string, unknown> = {}) =>
  vendor.during(answers, async () => {
    const [item] = hears(heard);
    const watched = Object(await runInstantTrigger(app, 'watchAnalyzedInterviews', item, around()));
    const { interview_id, completed_at, respondent_id, respondent_email, is_anonymous } = watched;
    const { themes, sentiment, quality_score, transcript_url } = watched;
    const parameters = {
      interview_id,
      completed_at,
      amplitude_user_id: respondent_id,
      respondent_email,
      is_anonymous,
      themes,
      sentiment,
      quality_score,
      transcript_url,
      ...settings,
    };
    const { bundles } = await runModule(app, 'sendInterviewEvent', around(parameters));
    return { watched, sent: bundles[0] };
  });

type Arrived = Awaited<ReturnType<typeof loop>>['requests'];
const uploads = (requests: Arrived) => requests.filter(({ path }) => path.startsWith('/ingestion'));

inEitherReading(() => {
  test.each([4, '4'])('a good interview is written, to the person that the start was given', async (quality_score) => {
    const { result, requests } = await loop([answer({ quality_score }), written]);
    expect(result.sent).toMatchObject({ status: 'written', user_id: sampleWireInterview.respondent.external_id });
    expect(uploads(requests)).toHaveLength(1);
  });

  test.each([false, 'False', 'no', 0, '0', null, 'null', 'undefined', ''])(
    'a flag that says %j hides nobody, so nothing is lost',
    async (flag) => {
      const heard = { ...delivery(), anonymous: flag };
      const { result } = await loop([answer({ anonymous: flag, is_anonymous: flag }), written], heard);
      expect(result.sent).toMatchObject({ status: 'written' });
    },
  );
});

test('an interview other than the one asked for is never written', async () => {
  const { result, requests } = await vendor.during([answer({ interview_id: 'int_2' }), written], async () => {
    const [item] = hears(delivery());
    return runInstantTrigger(app, 'watchAnalyzedInterviews', item, around()).catch((error: unknown) => error);
  });
  expect(result).toBeInstanceOf(MakeError);
  expect(uploads(requests)).toEqual([]);
});

describe('an anonymous interview is never written', () => {
  const yes = [true, 1, '1', 'true', 'True', 'YES', ' yes ', 'on', 'y', 'anonymous', [], {}, ['', 'no']];
  const places: [where: string, flagged: (flag: unknown, key: string) => { body: object; heard?: object }][] = [
    ['the interview', (flag, key) => ({ body: { ...interview, [key]: flag } })],
    [
      'its respondent',
      (flag, key) => ({ body: { ...interview, respondent: { ...interview.respondent, [key]: flag } } }),
    ],
    ['the answer around it', (flag, key) => ({ body: { interview, [key]: flag } })],
    ['the delivery', (flag, key) => ({ body: interview, heard: { ...delivery(), [key]: flag } })],
    [
      'the data of the delivery',
      (flag, key) => ({ body: interview, heard: delivery({ interview_id: 'int_1', [key]: flag }) }),
    ],
  ];
  const cases = places.flatMap(([where, flagged]) =>
    ['anonymous', 'is_anonymous'].flatMap((key) => yes.map((flag) => ({ where, key, flag, ...flagged(flag, key) }))),
  );

  test.each(cases)('$key: $flag in $where', async ({ body, heard }) => {
    const answers = [{ status: 200, body }, written];
    const { result, requests } = await loop(answers, heard);
    expect(uploads(requests)).toEqual([]);
    expect(result.sent).toMatchObject({ status: 'skipped', reason: 'anonymous' });
    // Nothing else of it reaches the step that writes, whatever that is set to.
    expect(result.watched).toMatchObject({ is_anonymous: true, respondent_id: null, respondent_email: null });
    expect(JSON.stringify(result.watched)).not.toContain(interview.respondent_email);
  });

  test.each([{ write_without_email: true }, { identify_by: 'id' }])('by a flag, with %j', async (settings) => {
    const flagged = { status: 200, body: { ...interview, anonymous: true } };
    const { result, requests } = await loop([flagged, written], delivery(), settings);
    expect(uploads(requests)).toEqual([]);
    expect(result.sent).toMatchObject({ status: 'skipped', reason: 'anonymous' });
  });

  test.each(['anonymous', 'Anon', 'Anonymous participant', ' unknown', 'Redacted'])(
    'whose respondent is said to be %j, from a delivery or from the list',
    async (respondent) => {
      const hidden = { ...interview, respondent, respondent_id: 'user_10042' };
      const { result, requests } = await loop([answer(hidden), written], delivery(), { write_without_email: true });
      expect(uploads(requests)).toEqual([]);
      expect(result.sent).toMatchObject({ status: 'skipped', reason: 'anonymous' });
      const { result: polled } = await vendor.during(
        [{ status: 200, body: { interviews: [hidden], next_cursor: null } }],
        () => runModule(app, 'watchInterviews', around({})),
      );
      expect(polled.bundles).toMatchObject([{ respondent_email: null, respondent_id: null, is_anonymous: true }]);
    },
  );

  test.each([null, '', 'none', undefined])('whose email is %j', async (respondent_email) => {
    const { result, requests } = await loop([answer({ respondent_email }), written]);
    expect(uploads(requests)).toEqual([]);
    expect(result.sent).toMatchObject({ status: 'skipped', reason: 'anonymous' });
  });
});

test.each([1, 2, '2', 2.9, 0, 6, 'n/a', null, ['', 4]])(
  'an interview of quality %j is never written',
  async (quality_score) => {
    const { result, requests } = await loop([answer({ quality_score }), written]);
    expect(uploads(requests)).toEqual([]);
    expect(result.sent).toMatchObject({ status: 'skipped' });
  },
);

test.each(['many', 'NaN', '', 0, 6, -1])(
  'a gate of %j lets nothing through that is below the gate',
  async (minimum_quality) => {
    const heard = hears(delivery(), { minimum_quality });
    const { result } = await vendor.during([answer({ quality_score: 2 })], () =>
      runInstantTrigger(app, 'watchAnalyzedInterviews', heard[0], around()),
    );
    expect(result).toMatchObject({ passes_gate: false, gate_reason: 'below_quality' });
    const { result: polled } = await vendor.during(
      [{ status: 200, body: { interviews: [{ ...interview, quality_score: 2 }], next_cursor: null } }],
      () => runModule(app, 'watchInterviews', around({ minimum_quality })),
    );
    expect(polled.bundles).toEqual([]);
    const { interview_id, completed_at, respondent_email } = interview;
    const low = { interview_id, completed_at, respondent_email, quality_score: 2, minimum_quality };
    const { requests } = await vendor.during([written], () =>
      runModule(app, 'sendInterviewEvent', around(low)).catch(() => null),
    );
    expect(requests).toEqual([]);
  },
);

describe('even if Make’s replace takes nothing away for an empty text', () => {
  const { replace } = functions;
  beforeEach(() => {
    functions.replace = (text, pattern, by) => replace?.(text, pattern, by === '' ? 'undefined' : by);
  });
  afterEach(() => {
    if (replace !== undefined) functions.replace = replace;
  });

  test.each<[string, object, object]>([
    ['without a score is not written', { quality_score: 'n/a' }, { reason: 'no_quality_score' }],
    ['without an email is not written', { respondent_email: 'redacted@' }, { reason: 'anonymous' }],
    ['of an odd length is written', { duration_seconds: '12 min' }, { status: 'written' }],
  ])('an interview %s', async (_what, overrides, expected) => {
    const { result } = await loop([answer(overrides), written]);
    expect(result.sent).toMatchObject(expected);
  });

  test('Amplitude’s own events are not written', async () => {
    await expect(loop([answer(), written], delivery(), { event_type: '$identify' })).rejects.toThrow('Event type');
  });
});

test('a cohort webhook without its word takes nobody in, whatever the word is', () => {
  for (const word of ['none', 'null', 'undefined', 'open sesame']) {
    const heard = deliver(app, 'cohortMembers', {
      parameters: { amplitude_webhook_secret: word },
      now: Date.now,
      request: {
        headers: {},
        body: JSON.stringify({ cohort_id: 'c1', in_cohort: true, users: [{ user_id: 'user_1' }] }),
      },
    });
    expect(heard).toEqual({ status: 401, items: [] });
  }
});

test('a forged delivery writes nothing but what Koji itself says of the interview', async () => {
  const forged = { ...interview, respondent_email: 'mallory@example.com', quality_score: 5, themes: ['forged'] };
  const { result, requests } = await loop([answer({ quality_score: 1 }), written], delivery(forged));
  expect(uploads(requests)).toEqual([]);
  expect(JSON.stringify(result)).not.toMatch(/mallory|forged/);
});

test('the event has the id that it has on every platform, however often it is sent', async () => {
  const ids = [];
  for (let time = 0; time < 2; time += 1) {
    const { requests } = await loop([answer(), written]);
    ids.push(Object(uploads(requests)[0]?.body).events.at(-1).insert_id);
  }
  expect(ids).toEqual(Array(2).fill(insertIdOf(DEFAULT_EVENT_TYPE, 'int_1')));
});

test('the sample’s interview is not written', async () => {
  const interview_id = sampleWireInterview.interview_id;
  const { result, requests } = await loop([answer({ interview_id }), written], delivery({ interview_id }));
  expect(uploads(requests)).toEqual([]);
  expect(result.sent).toMatchObject({ status: 'skipped', reason: 'sample' });
});

test('each key goes to its own service alone', async () => {
  const { requests } = await loop([answer(), written]);
  expect(requests.map(({ path, authorization }) => [path.split('/')[1], authorization])).toEqual([
    ['koji', `Bearer ${koji_api_key}`],
    ['ingestion', undefined],
  ]);
  expect(JSON.stringify(requests[0])).not.toContain(amplitude_api_key);
  expect(JSON.stringify(requests[1])).not.toContain(koji_api_key);
});

const start = (answers: Answer[]) =>
  vendor.during(answers, async () => {
    const { bundles } = await runModule(
      app,
      'startInterview',
      around({ respondent_id: 'user_1', respondent_email: 'a@b.c' }),
    );
    return bundles[0];
  });

describe('nobody is started twice', () => {
  test('somebody who has an interview is said to have one', async () => {
    const { result } = await start([{ status: 200, body: { interview_id: 'int_1' } }]);
    expect(result).toMatchObject({ already_started: true });
  });

  test('a conflict leaves the person out, and is no reason to try again', async () => {
    await expect(start([{ status: 409, body: { error: 'interview_exists', message: 'No.' } }])).rejects.toMatchObject({
      type: 'DuplicateDataError',
    });
  });

  test('the same person has the same key at Koji each time', async () => {
    const { requests } = await start([{ status: 201, body: { interview_id: 'int_1' } }]);
    expect(requests).toMatchObject([{ body: { respondent: { external_id: 'user_1' } } }]);
  });
});

/** Of these kinds the blueprints leave the bundle out; everything else is kept and run again. */
const LEFT_OUT = ['DataError', 'DuplicateDataError', 'BundleValidationError'];

const failing: [module: string, run: (answers: Answer[]) => Promise<unknown>][] = [
  ['Watch analyzed interviews', (answers) => loop(answers)],
  ['Start an interview', start],
  ['Send an interview event', ([failure]) => loop(failure === undefined ? [] : [answer(), failure])],
];
const passing: [what: string, Answer][] = [
  ...[408, 429, 500, 502, 503, 504].map((status): [string, Answer] => [
    `${status}`,
    { status, body: { error: 'temporary', message: 'Later.', code: status } },
  ]),
  ['a page of a host on the way, 404', { status: 404, body: '<html>Not found</html>' }],
  ['words of a host on the way, 404', { status: 404, body: { statusCode: 404, error: 'Not Found', message: 'No.' } }],
  ['an error of a host on the way, 404', { status: 404, body: { error: { code: '404', message: 'No.' } } }],
  ['an error and words of a host on the way, 404', { status: 404, body: { error: { code: 404 }, message: 'No.' } }],
  ['a page of a firewall, 403', { status: 403, body: '<html>Blocked</html>' }],
  ['a page in place of data', { status: 200, body: '<html>Welcome</html>' }],
  ['a redirect', { status: 302, body: '', headers: { location: 'https://example.com' } }],
];

const sent = {
  interview_id: 'int_1',
  completed_at: interview.completed_at,
  respondent_email: 'a@b.c',
  quality_score: 4,
};
const later = new Date(Date.now() + 3_600_000).toISOString();
test.each<[module: string, parameters: Record<string, unknown>]>([
  ['startInterview', { respondent_id: 'user_1', mode: 'video' }],
  ['startInterview', { respondent_id: 'user_1', language: 'English' }],
  ['sendInterviewEvent', { ...sent, identify_by: 'phone' }],
  ['sendInterviewEvent', { ...sent, minimum_quality: 'many' }],
  ['sendInterviewEvent', { ...sent, event_type: '$identify' }],
  ['sendInterviewEvent', { ...sent, event_type: 'null' }],
  ['sendInterviewEvent', { ...sent, completed_at: later }],
])('%s loses nobody to a mistake in its form: %j', async (module, parameters) => {
  const { result, requests } = await vendor.during([], () =>
    runModule(app, module, around(parameters)).catch((error: unknown) => error),
  );
  expect(result).toBeInstanceOf(MakeError);
  expect(LEFT_OUT).not.toContain(Object(result).type);
  expect(requests).toEqual([]);
});

describe.each(failing)('%s loses nothing', (_module, run) => {
  test.each(passing)('%s', async (_what, failure) => {
    const error = await run([failure]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MakeError);
    expect(LEFT_OUT).not.toContain(Object(error).type);
  });
});
