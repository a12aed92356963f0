import {
  getAnsweredInterview,
  getInterview,
  getToldInterview,
  kojiUrl,
  subscribe,
  toldInterview,
  unsubscribe,
} from '../../koji/api.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { failureOf } from '../support/failures.ts';
import { errorReply, htmlReply, kojiAnswering, kojiUnreachable } from '../support/koji.ts';
import { networkOf, reply } from '../support/wire.ts';

const INSTEAD = 'Use New Analyzed Interview instead, which asks Koji every few minutes.';
const HOOK = 'https://hooks.zapier.com/hooks/standard/1/abc/';

describe("Koji's address (K1)", () => {
  test('is the documented one', () => {
    expect(kojiUrl({})).toBe('https://koji.so/api/v1');
  });

  test('is the one that the environment names', () => {
    expect(kojiUrl({ KOJI_API_URL: 'http://127.0.0.1:4010/api/v1/' })).toBe('http://127.0.0.1:4010/api/v1');
  });

  test('is never one to which keys would travel in the open', () => {
    expect(() => kojiUrl({ KOJI_API_URL: 'http://koji.so/api/v1' })).toThrow('KOJI_API_URL must be an https address');
  });
});

describe('a redirect (K1)', () => {
  const moving =
    (location: string | null, answer = reply(201, { id: 'wh_1', secret: 's3cret' })) =>
    ({ url }: { url: string }) =>
      url === 'https://koji.so/api/v1/webhooks' ? reply(308, '', location === null ? {} : { location }) : answer;
  const subscribing = async (location: string | null, answer?: ReturnType<typeof reply>) => {
    const { koji, requests } = kojiAnswering(moving(location, answer));
    const outcome = await subscribe(koji, HOOK, INSTEAD).catch((error: unknown) => error);
    return { outcome, asked: requests.map(({ method, url, body }) => ({ method, url, body })) };
  };

  test.each([
    'https://www.koji.so/api/v1/webhooks',
    '//www.koji.so/api/v1/webhooks',
    'https://www.koji.so/api/v1/webhooks?x=1',
  ])('to the same path under www., %s, is followed with the same method and body', async (location) => {
    const { outcome, asked } = await subscribing(location);
    expect(outcome).toEqual({ id: 'wh_1', secret: 's3cret' });
    expect(asked).toEqual([asked[0], { ...asked[0], url: 'https://www.koji.so/api/v1/webhooks' }]);
  });

  test('from www. to the bare name is followed as well', async () => {
    const { send, requests } = networkOf(({ url }) =>
      url.startsWith('https://www.')
        ? reply(301, '', { location: 'https://koji.so/api/v1/interviews/int_sample_4f9d2c81' })
        : reply(200, sampleWireInterview),
    );
    await expect(
      getInterview({ send, url: 'https://www.koji.so/api/v1', now: Date.now }, sampleWireInterview.interview_id),
    ).resolves.not.toBeNull();
    expect(requests).toHaveLength(2);
  });

  test.each([
    ['another host', 'https://elsewhere.example/api/v1/webhooks'],
    ['a host that only begins like it', 'https://www.koji.so.example/api/v1/webhooks'],
    ['another name below it', 'https://api.koji.so/api/v1/webhooks'],
    ['another path', 'https://www.koji.so/api/v2/webhooks'],
    ['another port', 'https://www.koji.so:8443/api/v1/webhooks'],
    ['the same address', 'https://koji.so/api/v1/webhooks'],
    ['http', 'http://www.koji.so/api/v1/webhooks'],
    ['nowhere', null],
    ['nonsense', 'https://'],
  ])('to %s is not followed', async (_where, location) => {
    const { outcome, asked } = await subscribing(location);
    expect(outcome).toMatchObject({ details: { kind: 'connection', status: 308 } });
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['a success', 201],
    ['a refusal', 400],
  ])('is none where %s names an address, and nothing is sent twice', async (_name, status) => {
    const { koji, requests } = kojiAnswering(
      reply(status, { id: 'wh_1' }, { location: 'https://www.koji.so/api/v1/webhooks' }),
    );
    await subscribe(koji, HOOK, INSTEAD).catch(() => undefined);
    expect(requests).toHaveLength(1);
  });

  test('is followed where there are several choices, of which one is named (300)', async () => {
    const { koji, requests } = kojiAnswering(({ url }) =>
      url.startsWith('https://www.')
        ? reply(201, { id: 'wh_1' })
        : reply(300, { id: 'wh_2' }, { location: 'https://www.koji.so/api/v1/webhooks' }),
    );
    await expect(subscribe(koji, HOOK, INSTEAD)).resolves.toMatchObject({ id: 'wh_1' });
    expect(requests).toHaveLength(2);
  });

  test('to where nobody answers is a failure of Koji', async () => {
    const { send } = networkOf(({ url }) =>
      url.startsWith('https://www.')
        ? new Error('connect ETIMEDOUT')
        : reply(308, '', { location: 'https://www.koji.so/api/v1/webhooks' }),
    );
    const failure = await failureOf(subscribe({ send, url: 'https://koji.so/api/v1', now: Date.now }, HOOK, INSTEAD));
    expect(failure.details).toMatchObject({ service: 'Koji', code: 'unreachable' });
  });

  test('and the answer before it have the time of one request together', async () => {
    let time = 0;
    const { send, requests } = networkOf(({ url }) => {
      time += 7_000;
      return moving('https://www.koji.so/api/v1/webhooks')({ url });
    });
    await subscribe({ send, url: 'https://koji.so/api/v1', now: () => time }, HOOK, INSTEAD);
    expect(requests.map(({ timeoutMilliseconds }) => timeoutMilliseconds)).toEqual([10_000, 3_000]);
  });

  test('is followed once, not back again', async () => {
    const back = reply(308, '', { location: 'https://koji.so/api/v1/webhooks' });
    const { outcome, asked } = await subscribing('https://www.koji.so/api/v1/webhooks', back);
    expect(outcome).toMatchObject({ details: { status: 308 } });
    expect(asked).toHaveLength(2);
  });
});

