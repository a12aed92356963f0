import { sampleCohortEntry } from '../../amplitude/cohort-entry.ts';
import startInterview, { perform } from '../../creates/start_interview.ts';
import { sampleInterview } from '../../koji/sample.ts';
import { sampleStarted } from '../../koji/start.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const KOJI = 'https://koji.so/api/v1';
const START = '/interviews/start';

const start = (inputData: Record<string, unknown>) => run(perform, { authData: connected, inputData });

const koji = () => nock(KOJI, { reqheaders: { authorization: `Bearer ${connected.koji_api_key}` } });

test('a person is started with email, id, name and everything else that was filled in', async () => {
  koji()
    .post(START, {
      respondent: {
        external_id: 'user_1',
        display_name: 'Ada',
        metadata: { plan: 'trial', email: 'eve@example.com' },
      },
      respondent_email: 'eve@example.com',
      mode: 'voice',
      locale: 'de',
    })
    .reply(201, { interview_id: 'int_1', session_token: 'st_secret', initial_message: 'Hello' });

  await expect(
    start({
      respondent_email: ' eve@example.com ',
      respondent_id: 'user_1',
      respondent_name: 'Ada',
      mode: 'voice',
      language: 'de',
      metadata: { plan: 'trial' },
    }),
  ).resolves.toEqual({
    id: 'int_1',
    interview_id: 'int_1',
    interview_link: null,
    interview_link_missing:
      "Koji gave no link, and no study link is filled in: copy your study's link from Koji's Share tab.",
    already_started: false,
    started_at: null,
    respondent_email: 'eve@example.com',
    respondent_id: 'user_1',
    respondent_name: 'Ada',
    mode: 'voice',
    language: 'de',
    study_link: null,
    metadata: { plan: 'trial' },
    left_out: [],
  });
});

test('where there is a link, nothing is said of one that is missing', async () => {
  koji().post(START).times(2).reply(201, { interview_id: 'int_1' });
  koji().post(START).reply(201, { interview_id: 'int_1', link: 'https://koji.so/i/her-own' });
  const link = (fields: object) => start({ respondent_email: 'eve@example.com', ...fields });
  await expect(link({ study_link: 'https://koji.so/i/why' })).resolves.toMatchObject({
    interview_link: 'https://koji.so/i/why?external_id=eve%40example.com',
    interview_link_missing: null,
  });
  await expect(link({})).resolves.toMatchObject({ interview_link: null, interview_link_missing: expect.any(String) });
  await expect(link({})).resolves.toMatchObject({
    interview_link: 'https://koji.so/i/her-own',
    interview_link_missing: null,
  });
});

