/** What nobody should send, and what should not happen, to the service as it runs on each kind of queue. */
import { request } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER, signatureParts } from '../../koji/contract.ts';
import { sign } from '../../koji/signature.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { write } from '../../sandbox/server.ts';
import { interview, type Loop, secrets, startLoop, stores, until } from '../support/forwarder.ts';

describe.each(stores)('with its queue in %s', (store) => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop(store);
  });
  afterAll(() => loop.end());

  const authorization = `Bearer ${secrets.etl}`;
  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    loop.post('/etl/respondents', body, { authorization, ...headers });
  const timesStarted = (id: string): number => loop.started().filter((started) => started === id).length;

  describe('rows that left a model or changed in it', () => {
    test.each([
      ['POST', '/etl/respondents/remove'],
      ['DELETE', '/etl/respondents/remove'],
      ['PUT', '/etl/respondents/update'],
      ['DELETE', '/etl/respondents'],
    ])('start nobody, and are counted as ignored: %s %s', async (method, path) => {
      const body = JSON.stringify({ records: [{ external_id: 'u_left_1' }, { external_id: 'u_left_2' }] });
      const answer = await fetch(`${loop.service.url}${path}`, { method, body, headers: { authorization } });
      expect([answer.status, await answer.json()]).toEqual([
        200,
        {
          ignored: 2,
          message: 'Nothing was done: an interview that was started can be neither changed nor withdrawn.',
        },
      ]);
      expect([(await loop.alive()).waiting, timesStarted('u_left_1'), timesStarted('u_left_2')]).toEqual([0, 0, 0]);
      const closed = await fetch(`${loop.service.url}${path}`, { method, body });
      expect(closed.status).toBe(401);
    });

    test('start nobody either at an address that is not there', async () => {
      const answer = await loop.post('/etl/respondents/withdraw', '{"external_id":"u_left"}', { authorization });
      expect([answer.status, (await loop.alive()).waiting, timesStarted('u_left')]).toEqual([401, 0, 0]);
    });
  });

  describe('an address', () => {
    test.each(['//etl/respondents', '/etl//respondents/', `/etl/respondents//${secrets.etl}/`])(
      'with a slash too many is the same: %s',
      async (path) => {
        expect((await loop.post(path, '{"external_id":"u_slash"}', { authorization })).status).toBe(202);
      },
    );

    test.each(['GET', 'PUT', 'OPTIONS'])('that does not take %s says so', async (method) => {
      const answer = await fetch(`${loop.service.url}/koji/webhook`, { method });
      expect([answer.status, await answer.json()]).toEqual([
        404,
        {
          error: 'not_found',
          message: `There is no such address here for ${method}. GET opens /, /healthz and /metrics; everything else takes POST.`,
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

    test('that comes twice at once, and later than a newer one, is one event each', async () => {
      const [older, newer] = [interview({ completed_at: '2026-05-23T10:00:00Z' }), interview()];
      await loop.deliver(newer);
      await Promise.all([loop.deliver(older), loop.deliver(older)]);
      expect([loop.eventsOf(older).length, loop.eventsOf(newer).length]).toEqual([1, 1]);
    });

    test('that comes again with less takes nothing from the person', async () => {
      const respondent = { external_id: 'u_again', email: 'again@example.com' };
      const one = interview({ respondent, completed_at: new Date().toISOString() });
      await loop.deliver(one);
      await loop.deliver({ ...one, sentiment: null, themes: [] });
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
      // Analyzed while the answer that it is not is on its way: the queue looks at once, and then not for twenty seconds.
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

    test('whose texts no database keeps is written later, each broken character replaced', async () => {
      const one = interview({ themes: ['pri\u0000ce', 'half \ud800 of C:\\u0000'] });
      loop.amplitude.failNext(() => true, { status: 429, headers: { 'retry-after': '1' }, body: { code: 429 } });
      const answer = await loop.deliver(one);
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }]);
      await loop.nothingWaits();
      expect(loop.eventsOf(one)).toMatchObject([
        { eventProperties: { theme_top_1: 'pri\ufffdce', theme_top_2: 'half \ufffd of C:\\u0000' } },
      ]);
    });

    test('that is signed and no JSON is passed over, which the log says', async () => {
      const body = '{"event":"interview.analy';
      const answer = await loop.post('/koji/webhook', body, {
        [SIGNATURE_HEADER]: `sha256=${sign(secrets.koji, body).toString('hex')}`,
      });
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'ignored' }]);
      const line = '"why":"the body is not a JSON object","msg":"a delivery was ignored"';
      await until(() => loop.service.printed().includes(line));
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

    test('that announces ten million rows is refused before it is sent', async () => {
      const status = await new Promise((resolve, reject) => {
        const asked = request(`${loop.service.url}/etl/respondents`, {
          method: 'POST',
          headers: { authorization, 'content-length': '1000000000' },
        });
        asked.on('response', (answer) => resolve(answer.statusCode));
        asked.on('error', reject);
        asked.write('[');
      });
      expect(status).toBe(413);
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
    test('whose id is a number above 2^53 keeps every digit', async () => {
      expect((await send('{"external_id":9007199254740993}')).status).toBe(202);
      await loop.nothingWaits();
      expect(loop.started()).toContain('9007199254740993');
    });

    test.each([4_000, 150_000])(
      'with a column nested %i deep is started without it, and holds up nobody',
      async (depth) => {
        const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
        const rows = `[{"external_id":"u_deep_${depth}","metadata":{"x":${deep}},"plan":${deep},"first_name":${deep}},{"external_id":"u_behind_${depth}"}]`;
        expect((await send(rows)).status).toBe(202);
        await loop.nothingWaits();
        expect([timesStarted(`u_deep_${depth}`), timesStarted(`u_behind_${depth}`)]).toEqual([1, 1]);
      },
    );

    test.each([
      ['a template that was not filled in', '{{ row.user_id }}'],
      ['"null"', 'null'],
      ['spaces', '  '],
    ])('whose id is %s and that has no email is refused', async (_what, external_id) => {
      expect((await send(JSON.stringify({ external_id }))).status).toBe(422);
    });

    const UNKEPT = 'A text holds a NUL or half a character. Take it out and send it again.';
    test.each([
      ['NUL', '\u0000'],
      ['half a character', '\ud800'],
    ])('with %s in a text, a key or metadata is refused by its place, and the others are queued', async (what, bad) => {
      const rows = [
        { external_id: `u_before ${what}` },
        { external_id: `u_1 ${what}`, display_name: `A${bad}na` },
        { external_id: `u_2 ${what}`, [`pl${bad}an`]: 'free' },
        { external_id: `u_3 ${what}`, metadata: { plan: [`fr${bad}ee`] } },
        { external_id: `u_after ${what}`, display_name: 'A path: C:\\u0000 and an emoji: 👍' },
      ];
      const answer = await loop.rows(rows);
      expect([answer.status, await answer.json()]).toEqual([
        422,
        {
          accepted: 2,
          duplicates: 0,
          rejected: [1, 2, 3].map((index) => ({ index, external_id: `u_${index} ${what}`, error: UNKEPT })),
          left_out: [],
        },
      ]);
      expect((await loop.rows({ external_id: `u_4${bad}` })).status).toBe(422);
      await loop.nothingWaits();
      expect(loop.started()).toEqual(expect.arrayContaining([`u_before ${what}`, `u_after ${what}`]));
    });

    test('with such a character is named by JSON-RPC, and left out and counted among a cohort', async () => {
      const rows = [{ id: 'u_rpc' }, { id: 'u_rpc_\u0000' }];
      const call = {
        jsonrpc: '2.0',
        id: 1,
        method: 'add',
        params: { configuration: { identifierMapping: { from: 'id', to: 'external_id' } }, rows },
      };
      const rpc = await loop.post('/etl/rpc', JSON.stringify(call), { authorization });
      expect(await rpc.json()).toMatchObject({ result: { rejectedRows: [{ id: 'u_rpc_\u0000', error: UNKEPT }] } });
      const users = [{ user_id: 'u_member' }, { user_id: 'u_member_\u0000' }];
      const cohort = await loop.post(
        '/amplitude/cohort',
        JSON.stringify({ cohort_id: 'c', cohort_name: 'Tri\u0000als', in_cohort: true, users }),
        { [SECRET_HEADER]: secrets.cohort },
      );
      expect(await cohort.json()).toEqual({
        accepted: 1,
        duplicates: 0,
        left_out: [`1 × a user who can't be started: ${UNKEPT}`],
      });
      await loop.nothingWaits();
      expect(loop.started()).toEqual(expect.arrayContaining(['u_rpc', 'u_member']));
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

    test('of the same person is one interview: twice in a batch, in two batches, from two tools, in other capitals', async () => {
      const row = { external_id: 'u_same', email: 'same@example.com' };
      const twice = await (await loop.rows([row, row])).json();
      expect(twice).toEqual({ accepted: 1, duplicates: 1, rejected: [], left_out: [] });
      await loop.rows([row]);
      await loop.post(
        '/etl/rpc',
        JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'add',
          params: { configuration: { identifierMapping: { from: 'id', to: 'external_id' } }, rows: [{ id: 'u_same' }] },
        }),
        { authorization },
      );
      await loop.post(
        '/amplitude/cohort',
        JSON.stringify({ cohort_id: 'c', in_cohort: true, users: [{ user_id: 'u_same' }] }),
        {
          [SECRET_HEADER]: secrets.cohort,
        },
      );
      await loop.rows([{ email: 'Only.Email@example.com' }, { email: 'only.email@example.com' }]);
      await loop.nothingWaits();
      expect(timesStarted('u_same')).toBe(1);
      expect(loop.started().filter((id) => id?.toLowerCase() === 'only.email@example.com')).toHaveLength(1);
    });
  });
});

test('a queue that is full takes nobody, by either door, and says when to come back', async () => {
  await using full = await startLoop('a folder', { MOST_QUEUED: '2', START_SPACING_MILLISECONDS: '10000' });
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
  // Whom Koji started just now waits until that is written down.
  await until(async () => (await full.alive()).waiting + full.started().length === 3);
});