describe('getting one interview (K12)', () => {
  test('brings nothing where Koji answers with another one', async () => {
    const { koji } = kojiAnswering(reply(200, { ...sampleWireInterview, interview_id: 'int_of_somebody_else' }));
    await expect(getInterview(koji, sampleWireInterview.interview_id)).resolves.toBeNull();
    await expect(getAnsweredInterview(koji, sampleWireInterview.interview_id)).resolves.toBeNull();
  });

  test('asks for it by its id', async () => {
    const { koji, requests } = kojiAnswering(reply(200, sampleWireInterview));
    await getInterview(koji, 'int 1?x#%');
    expect(requests).toEqual([
      {
        method: 'GET',
        url: 'https://koji.so/api/v1/interviews/int%201%3Fx%23%25',
        headers: { accept: 'application/json' },
        timeoutMilliseconds: 10_000,
      },
    ]);
  });

  test.each([
    ['bare', sampleWireInterview],
    ['in {"interview": …}', { interview: sampleWireInterview }],
  ])('an answer %s', async (_name, body) => {
    const { koji } = kojiAnswering(reply(200, body));
    await expect(getInterview(koji, 'int_sample_4f9d2c81')).resolves.toMatchObject({
      id: 'int_sample_4f9d2c81',
      is_analyzed: true,
      quality_score: 4,
    });
  });

  test.each(['anonymous', 'is_anonymous'])('the flag %s around the interview alone brings nobody', async (flag) => {
    const { koji } = kojiAnswering(reply(200, { interview: sampleWireInterview, [flag]: true }));
    await expect(getInterview(koji, sampleWireInterview.interview_id)).resolves.toMatchObject({
      is_anonymous: true,
      respondent_email: null,
      respondent_id: null,
      respondent_name: null,
    });
  });

  test('can bring its answers with their types, to count with', async () => {
    const { koji } = kojiAnswering(reply(200, sampleWireInterview));
    await expect(getAnsweredInterview(koji, sampleWireInterview.interview_id)).resolves.toEqual({
      ...(await getInterview(koji, sampleWireInterview.interview_id)),
      structured_answers: { ease: 2 },
    });
    const none = kojiAnswering(errorReply(404, 'not_found')).koji;
    await expect(getAnsweredInterview(none, 'int_1')).resolves.toBeNull();
  });

  test('before its analysis it has no score and is not analyzed', async () => {
    const early = { status: 'completed', quality_score: null };
    const { koji } = kojiAnswering(reply(200, { ...sampleWireInterview, ...early }));
    await expect(getInterview(koji, sampleWireInterview.interview_id)).resolves.toMatchObject({
      is_analyzed: false,
      quality_score: null,
    });
  });

  test('an unknown id, or one of another project, gives none', async () => {
    await expect(getInterview(kojiAnswering(errorReply(404, 'not_found')).koji, 'int_1')).resolves.toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['a slash', 'a/../../webhooks'],
    ['a backslash', '..\\webhooks'],
    ['half a character', '\ud83d'],
  ])('an id that is or holds %s reaches no endpoint at all', async (_name, id) => {
    const { koji, requests } = kojiAnswering(reply(200, sampleWireInterview));
    await expect(getInterview(koji, id)).resolves.toBeNull();
    expect(requests).toEqual([]);
  });

  test.each([
    ["a 404 that is not Koji's", htmlReply(404), 'retry'],
    ['a wrong key', errorReply(401, 'unauthorized'), 'connection'],
    ['a web page', htmlReply(200), 'retry'],
    ['an empty answer', reply(200), 'retry'],
    ['an object that is no interview', reply(200, { ok: true }), 'retry'],
    ['a redirect, which is not followed', reply(302, sampleWireInterview), 'connection'],
    ['a choice of addresses', reply(300, sampleWireInterview), 'connection'],
    ['a breakdown', htmlReply(502), 'retry'],
  ])('%s is a failure', async (_name, answer, kind) => {
    const failure = await failureOf(() => getInterview(kojiAnswering(answer).koji, 'int_1'));
    expect(failure.details).toMatchObject({ kind, status: answer.status });
  });

  test('a key that may not read is told which permission it lacks', async () => {
    const failure = await failureOf(() => getInterview(kojiAnswering(errorReply(403, 'forbidden')).koji, 'int_1'));
    expect(failure.message).toContain('lacks the permission interview:read');
  });

  test('a connection that never answers is to be tried again, and shows no key', async () => {
    const failure = await failureOf(() => getInterview(kojiUnreachable, 'int_1'));
    expect(failure.details).toEqual({ service: 'Koji', kind: 'retry', code: 'unreachable', status: 0 });
    expect(failure.message).toBe(
      'Koji could not be reached at koji.so: no answer came in time or the connection broke. Try again in a few minutes.',
    );
    expect(failure.cause).toBeUndefined();
  });
});