test('Study Link stands third, and says what it is for and what not', () => {
  const { key, helpText } = startInterview.operation.inputFields?.[2] ?? {};
  expect({ key, helpText }).toEqual({
    key: 'study_link',
    helpText: expect.stringMatching(/the person's own link is made from it\..* It does not choose the study/),
  });
});

test.each(['de {{123__region}}'])('the language %s halts the run before Koji is asked', async (language) => {
  await expect(zapierErrorOf(start({ respondent_email: 'eve@example.com', language }))).resolves.toEqual({
    kind: 'HaltedError',
    message: 'Nothing was sent to Koji: the field Language must be a language code such as en or pt-BR.',
  });
});

test.each([
  ['User Entered Cohort', sampleCohortEntry.respondent_email, sampleCohortEntry.amplitude_user_id],
  ['Interview Analysis Ready', sampleInterview.respondent_email, sampleInterview.respondent_id],
  ['either, mapped without an id', sampleInterview.respondent_email, undefined],
])('the made-up person of %s is not started, and gets no link', async (_of, respondent_email, respondent_id) => {
  const study_link = 'https://koji.so/i/why';
  await expect(start({ respondent_email, respondent_id, study_link })).resolves.toEqual({
    ...sampleStarted,
    interview_link: null,
    interview_link_missing:
      'This is the made-up person of the samples, so nobody was started. To test for real, type in your own email and ID.',
    started_at: null,
    respondent_id: respondent_id ?? null,
    respondent_name: null,
    mode: null,
    language: null,
    study_link,
    metadata: {},
  });
});

test('in another project the same person has another id', async () => {
  const ids = [];
  for (const koji_api_key of ['pk_live_of_one_project', 'pk_live_of_another']) {
    nock(KOJI).post(START).reply(409, { error: 'conflict', message: 'Exists.' });
    const { id } = await run(perform, { authData: { koji_api_key }, inputData: { respondent_id: 'user_1' } });
    ids.push(id);
  }
  expect(new Set(ids).size).toBe(2);
});

test('text in double curly braces, emoji and 10,000 characters reach Koji unchanged', async () => {
  const text = `{{bundle.inputData.secret}} {{name}} 🙂 Grüße ${'x'.repeat(10_000)}`;
  let received: unknown;
  koji()
    .post(START, (body) => {
      received = body.respondent.metadata.note;
      return true;
    })
    .reply(201, { interview_id: 'int_1' });
  await start({ respondent_id: 'user_1', metadata: { note: text } });
  expect(received).toBe(text);
});

test('a wrong Koji key expires the connection, and shows nothing of the run', async () => {
  koji().post(START).reply(401, { error: 'unauthorized', message: 'Bad key.' });
  const failure = await zapierErrorOf(start({ respondent_email: 'eve@example.com' }));
  expect(failure).toMatchObject({ kind: 'ExpiredAuthError', message: expect.stringContaining('Koji') });
  expect(failure.message).not.toContain('eve@example.com');
});

test.each([
  ['as long as Koji says', { 'retry-after': '17' }, 17],
  ['a minute when Koji does not say', {}, 60],
])('a busy Koji makes the run wait %s', async (_name, headers, delay) => {
  koji().post(START).reply(429, { error: 'rate_limited', message: 'Slow down.' }, headers);
  await expect(zapierErrorOf(start({ respondent_id: 'user_1' }))).resolves.toMatchObject({
    kind: 'ThrottledError',
    delay,
  });
});

test("a proxy's 401 holds no Zap: it says nothing of the key", async () => {
  koji().post(START).reply(401, '<html>Sign in</html>', { 'content-type': 'text/html' });
  await expect(zapierErrorOf(start({ respondent_id: 'user_1' }))).resolves.toMatchObject({
    kind: 'AppError',
    message: expect.stringMatching(/^Something on the way to Koji blocked the request \(401\)/),
  });
});

describe('of what Koji says, nothing is shown', () => {
  const lettersAlone = { ...connected, koji_api_key: 'qwertyuiopasdfghjklz' };
  const failing = async (answer: object, authData: Record<string, string> = connected) => {
    nock(KOJI).post(START).reply(403, answer);
    return zapierErrorOf(run(perform, { authData, inputData: { respondent_id: 'user_1' } }));
  };

  test.each([
    ['the key', `Key ${connected.koji_api_key} is odd.`],
    ['eight characters of it', `Keys such as ${connected.koji_api_key.slice(3, 11)}… are odd.`],
    [
      'eight characters of it with signs between them',
      `Keys: ${connected.koji_api_key.slice(3, 7)}…/${connected.koji_api_key.slice(7, 13)}.`,
    ],
    ['the key cut into pieces of two', `Key ${connected.koji_api_key.replace(/../g, '$&-')} is odd.`],
    ['the key in capitals', `Key ${connected.koji_api_key.toUpperCase()} is odd.`],
    ['the key between quotation marks', `Key “${connected.koji_api_key}” is odd.`],
    ["Amplitude's key", `Key ${connected.amplitude_api_key.slice(0, 8)} is odd.`],
  ])('when it holds %s', async (_name, message) => {
    const failure = await failing({ error: 'refused', message });
    expect(failure.message).toBe('Koji refused this (403). Koji says: •••');
  });

  test('when it holds a piece of a key of letters alone', async () => {
    const failure = await failing({ error: 'refused', message: 'Key qwertyuiop is odd.' }, lettersAlone);
    expect(failure.message).toBe('Koji refused this (403). Koji says: •••');
  });

  // Four characters of a key, or pieces with words between them, tell nobody the rest; words of Koji's stay.
  test('but what holds fewer than eight characters in a row is', async () => {
    const failure = await failing({ error: 'refused', message: 'Key qwer…, the one of asdf, is odd.' }, lettersAlone);
    expect(failure.message).toBe('Koji refused this (403). Koji says: “Key qwer…, the one of asdf, is odd.”');
  });

  test('when its code is the key', async () => {
    const failure = await failing({ error: 'qwertyuiopasdfghjklz', message: 'No.' }, lettersAlone);
    expect(failure).toMatchObject({ code: 'http_403', message: expect.not.stringContaining('qwertyui') });
  });

  test('only then: seven characters are words like others', async () => {
    const failure = await failing({ error: 'refused', message: 'Key qwertyu is odd.' }, lettersAlone);
    expect(failure.message).toContain('“Key qwertyu is odd.”');
  });
});

test('an answer of more than 20 MB is said to be too large', async () => {
  koji()
    .post(START)
    .reply(201, { interview_id: 'int_1', initial_message: 'x'.repeat(20_000_001) });
  await expect(zapierErrorOf(start({ respondent_id: 'user_1' }))).resolves.toEqual({
    kind: 'HaltedError',
    message:
      'Koji at koji.so answered with more than the 20 MB that one step can take. Ask for less: a narrower search, or fewer properties.',
  });
});

test('the form offers each mode by its name', () => {
  const mode = startInterview.operation.inputFields?.find((field) => 'key' in field && field.key === 'mode');
  expect(mode).toMatchObject({ choices: { text: 'Text', voice: 'Voice' } });
});

test("starts stay below Koji's 60 a minute and share no bucket with other steps", () => {
  expect(startInterview.operation.throttle).toEqual({
    window: 60,
    limit: 45,
    scope: ['auth'],
    key: 'koji_start_interview',
  });
});

test('a metadata value that is mapped to nothing does not stop the step', async () => {
  koji()
    .post(START, { respondent: { external_id: 'user_1', metadata: { plan: '' } } })
    .reply(201, { interview_id: 'int_1' });
  await expect(start({ respondent_id: 'user_1', metadata: { plan: null } })).resolves.toMatchObject({ id: 'int_1' });
});

test('a key that was pasted with a space inside is named, and not taken for an outage', async () => {
  const running = run(perform, {
    authData: { koji_api_key: 'pk_live one' },
    inputData: { respondent_id: 'user_1' },
  });
  await expect(zapierErrorOf(running)).resolves.toMatchObject({ message: expect.stringContaining('copy it again') });
});

test('a start that Koji redirects to its www. name is made there, with the key and the same body', async () => {
  const body = { respondent: { external_id: 'user_1', metadata: {} } };
  koji()
    .post(START, body)
    .reply(308, '', { location: `https://www.koji.so/api/v1${START}` });
  nock('https://www.koji.so/api/v1', { reqheaders: { authorization: `Bearer ${connected.koji_api_key}` } })
    .post(START, body)
    .reply(201, { interview_id: 'int_1' });
  await expect(start({ respondent_id: 'user_1' })).resolves.toMatchObject({ interview_id: 'int_1' });
});

test('metadata that can not be kept does not stop the step: the output has what was sent, and names the rest', async () => {
  const metadata = { n: 4, trial: true, tags: ['a', 'b'] };
  koji()
    .post(START, { respondent: { external_id: 'user_1', metadata } })
    .reply(201, { interview_id: 'int_1' });
  await expect(
    start({ respondent_id: 'user_1', metadata: { ...metadata, plan: { a: 1 }, odd: {} } }),
  ).resolves.toMatchObject({ metadata, left_out: ['plan', 'odd'] });
});

test('metadata named __proto__ is left out and named, and any other name is sent', async () => {
  const metadata = { constructor: 'a', hasOwnProperty: 'b', length: 3 };
  koji()
    .post(START, { respondent: { external_id: 'user_1', metadata } })
    .reply(201, { interview_id: 'int_1' });
  const given = JSON.parse(JSON.stringify(metadata).replace('{', '{"__proto__": "d", '));
  await expect(start({ respondent_id: 'user_1', metadata: given })).resolves.toMatchObject({
    metadata,
    left_out: ['__proto__'],
  });
});

test.each(['n/a'])('%s for an email is left out and named, where an id says who it is', async (email) => {
  koji()
    .post(START, { respondent: { external_id: 'user_1', metadata: {} } })
    .reply(201, { interview_id: 'int_1' });
  await expect(start({ respondent_id: 'user_1', respondent_email: email })).resolves.toMatchObject({
    respondent_id: 'user_1',
    respondent_email: null,
    left_out: ['Respondent Email'],
  });
});

describe('nobody is started', () => {
  test.each(['ada', '"Ada" <eve@example.com>', 'eve@example.com, bob@example.com', 'ada@intranet'])(
    'when %s is filled in for an email, with or without an id',
    async (respondent_email) => {
      for (const inputData of [{ respondent_email }, { respondent_email, respondent_id: 'user_1' }]) {
        await expect(zapierErrorOf(start(inputData))).resolves.toEqual({
          kind: 'HaltedError',
          message:
            'Nothing was sent to Koji: the field Respondent Email must be one email address, such as ada@example.com.',
        });
      }
    },
  );

  test.each([
    ['Respondent ID', { respondent_id: 'null', respondent_email: 'eve@example.com' }],
    ['Respondent ID', { respondent_id: '[object Object]' }],
    ['Respondent Email', { respondent_email: 'n/a' }],
    ['Respondent ID', { respondent_id: '"null"', respondent_email: 'eve@example.com' }],
  ])('when %s holds a placeholder, which the next one would share', async (field, inputData) => {
    await expect(zapierErrorOf(start(inputData))).resolves.toEqual({
      kind: 'HaltedError',
      message: `Nothing was sent to Koji: the field ${field} holds a placeholder such as null or n/a: an earlier step had no value for it.`,
    });
  });

  test.each([
    ['Respondent Email', { respondent_email: '{{123__email}}', respondent_id: 'user_1' }],
    ['Respondent ID', { respondent_id: '{{123__id}}', respondent_email: 'eve@example.com' }],
    ['Respondent ID', { respondent_id: 'user {{ 123__data__id }}' }],
    ['Study Link', { respondent_id: 'user_1', study_link: 'https://koji.so/i/{{123__slug}}' }],
  ])('when %s is mapped to something that an earlier step did not give', async (field, inputData) => {
    await expect(zapierErrorOf(start(inputData))).resolves.toEqual({
      kind: 'HaltedError',
      message: `Nothing was sent to Koji: the field ${field} is mapped to something that an earlier step did not give.`,
    });
  });
});
