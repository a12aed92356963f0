/** The page for whoever runs the service, and what Prometheus reads. */
import pg from 'pg';
import { write } from '../../sandbox/server.ts';
import {
  interview,
  type Loop,
  machineClock,
  people,
  secrets,
  spawnForwarder,
  startLoop,
  stores,
  until,
} from '../support/forwarder.ts';
import { type Here, startHere } from '../support/forwarder-here.ts';

const basic = (password: string) => `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`;

describe.each(stores)('with its queue in %s', (store) => {
  const clock = machineClock();
  let loop: Loop;
  let database: pg.Client;
  beforeAll(async () => {
    loop = await startLoop(store, { PAGE_PASSWORD: secrets.page, ...clock.environment });
    database = new pg.Client({ connectionString: loop.environment.DATABASE_URL });
    if (store === 'Postgres') await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await loop.end();
    clock.setRight();
  });

  const get = (path: string, headers: Record<string, string> = { authorization: basic(secrets.page) }) =>
    fetch(`${loop.service.url}${path}`, { headers });
  const page = async (path = '/') => (await get(path)).text();
  const press = (id: string, headers: Record<string, string> = {}) =>
    fetch(`${loop.service.url}/again`, {
      method: 'POST',
      body: new URLSearchParams({ id }),
      redirect: 'manual',
      headers: { authorization: basic(secrets.page), ...headers },
    });
  const query = async (sql: string) => (await database.query(sql)).rows;
  /** The seconds or hours pass for which somebody or a service has to wait. */
  const passPauses = async (): Promise<void> => {
    if (store === 'a folder') clock.setAhead();
    else
      await query(`update forwarder.pace set paused_until = now();
        update pgboss.job set start_after = now() where state = 'retry'`);
  };
  const refuseNext = (times = 1) =>
    loop.koji.failNext(
      ({ method }) => method === 'POST',
      { status: 422, body: { error: 'invalid_respondent', message: 'No.' } },
      times,
    );

  test('nobody sees it without the password', async () => {
    for (const headers of [{}, { authorization: basic('wrong') }, { authorization: `Bearer ${secrets.page}` }]) {
      const answer = await get('/', headers);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)]);
    }
    expect((await press('all', { authorization: basic('wrong') })).status).toBe(401);
  });

  test('it says how many wait, and until when that takes', async () => {
    const pause = { status: 429, headers: { 'retry-after': '3' }, body: {} };
    loop.koji.interfere(() => ({ takesIn: false, answer: (outgoing) => write(outgoing, pause) }));
    await loop.rows([{ external_id: 'u_1' }, { external_id: 'u_2' }]);
    const said = /2 people wait to be started: at Koji's pace that takes [2-4] seconds, until <time datetime="20/;
    await until(async () => said.test(await page()), 60, page);
    loop.koji.interfere(() => undefined);
    await loop.nothingWaits();
    expect(await page()).toContain('0 people wait to be started.');
  });

  test('it counts what was started, written and skipped, and says why', async () => {
    await loop.deliver(interview());
    await loop.deliver(interview({ quality_score: 1 }));
    await until(async () => (await page()).includes('skipped: below_quality. '));
    const shown = (await page()).replace(/\s+/g, ' ');
    expect(shown).toMatch(/<th scope="row">started<\/th> <td class="number">2<\/td>/);
    expect(shown).toMatch(/<th scope="row">written<\/th> <td class="number">1<\/td>/);
  });

  test('somebody given up is shown by a hash unless asked, and is started when the button is pressed', async () => {
    refuseNext();
    await loop.rows({ external_id: 'u_refused<b>' });
    await until(async () => (await loop.alive()).dead === 1);
    const hidden = await page();
    expect(hidden).not.toContain('u_refused');
    expect(hidden).toMatch(/<td>Koji [^<]*No\.[^<]*<\/td>/);
    expect(await page('/?people=shown')).toContain('u_refused&lt;b&gt;');
    const [, id = ''] = /name="id" value="([0-9a-f-]{36})"/.exec(hidden) ?? [];
    const answer = await press(id);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    await loop.nothingWaits();
    expect(loop.started()).toContain('u_refused<b>');
    expect(await page()).toContain('<p>Nobody.</p>');
  });

  test('somebody given up who is sent anew waits, and is listed no more; given up again, it says the new reason', async () => {
    const refusal = (message: string) =>
      loop.koji.failNext(({ method }) => method === 'POST', { status: 422, body: { error: 'invalid', message } });
    const row = { external_id: 'u_twice_refused' };
    refusal('The first reason.');
    await loop.rows(row);
    await until(async () => (await page()).includes('The first reason.'));
    refusal('The second reason.');
    expect(await (await loop.rows(row)).json()).toMatchObject({ accepted: 1 });
    await until(async () => (await page()).includes('The second reason.'));
    expect(await page()).not.toContain('The first reason.');
    expect((await loop.alive()).dead).toBe(1);
    await loop.rows(row);
    await loop.nothingWaits();
    expect(loop.started()).toContain('u_twice_refused');
    expect((await loop.alive()).dead).toBe(0);
  });

  test('all are tried again with one button', async () => {
    refuseNext(2);
    await loop.rows([{ external_id: 'u_all_1' }, { external_id: 'u_all_2' }]);
    await until(async () => (await loop.alive()).dead === 2);
    await press('all');
    await until(() => loop.started().includes('u_all_1') && loop.started().includes('u_all_2'));
    expect((await loop.alive()).dead).toBe(0);
  });

  test('whoever comes in while nothing is to do, or is tried again, is begun with at once', async () => {
    const timeOf = async (send: () => Promise<unknown>, isBegunWith: () => Promise<boolean> | boolean) => {
      const sent = performance.now();
      await send();
      await until(isBegunWith);
      return performance.now() - sent;
    };
    const shortest = { comesIn: Infinity, triedAgain: Infinity };
    // An idle worker, as it is here after each of them, looks once a second by itself.
    const AT_ONCE = 700;
    const longest = () => Math.max(shortest.comesIn, shortest.triedAgain);
    for (const external_id of people('at_once', 20)) {
      refuseNext();
      const comesIn = await timeOf(
        () => loop.rows({ external_id }),
        async () => (await loop.alive()).dead === 1,
      );
      const triedAgain = await timeOf(
        () => press('all'),
        () => loop.started().includes(external_id),
      );
      shortest.comesIn = Math.min(shortest.comesIn, comesIn);
      shortest.triedAgain = Math.min(shortest.triedAgain, triedAgain);
      if (longest() < AT_ONCE) break;
    }
    expect(longest()).toBeLessThan(AT_ONCE);
  });

  test('it needs no script, takes its colors from the system, and may be framed by nobody', async () => {
    const answer = await get('/');
    const shown = await answer.text();
    expect(shown).toContain('color-scheme: light dark');
    expect(shown).not.toContain('<script');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('Prometheus reads what waits, what became of it and how long answers take', async () => {
    await loop.nothingWaits();
    const answer = await get('/metrics', {});
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    for (const line of [
      /^forwarder_jobs_waiting\{kind="start"\} 0$/m,
      /^forwarder_jobs_dead 0$/m,
      /^forwarder_paused_seconds\{service="Koji"\} \d+$/m,
      /^forwarder_outcomes_total\{what="written"\} 1$/m,
      /^forwarder_request_duration_seconds_count\{route="\/koji\/webhook",status="200"\} 2$/m,
    ])
      expect(text).toMatch(line);
    expect(text).not.toMatch(/u_all|example\.com/);
  });

  // A restart on a folder: forwarder.test.ts.
  if (store === 'Postgres') {
    test('while a key is revoked nobody is lost and the service is asked once; the page says why, and a new key is tried at once', async () => {
      const restart = async (keys: Record<string, string>): Promise<void> => {
        loop.service.child.kill('SIGTERM');
        await loop.service.ended;
        loop.service = await spawnForwarder({ ...loop.environment, ...keys });
      };
      await restart({ KOJI_API_KEY: 'pk_live_revoked', AMPLITUDE_API_KEY: 'revoked-key' });
      const calls = [loop.koji, loop.amplitude].map((service) => ({ service, before: service.calls.length }));
      const refused = () => calls.map(({ service, before }) => service.calls.length - before);
      await loop.rows([{ external_id: 'u_key_1' }, { external_id: 'u_key_2' }]);
      const one = interview();
      expect(await (await loop.deliver(one)).json()).toEqual({ status: 'queued' });
      await until(async () => (await page()).includes('Koji does not accept the API key'));
      await until(async () => (await page()).includes('Amplitude does not know the API key'));
      expect((await page()).replace(/\s+/g, ' ')).toMatch(
        /<strong>Koji is left alone for 5 minutes\.<\/strong> Koji does not/,
      );
      expect(
        (await (await get('/metrics', {})).text()).match(/^forwarder_paused_seconds\{service="\w+"\} (29\d|300)$/gm),
      ).toHaveLength(2);
      expect(await loop.alive()).toMatchObject({ waiting: 3, dead: 0 });
      await until(() =>
        /"why":"Koji does not accept the API key[^\n]+"a service is left alone"/.test(loop.service.printed()),
      );
      await new Promise((done) => setTimeout(done, 2_000));
      await restart({ KOJI_API_KEY: 'pk_live_revoked', AMPLITUDE_API_KEY: 'revoked-key' });
      await new Promise((done) => setTimeout(done, 2_000));
      // Amplitude was asked twice: at the delivery, and from the queue.
      expect(refused()).toEqual([expect.any(Number), 2]);
      expect(refused()[0]).toBeLessThanOrEqual(2);
      await restart({});
      await loop.nothingWaits();
      expect(loop.started()).toEqual(expect.arrayContaining(['u_key_1', 'u_key_2']));
      expect(loop.eventsOf(one)).toHaveLength(1);
    });
  }

  test('a connection that drops holds a person up for seconds; the page and the log say so, and name nobody', async () => {
    loop.koji.failNext(({ method }) => method === 'POST', 'reset');
    await loop.rows({ external_id: 'u_dropped' });
    await until(async () => (await page()).includes('another try'));
    expect((await page()).replace(/\s+/g, ' ')).toMatch(
      /<strong>Of these, 1 waits for another try, the next at <time datetime="20[^<]+UTC<\/time>\.<\/strong> Koji could not be reached/,
    );
    await until(() =>
      /"level":40,.*"why":"Koji could not be reached[^\n]+"msg":"a try failed"/.test(loop.service.printed()),
    );
    expect(loop.service.printed()).not.toContain('u_dropped');
    await passPauses();
    await loop.nothingWaits();
    expect(loop.started()).toContain('u_dropped');
    expect(await page()).not.toContain('another try');
  });

  test('an interview that Amplitude refuses is said to be given up, in one line that is an error', async () => {
    loop.amplitude.failNext(() => true, { status: 400, body: { code: 400, error: 'No.' } }, 2);
    const refused = interview();
    await loop.deliver(refused);
    await until(async () => (await loop.alive()).dead === 1);
    const lines = () =>
      loop.service
        .printed()
        .split('\n')
        .filter((line) => line.includes('Amplitude refused the event'));
    await until(() => lines().length === 2);
    expect(lines()).toEqual([
      expect.stringMatching(/"level":30,.*"msg":"an interview was queued"/),
      expect.stringMatching(/"level":50,.*"kind":"write",.*"msg":"a job was given up"/),
    ]);
    expect(await page('/?people=shown')).toContain(
      `<td>${refused.respondent.external_id}, ${refused.respondent_email}, ${refused.interview_id}</td>`,
    );
    await press('all');
    await loop.nothingWaits();
  });

  if (store === 'Postgres') {
    test('somebody whom Koji fails again and again is given up at the eighth try, and not before', async () => {
      const isIt = ({ body }: { body: string }) => body.includes('u_fails');
      loop.koji.failNext(isIt, { status: 500, body: {} }, 100);
      await loop.rows({ external_id: 'u_fails' });
      const tries = () => loop.koji.calls.filter(({ call }) => isIt(call)).length;
      for (let expected = 1; expected <= 8; expected += 1) {
        await until(() => tries() === expected);
        if (expected === 8) break;
        expect((await loop.alive()).dead).toBe(0);
        const waiting = "from pgboss.job where name = 'koji-start' and state = 'retry'";
        await until(async () => (await query(`select 1 ${waiting}`)).length === 1);
        expect(
          await query(`select ceil(extract(epoch from start_after - now()) / 20)::int as pauses ${waiting}`),
        ).toEqual([{ pauses: 4 ** (expected - 1) }]);
        await passPauses();
      }
      await until(async () => (await loop.alive()).dead === 1);
      expect(tries()).toBe(8);
      expect(await page()).toContain('<td>Koji has a problem right now (500).');
    });

    test('who waits, and who was given up, is kept for almost a year', async () => {
      expect(
        await query("select name, retention_seconds / 86400 as days from pgboss.queue where name like 'koji-%'"),
      ).toEqual(
        expect.arrayContaining([
          ...['koji-dead', 'koji-read', 'koji-start', 'koji-write'].map((name) => ({ name, days: 360 })),
        ]),
      );
    });
  }
});

