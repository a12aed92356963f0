import { createHash } from 'node:crypto';
import { outputFields } from '../../boundary/output-fields.ts';
import { HOLDS_PLACEHOLDER, readInput } from '../../boundary/values.ts';
import {
  LINK_MISSING,
  sampleStart,
  sampleStarted,
  startBody,
  startedSchema,
  startInput,
  startInterview,
} from '../../koji/start.ts';
import { failureOf } from '../support/failures.ts';
import { errorReply, htmlReply, kojiAnswering, kojiUnreachable } from '../support/koji.ts';
import { reply } from '../support/wire.ts';

const filledIn = (fields: object) => readInput('Koji', startInput, fields);
const person = { respondent_email: 'ada@example.com', respondent_id: 'user_10042' };
const created = (body: object = {}) => reply(201, { interview_id: 'int_1', session_token: 'st_secret', ...body });

/** Starts with these fields against this answer. */
const start = (fields: object, answer = created(), project = 'project_1') =>
  startInterview(kojiAnswering(answer).koji, project, filledIn(fields));

describe('what is sent (K2)', () => {
  test('a step with everything filled in', async () => {
    const { koji, requests } = kojiAnswering(created());
    await startInterview(
      koji,
      'project_1',
      filledIn({
        ...person,
        respondent_name: ' Ada Example ',
        mode: 'voice',
        language: ' de ',
        study_link: 'https://koji.so/i/why-trials-end',
        metadata: { plan: 'pro', seats: 3 },
      }),
    );
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://koji.so/api/v1/interviews/start',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      timeoutMilliseconds: 20_000,
    });
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      respondent: {
        external_id: 'user_10042',
        display_name: 'Ada Example',
        metadata: { plan: 'pro', seats: 3, email: 'ada@example.com' },
      },
      respondent_email: 'ada@example.com',
      mode: 'voice',
      locale: 'de',
    });
  });

  test.each([
    [
      'an email alone, which is the id too',
      { respondent_email: 'ada@example.com' },
      {
        respondent: { external_id: 'ada@example.com', metadata: { email: 'ada@example.com' } },
        respondent_email: 'ada@example.com',
      },
    ],
    ['an id alone', { respondent_id: 'user_10042' }, { respondent: { external_id: 'user_10042', metadata: {} } }],
    [
      'an id that is an email, which is the email too',
      { respondent_id: 'ada@example.com' },
      {
        respondent: { external_id: 'ada@example.com', metadata: { email: 'ada@example.com' } },
        respondent_email: 'ada@example.com',
      },
    ],
    [
      'an email beside an id, with its capitals',
      { respondent_email: ' Ada@Example.COM ', respondent_id: 'User_10042' },
      {
        respondent: { external_id: 'User_10042', metadata: { email: 'Ada@Example.COM' } },
        respondent_email: 'Ada@Example.COM',
      },
    ],
    [
      'an id that is an email with capitals, byte for byte, because Amplitude tells capitals apart',
      { respondent_id: 'Ada@Example.COM' },
      {
        respondent: { external_id: 'Ada@Example.COM', metadata: { email: 'Ada@Example.COM' } },
        respondent_email: 'Ada@Example.COM',
      },
    ],
    [
      'an id with spaces, byte for byte',
      { respondent_id: ' user 10042 ' },
      { respondent: { external_id: ' user 10042 ', metadata: {} } },
    ],
    ['an id that is a number', { respondent_id: 10042 }, { respondent: { external_id: '10042', metadata: {} } }],
    [
      'metadata with an email of its own, where the real one counts',
      { ...person, metadata: { email: 'other@example.com' } },
      {
        respondent: { external_id: 'user_10042', metadata: { email: 'ada@example.com' } },
        respondent_email: 'ada@example.com',
      },
    ],
    [
      'empty fields, which are not sent',
      { ...person, respondent_name: '', mode: null, language: ' ', study_link: '', metadata: null },
      {
        respondent: { external_id: 'user_10042', metadata: { email: 'ada@example.com' } },
        respondent_email: 'ada@example.com',
      },
    ],
  ])('%s', (_name, fields, body) => {
    expect(startBody(filledIn(fields))).toEqual(body);
  });

  test('the same email, given once as the email and once as the id with spaces around it, is the same person', () => {
    const asEmail = startBody(filledIn({ respondent_email: ' ada@example.com ' }));
    const asId = startBody(filledIn({ respondent_id: ' ada@example.com ' }));
    expect(asId).toEqual(asEmail);
  });

  test('an email alone, whatever its capitals, is one person', () => {
    expect(startBody(filledIn({ respondent_email: ' Ada@Example.COM ' }))).toEqual(
      startBody(filledIn({ respondent_email: 'ada@example.com' })),
    );
  });

  test.each(['n/a', '"null"', 'redacted@'])(
    '%s for an email is none, where an id says who it is',
    (respondent_email) => {
      expect(startBody(filledIn({ respondent_email, respondent_id: 'user_10042' }))).toEqual({
        respondent: { external_id: 'user_10042', metadata: {} },
      });
      expect(startBody(filledIn({ respondent_email, respondent_id: 'ada@example.com' }))).toMatchObject({
        respondent: { external_id: 'ada@example.com' },
        respondent_email: 'ada@example.com',
      });
      expect(() => startBody(filledIn({ respondent_email }))).toThrow(
        'Nothing was sent to Koji: the field Respondent Email holds a placeholder such as null or n/a',
      );
    },
  );

  test('an id with @ that is no email is passed on, and no email is made of it', () => {
    expect(startBody(filledIn({ respondent_id: 'ada@intranet' }))).toEqual({
      respondent: { external_id: 'ada@intranet', metadata: {} },
    });
  });

  test.each([
    ['nothing', {}],
    ['a name alone', { respondent_name: 'Ada' }],
    ['an email and an id of spaces', { respondent_email: ' ', respondent_id: '\t' }],
  ])('%s says nobody, and is not sent', async (_name, fields) => {
    const { koji, requests } = kojiAnswering(created());
    const failure = await failureOf(() => startInterview(koji, 'project_1', filledIn(fields)));
    expect(failure.details).toEqual({ service: 'Koji', kind: 'data', code: 'no_respondent', status: 0 });
    expect(failure.message).toBe('Koji needs to know whom to interview: fill in Respondent Email or Respondent ID.');
    expect(requests).toEqual([]);
  });

  test.each([
    [{ mode: 'video' }, 'the field Mode must be one of text, voice.'],
    [
      { study_link: 'koji.so/i/x' },
      'the field Study Link must be a web address, such as https://koji.so/i/why-trials-end.',
    ],
    [
      { study_link: 'xhttp://koji.so/i' },
      'the field Study Link must be a web address, such as https://koji.so/i/why-trials-end.',
    ],
    [
      { study_link: 'httpx://koji.so/i' },
      'the field Study Link must be a web address, such as https://koji.so/i/why-trials-end.',
    ],
    [
      { study_link: 'javascript:alert(1)' },
      'the field Study Link must be a web address, such as https://koji.so/i/why-trials-end.',
    ],
    [{ metadata: 'plan' }, 'the field Metadata must be pairs of a name and a text.'],
    [{ respondent_email: ['ada@example.com'] }, 'the field Respondent Email must be text.'],
    [{ respondent_email: 'ada' }, 'the field Respondent Email must be one email address, such as ada@example.com.'],
    [{ respondent_id: true }, 'the field Respondent ID must be text.'],
    [{ respondent_id: 'N/A' }, `the field Respondent ID ${HOLDS_PLACEHOLDER}.`],
    [{ respondent_name: {} }, 'the field Respondent Name must be text.'],
    [{ language: {} }, 'the field Language must be a language code such as en or pt-BR.'],
  ])('%j is refused before anything is sent', async (fields, sentence) => {
    const failure = await failureOf(() => filledIn({ ...person, ...fields }));
    expect(failure.details).toMatchObject({ kind: 'data', code: 'invalid_input' });
    expect(failure.message).toBe(`Nothing was sent to Koji: ${sentence}`);
  });
});