describe('getting the interview that a delivery names by its id alone', () => {
  const analysis = { quality_score: null, sentiment: null, themes: [] };
  const told = (interview: object, isAnonymous = false) =>
    getToldInterview(kojiAnswering(reply(200, { ...sampleWireInterview, ...interview })).koji, {
      interviewId: sampleWireInterview.interview_id,
      isAnonymous,
    });

  test.each(['analysis_ready', 'analyzed', 'completed', 'in_progress', null])(
    'takes it as analyzed where anything of the analysis stands there, whatever the status (%p)',
    async (status) => {
      for (const there of [{ quality_score: 4 }, { sentiment: 'negative' }, { themes: ['price'] }]) {
        const interview = { ...analysis, ...there, status, completed_at: null };
        await expect(told(interview)).resolves.toMatchObject({ ...there, is_analyzed: true });
      }
    },
  );

  test('takes it as analyzed where the status says so, though nothing stands there', async () => {
    await expect(told({ ...analysis, status: 'analysis_ready' })).resolves.toMatchObject({ is_analyzed: true });
  });

  test.each(['completed', 'analyzed', null])('is tried again where there is nothing yet (%p)', async (status) => {
    const failure = await failureOf(() => told({ ...analysis, status }));
    expect(failure.details).toMatchObject({ kind: 'retry', code: 'not_analyzed_yet' });
  });

  test('is tried again where Koji gives another interview', async () => {
    const failure = await failureOf(() => told({ interview_id: 'int_of_somebody_else' }));
    expect(failure.details).toMatchObject({ kind: 'retry', code: 'not_analyzed_yet' });
  });

  test('hides the person where the delivery was flagged, and gives none where Koji has none', async () => {
    await expect(told({}, true)).resolves.toMatchObject({ is_anonymous: true, respondent_email: null, metadata: {} });
    const none = kojiAnswering(errorReply(404, 'not_found')).koji;
    await expect(getToldInterview(none, { interviewId: 'int_1', isAnonymous: false })).resolves.toBeNull();
  });

  test('gives the same to whoever can’t ask again, and asks them to be run again where Koji has none', async () => {
    const { interview_id } = sampleWireInterview;
    const told = { interviewId: interview_id, isAnonymous: false };
    const there = kojiAnswering(reply(200, sampleWireInterview)).koji;
    await expect(toldInterview(there, told)).resolves.toMatchObject({ interview_id, is_analyzed: true });
    const none = kojiAnswering(errorReply(404, 'not_found')).koji;
    expect((await failureOf(() => toldInterview(none, told))).details).toMatchObject({
      kind: 'retry',
      code: 'told_unknown',
    });
  });
});

