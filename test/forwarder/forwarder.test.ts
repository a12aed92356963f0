/** The service as `npm run forwarder` starts it, on each kind of queue. */
import { request } from 'node:http';
import pg from 'pg';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { SIGNATURE_HEADER } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { sign } from '../../koji/signature.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { write } from '../../sandbox/server.ts';
import {
  allStarted,
  expectOnce,
  interview,
  type Loop,
  people,
  rowsOf,
  secrets,
  spawnForwarder,
  startLoop,
  stores,
  until,
} from '../support/forwarder.ts';

describe.each(stores)('with its queue in %s', (store) => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop(store, { NOT_AGAIN_DAYS: '2' });
  });
  afterAll(() => loop.end());

  const authorization = `Bearer ${secrets.etl}`;
  const send = (body: string) => loop.post('/etl/respondents', body, { authorization });
  const timesStarted = (id: string): number => loop.started().filter((started) => started === id).length;

  describe('Koji’s webhook', () => {
    test('an analyzed interview is written at once, and delivered again it is the same event', async () => {
      const one = interview();
      const first = await loop.deliver(one);
      expect([first.status, await first.json()]).toEqual([200, { status: 'written' }]);
      await loop.deliver(one);
      expect(loop.eventsOf(one)).toHaveLength(1);
      expect(loop.amplitude.user(sandboxProject.apiKey, loop.eventsOf(one)[0]?.userId ?? '')?.properties).toMatchObject(
        {
          last_interview_sentiment: sampleWireInterview.sentiment,
        },
      );
    });

    test('an interview without a sentiment leaves none of the one before on the person', async () => {
      const respondent = { external_id: 'user_of_two_interviews' };
      await loop.deliver(interview({ respondent }));
      const two = interview({ respondent, sentiment: null });
      await loop.deliver(two);
      const [written] = loop.eventsOf(two);
      expect(written?.userProperties).toMatchObject({ last_interview_quality: sampleWireInterview.quality_score });
      expect(written?.userProperties).not.toHaveProperty('last_interview_sentiment');
    });

    test('an interview that does not say when it was completed is written at the moment of its analysis', async () => {
      const one = interview({ completed_at: null, analyzed_at: new Date(Date.now() - 60_000).toISOString() });
      expect(await (await loop.deliver(one)).json()).toEqual({ status: 'written' });
      expect(loop.eventsOf(one)).toMatchObject([{ time: Date.parse(String(one.analyzed_at)) }]);
    });

    test('an interview that says nothing of when it was is read from Koji, and written once', async () => {
      const id = loop.koji.openLink({
        respondent: { external_id: 'u_timeless', metadata: {} },
        respondent_email: 'timeless@example.com',
      });
      loop.koji.respond(id, { quality_score: 4 });
      await loop.advance(10_000);
      const one = interview({ interview_id: id, completed_at: null, analyzed_at: null });
      expect(await (await loop.deliver(one)).json()).toEqual({ status: 'written' });
      expect(loop.eventsOf(one)).toHaveLength(1);
    });

    test('a forged delivery is refused, and nothing is written or queued', async () => {
      const one = interview();
      expect((await loop.deliver(one, 'another_secret_of_somebody')).status).toBe(401);
      expect(loop.eventsOf(one)).toEqual([]);
      expect((await loop.alive()).waiting).toBe(0);
    });

    test.each([
      ['anonymous', { respondent_email: null }, 'anonymous'],
      ['flagged', { anonymous: true }, 'anonymous'],
      ['scored 2', { quality_score: 2 }, 'below_quality'],
    ])('an interview that is %s is skipped and says why', async (_what, more, reason) => {
      const one = interview(more);
      expect(await (await loop.deliver(one)).json()).toEqual({ status: `skipped: ${reason}` });
      expect(loop.eventsOf(one)).toEqual([]);
    });

    test('an interview that Amplitude asks to wait for is queued, answered with 200, and written later', async () => {
      const one = interview();
      loop.amplitude.failNext(() => true, { status: 429, headers: { 'retry-after': '1' }, body: { code: 429 } });
      const answer = await loop.deliver(one);
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }]);
      await loop.nothingWaits();
      expect(loop.eventsOf(one)).toHaveLength(1);
    });

    test('an interview that comes twice at once, and later than a newer one, is one event each', async () => {
      const [older, newer] = [interview({ completed_at: '2026-05-23T10:00:00Z' }), interview()];
      await loop.deliver(newer);
      await Promise.all([loop.deliver(older), loop.deliver(older)]);
      expect([loop.eventsOf(older).length, loop.eventsOf(newer).length]).toEqual([1, 1]);
    });

    test('an interview whose texts no database keeps is written later, each broken character replaced', async () => {
      const one = interview({ themes: ['pri\u0000ce', 'half \ud800 of C:\\u0000'] });
      loop.amplitude.failNext(() => true, { status: 429, headers: { 'retry-after': '1' }, body: { code: 429 } });
      const answer = await loop.deliver(one);
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }]);
      await loop.nothingWaits();
      expect(loop.eventsOf(one)).toMatchObject([
        { eventProperties: { theme_top_1: 'pri\ufffdce', theme_top_2: 'half \ufffd of C:\\u0000' } },
      ]);
    });

    test.each(['', '{"event":"webhook.verification"}'])(
      'Koji’s verification request %j is answered, signed or not',
      async (body) => {
        const signed = { [SIGNATURE_HEADER]: `sha256=${sign(secrets.koji, body).toString('hex')}` };
        for (const headers of [signed, {}]) {
          const sent = await loop.post('/koji/webhook', body, headers);
          expect([sent.status, await sent.json()]).toEqual([200, { status: 'verified' }]);
        }
      },
    );
  });

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

  describe('people from a reverse-ETL tool', () => {
    test('are started once, whoever sends them again and in whatever form', async () => {
      const ana = { email: 'ana@example.com', external_id: 'u_1042', display_name: 'Ana' };
      const first = await loop.rows(ana);
      expect([first.status, await first.json()]).toEqual([
        202,
        { accepted: 1, duplicates: 0, rejected: [], left_out: [] },
      ]);
      await loop.nothingWaits();
      for (const again of [ana, [ana], { rows: [{ User_ID: 'u_1042', Email: 'ana@example.com' }] }]) {
        expect(await (await loop.rows(again)).json()).toMatchObject({ accepted: 0, duplicates: 1 });
      }
      expect(loop.started().filter((id) => id === 'u_1042')).toHaveLength(1);
    });

    test('what can not be kept of a row is named in the answer and the log, and the rest is sent', async () => {
      const kept = { plan: 'trial', tags: ['a'], seats: 4, attributes: 'gold', since: '2026' };
      const answer = await loop.rows({
        external_id: 'u_rich',
        email: 'rich@example.com',
        ...kept,
        since: undefined,
        address: { city: 'Delft' },
        metadata: '{"since": "2026", "cart": [{"sku": 1}]}',
      });
      expect([answer.status, await answer.json()]).toEqual([
        202,
        { accepted: 1, duplicates: 0, rejected: [], left_out: ['address', 'cart'] },
      ]);
      await until(() => loop.service.printed().includes('"columns":"address, cart"'));
      await loop.nothingWaits();
      const { call } = loop.koji.calls.find(({ call: { body } }) => body.includes('u_rich')) ?? {};
      expect(JSON.parse(call?.body ?? '')).toMatchObject({
        respondent: { metadata: { ...kept, email: 'rich@example.com' } },
      });
    });

    test('more columns than anybody maps are named, and the first fifty are sent', async () => {
      const many = Object.fromEntries(Array.from({ length: 52 }, (_, index) => [`column_${index}`, index]));
      const answer = await loop.rows({ external_id: 'u_wide', ...many });
      expect(await answer.json()).toMatchObject({ accepted: 1, left_out: ['column_50', 'column_51'] });
    });

    test('good rows of a batch are queued and the bad ones named by their place', async () => {
      const answer = await loop.rows([
        { email: 'one@example.com', user_id: 'u_1' },
        { email: 'null', user_id: '' },
        { email: 'nobody', user_id: 'u_3' },
        { object: 'nothing that we know' },
      ]);
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({
        accepted: 1,
        rejected: [
          { index: 1 },
          { index: 2, external_id: 'u_3', error: expect.stringContaining('field email must be one email') },
          { index: 3 },
        ],
      });
    });

    test.each([
      ['a wrong secret', () => loop.rows({}, 'wrong'), 401],
      ['a broken template', () => loop.post('/etl/respondents', '{"a":"b"c"}', { authorization }), 400],
      ['a text', () => loop.rows('text'), 400],
      ['too many rows', () => loop.rows(Array.from({ length: 5_001 }, () => ({}))), 413],
      ['more than 1 MB', () => loop.rows({ email: 'a@example.com', more: 'x'.repeat(1_000_001) }), 413],
      ['somebody without id and email', () => loop.rows({ display_name: 'Ana' }), 422],
    ])('%s is refused in words', async (_what, send, status) => {
      const answer = await send();
      expect([answer.status, await answer.json()]).toEqual([
        status,
        expect.objectContaining({ error: expect.any(String), message: expect.stringMatching(/\.$/) }),
      ]);
    });

    test('a row whose id is a number above 2^53 keeps every digit', async () => {
      expect((await send('{"external_id":9007199254740993}')).status).toBe(202);
      await loop.nothingWaits();
      expect(loop.started()).toContain('9007199254740993');
    });

    test.each([4_000, 150_000])(
      'a row with a column nested %i deep is started without it, and holds up nobody',
      async (depth) => {
        const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
        const rows = `[{"external_id":"u_deep_${depth}","metadata":{"x":${deep}},"plan":${deep},"first_name":${deep}},{"external_id":"u_behind_${depth}"}]`;
        expect((await send(rows)).status).toBe(202);
        await loop.nothingWaits();
        expect([timesStarted(`u_deep_${depth}`), timesStarted(`u_behind_${depth}`)]).toEqual([1, 1]);
      },
    );

    const UNKEPT = 'A text holds a NUL or half a character. Take it out and send it again.';
    test.each([
      ['NUL', '\u0000'],
      ['half a character', '\ud800'],
    ])(
      'a row with %s in a text, a key or metadata is refused by its place, and the others are queued',
      async (what, bad) => {
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
      },
    );

    test('a row with such a character is named by JSON-RPC, and left out and counted among a cohort', async () => {
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

    test('a row of the same person is one interview: twice in a batch, in two batches, from two tools, in other capitals', async () => {
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

    test('a body that announces ten million rows is refused before it is sent', async () => {
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

    test.each(['//etl/respondents', '/etl//respondents/', `/etl/respondents//${secrets.etl}/`])(
      'an address with a slash too many is the same: %s',
      async (path) => {
        expect((await loop.post(path, '{"external_id":"u_slash"}', { authorization })).status).toBe(202);
      },
    );

    test('the secret may stand in the address, for tools that can’t set headers', async () => {
      const row = JSON.stringify({ external_id: 'u_address' });
      expect((await loop.post(`/etl/respondents/${secrets.etl}`, row)).status).toBe(202);
    });
  });

  describe('Amplitude’s cohort webhook', () => {
    const delivery = (in_cohort: boolean) =>
      JSON.stringify({
        cohort_id: 'c1',
        cohort_name: 'Trials',
        in_cohort,
        message_id: 'm1',
        users: [{ user_id: 'cohort_user', user_properties: { email: 'cohort@example.com' } }, { user_id: 'null' }],
      });
    const headers = { [SECRET_HEADER]: secrets.cohort };

    test('people who enter are queued and started; those who leave are not', async () => {
      expect(await (await loop.post('/amplitude/cohort', delivery(false), headers)).json()).toMatchObject({
        accepted: 0,
      });
      expect(await (await loop.post('/amplitude/cohort', delivery(true), headers)).json()).toMatchObject({
        accepted: 1,
      });
      await loop.nothingWaits();
      expect(loop.started()).toContain('cohort_user');
    });

    test('without the secret nobody is queued', async () => {
      expect((await loop.post('/amplitude/cohort', delivery(true))).status).toBe(401);
    });
  });

  test('somebody whom Koji will never take is kept among the dead', async () => {
    const { dead } = await loop.alive();
    loop.koji.failNext(({ method }) => method === 'POST', {
      status: 422,
      body: { error: 'invalid_respondent', message: 'No.' },
    });
    await loop.rows({ external_id: 'u_never' });
    await loop.nothingWaits();
    expect((await loop.alive()).dead).toBe(dead + 1);
  });

  test('Koji’s 429 makes everybody wait, and costs nobody a try', async () => {
    loop.koji.failNext(({ method }) => method === 'POST', { status: 429, headers: { 'retry-after': '1' }, body: {} });
    await loop.rows([{ external_id: 'u_wait_1' }, { external_id: 'u_wait_2' }]);
    await loop.nothingWaits();
    expect(loop.started()).toEqual(expect.arrayContaining(['u_wait_1', 'u_wait_2']));
  });

  // What takes somebody who looks into the queue, and changes it.
  if (store === 'Postgres')
    describe('whose tables are changed', () => {
      const query = async (sql: string) => {
        const client = new pg.Client({ connectionString: loop.environment.DATABASE_URL });
        await client.connect();
        const { rows } = await client.query(sql);
        await client.end();
        return rows;
      };

      test('the same people from two tools at once, each in an order of its own, are taken from both', async () => {
        await query(
          `create function forwarder.slow() returns trigger language plpgsql as
           $$ begin perform pg_sleep(0.02); return new; end $$;
         create trigger slow_insert before insert on pgboss.job for each row execute function forwarder.slow()`,
        );
        const ids = people('both', 20);
        const sent = await Promise.all([ids, ids.toReversed()].map((order) => loop.rows(rowsOf(order))));
        expect(sent.map(({ status }) => status)).toEqual([202, 202]);
        await query('drop function forwarder.slow cascade');
        await allStarted(loop, ids);
        expectOnce(loop, ids);
      });

      test('with NOT_AGAIN_DAYS=2 somebody may be asked again after two days, and not after one', async () => {
        const passDay = () =>
          query(
            `update forwarder.started set at = at - interval '1 day';
           update pgboss.job set completed_on = completed_on - interval '1 day' where state = 'completed'`,
          );
        const starts = () => loop.koji.calls.filter(({ call }) => call.body.includes('u_again')).length;
        const send = async () => (await loop.rows(rowsOf(['u_again']))).json();
        expect(await send()).toMatchObject({ accepted: 1, duplicates: 0 });
        await until(() => starts() === 1);
        await loop.nothingWaits();
        expect(await send()).toMatchObject({ accepted: 0, duplicates: 1 });
        await passDay();
        expect(await send()).toMatchObject({ accepted: 0, duplicates: 1 });
        await passDay();
        expect(await send()).toMatchObject({ accepted: 1, duplicates: 0 });
        await until(() => starts() === 2);
        await loop.nothingWaits();
        expect(await send()).toMatchObject({ accepted: 0, duplicates: 1 });
      });

      test('a Koji that says 429 for an hour is asked once, costs nobody a try, and then all are started', async () => {
        const before = loop.koji.calls.length;
        loop.koji.failNext(({ method }) => method === 'POST', {
          status: 429,
          headers: { 'retry-after': '3600' },
          body: {},
        });
        const ids = people('hour', 5);
        await loop.rows(rowsOf(ids));
        await until(async () => (await loop.alive()).paused_seconds > 3_500);
        await new Promise((done) => setTimeout(done, 2_000));
        expect(loop.koji.calls.length - before).toBeLessThanOrEqual(5);
        expect(
          await query(
            "select max(retry_count) as tries from pgboss.job where name = 'koji-start' and state in ('created', 'retry', 'active')",
          ),
        ).toEqual([{ tries: 0 }]);
        // The hour passes.
        await query('update forwarder.pace set paused_until = now()');
        await allStarted(loop, ids);
        expectOnce(loop, ids);
      });
    });

  test('what has been taken survives the death of the process, and nobody is started twice', async () => {
    const ids = people('kill', 30);
    // Koji takes 60 a minute, and has had almost as many.
    await loop.advance(60_000);
    let starts = 0;
    loop.koji.interfere(() => {
      starts += 1;
      const pause = { status: 429, headers: { 'retry-after': '3' }, body: {} };
      return starts > 3 ? { takesIn: false, answer: (outgoing) => write(outgoing, pause) } : undefined;
    });
    await loop.rows(rowsOf(ids));
    // A second later the process has nobody in hand, who would come back after twenty.
    await until(async () => [1, 2].includes((await loop.alive()).paused_seconds));
    loop.service.child.kill('SIGKILL');
    await loop.service.ended;
    loop.koji.interfere(() => undefined);
    loop.service = await spawnForwarder(loop.environment);
    await allStarted(loop, ids);
    expectOnce(loop, ids);
  });

  if (store === 'a folder') {
    test('a second service on the same folder refuses to start', async () => {
      await expect(spawnForwarder(loop.environment)).rejects.toThrow(
        /It ended with 2: Another forwarder \(process \d+ on \S+\) uses this folder/,
      );
    });
  }

  test('the log names nobody and holds no secret', async () => {
    await loop.deliver(interview());
    await until(() => loop.service.printed().includes('an interview was heard'));
    expect(loop.service.printed()).not.toMatch(/example\.com|u_kill|user_10042|secret-of|whsec/);
  });

  test('a delivery that is under way when the process is asked to end is written and answered, and it ends well', async () => {
    loop.amplitude.interfere(() => ({
      takesIn: true,
      answer: async (outgoing, truth) => {
        await new Promise((done) => setTimeout(done, 1_500));
        write(outgoing, truth);
      },
    }));
    const one = interview();
    const asked = loop.amplitude.calls.length;
    const answer = loop.deliver(one);
    await until(() => loop.amplitude.calls.length > asked);
    loop.service.child.kill('SIGTERM');
    const { status } = await answer;
    expect([status, loop.eventsOf(one).length]).toEqual([200, 1]);
    expect((await loop.service.ended).code).toBe(0);
  });
});