describe('what comes out', () => {
  test('what Koji says and what came in, every key there, and no session token', async () => {
    const started = await start({ respondent_id: 'user_10042' });
    expect(started).toEqual({
      id: 'int_1',
      interview_id: 'int_1',
      interview_link: null,
      interview_link_missing: LINK_MISSING,
      already_started: false,
      started_at: null,
      respondent_email: null,
      respondent_id: 'user_10042',
      respondent_name: null,
      mode: null,
      language: null,
      study_link: null,
      metadata: {},
      left_out: [],
    });
    expect(Object.keys(started)).toEqual(Object.keys(startedSchema.shape));
  });

  test('the fields as they were filled in, without the email that we put into the metadata', async () => {
    const fields = { ...person, respondent_name: 'Ada', mode: 'text', language: 'en', metadata: { plan: 'pro' } };
    await expect(start(fields)).resolves.toMatchObject(fields);
  });

  test.each(['null', 'N/A', '[object Object]', '{{123__name}}', ' undefined '])(
    'no name, and that it was left out, where the name is %s',
    async (respondent_name) => {
      const { koji, requests } = kojiAnswering(created());
      const metadata = { odd: { a: 1 } };
      const started = await startInterview(koji, 'project_1', filledIn({ ...person, respondent_name, metadata }));
      expect(started).toMatchObject({ respondent_name: null, left_out: ['Respondent Name', 'odd'] });
      expect(JSON.parse(requests[0]?.body ?? '').respondent).not.toHaveProperty('display_name');
    },
  );

  test('of the metadata what was sent, and the names of the rest', async () => {
    const { koji, requests } = kojiAnswering(created());
    const metadata = { plan: 'pro', email: 'other@example.com', odd: { a: 1 } };
    const started = await startInterview(koji, 'project_1', filledIn({ ...person, metadata }));
    expect([started.metadata, started.left_out]).toEqual([{ plan: 'pro' }, ['odd', 'email']]);
    expect(JSON.parse(requests[0]?.body ?? '').respondent.metadata).toEqual({ plan: 'pro', email: 'ada@example.com' });
  });

  test.each([
    ['bare', { started_at: '2026-05-24T11:29:05Z' }, '2026-05-24T11:29:05.000Z'],
    ['in seconds', { started_at: 1_779_622_145 }, '2026-05-24T11:29:05.000Z'],
    ['as nonsense', { started_at: 'now' }, null],
  ])('the start, given %s', async (_name, body, started_at) => {
    await expect(start(person, created(body))).resolves.toMatchObject({ started_at });
  });

  test('an answer in {"interview": …} is read too', async () => {
    const answer = reply(201, { interview: { interview_id: 'int_7', link: 'https://koji.so/i/7' } });
    await expect(start(person, answer)).resolves.toMatchObject({
      id: 'int_7',
      interview_id: 'int_7',
      interview_link: 'https://koji.so/i/7',
    });
  });

  test('an empty {"interview": …} beside the id hides nothing', async () => {
    await expect(start(person, reply(201, { interview: {}, interview_id: 'int_7' }))).resolves.toMatchObject({
      interview_id: 'int_7',
    });
  });

  test.each(['n/a', 'null', ' Undefined ', '(not set)', 0, '{{123__mode}}'])(
    'a mode and a language that say %j are not sent, and are named',
    async (nothing) => {
      const { koji, requests } = kojiAnswering(created());
      const given = filledIn({ ...person, mode: nothing, language: nothing });
      expect(await startInterview(koji, 'project_1', given)).toMatchObject({
        mode: null,
        language: null,
        left_out: ['Mode', 'Language'],
      });
      expect(Object.keys(JSON.parse(requests[0]?.body ?? ''))).toEqual(['respondent', 'respondent_email']);
    },
  );

  test('each field has the name that people read when they map it', () => {
    expect(outputFields(startedSchema).map(({ label }) => label)).toEqual([
      'ID of This Start (Map Interview ID)',
      'Interview ID',
      'Interview Link',
      'Interview Link Missing',
      'Already Started',
      'Started At',
      'Respondent Email',
      'Respondent ID',
      'Respondent Name',
      'Mode',
      'Language',
      'Study Link',
      'Metadata',
      'Left Out',
    ]);
  });

  test('the sample is what starting its person gives', async () => {
    const answer = created({ interview_id: 'int_sample_4f9d2c81', started_at: '2026-05-24T11:29:05Z' });
    const { id: _id, interview_id: _same, interview_link: _link, ...fields } = sampleStarted;
    await expect(
      start(
        {
          ...fields,
          respondent_email: 'ada@example.com',
          respondent_id: 'user_10042',
          respondent_name: 'Ada Example',
          mode: 'text',
          language: 'en',
          study_link: 'https://koji.so/i/why-trials-end',
          metadata: { cohort: 'Trials ending this week' },
        },
        answer,
      ),
    ).resolves.toEqual(sampleStarted);
  });

  test('the sample is of the same shape', () => {
    expect(startedSchema.strict().parse(sampleStarted)).toEqual(sampleStarted);
    expect(Object.keys(sampleStarted)).toEqual(Object.keys(startedSchema.shape));
  });
});