describe('adding a webhook (K7)', () => {
  test('tells Koji the address and the event', async () => {
    const { koji, requests } = kojiAnswering(reply(201, { id: 'wh_1', secret: 's3cret' }));
    await expect(subscribe(koji, HOOK, INSTEAD)).resolves.toEqual({ id: 'wh_1', secret: 's3cret' });
    expect(requests).toEqual([
      {
        method: 'POST',
        url: 'https://koji.so/api/v1/webhooks',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: '{"url":"https://hooks.zapier.com/hooks/standard/1/abc/","events":["interview.analysis_ready"]}',
        timeoutMilliseconds: 10_000,
      },
    ]);
  });

  test.each([
    ['none', { id: 'wh_1' }],
    ['null', { id: 'wh_1', secret: null }],
    ['an empty one', { id: 'wh_1', secret: '' }],
    ['one of spaces', { id: 'wh_1', secret: '  ' }],
  ])('of secrets, %s is said to be none', async (_name, body) => {
    await expect(subscribe(kojiAnswering(reply(201, body)).koji, HOOK, INSTEAD)).resolves.toEqual({
      id: 'wh_1',
      secret: null,
    });
  });

  test('an id that is a number is its digits', async () => {
    const { koji } = kojiAnswering(reply(200, { id: 17, secret: 's3cret' }));
    await expect(subscribe(koji, HOOK, INSTEAD)).resolves.toEqual({ id: '17', secret: 's3cret' });
  });

  test('an id and a secret that are numbers of 20 digits keep every digit', async () => {
    const body = '{"id":12345678901234567891,"secret":98765432109876543211}';
    const { koji } = kojiAnswering(reply(201, body));
    const kept = { id: '12345678901234567891', secret: '98765432109876543211' };
    await expect(subscribe(koji, HOOK, INSTEAD)).resolves.toEqual(kept);
  });

  test.each([
    ['404', errorReply(404, 'not_found', 'No such route'), 'not_found', '“No such route”'],
    ['404 of a web page', htmlReply(404), 'http_404', 'status 404.'],
    ['405', reply(405), 'http_405', 'status 405.'],
    ['403 with a plan code', errorReply(403, 'plan_required', 'Not on Insights'), 'plan_required', '“Not on Insights”'],
    ['403 with another code', errorReply(403, 'webhooks_off', 'Turned off'), 'webhooks_off', '“Turned off”'],
  ])('%s: what Koji says, and what to use instead', async (_name, answer, code, says) => {
    const failure = await failureOf(() => subscribe(kojiAnswering(answer).koji, HOOK, INSTEAD));
    expect(failure.details).toEqual({ service: 'Koji', kind: 'connection', code, status: answer.status });
    expect(failure.message).toBe(
      `Koji does not let this account add webhooks. Koji says: ${says} Use New Analyzed Interview instead, which asks Koji every few minutes.`,
    );
  });

  test('what to use instead is still read behind a long message of Koji', async () => {
    const answer = errorReply(403, 'plan_required', 'very long words '.repeat(100));
    const failure = await failureOf(() => subscribe(kojiAnswering(answer).koji, HOOK, INSTEAD));
    expect(failure.message.length).toBeLessThan(250);
    expect(failure.message.endsWith(INSTEAD)).toBe(true);
  });

  test('403 forbidden: the permission that is missing', async () => {
    const failure = await failureOf(() => subscribe(kojiAnswering(errorReply(403, 'forbidden')).koji, HOOK, INSTEAD));
    expect(failure.message).toContain('lacks the permission');
    expect(failure.message).not.toContain(INSTEAD);
  });

  test.each([
    ['an empty answer', reply(201), 'retry'],
    ['an answer without an id', reply(201, { secret: 's3cret' }), 'retry'],
    ['an answer with an empty id', reply(201, { id: '', secret: 's3cret' }), 'retry'],
    ['a web page', htmlReply(200), 'retry'],
    ['no credits', errorReply(402, 'payment_required'), 'connection'],
    ['a wrong key', errorReply(401, 'unauthorized'), 'connection'],
    ['an address that Koji does not take', errorReply(422, 'invalid_url'), 'data'],
    ['too many requests', reply(429), 'wait'],
  ])('%s is a failure', async (_name, answer, kind) => {
    const failure = await failureOf(() => subscribe(kojiAnswering(answer).koji, HOOK, INSTEAD));
    expect(failure.details).toMatchObject({ kind, status: answer.status });
  });
});

