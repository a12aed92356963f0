import { createHmac } from 'node:crypto';
import { sampleInterview, sampleWireInterview } from '../../koji/sample.ts';
import trigger, { perform, performList } from '../../triggers/interview_analysis_ready.ts';
import { performSubscribe, performUnsubscribe } from '../../zapier/interview-hook.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import { defaultsOf } from '../support/forms.ts';
import nock from '../support/nock.ts';

const KOJI = 'https://koji.so/api/v1';
const SECRET = 'whsec_subscription_made_up';
const HOOK = 'https://hooks.zapier.com/hooks/standard/1/abc/';

const hex = (body: string, secret = SECRET) => createHmac('sha256', secret).update(body).digest('hex');
const delivery = (interview: object = {}, envelope: object = {}) =>
  JSON.stringify({
    event: 'interview.analysis_ready',
    id: 'evt_1',
    created_at: '2026-05-24T11:41:30Z',
    data: { ...sampleWireInterview, ...interview },
    ...envelope,
  });

/** What subscribing gave. */
const subscription: { id: string; secret?: string } = { id: 'wh_1', secret: SECRET };

/** A delivery as Zapier hands it on: header names with `Http-`, the body as raw text. */
const receive = (
  content: string,
  {
    headers = { 'Http-X-Koji-Signature': `sha256=${hex(content)}` },
    inputData = {},
    subscribeData = subscription,
    authData = connected,
  }: {
    headers?: Record<string, string>;
    inputData?: Record<string, unknown>;
    subscribeData?: { id: string; secret?: string };
    authData?: Record<string, string>;
  } = {},
) =>
  run(perform, {
    authData,
    inputData,
    subscribeData,
    rawRequest: { method: 'POST', querystring: '', headers, content },
    cleanedRequest: {},
  });

/** More of it than a stack holds; too much for `JSON.stringify` as well. */
const ENDLESS = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const withEndless = (json: string, inside = '') =>
  json.replaceAll('"ENDLESS"', `${ENDLESS.slice(0, 20_000)}${inside}${ENDLESS.slice(20_000)}`);
const endless = {
  answers: [{ question_id: 'odd', value: 'ENDLESS' }, ...sampleWireInterview.answers],
  respondent: { ...sampleWireInterview.respondent, metadata: { odd: 'ENDLESS', plan: 'trial' } },
};

test.each(['', '12345678901234567890'])(
  'an interview with an answer and metadata nested without end around %j triggers, without these',
  async (inside) => {
    await expect(receive(withEndless(delivery(endless), inside))).resolves.toMatchObject([
      {
        answers_by_question: { odd: null, ease: '2' },
        metadata: { odd: null, plan: 'trial' },
      },
    ]);
  },
);

test('such an interview hides no other in the list that the editor shows', async () => {
  nock(KOJI)
    .get('/interviews?status=analysis_ready&limit=50')
    .reply(
      200,
      withEndless(
        JSON.stringify({
          interviews: [{ ...sampleWireInterview, ...endless, interview_id: 'odd' }, sampleWireInterview],
        }),
      ),
    );
  await expect(run(performList, { authData: connected, inputData: {} })).resolves.toMatchObject([
    { id: 'odd' },
    { id: sampleWireInterview.interview_id },
  ]);
});