describe('the link (K4)', () => {
  const study_link = 'https://koji.so/i/why-trials-end?utm_source=email#top';

  test.each([
    ['interview_url', { interview_url: 'https://koji.so/a' }, 'https://koji.so/a'],
    ['link', { link: 'https://koji.so/b' }, 'https://koji.so/b'],
    ['url', { url: 'https://koji.so/c' }, 'https://koji.so/c'],
    [
      'interview_url before link before url',
      {
        url: 'https://koji.so/c',
        link: 'https://koji.so/b',
        interview_url: 'https://koji.so/a',
      },
      'https://koji.so/a',
    ],
    ['link before url', { url: 'https://koji.so/c', link: 'https://koji.so/b' }, 'https://koji.so/b'],
    [
      'link where interview_url leads nowhere',
      { interview_url: '/i/abc', link: 'https://koji.so/b' },
      'https://koji.so/b',
    ],
    ['link where interview_url is empty', { interview_url: '', link: 'https://koji.so/b' }, 'https://koji.so/b'],
  ])('is what Koji gives as %s', async (_name, body, link) => {
    await expect(start({ ...person, study_link }, created(body))).resolves.toMatchObject({ interview_link: link });
  });

  test.each([
    ['the id', person, 'https://koji.so/i/why-trials-end?utm_source=email&external_id=user_10042#top'],
    [
      'the email where there is no id',
      { respondent_email: 'ada+x@example.com' },
      'https://koji.so/i/why-trials-end?utm_source=email&external_id=ada%2Bx%40example.com#top',
    ],
  ])('else is the study link with %s', async (_name, fields, link) => {
    await expect(start({ ...fields, study_link })).resolves.toMatchObject({ interview_link: link, study_link });
  });

  test.each(['/i/abc', 'koji.so/i/abc', 'javascript:alert(1)', 'mailto:ada@example.com', 'pending'])(
    'is the study link where Koji gives %s, which leads nowhere from an email',
    async (interview_url) => {
      const { interview_link } = await start({ ...person, study_link }, created({ interview_url }));
      expect(interview_link).toBe('https://koji.so/i/why-trials-end?utm_source=email&external_id=user_10042#top');
    },
  );

  test('names one person only, also where the study link named another', async () => {
    const started = await start({ ...person, study_link: 'https://koji.so/i/x?external_id=somebody' });
    expect(started.interview_link).toBe('https://koji.so/i/x?external_id=user_10042');
  });

  test('may be one without encryption, as of a study of your own', async () => {
    const started = await start({ ...person, study_link: 'http://127.0.0.1:4010/i/x' });
    expect(started.interview_link).toBe('http://127.0.0.1:4010/i/x?external_id=user_10042');
  });

  test('where there is one, is not called missing', async () => {
    await expect(start({ ...person, study_link })).resolves.toMatchObject({ interview_link_missing: null });
  });

  test('where there is none, it is said where to find one', async () => {
    await expect(start(person)).resolves.toMatchObject({
      interview_link_missing:
        "Koji gave no link, and no study link is filled in: copy your study's link from Koji's Share tab.",
    });
  });

  test('else is empty', async () => {
    await expect(start(person)).resolves.toMatchObject({ interview_link: null, study_link: null });
  });
});

