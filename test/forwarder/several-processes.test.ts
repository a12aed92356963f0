/** What may happen around processes that share their queue: nobody is lost, and nobody is started twice. */
import pg from 'pg';
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
  until,
} from '../support/forwarder.ts';
import { emptyDatabase, hasPostgres, wayTo } from '../support/postgres.ts';

(hasPostgres ? describe : describe.skip)('several processes on one Postgres', () => {
  const query = async (loop: Loop, sql: string) => {
    const client = new pg.Client({ connectionString: loop.environment.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  };

  const ASLEEP = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";

  // Those that take longest begin first.
  test.concurrent('a Koji that takes 19 seconds is asked once for each of five people, by two processes, and fails nobody', async () => {
    await using loop = await startLoop('Postgres', { START_SPACING_MILLISECONDS: '200' });
    await using _beside = await spawnForwarder(loop.environment);
    loop.koji.interfere(({ method }) =>
      method === 'POST'
        ? {
            takesIn: true,
            answer: async (outgoing, truth) => {
              await new Promise((done) => setTimeout(done, 19_000));
              write(outgoing, truth);
            },
          }
        : undefined,
    );
    const ids = people('slow', 5);
    await loop.rows(rowsOf(ids));
    await allStarted(loop, ids);
    // Whoever works on them says so all the while: what is silent for 20 seconds is given to somebody else.
    const saidSo = `select count(*)::int as jobs, max(retry_count) as retries from pgboss.job
      where name = 'koji-start' and state = 'active' and heartbeat_on - started_on > '5 seconds'`;
    await until(async () => (await query(loop, saidSo))[0].jobs === 5);
    expect(await query(loop, saidSo)).toEqual([{ jobs: 5, retries: 0 }]);
    await loop.nothingWaits();
    expectOnce(loop, ids);
    expect(loop.koji.calls).toHaveLength(5);
    expect(await query(loop, 'select what, times from forwarder.tally')).toEqual([{ what: 'started', times: 5 }]);
  });

  test.concurrent('a Postgres that is cut off is said not to answer within seconds, and work goes on when it is back', async () => {
    const way = await wayTo((await emptyDatabase()).url);
    await using loop = await startLoop('Postgres', { DATABASE_URL: way.url });
    // More connections than the workers take; they are kept for a while, and lead nowhere then.
    await Promise.all(Array.from({ length: 10 }, loop.alive));
    way.cut();
    const inSeconds = () => ({ signal: AbortSignal.timeout(15_000) });
    const answers = [
      await fetch(`${loop.service.url}/healthz`, inSeconds()),
      await fetch(`${loop.service.url}/etl/respondents`, {
        method: 'POST',
        body: '{"external_id":"u_cut_off"}',
        headers: { authorization: `Bearer ${secrets.etl}` },
        ...inSeconds(),
      }),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
        503,
        '30',
        { error: 'unavailable', message: 'The queue can not be used: it does not answer. Send it again.' },
      ]);
    }
    way.mend();
    await until(async () => (await loop.rows(rowsOf(['u_cut_off']))).status === 202);
    await allStarted(loop, ['u_cut_off']);
    expectOnce(loop, ['u_cut_off']);
  });

  test.concurrent('a process that is frozen while it writes down what came of a start holds up no other one', async () => {
    await using loop = await startLoop('Postgres');
    await using frozen = loop.service;
    await query(
      loop,
      `create sequence forwarder.counts;
       create function forwarder.slow() returns trigger language plpgsql as
         $$ begin if nextval('forwarder.counts') = 1 then perform pg_sleep(2); end if; return new; end $$;
       create trigger slow_count before insert on forwarder.tally for each row execute function forwarder.slow()`,
    );
    await loop.rows(rowsOf(['u_frozen']));
    await until(async () => (await query(loop, ASLEEP)).length === 1);
    frozen.child.kill('SIGSTOP');
    loop.service = await spawnForwarder(loop.environment);
    const others = people('beside', 12);
    await loop.rows(rowsOf(others));
    await allStarted(loop, others);
    await loop.nothingWaits();
    expectOnce(loop, ['u_frozen', ...others]);
  });

  test('while Postgres is gone nobody is taken, and when it is back work goes on', async () => {
    await using loop = await startLoop('Postgres');
    await loop.postgres?.kill();
    expect((await loop.rows(rowsOf(['u_gone']))).status).toBe(503);
    // Nor is the secret in the log, where it stands in the address.
    expect((await loop.post(`/etl/respondents/${secrets.etl}`, '{"external_id":"u_gone"}')).status).toBe(503);
    // What is written needs no queue. What must not be may wait in it, so Koji has to send it again.
    expect((await loop.deliver(interview())).status).toBe(200);
    // An older analysis of it may wait there, and would be written after this one.
    await until(() => loop.service.printed().includes('the queue was neither asked nor told of an interview'));
    expect((await loop.deliver(interview({ anonymous: true }))).status).toBe(503);
    // The log says what kind of failure it is: nobody answers at the port.
    await until(() => /"error":"\w*Error","code":"ECONN\w+"[^\n]*a request failed/.test(loop.service.printed()));
    await until(() => loop.service.printed().includes('"path":"/etl/respondents"'));
    expect(loop.service.printed()).not.toContain(secrets.etl);
    await loop.postgres?.start();
    await until(async () => (await loop.rows(rowsOf(['u_gone']))).status === 202);
    await allStarted(loop, ['u_gone']);
    expectOnce(loop, ['u_gone']);
  });

  test.concurrent('a Postgres that hangs holds up no interview that Amplitude can take', async () => {
    await using loop = await startLoop('Postgres');
    const connections = await query(
      loop,
      'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    const each = (signal: NodeJS.Signals) => connections.map(({ pid }) => process.kill(pid, signal));
    each('SIGSTOP');
    try {
      const heard = interview();
      const began = performance.now();
      expect((await loop.deliver(heard)).status).toBe(200);
      // It is not waited for as long as an answer may take.
      expect(performance.now() - began).toBeLessThan(15_000);
      expect(loop.eventsOf(heard)).toHaveLength(1);
    } finally {
      each('SIGCONT');
    }
  });

  test.concurrent('whom a killed process had in hand comes back within a minute, and is started once', async () => {
    await using loop = await startLoop('Postgres');
    loop.koji.failNext(({ method }) => method === 'POST', 'hang');
    await loop.rows(rowsOf(['u_in_hand']));
    await until(() => loop.koji.calls.length > 0);
    loop.service.child.kill('SIGKILL');
    await loop.service.ended;
    // The minute passes.
    await query(loop, "update pgboss.job set heartbeat_on = now() - interval '1 minute' where state = 'active'");
    loop.service = await spawnForwarder(loop.environment);
    await allStarted(loop, ['u_in_hand']);
    expectOnce(loop, ['u_in_hand']);
  });

  test.concurrent('whom processes died over each time is given up, and started when tried again or sent again', async () => {
    await using loop = await startLoop('Postgres', { PAGE_PASSWORD: secrets.page });
    const ids = ['u_fatal_1', 'u_fatal_2'];
    loop.koji.failNext(({ method }) => method === 'POST', 'hang', 2);
    await loop.rows(rowsOf(ids));
    await until(() => loop.koji.calls.length === 2);
    loop.service.child.kill('SIGKILL');
    await loop.service.ended;
    // It is the eighth time, and the minute passes.
    await query(
      loop,
      "update pgboss.job set retry_count = 7, heartbeat_on = now() - interval '1 minute' where state = 'active'",
    );
    loop.service = await spawnForwarder(loop.environment);
    await until(async () => (await loop.alive()).dead === 2);
    const givenUp =
      /"kind":"start","whose":"\w{8}","why":"The process ended each time before this was done\.","msg":"a job was given up"/g;
    await until(() => loop.service.printed().match(givenUp)?.length === 2);
    expect(await query(loop, 'select what, times from forwarder.tally')).toEqual([{ what: 'given up', times: 2 }]);
    expect(await (await loop.rows(rowsOf(['u_fatal_1']))).json()).toMatchObject({ accepted: 1, duplicates: 0 });
    await until(async () => (await loop.alive()).dead === 1);
    await loop.post('/again', 'id=all', {
      authorization: `Basic ${btoa(`me:${secrets.page}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    });
    await allStarted(loop, ids);
    expectOnce(loop, ids);
  });

  test.concurrent('whom another process has by now is not given up by the one that had them before', async () => {
    await using loop = await startLoop('Postgres');
    let answer = (): void => {};
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    const refusal = { status: 422, body: { error: 'unprocessable', message: 'No.' } };
    loop.koji.interfere(() => ({
      takesIn: false,
      answer: (outgoing) => answered.then(() => write(outgoing, refusal)),
    }));
    await loop.rows(rowsOf(['u_claimed']));
    await until(() => loop.koji.calls.length === 1);
    await query(loop, "update pgboss.job set retry_count = retry_count + 1 where state = 'active'");
    answer();
    await until(() => loop.service.printed().includes('a job was given up'));
    loop.koji.interfere(() => undefined);
    // The other one dies.
    await query(loop, "update pgboss.job set state = 'retry' where state = 'active'");
    await allStarted(loop, ['u_claimed']);
    await loop.nothingWaits();
    expect((await loop.alive()).dead).toBe(0);
  });

  test.concurrent('a full disk costs nobody a second call to Koji: what came of a start is stored when there is room', async () => {
    await using loop = await startLoop('Postgres');
    // As a disk does that has room for a change, and none for another row.
    await query(
      loop,
      `create function forwarder.full() returns trigger language plpgsql as
         $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
       create trigger full_disk before insert on forwarder.started execute function forwarder.full()`,
    );
    const ids = people('full', 30);
    await loop.rows(rowsOf(ids));
    await until(() => loop.started().length === 10);
    await new Promise((done) => setTimeout(done, 2_000));
    expect(loop.koji.calls).toHaveLength(10);
    await query(loop, 'drop trigger full_disk on forwarder.started');
    await loop.nothingWaits();
    expectOnce(loop, ids);
    expect(loop.koji.calls).toHaveLength(30);
  });
});