describe('a signed delivery', () => {
  test('triggers with the interview, in the shape of the sample', async () => {
    const [interview, ...more] = await receive(delivery());
    expect(more).toEqual([]);
    expect(interview).toEqual(sampleInterview);
  });

  test('is read from the signed bytes, whatever else the platform hands on', async () => {
    const content = delivery({ interview_id: 'int_signed' });
    const [interview] = await run(perform, {
      authData: connected,
      inputData: {},
      subscribeData: subscription,
      rawRequest: { headers: { 'Http-X-Koji-Signature': hex(content) }, content },
      cleanedRequest: { data: { interview_id: 'int_forged' } },
    });
    expect(interview?.id).toBe('int_signed');
  });

  test('with ids of 20 digits keeps every digit', async () => {
    const content = delivery({ interview_id: 'LONG', respondent: { external_id: 'LONG', metadata: { n: 'LONG' } } });
    const digits = '12345678901234567891';
    await expect(receive(content.replaceAll('"LONG"', digits))).resolves.toMatchObject([
      { interview_id: digits, respondent_id: digits, metadata: { n: digits } },
    ]);
  });

  test('that begins with a byte order mark is read', async () => {
    await expect(receive(`\uFEFF${delivery()}`)).resolves.toHaveLength(1);
  });

  test.each([
    ['23 hours', 23 * 3_600, 1],
    ['25 hours', 25 * 3_600, 0],
    ['minus 4 minutes', -240, 1],
    ['minus 6 minutes', -360, 0],
  ])('that Zapier runs after %s', async (_name, late, triggered) => {
    const content = delivery();
    const sentAt = Math.floor(Date.now() / 1_000) - late;
    const headers = { 'Http-X-Koji-Signature': `t=${sentAt},v1=${hex(`${sentAt}.${content}`)}` };
    await expect(receive(content, { headers })).resolves.toHaveLength(triggered);
  });

  const HOUR = 3_600_000;

  test.each([
    ['an hour ahead', HOUR, 1],
    ['two days ahead', 48 * HOUR, 0],
    ['a week ahead', 168 * HOUR, 0],
    ['an hour behind', -HOUR, 0],
    ['a day behind', -24 * HOUR, 0],
    ['a week behind', -168 * HOUR, 0],
  ])('that names no time triggers by a clock that is %s, and one that names it while it is near', async (...row) => {
    const [, wrongBy, triggered] = row;
    const sentAt = Math.floor(Date.now() / 1_000);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => sentAt * 1_000 + wrongBy);
    const content = delivery();
    const headers = { 'Http-X-Koji-Signature': `t=${sentAt},v1=${hex(`${sentAt}.${content}`)}` };
    await expect(receive(content)).resolves.toHaveLength(1);
    await expect(
      receive(content, { headers, subscribeData: { id: 'wh_clock', secret: SECRET } }),
    ).resolves.toHaveLength(triggered);
    clock.mockRestore();
  });

  test.each([['a list'], null, 17, { a: 1 }, true])('may have the odd header %j', async (odd) => {
    const content = delivery();
    const headers = JSON.parse(JSON.stringify({ 'Http-X-Odd': odd, 'Http-X-Koji-Signature': hex(content) }));
    await expect(receive(content, { headers })).resolves.toHaveLength(1);
  });

  test('is checked with the whole secret that Koji gave, though it holds spaces', async () => {
    const content = delivery();
    const secret = 'a secret of many words and long pieces';
    const signedWith = (key: string) =>
      receive(content, {
        headers: { 'Http-X-Koji-Signature': hex(content, key) },
        subscribeData: { id: 'wh_1', secret },
      });
    await expect(signedWith(secret)).resolves.toHaveLength(1);
    await expect(signedWith('secret')).resolves.toEqual([]);
  });

  test('with emoji and other non-ASCII text is verified and kept as it is', async () => {
    const [interview] = await receive(delivery({ summary: 'Zu teuer 💶 – naïve Preise' }));
    expect(interview?.summary).toBe('Zu teuer 💶 – naïve Preise');
  });

  test("is checked with the connection's secret where the subscription brought none", async () => {
    const content = delivery();
    await expect(
      receive(content, {
        headers: { 'Http-X-Koji-Signature': hex(content, 'the_second_secret') },
        subscribeData: { id: 'wh_1' },
        authData: { ...connected, koji_webhook_secret: 'the_first_secret, the_second_secret' },
      }),
    ).resolves.toHaveLength(1);
  });

  test("is also checked with the connection's secret, so that a secret rotated at Koji can be put there", async () => {
    const content = delivery();
    await expect(
      receive(content, {
        headers: { 'Http-X-Koji-Signature': hex(content, 'a rotated secret') },
        authData: { ...connected, koji_webhook_secret: 'a rotated secret' },
      }),
    ).resolves.toHaveLength(1);
  });

  test.each([
    ['the verification request of Koji', JSON.stringify({ event: 'webhook.verification' })],
    ['an empty body', ''],
    ['an event of another kind', delivery({}, { event: 'interview.completed' })],
  ])('that is %s starts nothing', async (_name, content) => {
    await expect(receive(content)).resolves.toEqual([]);
  });
});

/** What the app writes to its log while this runs. */
const loggedWhile = async (running: () => Promise<unknown>): Promise<string> => {
  const log = jest.spyOn(console, 'log').mockImplementation(() => {});
  await running();
  const lines = log.mock.calls.flat().join('\n');
  log.mockRestore();
  return lines;
};