describe('a person who has an interview already (K3)', () => {
  const expectedId = (text: string) => `respondent_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;

  test.each([
    ['201', created(), 'int_1', false],
    ['200', reply(200, { interview_id: 'int_1' }), 'int_1', true],
    ['409 with an id', reply(409, { error: 'conflict', interview_id: 'int_1' }), 'int_1', true],
    ['409 with an interview in it', reply(409, { interview: { interview_id: 'int_1' } }), 'int_1', true],
    ['409 without an id', errorReply(409, 'conflict', 'Exists'), null, true],
    ['409 in a form of its own', reply(409, { message: 'Exists' }), null, true],
    ['409 with nothing', reply(409), null, true],
    [
      '409 with an id, whatever else it says',
      reply(409, { error: 'study_closed', message: 'Closed.', interview_id: 'int_1' }),
      'int_1',
      true,
    ],
  ])('%s is a success', async (_name, answer, interview_id, already_started) => {
    await expect(start(person, answer)).resolves.toMatchObject({ interview_id, already_started });
  });

  test('without an id from Koji it gets one that is always the same', async () => {
    const first = await start(person, errorReply(409, 'conflict'));
    const again = await start({ ...person, respondent_name: 'Ada', mode: 'voice' }, reply(409));
    expect(first.id).toBe(expectedId('project_1:user_10042'));
    expect(again.id).toBe(first.id);
  });

  test('and the same for an email in other capitals', async () => {
    const small = await start({ respondent_email: 'ada@example.com' }, reply(409));
    const { id } = await start({ respondent_email: 'ADA@example.com' }, reply(409));
    expect(id).toBe(small.id);
  });

  test('another person or another project has another one', async () => {
    const conflict = reply(409);
    const { id } = await start(person, conflict);
    await expect(start({ respondent_id: 'user_7' }, conflict)).resolves.toMatchObject({
      id: expectedId('project_1:user_7'),
    });
    const elsewhere = await start(person, conflict, 'project_2');
    expect(elsewhere.id).not.toBe(id);
  });

  test('the link is still made from the study link', async () => {
    const started = await start({ ...person, study_link: 'https://koji.so/i/x' }, reply(409));
    expect(started.interview_link).toBe('https://koji.so/i/x?external_id=user_10042');
  });
});

describe('a conflict that is not about the person', () => {
  test.each([
    'study_closed',
    'study-paused',
    'archived',
    'survey_ended',
    'study_full',
    'response_limit_reached',
    'over_limits',
    'QUOTA_EXCEEDED',
    'inactive',
    'disabled',
  ])('but about a study that takes nobody, by its code %s, starts nobody', async (code) => {
    const failure = await failureOf(() =>
      start({ ...person, study_link: 'https://koji.so/i/x' }, errorReply(409, code)),
    );
    expect(failure.details).toEqual({ service: 'Koji', kind: 'connection', code, status: 409 });
  });

  test('but about a study that takes nobody, by its words, is handed on with them', async () => {
    const failure = await failureOf(() => start(person, errorReply(409, 'conflict', 'This study is closed.')));
    expect(failure.message).toBe(
      "Koji starts nobody with this API key (409). Koji says: “This study is closed.” Check that the key is your study's and that the study takes answers.",
    );
  });

  test.each([
    ['a sentence for a code', { error: 'study closed', message: 'The study is closed' }],
    ['a sentence alone', { error: 'The study is closed' }],
    ['a code that says nothing', { error: 'conflict', message: 'The study is closed to new respondents' }],
    ['a code one level down', { error: { code: 'study_closed', message: 'The study is closed' } }],
    ['a code one level down, with the words beside it', { error: { code: 'x' }, message: 'The study is closed' }],
    ['a code of its own name', { code: 'study_closed', message: 'The study is closed' }],
    ['a code of its own name, without words', { code: 'study_closed' }],
    ['a code, beside words of its respondents', { error: 'study_closed', message: 'It takes no more respondents' }],
  ])('but about the study in the form of %s, starts nobody', async (_form, body) => {
    const failure = await failureOf(() => start(person, reply(409, body)));
    expect(failure.details).toMatchObject({ kind: 'connection', status: 409 });
    expect(failure.message).toMatch(/^Koji starts nobody with this API key \(409\)\./);
  });

  test.each([
    ['conflict', 'The limit is one interview per respondent'],
    ['interview_exists', 'This interview has ended'],
    ['conflict', 'This person has already ended an interview'],
    ['respondent_limit', 'One interview each'],
    ['conflict', 'An interview exists, and is closed'],
  ])('is about the person where it says so: %s, “%s”', async (code, message) => {
    await expect(start(person, errorReply(409, code, message))).resolves.toMatchObject({ already_started: true });
  });

  test.each(['interview_exists', 'already_started', 'fully_registered', 'extended_conflict', 'unlimited'])(
    'is not told by the code %s',
    async (code) => {
      await expect(start(person, errorReply(409, code))).resolves.toMatchObject({ already_started: true });
    },
  );

  test('but of a web page shows nothing of a start', async () => {
    const failure = await failureOf(() => start({ ...person, study_link: 'https://koji.so/i/x' }, htmlReply(409)));
    expect(failure.details).toEqual({ service: 'Koji', kind: 'retry', code: 'http_409', status: 409 });
  });
});

describe('failures', () => {
  test.each([
    ['a wrong key', errorReply(401, 'unauthorized'), 'connection'],
    ['a proxy that asks for a password', htmlReply(401), 'retry'],
    ['no credits', errorReply(402, 'insufficient_credits'), 'connection'],
    ['a plan without the API', errorReply(403, 'plan_required'), 'connection'],
    ['a body that Koji does not take', errorReply(422, 'invalid'), 'data'],
    ['too many requests', reply(429, '', { 'retry-after': '9' }), 'wait'],
    ['a breakdown', htmlReply(502), 'retry'],
    ['a redirect', reply(307), 'connection'],
    ['a web page instead of an interview', htmlReply(200), 'retry'],
    ['an empty answer', reply(201), 'retry'],
    ['an answer without the id of an interview', reply(201, { session_token: 'st_secret' }), 'retry'],
  ])('%s', async (_name, answer, kind) => {
    const failure = await failureOf(() => start(person, answer));
    expect(failure.details).toMatchObject({ service: 'Koji', kind, status: answer.status });
  });

  test('a key that may not start is told which permission it lacks', async () => {
    const failure = await failureOf(() => start(person, errorReply(403, 'forbidden')));
    expect(failure.message).toContain('lacks the permission interview:start');
  });

  test('a connection that never answers', async () => {
    const failure = await failureOf(() => startInterview(kojiUnreachable, 'project_1', filledIn(person)));
    expect(failure.details).toEqual({ service: 'Koji', kind: 'retry', code: 'unreachable', status: 0 });
    expect(failure.message).not.toContain('pk_live');
  });
});

test('the person of the samples is known by the email, and nobody else is taken for them', () => {
  expect(sampleStart(filledIn(person))).toMatchObject({ interview_id: 'int_sample_4f9d2c81', interview_link: null });
  for (const other of [{ respondent_id: 'user_10042' }, { respondent_email: 'eve@example.com' }])
    expect(sampleStart(filledIn(other))).toBeNull();
});
