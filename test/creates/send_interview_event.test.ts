import sendInterviewEvent, { perform } from '../../creates/send_interview_event.ts';
import { sampleInterview, sampleWireInterview } from '../../koji/sample.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { connected, run, zapierErrorOf } from '../support/app.ts';
import { defaultsOf } from '../support/forms.ts';
import nock from '../support/nock.ts';

const US = 'https://api2.amplitude.com';
const EU = 'https://api.eu.amplitude.com';
const UPLOAD = '/2/httpapi';
const accepted = { code: 200, events_ingested: 1, payload_size_bytes: 600, server_upload_time: 1 };
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

/** The fields as a Zap maps them from the trigger: mostly text. */
const mapped = {
  interview_id: 'int_1',
  completed_at: minutesAgo(10),
  amplitude_user_id: 'user_1',
  respondent_email: 'ada@example.com',
  is_anonymous: 'false',
  themes: ['pricing confusion', 'onboarding friction'],
  sentiment: 'negative',
  quality_score: '4',
  transcript_url: 'https://koji.so/t/int_1',
};

const send = (inputData: Record<string, unknown>, authData: Record<string, string> = connected) =>
  run(perform, { authData, inputData });

/** Accepts the upload and hands back what arrived. */
const arrives = (host = US) => {
  const uploads: { api_key: string; options?: unknown; events: Record<string, unknown>[] }[] = [];
  nock(host)
    .post(UPLOAD, (body) => {
      uploads.push(body);
      return true;
    })
    .reply(200, accepted);
  return uploads;
};

test('an interview becomes one event that carries the user properties', async () => {
  const uploads = arrives();
  const lastInterview = {
    last_interview_at: mapped.completed_at.slice(0, 19),
    last_interview_sentiment: 'negative',
    last_interview_themes: ['pricing confusion', 'onboarding friction'],
    last_interview_quality: 4,
  };
  const output = await send(mapped);
  expect(uploads).toEqual([
    {
      api_key: connected.amplitude_api_key,
      events: [
        {
          user_id: 'user_1',
          event_type: '$identify',
          time: Date.parse(mapped.completed_at),
          insert_id: 'koji:interview_completed:int_1:identify',
          user_properties: { $set: lastInterview },
          library: `koji-zapier/${packageJson.version}`,
        },
        {
          user_id: 'user_1',
          event_type: 'koji.interview_completed',
          time: Date.parse(mapped.completed_at),
          insert_id: 'koji:interview_completed:int_1',
          event_properties: {
            theme_top_1: 'pricing confusion',
            theme_top_2: 'onboarding friction',
            sentiment: 'negative',
            quality_score: 4,
            transcript_url: 'https://koji.so/t/int_1',
          },
          user_properties: lastInterview,
          library: `koji-zapier/${packageJson.version}`,
        },
      ],
    },
  ]);
  expect(output).toEqual({
    id: 'koji:interview_completed:int_1',
    status: 'written',
    reason: null,
    reason_text: null,
    event_type: 'koji.interview_completed',
    user_id: 'user_1',
    identified_by: 'id',
    event_time: mapped.completed_at,
    user_properties_updated: true,
    events_ingested: 1,
  });
});