const LONGEST = 'a'.repeat(30);
test.each([
  ['interview.completed', 'Koji told of another event (interview.completed).'],
  [`${LONGEST}.${LONGEST}`, `Koji told of another event (${LONGEST}.${LONGEST}).`],
  ['interview.answer.was_added', 'Koji told of another event (interview.answer.was_added).'],
  ['interview', 'Koji told of another event.'],
  ['of interview.completed', 'Koji told of another event.'],
  [`a${LONGEST}.completed`, 'Koji told of another event.'],
  [`completed.a${LONGEST}`, 'Koji told of another event.'],
  ['a.b.c.d.e', 'Koji told of another event.'],
  ['ada@example.com', 'Koji told of another event.'],
  ['interview.completed for Ada', 'Koji told of another event.'],
  ['pk_live_made_up_for_tests', 'Koji told of another event.'],
])('another event, %s, is named in the log only where it looks like the name of one', async (event, line) => {
  const logged = await loggedWhile(() => receive(delivery({}, { event })));
  expect(logged).toContain(line);
  if (!line.includes(event)) expect(logged).not.toContain(event);
});

describe('the log says why nothing was triggered:', () => {
  const content = delivery();
  test.each([
    [
      'forged',
      content,
      { 'Http-X-Koji-Signature': hex(content, 'guess') },
      'signature is wrong, so it did not come from Koji.',
    ],
    ['without a signature', content, {}, 'signature is missing, so it did not come from Koji.'],
    [
      'signed days ago',
      content,
      { 'Http-X-Koji-Signature': `t=1,v1=${hex(`1.${content}`)}` },
      'signature is stale, so it was signed too long before or after now.',
    ],
    ['below the gate', delivery({ quality_score: 2 }), null, 'The quality score is below the minimum quality.'],
    [
      "Koji's check",
      JSON.stringify({ event: 'webhook.verification' }),
      null,
      'Koji checked that this address answers.',
    ],
  ])('%s', async (_name, body, headers, because) => {
    const given = headers ?? { 'Http-X-Koji-Signature': hex(body) };
    const logged = await loggedWhile(() => receive(body, { headers: given }));
    expect(logged).toMatch(/Nothing was triggered\. /);
    expect(logged).toContain(because);
  });
});

test.each([
  ['no JSON', 'payload=%7B%7D', 'the body is not a JSON object'],
  ['JSON that is no object', '[1,2]', 'the body is not a JSON object'],
  [
    'an analysis of nothing',
    JSON.stringify({ event: 'interview.analysis_ready' }),
    'interview.analysis_ready came without an interview',
  ],
  [
    'an analysis in a form that nobody knows',
    JSON.stringify({ event: 'interview.analysis_ready', data: { object: sampleWireInterview } }),
    'interview.analysis_ready came without an interview',
  ],
])('a signed delivery of %s is an error, so that people learn why nothing triggers', async (_what, body, because) => {
  await expect(zapierErrorOf(receive(body))).resolves.toEqual({
    kind: 'AppError',
    code: 'unreadable_delivery',
    status: 0,
    message: `Koji's delivery can't be read (${because}), so nothing was triggered. Use the trigger New Interview Analysis instead. Please tell Koji support.`,
  });
});

