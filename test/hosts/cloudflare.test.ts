/** What a queue of Cloudflare's may do to a person, and what the ledger makes good. */
import * as z from 'zod';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type Interference, write } from '../../sandbox/server.ts';
import { interview, type Loop, secrets, startLoop, until } from '../support/forwarder.ts';

describe('on cloudflare', () => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop('a folder', { PAGE_PASSWORD: secrets.page }, 'test/hosts/cloudflare-host.ts');
  }, 60_000);
  afterAll(() => loop.end());

  const waiting = async (): Promise<number> => (await loop.alive()).waiting;

  /** How long Koji is left alone after one of its calls, in milliseconds. */
  const pauseAfter = (place: number): number => {
    const [{ order: answered } = { order: NaN }, { order: asked } = { order: NaN }] = loop.koji.calls.slice(place);
    return asked - answered;
  };

  /** A service asks to be left alone for so many seconds, and takes nothing in. */
  const pausing = (seconds: number): Interference => {
    const answer = { status: 429, headers: { 'retry-after': String(seconds) }, body: { code: 429 } };
    return { takesIn: false, answer: (outgoing) => write(outgoing, answer) };
  };

  /** How many messages the queue lost. */
  const lost = async () => z.number().parse(await (await loop.post('/host/lost', '')).json());

  test('somebody whose message the queue lost is sent again within an hour, then once a day, and is started once', async () => {
    await loop.post('/host/lose', 'true');
    await loop.rows([{ external_id: 'lost_1' }, { external_id: 'lost_2' }]);
    await until(async () => (await lost()) === 2);
    expect(await (await loop.rows({ external_id: 'lost_1' })).json()).toMatchObject({ duplicates: 1 });
    await loop.post('/host/hours', '1');
    await until(async () => (await lost()) === 4);
    await loop.post('/host/hours', '20');
    // Longer than the queue takes to bring a batch.
    await new Promise((done) => setTimeout(done, 2_500));
    expect([await lost(), await waiting(), loop.started()]).toEqual([4, 2, []]);
    await loop.post('/host/lose', 'false');
    await loop.post('/host/hours', '25');
    await until(async () => (await waiting()) === 0, 20);
    expect(loop.started().sort()).toEqual(['lost_1', 'lost_2']);
  }, 60_000);

  test('somebody who was given up is started when it is tried again, and is given up no more', async () => {
    loop.koji.failNext(() => true, { status: 422, body: { error: 'unprocessable', message: 'No.' } });
    await loop.rows({ external_id: 'raised' });
    await until(async () => (await loop.alive()).dead === 1, 20);
    const authorization = `Basic ${btoa(`me:${secrets.page}`)}`;
    await loop.post('/again', 'id=all', { authorization, 'content-type': 'application/x-www-form-urlencoded' });
    await until(() => loop.started().includes('raised'), 20);
    expect((await loop.alive()).dead).toBe(0);
  }, 60_000);

  test('whoever waits while the key of Koji is replaced is started with the new one', async () => {
    const isNew = ({ headers }: { headers: Record<string, string> }) =>
      headers.authorization === `Bearer ${sandboxKeys.olderForm}`;
    loop.koji.interfere((call) => (isNew(call) ? undefined : pausing(4)));
    await loop.rows({ external_id: 'waits_for_a_key' });
    await until(async () => (await loop.alive()).paused_seconds > 0, 20);
    expect(await waiting()).toBe(1);
    await loop.post('/host/settings', JSON.stringify({ KOJI_API_KEY: sandboxKeys.olderForm }));
    await until(() => loop.started().includes('waits_for_a_key'), 20);
    await until(async () => (await waiting()) === 0, 20);
    loop.koji.interfere(() => undefined);
    await loop.post('/host/settings', '{}');
  }, 60_000);

  test('of an interview that waits, the newer delivery is written, and none once one is anonymous', async () => {
    const [first, second, late] = [interview(), interview(), interview()];
    loop.amplitude.interfere(() => pausing(2));
    expect(await (await loop.deliver(first)).json()).toEqual({ status: 'queued' });
    expect(await (await loop.deliver({ ...first, quality_score: 5 })).json()).toEqual({ status: 'queued' });
    await loop.deliver(second);
    for (const one of [second, late]) {
      expect(await (await loop.deliver({ ...one, anonymous: true })).json()).toEqual({ status: 'skipped: anonymous' });
    }
    await loop.deliver(late);
    expect(await waiting()).toBe(1);
    loop.amplitude.interfere(() => undefined);
    await until(async () => (await waiting()) === 0, 20);
    expect(loop.eventsOf(first)).toMatchObject([{ eventProperties: { quality_score: 5 } }]);
    expect([...loop.eventsOf(second), ...loop.eventsOf(late)]).toEqual([]);
  }, 60_000);

  test('of an interview that waits, an id that comes alone is the newer delivery: what Koji has is written', async () => {
    const respondent = { external_id: 'analyzed_again', metadata: {} };
    const interview_id = loop.koji.openLink({ respondent, respondent_email: 'again@example.com' });
    loop.koji.respond(interview_id, { quality_score: 5 });
    await loop.advance(10_000);
    loop.amplitude.interfere(() => pausing(2));
    const older = interview({ interview_id, respondent, quality_score: 3 });
    expect(await (await loop.deliver(older)).json()).toEqual({ status: 'queued' });
    loop.koji.failNext(({ method }) => method === 'GET', 'reset');
    expect(await (await loop.deliver({ interview_id })).json()).toEqual({ status: 'queued' });
    loop.amplitude.interfere(() => undefined);
    await until(async () => (await waiting()) === 0, 20);
    expect(loop.eventsOf(older)).toMatchObject([{ eventProperties: { quality_score: 5 } }]);
  }, 60_000);

  test('an interview is not read while Koji has starts wait: it counts both together', async () => {
    const interview_id = loop.koji.openLink({
      respondent: { external_id: 'told', metadata: {} },
      respondent_email: 'told@example.com',
    });
    loop.koji.respond(interview_id, { quality_score: 4 });
    await loop.advance(10_000);
    const before = loop.koji.calls.length;
    loop.koji.failNext(() => true, { status: 429, headers: { 'retry-after': '6' }, body: { error: 'rate_limited' } });
    await loop.rows({ external_id: 'paused' });
    await until(async () => (await loop.alive()).paused_seconds > 0, 20);
    expect(await (await loop.deliver({ interview_id })).json()).toEqual({ status: 'queued' });
    await until(async () => (await waiting()) === 0, 20);
    expect(loop.koji.calls.slice(before).map(({ call }) => call.method)).toEqual(
      expect.arrayContaining(['GET', 'POST']),
    );
    expect(pauseAfter(before)).toBeGreaterThan(5_900);
    expect(loop.started()).toContain('paused');
  }, 60_000);

  test('an interview is written while one before it may not be read', async () => {
    const interview_id = loop.koji.openLink({ respondent: { external_id: 'read_later', metadata: {} } });
    loop.koji.respond(interview_id, { quality_score: 4 });
    await loop.advance(10_000);
    loop.koji.failNext(() => true, { status: 429, headers: { 'retry-after': '15' }, body: { error: 'rate_limited' } });
    await loop.rows({ external_id: 'paused_for_long' });
    await until(async () => (await loop.alive()).paused_seconds > 0, 20);
    expect(await (await loop.deliver({ interview_id })).json()).toEqual({ status: 'queued' });
    const one = interview();
    loop.amplitude.failNext(() => true, 'reset');
    expect(await (await loop.deliver(one)).json()).toEqual({ status: 'queued' });
    await until(() => loop.eventsOf(one).length === 1, 20);
    expect((await loop.alive()).paused_seconds).toBeGreaterThan(0);
    await until(async () => (await waiting()) === 0, 40);
  }, 90_000);

  test('while Koji has starts wait for an hour, whoever waits stays in the queue: each message that is sent costs', async () => {
    const sendings = async () => z.array(z.number()).parse(await (await loop.post('/host/delays', '')).json()).length;
    const naps = async () => z.number().parse(await (await loop.post('/host/naps', '')).json());
    const isStart = ({ method }: { method: string }) => method === 'POST';
    loop.koji.failNext(isStart, { status: 429, headers: { 'retry-after': '3600' }, body: { error: 'rate_limited' } });
    const [sent, asked] = [await sendings(), loop.koji.calls.length];
    const ids = Array.from({ length: 40 }, (_, index) => `hour_${index}`);
    await loop.rows(ids.map((external_id) => ({ external_id })));
    await until(async () => (await naps()) >= 3, 30);
    expect([(await sendings()) - sent, loop.koji.calls.length - asked, await waiting()]).toEqual([1, 1, 40]);
    await loop.advance(61_000);
    await loop.post('/host/pass', JSON.stringify(true));
    // Who met the answer comes again when its hour is over.
    await until(async () => (await waiting()) === 1, 40);
    await loop.post('/host/pass', JSON.stringify(false));
    expect(loop.started().filter((id) => id?.startsWith('hour_'))).toHaveLength(39);
  }, 120_000);

  test('somebody whom Koji fails for a day is given up after it, at the eighth try, and Koji is left alone on', async () => {
    const isIt = ({ body }: { body: string }) => body.includes('fails_for_a_day');
    loop.koji.failNext(isIt, { status: 500, body: {} }, 100);
    const { dead } = await loop.alive();
    const delaysOf = async () => z.array(z.number()).parse(await (await loop.post('/host/delays', '')).json());
    const before = (await delaysOf()).length;
    await loop.post('/host/pass', JSON.stringify(true));
    await loop.rows({ external_id: 'fails_for_a_day' });
    await until(async () => (await loop.alive()).dead === dead + 1, 60);
    const delays = (await delaysOf()).slice(before);
    expect(delays).toEqual([20, 80, 320, 1_280, 5_120, 20_480, 81_920]);
    expect(delays.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(86_400);
    expect(loop.koji.calls.filter(({ call }) => isIt(call))).toHaveLength(8);
    expect((await loop.alive()).paused_seconds).toBeGreaterThan(60);
    await loop.rows({ external_id: 'comes_after_the_day' });
    await until(() => loop.started().includes('comes_after_the_day'), 20);
  }, 90_000);

  test('a Koji that fails three in a row is left alone for all, and the page says why', async () => {
    await loop.post('/host/pass', JSON.stringify(false));
    loop.koji.failNext(({ method }) => method === 'POST', { status: 500, body: {} }, 3);
    const before = loop.koji.calls.length;
    await loop.rows(['a', 'b', 'c', 'd'].map((external_id) => ({ external_id: `faulty_${external_id}` })));
    await until(async () => (await loop.alive()).paused_seconds > 0, 20);
    const authorization = `Basic ${btoa(`me:${secrets.page}`)}`;
    const page = await (await fetch(`${loop.service.url}/`, { headers: { authorization } })).text();
    expect(page).toMatch(/Koji is left alone for \d seconds?\.<\/strong> Koji has a problem right now \(500\)\./);
    expect(page).toContain('Of these, 3 wait for another try, the next at');
    await until(() => loop.koji.calls.length - before === 4, 20);
    expect(pauseAfter(before + 2)).toBeGreaterThan(3_900);
  }, 60_000);
});