describe('taking a webhook away (K7)', () => {
  test('deletes it by its id, with no body', async () => {
    const { koji, requests } = kojiAnswering(reply(204));
    await unsubscribe(koji, 'wh 1?x#%');
    expect(requests).toEqual([
      {
        method: 'DELETE',
        url: 'https://koji.so/api/v1/webhooks/wh%201%3Fx%23%25',
        headers: { accept: 'application/json' },
        timeoutMilliseconds: 10_000,
      },
    ]);
  });

  test.each([
    ['204', reply(204)],
    ['200', reply(200, { deleted: true })],
    ['404, it was gone', errorReply(404, 'not_found')],
    ['410, it was gone', reply(410)],
  ])('%s is a success', async (_name, answer) => {
    await expect(unsubscribe(kojiAnswering(answer).koji, 'wh_1')).resolves.toBeUndefined();
  });

  test.each([
    ['401', errorReply(401, 'unauthorized'), 'connection'],
    ['405', reply(405), 'retry'],
    ['302', reply(302), 'connection'],
    ['500', reply(500), 'retry'],
  ])('%s is a failure', async (_name, answer, kind) => {
    const failure = await failureOf(() => unsubscribe(kojiAnswering(answer).koji, 'wh_1'));
    expect(failure.details).toMatchObject({ kind, status: answer.status });
  });

  test.each(['', '.', '..', '../interviews/int_1', 'wh/1', 'wh\\1', '\ud800'])(
    'an id that can be none, %j, deletes nothing and is a success',
    async (id) => {
      const { koji, requests } = kojiAnswering(reply(204));
      await expect(unsubscribe(koji, id)).resolves.toBeUndefined();
      expect(requests).toEqual([]);
    },
  );

  test('a connection that never answers is a failure', async () => {
    const failure = await failureOf(() => unsubscribe(kojiUnreachable, 'wh_1'));
    expect(failure.details.code).toBe('unreachable');
  });
});
