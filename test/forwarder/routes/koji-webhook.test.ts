/** Koji's webhook: several deliveries of one interview while it can't be written, and what anybody may send. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import * as z from 'zod';
import { ANALYSIS_READY_EVENT } from '../../../koji/contract.ts';
import { type Answer, write } from '../../../sandbox/server.ts';
import { interview, type Loop, spawnForwarder, startLoop, stores, until } from '../../support/forwarder.ts';
import { processorTimeUsedBy } from '../../support/processor-time.ts';

describe.each(stores)('with its queue in %s', (store) => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop(store);
  });
  afterAll(() => loop.end());

  const heard = async (data: object) => (await loop.deliver(data)).json();
  const scoresOf = (one: { interview_id: string }) =>
    loop.eventsOf(one).map(({ eventProperties }) => eventProperties.quality_score);
  /** Amplitude fails the delivery, and when the queue looks for the first time; the next look is in twenty seconds. */
  const fail = async (one: object) => {
    const calls = loop.amplitude.calls.length;
    loop.amplitude.failNext(() => true, { status: 500, body: {} }, 2);
    expect(await heard(one)).toEqual({ status: 'queued' });
    await until(() => loop.amplitude.calls.length === calls + 2);
  };
  const pause: Answer = { status: 429, headers: { 'retry-after': '1' }, body: {} };
  const letGo = () => loop.amplitude.interfere(() => undefined);
  /** Amplitude asks to be left alone until it is let go, so that all that comes waits. */
  const hold = async (one: object) => {
    loop.amplitude.interfere(() => ({ takesIn: false, answer: (outgoing) => write(outgoing, pause) }));
    expect(await heard(one)).toEqual({ status: 'queued' });
  };

  test('of two that wait, the newer one is written', async () => {
    const one = interview();
    await hold(one);
    expect(await heard({ ...one, quality_score: 5 })).toEqual({ status: 'queued' });
    letGo();
    await loop.nothingWaits();
    expect(scoresOf(one)).toEqual([5]);
  });

  test('one that is written leaves no older one behind', async () => {
    const one = interview();
    await fail(one);
    expect(await heard({ ...one, quality_score: 5 })).toEqual({ status: 'written' });
    // Koji is answered within a second, even where the queue takes longer.
    await until(async () => (await loop.alive()).waiting === 0, 10);
    expect(scoresOf(one)).toEqual([5]);
  });

  test('one that is skipped leaves no older one behind', async () => {
    const one = interview();
    await fail(one);
    expect(await heard({ ...one, quality_score: 2 })).toEqual({ status: 'skipped: below_quality' });
    expect([(await loop.alive()).waiting, scoresOf(one)]).toEqual([0, []]);
  });

  test.each(['before it', 'after it'])('one that is anonymous keeps one out that comes %s', async (order) => {
    const one = interview();
    const anonymous = { ...one, anonymous: true };
    await hold(interview());
    if (order === 'after it') expect(await heard(anonymous)).toEqual({ status: 'skipped: anonymous' });
    await heard(one);
    if (order === 'before it') expect(await heard(anonymous)).toEqual({ status: 'skipped: anonymous' });
    letGo();
    await loop.nothingWaits();
    expect(await heard(one)).toEqual({ status: 'skipped: anonymous' });
    expect(loop.eventsOf(one)).toEqual([]);
  });

  test('one that is anonymous keeps one out that was given up', async () => {
    const one = interview();
    loop.amplitude.failNext(() => true, { status: 400, body: { code: 400, error: 'No.' } }, 2);
    await heard(one);
    await until(async () => (await loop.alive()).dead === 1);
    await heard({ ...one, anonymous: true });
    expect((await loop.alive()).dead).toBe(0);
  });

  test.each([
    ['an id that is flagged', { anonymous: true }],
    ['an interview that names nobody', { ...interview(), respondent: {}, respondent_email: null }],
  ])('%s is not asked for at Koji, and keeps one out whose id waits to be', async (_what, more) => {
    const { interview_id } = interview();
    loop.koji.failNext(() => true, 'reset', 2);
    expect(await heard({ interview_id })).toEqual({ status: 'queued' });
    const asked = loop.koji.calls.length;
    await until(() => loop.koji.calls.length > asked);
    expect(await heard({ ...more, interview_id })).toEqual({ status: 'skipped: anonymous' });
    expect([(await loop.alive()).waiting, loop.koji.calls.length]).toEqual([0, asked + 1]);
  });

  /** Amplitude has the next upload, and answers it so when it is told to; those that follow get the other answer, if there is one. */
  const holdUpload = (truth?: Answer, next?: Answer) => {
    let answer = (): void => {};
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    let calls = 0;
    loop.amplitude.interfere(() => {
      calls += 1;
      if (calls > 1) return next && { takesIn: false, answer: (outgoing) => write(outgoing, next) };
      return {
        takesIn: truth === undefined,
        answer: (outgoing, given) => answered.then(() => write(outgoing, truth ?? given)),
      };
    });
    return { answer, isThere: () => until(() => calls > 0) };
  };
  const fault: Answer = { status: 500, body: {} };
  const replaced = { status: 'replaced by a newer delivery' };

  test.each([
    ['is skipped', { quality_score: 2 }, { status: 'skipped: below_quality' }, []],
    ['is written', { quality_score: 5 }, { status: 'written' }, [5]],
    ['is anonymous', { anonymous: true }, { status: 'skipped: anonymous' }, []],
  ])('one that Amplitude fails after a newer one %s is not written', async (_what, more, status, scores) => {
    const one = interview();
    const { answer, isThere } = holdUpload(fault);
    const older = heard(one);
    await isThere();
    expect(await heard({ ...one, ...more })).toEqual(status);
    answer();
    expect([await older, (await loop.alive()).waiting]).toEqual([replaced, 0]);
    letGo();
    expect(scoresOf(one)).toEqual(scores);
  });

  test.each([
    ['fails', fault, replaced],
    ['takes in', undefined, { status: 'written' }],
  ])('one that Amplitude %s after a newer one was queued leaves that to be written', async (_what, truth, status) => {
    const one = interview();
    const { answer, isThere } = holdUpload(truth, pause);
    const older = heard(one);
    await isThere();
    expect(await heard({ ...one, quality_score: 5 })).toEqual({ status: 'queued' });
    answer();
    expect([await older, (await loop.alive()).waiting]).toEqual([status, 1]);
    letGo();
    await loop.nothingWaits();
    expect(loop.amplitude.calls.at(-1)?.call.body).toContain('"quality_score":5');
  });

  const isRead = ({ method }: { method: string }) => method === 'GET';
  const analyzed = async () => {
    const { interview_id: name } = interview();
    const respondent = { external_id: `u_${name}`, metadata: {} };
    const id = loop.koji.openLink({ respondent, respondent_email: `${name}@example.com` });
    loop.koji.respond(id, { quality_score: 4 });
    await loop.advance(10_000);
    return { interview_id: id };
  };
  const notFound = { status: 404, body: { error: 'not_found', message: 'No such interview.' } };

  test.each([
    ['has no such interview yet', notFound],
    ['gives another interview', { status: 200, body: { ...interview(), interview_id: 'int_of_somebody_else' } }],
  ])('an id for which Koji %s is asked for again', async (_what, answer) => {
    const one = await analyzed();
    loop.koji.failNext(isRead, answer);
    expect(await heard(one)).toEqual({ status: 'queued' });
    await loop.nothingWaits();
    expect(loop.eventsOf(one)).toHaveLength(1);
  });

  test('an id that comes again while it waits for another try is asked for at once', async () => {
    const one = await analyzed();
    const asked = loop.koji.calls.length;
    loop.koji.failNext(isRead, { status: 500, body: {} }, 3);
    expect(await heard(one)).toEqual({ status: 'queued' });
    await until(() => loop.koji.calls.length === asked + 2);
    expect(await heard(one)).toEqual({ status: 'queued' });
    await loop.nothingWaits();
    expect(loop.eventsOf(one)).toHaveLength(1);
  });

  if (store === 'Postgres') {
    test.each([
      ['is written', false, 1],
      ['is ignored, and given up by nobody', true, 0],
    ])('an id that Koji did not know at first, minutes later %s', async (_what, isUnknown, events) => {
      const one = await analyzed();
      const asked = loop.koji.calls.length;
      loop.koji.failNext(isRead, notFound, isUnknown ? 4 : 3);
      await heard(one);
      const { dead } = await loop.alive();
      const database = new pg.Client({ connectionString: loop.environment.DATABASE_URL });
      await database.connect();
      const waits = "from pgboss.job where name = 'koji-read' and state = 'retry' and start_after > now()";
      for (const tries of [1, 2]) {
        await until(async () => (await database.query(`select 1 ${waits}`)).rowCount === 1);
        expect(loop.koji.calls.length - asked).toBe(1 + tries);
        await database.query("update pgboss.job set start_after = now() where name = 'koji-read'");
        await until(() => loop.koji.calls.length - asked === 2 + tries);
      }
      await database.end();
      await loop.nothingWaits();
      expect([loop.koji.calls.length - asked, loop.eventsOf(one).length]).toEqual([4, events]);
      expect((await loop.alive()).dead).toBe(dead);
    });

    test.each([
      ['is anonymous', { anonymous: true }, 'skipped: anonymous'],
      ['is of low quality', { quality_score: 2 }, 'skipped: below_quality'],
    ])('one that is being queued while a newer one comes, which %s, is not written', async (_what, more, status) => {
      const holder = new pg.Client({ connectionString: loop.environment.DATABASE_URL });
      await holder.connect();
      await holder.query(
        `create function forwarder.held() returns trigger language plpgsql as
           $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
         create trigger held_insert before insert on pgboss.job for each row execute function forwarder.held()`,
      );
      await holder.query('select pg_advisory_lock(1)');
      const waiting = `select 1 from pg_locks join pg_database on pg_database.oid = database
        where datname = current_database() and locktype = 'advisory' and not granted`;
      const thatWait = (many: number) => until(async () => (await holder.query(waiting)).rowCount === many);
      const one = interview();
      loop.amplitude.failNext(() => true, { status: 500, body: {} });
      const older = heard(one);
      await thatWait(1);
      const newer = heard({ ...one, ...more });
      await thatWait(2);
      await holder.query('select pg_advisory_unlock(1)');
      expect([await newer, await older]).toEqual([{ status }, { status: 'queued' }]);
      expect([(await loop.alive()).waiting, loop.eventsOf(one)]).toEqual([0, []]);
      await holder.query('drop function forwarder.held cascade');
      await holder.end();
    });
  }

  test('one that is anonymous ends what the queue has in hand: it is not tried again', async () => {
    const one = interview();
    let answer = (): void => {};
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    const pauses = () => loop.service.printed().split('"msg":"a service is left alone"').length;
    const before = pauses();
    let calls = 0;
    loop.amplitude.interfere(() => {
      calls += 1;
      const waits = calls === 2 ? answered : Promise.resolve();
      return { takesIn: false, answer: (outgoing) => waits.then(() => write(outgoing, pause)) };
    });
    await heard(one);
    await until(() => calls === 2);
    expect(await heard({ ...one, anonymous: true })).toEqual({ status: 'skipped: anonymous' });
    answer();
    await until(() => pauses() > before);
    // Another try would come after the pause, which no later test has to wait out.
    await sleep(1_200);
    expect([(await loop.alive()).waiting, calls]).toEqual([0, 2]);
    letGo();
  });

  test('a delivery without a signature that unpacks to 330,000 answers is refused before anything of it is read', async () => {
    const answers = Array.from({ length: 330_000 }, () => ({}));
    const body = gzipSync(JSON.stringify({ event: ANALYSIS_READY_EVENT, data: interview({ answers }) }));
    const before = processorTimeUsedBy(loop.service.child);
    const refused = await loop.post('/koji/webhook', new Uint8Array(body), { 'content-encoding': 'gzip' });
    expect(refused.status).toBe(401);
    expect(processorTimeUsedBy(loop.service.child) - before).toBeLessThan(400);
  });

  test('Koji is left alone for no interviews that it does not know yet: it has no fault', async () => {
    const reads = () => loop.koji.calls.filter(({ call }) => isRead(call)).length;
    const before = reads();
    for (const name of ['a', 'b', 'c', 'd']) {
      const answer = await loop.deliver({ interview_id: `int_unknown_${name}` });
      expect(await answer.json()).toEqual({ status: 'queued' });
    }
    await until(() => reads() - before >= 8);
    await loop.rows([{ external_id: 'u_after_unknown_ones' }]);
    // Four faults in a row would be a pause of 8 seconds.
    await until(() => loop.started().includes('u_after_unknown_ones'), 6);
    expect((await loop.alive()).paused_seconds).toBe(0);
  });

  // The last of all: it stays so.
  describe('while Amplitude asks to be left alone', () => {
    const pauses = z.object({ waiting: z.number(), paused_seconds: z.number(), amplitude_paused_seconds: z.number() });
    const health = async () => pauses.parse(await (await fetch(`${loop.service.url}/healthz`)).json());
    beforeAll(async () => {
      const hour: Answer = { status: 429, headers: { 'retry-after': '3600' }, body: { code: 429 } };
      loop.amplitude.failNext(() => true, hour, 100);
      await loop.deliver(interview());
      await until(async () => (await health()).amplitude_paused_seconds > 0);
    });

    test('a delivery is queued at once, and Amplitude is not asked', async () => {
      const asked = loop.amplitude.calls.length;
      const { waiting } = await health();
      const { service } = loop;
      // Where several processes share the queue, the other one knows, too.
      await using beside = store === 'Postgres' ? await spawnForwarder(loop.environment) : null;
      loop.service = beside ?? service;
      expect(await heard(interview())).toEqual({ status: 'queued' });
      expect([loop.amplitude.calls.length, (await health()).waiting]).toEqual([asked, waiting + 1]);
      loop.service = service;
    });

    test('an interview is read from Koji once, and people are started', async () => {
      const { waiting } = await health();
      const one = await analyzed();
      const reads = () => loop.koji.calls.filter(({ call }) => isRead(call)).length;
      const before = reads();
      loop.koji.failNext(isRead, 'reset');
      expect(await heard(one)).toEqual({ status: 'queued' });
      await loop.rows([{ external_id: 'u_meanwhile' }]);
      await until(() => loop.started().includes('u_meanwhile'));
      await until(() => reads() === before + 2);
      await sleep(1_500);
      expect(reads()).toBe(before + 2);
      await until(async () => (await health()).waiting === waiting + 1);
      expect(await health()).toMatchObject({ waiting: waiting + 1, paused_seconds: 0 });
    });
  });
});