describe('on whichever queue, a button', () => {
  let here: Here;
  beforeAll(async () => {
    here = await startHere({ PAGE_PASSWORD: secrets.page });
  });
  afterAll(() => here.end());

  const press = (id: string, headers: Record<string, string> = {}) =>
    here.ask('/again', {
      method: 'POST',
      body: new URLSearchParams({ id }),
      headers: { host: 'forwarder', authorization: basic(secrets.page), ...headers },
    });

  // What browsers say of a form; `own` is the page's own origin.
  const forms: { of: string; says: (own: string) => Record<string, string>; answer: number }[] = [
    { of: 'on another site', says: () => ({ 'sec-fetch-site': 'cross-site' }), answer: 403 },
    { of: 'on another host of the same site', says: () => ({ 'sec-fetch-site': 'same-site' }), answer: 403 },
    { of: 'in another origin', says: () => ({ origin: 'http://elsewhere.example' }), answer: 403 },
    { of: 'on another port', says: () => ({ origin: 'http://127.0.0.1:1' }), answer: 403 },
    { of: 'that hides its origin', says: () => ({ origin: 'null' }), answer: 403 },
    {
      of: 'in another origin, behind a proxy that says it was ours',
      says: () => ({ origin: 'http://elsewhere.example', 'x-forwarded-host': 'elsewhere.example' }),
      answer: 403,
    },
    { of: 'of the page, over plain http', says: (own) => ({ origin: own }), answer: 303 },
    {
      of: 'of the page, behind a proxy that changes the host',
      says: () => ({ 'sec-fetch-site': 'same-origin', origin: 'https://our-name.example' }),
      answer: 303,
    },
    { of: 'that is none, but a command with the password', says: () => ({}), answer: 303 },
  ];
  test.each(forms)('$of is answered with $answer', async ({ says, answer }) => {
    expect((await press('all', says('http://forwarder'))).status).toBe(answer);
  });

  test('that names no job is refused', async () => {
    expect((await press('nonsense')).status).toBe(400);
  });
});