describe("a signed delivery of an interview's id alone", () => {
  const told = (more: object = {}) =>
    receive(JSON.stringify({ event: 'interview.analysis_ready', data: { interview_id: 'int_9' }, ...more }));
  const koji = () => nock(KOJI).get('/interviews/int_9');

  test('triggers with the interview, read from Koji', async () => {
    koji().reply(200, { ...sampleWireInterview, interview_id: 'int_9' });
    await expect(told()).resolves.toMatchObject([
      { id: 'int_9', quality_score: 4, respondent_email: 'ada@example.com' },
    ]);
  });

  test('that triggers is not said in the log to have triggered nothing', async () => {
    koji().reply(200, { ...sampleWireInterview, interview_id: 'int_9' });
    await expect(loggedWhile(told)).resolves.not.toContain('Nothing was triggered');
  });

  test.each(['analyzed', 'completed', null])('triggers under a status of %p, too', async (status) => {
    koji().reply(200, { ...sampleWireInterview, interview_id: 'int_9', status });
    await expect(told()).resolves.toMatchObject([{ id: 'int_9', status, is_analyzed: true }]);
  });

  test('is tried again by Zapier where the analysis is not there yet', async () => {
    koji().reply(200, { interview_id: 'int_9', status: 'completed' });
    await expect(zapierErrorOf(told())).resolves.toMatchObject({
      kind: 'ThrottledError',
      delay: 60,
      message: expect.stringMatching(/^Koji told of the analysis of an interview, and it can't be read yet\./),
    });
  });

  test('is gated by what Koji says of it', async () => {
    koji().reply(200, { ...sampleWireInterview, interview_id: 'int_9', quality_score: 2 });
    await expect(told()).resolves.toEqual([]);
  });

  test.each([
    ['score', { quality_score: null }],
    ['score on the scale', { quality_score: 6 }],
    ['word of an email', { respondent_email: undefined }],
  ])('is what a delivery without a %s counts as, too', async (_what, lacks) => {
    const interview = { ...sampleWireInterview, interview_id: 'int_9' };
    koji().reply(200, interview);
    await expect(told({ data: { ...interview, ...lacks } })).resolves.toMatchObject([
      { id: 'int_9', quality_score: 4, respondent_email: 'ada@example.com' },
    ]);
  });

  test.each([
    ['no score', { quality_score: null }],
    ['a score off the scale', { quality_score: 6 }],
  ])('starts nothing where Koji itself has %s for it', async (_what, lacks) => {
    koji().reply(200, { ...sampleWireInterview, interview_id: 'int_9', ...lacks });
    await expect(told()).resolves.toEqual([]);
  });

  test('brings nobody when the delivery is flagged anonymous', async () => {
    koji().reply(200, { ...sampleWireInterview, interview_id: 'int_9' });
    await expect(told({ anonymous: true })).resolves.toMatchObject([
      { is_anonymous: true, respondent_email: null, respondent_id: null, respondent_name: null, metadata: {} },
    ]);
  });

  test.each([{}, { anonymous: true }])(
    'is tried again by Zapier where Koji has no such interview (%j), and people learn of it',
    async (more) => {
      koji().reply(404, { error: 'not_found', message: '' });
      await expect(zapierErrorOf(told(more))).resolves.toMatchObject({
        kind: 'ThrottledError',
        delay: 60,
        message: expect.stringContaining('the webhook is of another project than the API key'),
      });
    },
  );

  test.each([500, 502, 504])(
    'is tried again by Zapier where Koji answers %i, because nobody delivers it again',
    async (status) => {
      koji().reply(status, '');
      await expect(zapierErrorOf(told())).resolves.toMatchObject({
        kind: 'ThrottledError',
        message: expect.stringContaining(String(status)),
      });
    },
  );

  test('is tried again by Zapier where Koji does not answer', async () => {
    koji().replyWithError('reset');
    await expect(zapierErrorOf(told())).resolves.toMatchObject({ kind: 'ThrottledError' });
  });

  test('is an error where the key may not read, because the next try would meet the same', async () => {
    koji().reply(403, { error: 'forbidden', message: 'no' });
    await expect(zapierErrorOf(told())).resolves.toMatchObject({ kind: 'AppError' });
  });
});

describe('a delivery that did not come from Koji starts nothing', () => {
  const content = delivery();
  test.each([
    ['no signature', {}],
    ['an empty signature', { 'Http-X-Koji-Signature': '' }],
    ['a signature with a wrong key', { 'Http-X-Koji-Signature': `sha256=${hex(content, 'guess')}` }],
    ['a signature that is too short', { 'Http-X-Koji-Signature': `sha256=${hex(content).slice(2)}` }],
    [
      'a signature over a re-serialized body',
      { 'Http-X-Koji-Signature': hex(JSON.stringify(JSON.parse(content), null, 1)) },
    ],
    [
      'a signed timestamp of two days ago',
      (() => {
        const t = Math.floor(Date.now() / 1000) - 2 * 86_400;
        return { 'Http-X-Koji-Signature': `t=${t},v1=${hex(`${t}.${content}`)}` };
      })(),
    ],
  ])('%s', async (_name, headers) => {
    await expect(receive(content, { headers })).resolves.toEqual([]);
  });

  test('a body with one byte changed', async () => {
    await expect(
      receive(content.replace('negative', 'negativf'), { headers: { 'Http-X-Koji-Signature': hex(content) } }),
    ).resolves.toEqual([]);
  });

  test.each([
    ['no secret', { id: 'wh_1' }],
    ['an empty secret', { id: 'wh_1', secret: '' }],
  ])(
    'a delivery signed with nothing, while the subscription has %s and the connection none, is an error that says where to set one',
    async (_which, subscribeData) => {
      const headers = { 'Http-X-Koji-Signature': hex(content, '') };
      await expect(zapierErrorOf(receive(content, { headers, subscribeData }))).resolves.toMatchObject({
        kind: 'AppError',
        message: expect.stringContaining('Koji Webhook Secret'),
      });
    },
  );
});

describe('the gate', () => {
  test.each([
    ['a score below the minimum', { quality_score: 2 }, {}],
    ['a score below a higher minimum', { quality_score: 4 }, { minimum_quality: '5' }],
    ['another study than the one chosen', { study_id: 'stu_9c44d2' }, { study_id: 'stu_6b1e07' }],
    ['a study, where one that was deleted is chosen', {}, { study_id: 'stu_gone' }],
    ['a sentiment that was not chosen', { sentiment: 'negative' }, { sentiments: ['positive', 'mixed'] }],
    ['nobody behind it, where anonymous ones are skipped', { respondent_email: null }, { skip_anonymous: 'true' }],
  ])('keeps out an interview with %s', async (_name, interview, inputData) => {
    await expect(receive(delivery(interview), { inputData })).resolves.toEqual([]);
  });

  test.each([
    ['a delivery', () => receive(delivery(), { inputData: { minimum_quality: '11' } })],
    ['the test in the editor', () => run(performList, { authData: connected, inputData: { minimum_quality: '11' } })],
  ])('that can not be read halts %s, in words', async (_name, running) => {
    await expect(zapierErrorOf(running())).resolves.toEqual({
      kind: 'HaltedError',
      message: 'Nothing was sent to Koji: the field Minimum Quality must be a whole number from 1 to 5.',
    });
  });

  test.each([
    ['scored 3', { quality_score: 3 }, 1],
    ['scored 2', { quality_score: 2 }, 0],
    ['of nobody', { anonymous: true }, 1],
    ['of a mixed sentiment', { sentiment: 'mixed' }, 1],
  ])('is the same with the defaults that the form shows and with empty fields: %s', async (_name, more, triggered) => {
    for (const inputData of [defaultsOf(trigger), {}]) {
      await expect(
        receive(delivery({ interview_id: `int_${Object.keys(inputData)}`, ...more }), { inputData }),
      ).resolves.toHaveLength(triggered);
    }
  });

  test('lets an anonymous interview through by default, without a trace of the person', async () => {
    const [interview] = await receive(delivery({ anonymous: true }));
    expect(interview).toMatchObject({
      is_anonymous: true,
      respondent_email: null,
      respondent_id: null,
      respondent_name: null,
      metadata: {},
    });
  });
});

test.each([undefined, { id: 17, secret: SECRET }])(
  'a subscription of which Zapier knows nothing readable, %j, leaves the secret of the connection',
  async (subscribeData) => {
    const content = delivery();
    const bundle = {
      authData: { ...connected, koji_webhook_secret: 'a secret of ours' },
      inputData: {},
      ...JSON.parse(JSON.stringify({ subscribeData })),
      rawRequest: { headers: { 'Http-X-Koji-Signature': hex(content, 'a secret of ours') }, content },
    };
    await expect(run(perform, bundle)).resolves.toHaveLength(1);
  },
);

describe('turning the Zap on', () => {
  const subscribe = (authData = connected) => run(performSubscribe, { authData, targetUrl: HOOK });
  const koji = () => nock(KOJI, { reqheaders: { authorization: `Bearer ${connected.koji_api_key}` } });

  test("subscribes the Zap's address and keeps the secret", async () => {
    koji()
      .post('/webhooks', { url: HOOK, events: ['interview.analysis_ready'] })
      .reply(201, { id: 'wh_1', secret: SECRET });
    await expect(subscribe()).resolves.toEqual({ id: 'wh_1', secret: SECRET });
  });

  test('is refused, and the webhook deleted again, where nothing could ever be verified', async () => {
    koji().post('/webhooks').reply(201, { id: 'wh_1' });
    koji().delete('/webhooks/wh_1').reply(204);
    await expect(zapierErrorOf(subscribe())).resolves.toMatchObject({
      kind: 'AppError',
      message: expect.stringMatching(
        /not turned on.*New Interview Analysis instead.*all webhooks.*Koji Webhook Secret/,
      ),
    });
  });

  test('is refused in the same words where the webhook can not be deleted again', async () => {
    koji().post('/webhooks').reply(201, { id: 'wh_1' });
    koji().delete('/webhooks/wh_1').reply(500);
    await expect(zapierErrorOf(subscribe())).resolves.toMatchObject({
      message: expect.stringContaining('not turned on'),
    });
  });

  test('works without a secret of the subscription where the connection has one', async () => {
    koji().post('/webhooks').reply(201, { id: 'wh_1' });
    await expect(subscribe({ ...connected, koji_webhook_secret: 'a secret of ours' })).resolves.toEqual({
      id: 'wh_1',
      secret: null,
    });
  });

  test.each([
    ['an API without webhooks', 404, { error: 'not_found', message: 'No route.' }],
    ['an API that does not take this call', 405, { error: 'method_not_allowed', message: 'No.' }],
    ['a plan without webhooks', 403, { error: 'plan_upgrade_required', message: 'Upgrade to Interviews.' }],
  ])('says what to do with %s', async (_name, status, body) => {
    koji().post('/webhooks').reply(status, body);
    await expect(zapierErrorOf(subscribe())).resolves.toMatchObject({
      kind: 'AppError',
      message: expect.stringMatching(
        /does not let this account add webhooks.*“.*Use the trigger New Interview Analysis instead/,
      ),
    });
  });

  test('is refused where a setting of the gate makes no sense, before Koji is asked', async () => {
    const running = run(performSubscribe, {
      authData: connected,
      targetUrl: HOOK,
      inputData: { minimum_quality: '9' },
    });
    await expect(zapierErrorOf(running)).resolves.toMatchObject({
      message: 'Nothing was sent to Koji: the field Minimum Quality must be a whole number from 1 to 5.',
    });
  });

  test('names the permission that the key lacks', async () => {
    koji().post('/webhooks').reply(403, { error: 'forbidden', message: 'No.' });
    await expect(zapierErrorOf(subscribe())).resolves.toMatchObject({ message: expect.stringContaining('permission') });
  });
});

describe('turning the Zap off', () => {
  const unsubscribe = () => run(performUnsubscribe, { authData: connected, subscribeData: { id: 'wh_1' } });

  test.each([204, 200, 404, 410])('is done when Koji answers %d', async (status) => {
    nock(KOJI).delete('/webhooks/wh_1').reply(status);
    await expect(unsubscribe()).resolves.toEqual({ id: 'wh_1' });
  });

  test('asks Koji nothing where there is no subscription', async () => {
    await expect(run(performUnsubscribe, { authData: connected })).resolves.toEqual({});
  });

  test('fails when Koji breaks down, so that Zapier tries again', async () => {
    nock(KOJI).delete('/webhooks/wh_1').reply(500);
    await expect(zapierErrorOf(unsubscribe())).resolves.toMatchObject({ kind: 'AppError' });
  });
});

describe('testing the trigger in the editor', () => {
  const list = (inputData = {}) => run(performList, { authData: connected, inputData });
  const LIST = '/interviews?status=analysis_ready&limit=50';
  const entries = (...scores: number[]) =>
    scores.map((quality_score, index) => ({ ...sampleWireInterview, interview_id: `int_${index}`, quality_score }));

  test('gives at most 3 real interviews that pass the gate', async () => {
    nock(KOJI)
      .get(LIST)
      .reply(200, { interviews: entries(5, 1, 4, 3, 5), next_cursor: null });
    expect((await list()).map(({ id }) => id)).toEqual(['int_0', 'int_2', 'int_3']);
  });

  test('gives those of the chosen study, for which it asks Koji', async () => {
    const [hers, other] = entries(5, 5);
    nock(KOJI)
      .get('/interviews?status=analysis_ready&study_id=stu_6b1e07&limit=50')
      .reply(200, { interviews: [{ ...other, study_id: 'stu_9c44d2' }, hers] });
    expect((await list({ study_id: 'stu_6b1e07' })).map(({ id }) => id)).toEqual(['int_0']);
  });

  test('gives them in exactly the shape of a delivery', async () => {
    nock(KOJI)
      .get(LIST)
      .reply(200, { interviews: [sampleWireInterview], next_cursor: null });
    expect(await list()).toEqual(await receive(delivery()));
  });

  test.each([404, 405])('gives none where Koji has no list (%d), so that Zapier shows the sample', async (status) => {
    nock(KOJI).get(LIST).reply(status, { error: 'not_found', message: '' });
    await expect(list()).resolves.toEqual([]);
  });
});

test('running the trigger by hand, without a delivery, says why it can not', async () => {
  await expect(zapierErrorOf(run(perform, { authData: connected, inputData: {} }))).resolves.toEqual({
    kind: 'HaltedError',
    message: 'This trigger runs when Koji delivers an interview; there is nothing to run by hand.',
  });
});
