/** What nobody should send, and what should not happen; what a kind of queue could get wrong is in forwarder.test.ts. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER, signatureParts } from '../../koji/contract.ts';
import { sign } from '../../koji/signature.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { write } from '../../sandbox/server.ts';
import { interview, secrets } from '../support/forwarder.ts';
import { type Here, startHere } from '../support/forwarder-here.ts';

let loop: Here;
beforeAll(async () => {
  loop = await startHere();
});
afterAll(() => loop.end());

const authorization = `Bearer ${secrets.etl}`;
const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  loop.post('/etl/respondents', body, { authorization, ...headers });

describe('an address', () => {
  test.each(['GET', 'PUT', 'OPTIONS'])('that does not take %s says so', async (method) => {
    const answer = await loop.ask('/koji/webhook', { method });
    expect([answer.status, await answer.json()]).toEqual([
      404,
      {
        error: 'not_found',
        message: `There is no such address here for ${method}. GET opens / and /healthz. POST goes to /koji/webhook, /amplitude/cohort, /etl/respondents and /etl/rpc.`,
      },
    ]);
  });
});

describe('a delivery of Koji', () => {
  const signedAt = (data: object, milliseconds: number) => {
    const body = JSON.stringify({ event: ANALYSIS_READY_EVENT, id: 'evt_1', data });
    const seconds = Math.floor(milliseconds / 1_000);
    const digest = sign(secrets.koji, `${seconds}.${body}`).toString('hex');
    const { timestamp, timestampedDigest } = signatureParts;
    return loop.post('/koji/webhook', body, {
      [SIGNATURE_HEADER]: `${timestamp}${seconds},${timestampedDigest}${digest}`,
    });
  };

  test('that is older than five minutes is refused, and one that is new is written', async () => {
    const one = interview();
    expect((await signedAt(one, Date.now() - 301_000)).status).toBe(401);
    expect(loop.eventsOf(one)).toHaveLength(0);
    expect((await signedAt(one, Date.now())).status).toBe(200);
    expect(loop.eventsOf(one)).toHaveLength(1);
  });

  test('whose body was changed after it was signed is refused', async () => {
    const one = interview();
    const body = JSON.stringify({ event: ANALYSIS_READY_EVENT, data: one });
    const signature = sign(secrets.koji, body).toString('hex');
    const answer = await loop.post('/koji/webhook', body.replace('"quality_score":', '"quality_score": '), {
      [SIGNATURE_HEADER]: `sha256=${signature}`,
    });
    expect(answer.status).toBe(401);
  });

  test('that comes again with less takes nothing from the person', async () => {
    const respondent = { external_id: 'u_again', email: 'again@example.com' };
    const one = interview({ respondent, completed_at: new Date().toISOString() });
    await loop.deliver(one);
    await loop.deliver({ ...one, sentiment: null });
    expect(loop.amplitude.user(sandboxProject.apiKey, 'u_again')?.properties).toMatchObject({
      last_interview_sentiment: one.sentiment,
      last_interview_themes: one.themes,
    });
  });

  test('that brings only an id is read from Koji, later when Koji can’t be reached', async () => {
    const id = loop.koji.openLink({
      respondent: { external_id: 'u_read', metadata: {} },
      respondent_email: 'read@example.com',
    });
    loop.koji.respond(id, { quality_score: 4 });
    await loop.advance(10_000);
    loop.koji.failNext(({ method }) => method === 'GET', 'reset');
    const answer = await loop.deliver({ interview_id: id });
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }]);
    await loop.nothingWaits();
    expect(loop.eventsOf({ interview_id: id })).toHaveLength(1);
  });

  test('that brings only an id before its analysis can be read is written once it can', async () => {
    const id = loop.koji.openLink({
      respondent: { external_id: 'u_early', metadata: {} },
      respondent_email: 'early@example.com',
    });
    loop.koji.respond(id, { quality_score: 4 });
    // Analyzed while the answer that it is not is on its way: the queue looks later.
    loop.koji.interfere(() => ({
      takesIn: true,
      answer: async (outgoing, truth) => {
        await loop.advance(10_000);
        write(outgoing, truth);
      },
    }));
    const answer = await loop.deliver({ interview_id: id });
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }]);
    await loop.nothingWaits();
    loop.koji.interfere(() => undefined);
    expect(loop.eventsOf({ interview_id: id })).toHaveLength(1);
  });

  test('that is signed and no JSON is passed over, which the log says', async () => {
    const body = '{"event":"interview.analy';
    const answer = await loop.post('/koji/webhook', body, {
      [SIGNATURE_HEADER]: `sha256=${sign(secrets.koji, body).toString('hex')}`,
    });
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ignored' }]);
    expect(loop.log.at(-1)).toEqual(['a delivery was ignored', { why: 'the body is not a JSON object' }]);
  });
});

describe('a body of rows', () => {
  test.each([
    ['[{"external_id":"u_cut"', 'It ends too early.'],
    ['', 'It ends too early.'],
    ['{"email":"a@example.com","display_name":"Ana "the" Great"}', 'It breaks at character 47.'],
    ['{"external_id":"u_1","seats":}', 'It breaks at character 30.'],
    ['{"external_id":"u_1","seats":None}', 'It breaks at character 30.'],
    ['{"external_id":"u_1","seats":nan}', 'It breaks at character 31.'],
    ['undefined', 'It breaks at character 1.'],
    ['external_id=u_1', 'It breaks at character 1.'],
    ['{"external_id":"u_1"}\n{"external_id":"u_2"}', 'It breaks at character 23.'],
  ])('that is no JSON is told where it breaks, or that it was cut short: %j', async (body, where) => {
    const answer = await send(body);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'not_json', message: `The body is not JSON. ${where}` },
    ]);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('that is packed with %s is unpacked, and one that unpacks to 2 MB is refused', async (packing, pack) => {
    const packed = (text: string) => send(new Uint8Array(pack(text)), { 'content-encoding': packing });
    expect((await packed('{"external_id":"u_packed"}')).status).toBe(202);
    expect((await packed(JSON.stringify({ external_id: 'u_big', more: 'x'.repeat(2_000_000) }))).status).toBe(413);
  });

  test('that is packed in another way is refused in words', async () => {
    const answer = await send(new Uint8Array(brotliCompressSync('{"external_id":"u_br"}')), {
      'content-encoding': 'br',
    });
    expect([answer.status, await answer.json()]).toEqual([
      415,
      { error: 'unknown_packing', message: 'The body can be sent as it is, or packed by gzip or deflate.' },
    ]);
  });

  test('whose packing is said to be an encoding of text is read as it is', async () => {
    expect((await send('{"external_id":"u_plain"}', { 'content-encoding': 'UTF-8' })).status).toBe(202);
  });

  test('that is not UTF-8 is refused: an id with another character would be another person', async () => {
    const answer = await send(new Uint8Array(Buffer.from('{"external_id":"José"}', 'latin1')));
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'unreadable', message: expect.stringContaining('UTF-8') },
    ]);
  });

  test('that says it is packed and is not is refused', async () => {
    const answer = await send('{"external_id":"u_lie"}', { 'content-encoding': 'gzip' });
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ error: 'unreadable' })]);
  });

  test('that is an array of arrays, or of anything else, names each as no row', async () => {
    const answer = await send('[[{"external_id":"u_nested"}],"text",null,7]');
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      accepted: 0,
      rejected: [0, 1, 2, 3].map((index) => ({ index, error: expect.stringContaining('no row') })),
    });
  });
});

describe('a row', () => {
  test.each([
    ['a template that was not filled in', '{{ row.user_id }}'],
    ['"null"', 'null'],
    ['spaces', '  '],
  ])('whose id is %s and that has no email is refused', async (_what, external_id) => {
    expect((await send(JSON.stringify({ external_id }))).status).toBe(422);
  });

  test.each([
    5,
    'a@b@c.example',
    'a b@c.example',
    '@example.com',
    'a@',
    'Ana <ana@example.com>',
    'a@x.example,b@x.example',
  ])('whose email is %j is refused', async (email) => {
    const answer = await loop.rows({ external_id: 'u_no_email', email });
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      { message: expect.stringContaining('field email must be one email address') },
    ]);
  });
});

test('a queue that is full takes nobody, by either door, and says when to come back', async () => {
  const full = await startHere({ MOST_QUEUED: '2' });
  const ids = ['u_1', 'u_2', 'u_3'];
  const users = ids.map((user_id) => ({ user_id }));
  // A batch larger than all that may wait comes in when there is room; at any other size it would come for ever.
  const first = await full.rows(ids.map((external_id) => ({ external_id: `${external_id}_first` })));
  expect([first.status, await first.json()]).toMatchObject([202, { accepted: 3 }]);
  for (const answer of [
    await full.rows(ids.map((external_id) => ({ external_id }))),
    await full.post('/amplitude/cohort', JSON.stringify({ cohort_id: 'c', in_cohort: true, users }), {
      [SECRET_HEADER]: secrets.cohort,
    }),
  ]) {
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      429,
      '300',
      { error: 'queue_full', message: 'Too many people are waiting. Send it again later.' },
    ]);
  }
  expect(await full.waiting()).toBe(3);
  await full.end();
});