describe('an interview by its id alone', () => {
  const KOJI = 'https://koji.so/api/v1';
  const known = { ...sampleWireInterview, interview_id: 'int_1', completed_at: minutesAgo(10) };
  const alone = { interview_id: 'int_1' };

  test('is read from Koji with the key of the connection, and written: one call each', async () => {
    nock(KOJI, { reqheaders: { authorization: `Bearer ${connected.koji_api_key}` } })
      .get('/interviews/int_1')
      .reply(200, known);
    const uploads = arrives();
    await expect(send(alone)).resolves.toMatchObject({ status: 'written', user_id: 'user_10042' });
    expect(uploads).toMatchObject([
      { events: [{ event_type: '$identify' }, { time: Date.parse(known.completed_at), user_id: 'user_10042' }] },
    ]);
    expect(nock.pendingMocks()).toEqual([]);
  });

  test('is skipped where Koji has not analyzed it yet, and no time is given for an event', async () => {
    nock(KOJI)
      .get('/interviews/int_1')
      .reply(200, { ...known, status: 'in_progress', completed_at: null, analyzed_at: null, quality_score: null });
    await expect(send(alone)).resolves.toMatchObject({
      status: 'skipped',
      reason: 'not_analyzed',
      reason_text: 'Koji has not analyzed this interview yet.',
      event_time: null,
    });
  });

  const missing = { error: 'not_found', message: 'No such interview' };

  test('that Koji shows a moment after it told of it is written', async () => {
    nock(KOJI).get('/interviews/int_1').reply(404, missing).get('/interviews/int_1').reply(200, known);
    arrives();
    await expect(send(alone)).resolves.toMatchObject({ status: 'written', user_id: 'user_10042' });
  });

  test('that stays unknown is an error that can be replayed, and says what to map', async () => {
    nock(KOJI).get('/interviews/int_1').times(3).reply(404, missing);
    await expect(zapierErrorOf(send(alone))).resolves.toMatchObject({
      kind: 'AppError',
      code: 'no_interview',
      message: expect.stringMatching(/^Koji has no interview of this Interview ID in the API key's project/),
    });
  });

  test('that ended just now is tried again in a minute where it is not analyzed, and later skipped', async () => {
    const early = { ...known, status: 'completed', quality_score: null, sentiment: null, themes: [] };
    nock(KOJI).get('/interviews/int_1').reply(200, early);
    await expect(zapierErrorOf(send(alone))).resolves.toMatchObject({ kind: 'ThrottledError', delay: 60 });
    nock(KOJI)
      .get('/interviews/int_1')
      .reply(200, { ...early, completed_at: minutesAgo(61) });
    await expect(send(alone)).resolves.toMatchObject({ status: 'skipped', reason: 'not_analyzed' });
  });

  test('with a key that may not read it names the permission', async () => {
    nock(KOJI).get('/interviews/int_1').reply(403, { error: 'forbidden', message: 'No' });
    await expect(zapierErrorOf(send(alone))).resolves.toMatchObject({
      kind: 'AppError',
      message: expect.stringContaining('lacks the permission interview:read'),
    });
  });

  test('with a key that was revoked it expires the connection, as every answer of that kind', async () => {
    nock(KOJI).get('/interviews/int_1').reply(401, { error: 'unauthorized', message: 'No' });
    await expect(zapierErrorOf(send(alone))).resolves.toMatchObject({ kind: 'ExpiredAuthError' });
  });

  test('waits where Koji asks for it', async () => {
    nock(KOJI).get('/interviews/int_1').reply(429, '', { 'retry-after': '17' });
    await expect(zapierErrorOf(send(alone))).resolves.toMatchObject({ kind: 'ThrottledError', delay: 17 });
  });

  test('with everything else mapped but empty is read all the same', async () => {
    nock(KOJI).get('/interviews/int_1').reply(200, known);
    arrives();
    const empty = Object.fromEntries(Object.keys(mapped).map((field) => [field, '']));
    await expect(send({ ...empty, ...alone, themes: [] })).resolves.toMatchObject({ status: 'written' });
  });

  test('that is the sample asks nobody', async () => {
    await expect(send({ interview_id: sampleInterview.interview_id })).resolves.toMatchObject({ reason: 'sample' });
  });

  test('that is a reference which an earlier step did not fill halts the run before anybody is asked', async () => {
    await expect(zapierErrorOf(send({ interview_id: '{{123__id}}' }))).resolves.toEqual({
      kind: 'HaltedError',
      message:
        'Nothing was sent to Amplitude: the field Interview ID is mapped to something that an earlier step did not give.',
    });
  });

  test('without an Amplitude key in the connection asks nobody', async () => {
    await expect(zapierErrorOf(send(alone, { koji_api_key: 'pk_live_x' }))).resolves.toMatchObject({
      message: expect.stringContaining('has no Amplitude API Key'),
    });
  });
});

test('a project in the EU is written to in the EU', async () => {
  const uploads = arrives(EU);
  await send(mapped, { ...connected, amplitude_region: 'eu' });
  expect(uploads).toHaveLength(1);
});

test("Koji's key never goes to Amplitude, nor Amplitude's secret key into an event", async () => {
  let headers: Record<string, string> = {};
  nock(US)
    .post(UPLOAD)
    .reply(function () {
      headers = this.req.headers;
      return [200, accepted];
    });
  await send(mapped);
  expect(JSON.stringify(headers)).not.toContain(connected.koji_api_key);
  expect(headers).not.toHaveProperty('authorization');
});

test('an anonymous interview is a success that says it was skipped, and nothing is sent', async () => {
  await expect(send({ ...mapped, respondent_email: '', amplitude_user_id: '', is_anonymous: 'true' })).resolves.toEqual(
    {
      id: 'koji:interview_completed:int_1',
      status: 'skipped',
      reason: 'anonymous',
      reason_text:
        'Koji has no email for this interview, or marks it as anonymous, so it is written to nobody. Start interviews with an email; if you give Koji IDs only, turn on writing without email.',
      event_type: 'koji.interview_completed',
      user_id: null,
      identified_by: null,
      event_time: mapped.completed_at,
      user_properties_updated: false,
      events_ingested: 0,
    },
  );
});

test.each([
  ['a score below 3', { quality_score: '2' }, 'below_quality'],
  ['no score', { quality_score: '' }, 'no_quality_score'],
  ['no analysis at all', { quality_score: '', sentiment: '', themes: [] }, 'not_analyzed'],
  ['a placeholder for an id', { amplitude_user_id: 'null' }, 'blocked_user_id'],
  ['another placeholder for an id', { amplitude_user_id: 'Anonymous' }, 'blocked_user_id'],
  ['no id where only ids count', { amplitude_user_id: '', identify_by: 'id' }, 'no_user_id'],
  ["the sample's own id", { interview_id: sampleInterview.interview_id }, 'sample'],
])('an interview with %s is skipped and nothing is sent', async (_name, fields, reason) => {
  await expect(send({ ...mapped, ...fields })).resolves.toMatchObject({ status: 'skipped', reason });
});

const orLeaveEmpty = 'map it, or leave all fields but Interview ID empty.';
test.each([
  ['no email', { respondent_email: '', is_anonymous: '' }, `No Respondent Email arrived in this step: ${orLeaveEmpty}`],
  [
    'something else for the email',
    { respondent_email: 'n/a', is_anonymous: 'no' },
    'Koji has no email for this interview, or marks it as anonymous, so it is written to nobody. Start interviews with an email; if you give Koji IDs only, turn on writing without email. Respondent Email was left out, because it holds no email address: map it from the interview.',
  ],
  [
    'no email, and is anonymous',
    { respondent_email: '', is_anonymous: 'yes' },
    'Koji has no email for this interview, or marks it as anonymous, so it is written to nobody. Start interviews with an email; if you give Koji IDs only, turn on writing without email.',
  ],
  ['no score', { quality_score: '' }, `No Quality Score from 1 to 5 arrived in this step: ${orLeaveEmpty}`],
  [
    'nothing of the analysis',
    { quality_score: '', sentiment: '', themes: [] },
    'No Quality Score from 1 to 5, no Sentiment and no Themes arrived in this step: map them, or leave all fields but Interview ID empty.',
  ],
  ['a low score', { quality_score: '2' }, 'The quality score is below the minimum quality.'],
])('an interview mapped with %s is told from one that has none', async (_name, fields, reason_text) => {
  await expect(send({ ...mapped, ...fields })).resolves.toMatchObject({ status: 'skipped', reason_text });
});

test('an interview whose flag at Koji says neither yes nor no is skipped, and the reason tells of the flag', async () => {
  nock('https://koji.so/api/v1')
    .get('/interviews/int_1')
    .reply(200, { ...sampleWireInterview, interview_id: 'int_1', is_anonymous: 'maybe' });
  await expect(send({ interview_id: 'int_1' })).resolves.toMatchObject({
    status: 'skipped',
    reason: 'anonymous',
    reason_text: expect.stringContaining('or marks it as anonymous'),
  });
});

test.each([
  ['an hour ahead', 3_600_000],
  ['an hour back', -3_600_000],
])('a clock that is set %s while the interview is read changes nothing', async (_how, by) => {
  const clock = jest.spyOn(Date, 'now');
  const completed_at = minutesAgo(10);
  nock('https://koji.so/api/v1')
    .get('/interviews/int_1')
    .reply(() => {
      const set = Date.now() + by;
      clock.mockImplementation(() => set);
      return [200, { ...sampleWireInterview, interview_id: 'int_1', completed_at }];
    });
  const uploads: unknown[] = [];
  nock(US)
    .post(UPLOAD, (body) => uploads.push(body) > 0)
    .delay(50)
    .reply(200, accepted);
  const sent = await send({ interview_id: 'int_1' });
  clock.mockRestore();
  expect(sent).toMatchObject({ status: 'written', event_time: completed_at, user_properties_updated: true });
  expect(uploads).toHaveLength(1);
});

test('a quality score and nothing else is skipped with what is missing, and reads nothing', async () => {
  await expect(send({ interview_id: 'int_1', quality_score: '4' })).resolves.toMatchObject({
    reason: 'anonymous',
    reason_text: `No Respondent Email arrived in this step: ${orLeaveEmpty}`,
  });
});

test.each([
  ['id', {}],
  ['email', { amplitude_user_id: '' }],
  ['email', { identify_by: 'email' }],
  ['email', { amplitude_user_id: 'grace@example.com' }],
])('says that the user was identified by %s', async (identified_by, fields) => {
  arrives();
  await expect(send({ ...mapped, ...fields })).resolves.toMatchObject({ status: 'written', identified_by });
});

test('text in double curly braces, emoji and non-ASCII text reach Amplitude unchanged', async () => {
  const uploads = arrives();
  const theme = '{{bundle.authData.koji_api_key}} {{x}} Preis 💶 zu hoch';
  await send({ ...mapped, themes: [theme, 'b'], event_properties: { note: '{{{{nested}}}}' } });
  expect(uploads[0]?.events.at(-1)).toMatchObject({ event_properties: { theme_top_1: theme, note: '{{{{nested}}}}' } });
});

test('a service that is down for a moment is tried again with the same body', async () => {
  const bodies: unknown[] = [];
  const remember = (body: unknown) => bodies.push(body) > 0;
  nock(US).post(UPLOAD, remember).reply(503, 'down');
  nock(US).post(UPLOAD, remember).reply(200, accepted);
  await expect(send(mapped)).resolves.toMatchObject({ status: 'written' });
  expect(bodies).toHaveLength(2);
  expect(bodies[1]).toEqual(bodies[0]);
});

test('a service that stays down lets Zapier try again in a minute', async () => {
  nock(US).post(UPLOAD).times(3).reply(503, 'down');
  await expect(zapierErrorOf(send(mapped))).resolves.toMatchObject({ kind: 'ThrottledError', delay: 60 });
});

test('a throttled user makes the run wait 30 seconds', async () => {
  nock(US)
    .post(UPLOAD)
    .reply(429, { code: 429, error: 'Too many requests', throttled_users: { user_1: 31 } });
  await expect(zapierErrorOf(send(mapped))).resolves.toMatchObject({ kind: 'ThrottledError', delay: 30 });
});

test('a wrong Amplitude key is an error that names Amplitude, does not show the key, and expires nothing', async () => {
  nock(US)
    .post(UPLOAD)
    .reply(400, { code: 400, error: `Invalid API key: ${connected.amplitude_api_key}` });
  const failure = await zapierErrorOf(send(mapped));
  expect(failure).toMatchObject({ kind: 'AppError', message: expect.stringContaining('Amplitude API Key') });
  expect(failure.message).not.toContain(connected.amplitude_api_key);
});

test('a connection without an Amplitude key says where to put it', async () => {
  await expect(zapierErrorOf(send(mapped, { koji_api_key: 'pk_live_x' }))).resolves.toMatchObject({
    kind: 'AppError',
    message: expect.stringContaining('has no Amplitude API Key'),
  });
});

test('a date that is none halts the run, and shows nothing of it', async () => {
  const failure = await zapierErrorOf(send({ ...mapped, completed_at: 'yesterday-ish' }));
  expect(failure).toEqual({
    kind: 'HaltedError',
    message:
      'Nothing was sent to Amplitude: the field Completed At must be a date and time with its zone, such as 2026-05-24T11:41:22Z.',
  });
});

test('a redirect to another host is not followed', async () => {
  nock(US).post(UPLOAD).reply(307, '', { location: 'https://elsewhere.example/2/httpapi' });
  await expect(zapierErrorOf(send(mapped))).resolves.toMatchObject({
    message: expect.stringContaining('redirect (307)'),
  });
});

test('a 401 from Amplitude is an error of its own and never expires the connection, which is also for Koji', async () => {
  nock(US).post(UPLOAD).reply(401, { code: 401, error: 'Unauthorized' });
  await expect(zapierErrorOf(send(mapped))).resolves.toMatchObject({ kind: 'AppError', status: 401 });
});

test('event properties that can not be written are named in the output, and the others are written', async () => {
  const uploads = arrives();
  const output = await send({
    ...mapped,
    event_properties: { plan: { a: 1 }, seats: 3, paid: true, tags: ['a', 'b'] },
  });
  expect(uploads[0]?.events.at(-1)?.event_properties).toMatchObject({ seats: 3, paid: true, tags: ['a', 'b'] });
  expect(output).toMatchObject({
    status: 'written',
    reason_text: 'Left out of Event Properties, because only texts, numbers, yes or no and lists can be written: plan.',
  });
});

describe('nothing is written', () => {
  test('when Interview ID holds a placeholder, which the next interview would share', async () => {
    await expect(zapierErrorOf(send({ ...mapped, interview_id: 'undefined' }))).resolves.toMatchObject({
      kind: 'HaltedError',
      message: expect.stringContaining('the field Interview ID holds a placeholder'),
    });
  });

  test.each(['[object Object]', 'NaN', '(not set)', 'n/a'])('to the placeholder %s', async (amplitude_user_id) => {
    await expect(send({ ...mapped, amplitude_user_id })).resolves.toMatchObject({
      status: 'skipped',
      reason: 'blocked_user_id',
    });
  });

  test.each([
    ['Interview ID', 'interview_id'],
    ['Amplitude User ID', 'amplitude_user_id'],
    ['Respondent Email', 'respondent_email'],
    ['Event Type', 'event_type'],
  ])('when %s is mapped to something that an earlier step did not give', async (field, key) => {
    await expect(zapierErrorOf(send({ ...mapped, [key]: '{{123__id}}' }))).resolves.toEqual({
      kind: 'HaltedError',
      message: `Nothing was sent to Amplitude: the field ${field} is mapped to something that an earlier step did not give.`,
    });
  });
});

describe('what the form shows as its defaults counts where the fields are empty as well:', () => {
  const { amplitude_secret_key: _none, ...withoutSecret } = connected;
  test.each([
    ['an interview as it is mapped', {}],
    ['one without an email', { respondent_email: '' }],
    ['one without an Amplitude user ID', { amplitude_user_id: '' }],
    ['one of a week ago', { completed_at: minutesAgo(7 * 24 * 60) }],
    ['one with a score of 2', { quality_score: '2' }],
  ])('%s', async (_name, fields) => {
    const uploads: unknown[] = [];
    nock(US)
      .persist()
      .post(UPLOAD, (body) => uploads.push(body) > 0)
      .reply(200, accepted);
    const outcomes = [];
    for (const defaults of [defaultsOf(sendInterviewEvent), {}]) {
      outcomes.push(await send({ ...mapped, ...defaults, ...fields }, withoutSecret));
    }
    nock.cleanAll();
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(uploads[0]).toEqual(uploads[1]);
  });
});

describe('an interview that ended two hours ago', () => {
  const late = { ...mapped, completed_at: minutesAgo(120) };

  test('is written after a look at what the person has, where the connection has a Secret Key', async () => {
    nock('https://amplitude.com')
      .get('/api/2/usersearch?user=user_1')
      .basicAuth({ user: connected.amplitude_api_key, pass: connected.amplitude_secret_key })
      .reply(200, { type: 'match_user_or_device_id', matches: [{ user_id: 'user_1', amplitude_id: 42 }] });
    nock('https://amplitude.com')
      .get('/api/2/useractivity?user=42&limit=1')
      .reply(200, { userData: { properties: { last_interview_at: minutesAgo(60).slice(0, 19) } }, events: [] });
    const uploads = arrives();
    await expect(send(late)).resolves.toMatchObject({ status: 'written', user_properties_updated: false });
    expect(uploads[0]?.events).toMatchObject([{ $skip_user_properties_sync: true }]);
  });

  test('is written without one where it has none', async () => {
    const uploads = arrives();
    const { amplitude_secret_key: _none, ...withoutSecret } = connected;
    await expect(send(late, withoutSecret)).resolves.toMatchObject({ user_properties_updated: true });
    expect(uploads).toHaveLength(1);
  });
});
