/** The jobs in the queue's tables: how long they are kept, and what becomes of their place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PgBoss } from 'pg-boss';
import type { Handle, Outcome, WorkingEngine } from '../../../forwarder/engine.ts';
import { readJob, startJob } from '../../../forwarder/jobs.ts';
import { type Database, openPostgres } from '../../../forwarder/store/database.ts';
import { openEngine } from '../../../forwarder/store/engine.ts';
import { openFolder } from '../../../forwarder/store/folder.ts';
import { putEmptyQueue } from '../../support/empty-queue.ts';
import { stores, until } from '../../support/forwarder.ts';
import { emptyDatabase } from '../../support/postgres.ts';

const person = (name: string) => startJob('project', '1', { respondent_id: name });
const nameOf = (job: Parameters<Handle>[0]): unknown => (job.kind === 'start' ? job.input.respondent_id : null);

describe.each(stores)('a queue in %s', (store) => {
  const folder = mkdtempSync(join(tmpdir(), 'boss-'));
  let reopen: () => Promise<Database>;
  let database: Database;
  let engine: WorkingEngine;

  const open = async (): Promise<void> => {
    database = await reopen();
    engine = await openEngine(database, {
      paceKeys: { Koji: 'koji', Amplitude: 'amplitude' },
      spacingMilliseconds: 5,
      notAgainDays: undefined,
      onError: () => {},
    });
  };
  const rowsOf = async (sql: string) => (await database.executeSql(sql)).rows;
  /** Works on whoever waits until as many were worked on; gives their names, in their turn, with the tries before. */
  const work = async (many: number, outcomeOf: (name: unknown) => Outcome) => {
    const worked: [name: unknown, triesBefore: number][] = [];
    const stop = engine.work(async (job, triesBefore) => {
      worked.push([nameOf(job), triesBefore]);
      return outcomeOf(nameOf(job));
    });
    await until(async () => worked.length >= many);
    await stop();
    return worked;
  };
  const done = (): Outcome => ({ result: 'done', what: 'started' });

  beforeAll(async () => {
    if (store === 'Postgres') {
      const { url } = await emptyDatabase();
      reopen = async () => openPostgres(url, 10);
    } else {
      putEmptyQueue(folder);
      reopen = () => openFolder(folder);
    }
    await open();
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  test('counts those who are new, and nobody of one id twice', async () => {
    expect(await engine.queue([person('u_1'), person('u_2')])).toBe(2);
    expect(await engine.queue([person('u_2'), person('u_3')])).toBe(1);
    await work(3, done);
    expect(await engine.queue([person('u_3')])).toBe(0);
  });

  test('keeps the place and the tries of whoever met a pause', async () => {
    await engine.queue([person('u_tried')]);
    await work(1, () => ({ result: 'again', why: 'No.', pauseSeconds: 0, isItsOwn: true }));
    await rowsOf("update pgboss.job set start_after = now() where state = 'retry'");
    await engine.queue([person('u_behind')]);
    const [paused] = await work(1, () => ({ result: 'pause', why: 'Wait.', pauseSeconds: 600 }));
    expect(paused).toEqual(['u_tried', 1]);
    await rowsOf('update forwarder.pace set paused_until = now()');
    expect(await work(2, done)).toEqual([
      ['u_tried', 1],
      ['u_behind', 0],
    ]);
  });

  // A folder has the same locks, and no triggers.
  if (store === 'Postgres')
    test('puts thousands of interviews that were given up back by transactions that a small server has locks for', async () => {
      const jobs = Array.from({ length: 2_500 }, (_, index) => readJob('project', `int_${index}`, false));
      const dead = JSON.stringify(jobs.map((job) => ({ id: job.id, data: { job, why: 'No.' } })));
      await database.executeSql(
        `insert into pgboss.job (id, name, data, keep_until)
       select id, 'koji-dead', data, now() + interval '1 day' from json_to_recordset($1::json) as x (id uuid, data jsonb)`,
        [dead],
      );
      await rowsOf(
        `create function forwarder.count_locks() returns trigger language plpgsql as $$ begin
         if (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) > 1100 then
           raise exception 'out of shared memory' using errcode = '53200';
         end if; return null; end $$;
       create trigger count_locks after insert on pgboss.job_common for each statement
         execute function forwarder.count_locks()`,
      );
      expect(await engine.tryAgain(null)).toBe(2_500);
      expect((await engine.counts()).waiting.read).toBe(2_500);
    });

  test('keeps what is done for an hour, also where it kept it longer before', async () => {
    await rowsOf("update pgboss.queue set deletion_seconds = 604800, retention_seconds = 60 where name like 'koji-%'");
    await engine.close();
    await open();
    const kept = `select name, deletion_seconds / 3600 as hours, retention_seconds / 86400 as days
      from pgboss.queue where name like 'koji-%' order by name`;
    expect(await rowsOf(kept)).toEqual(
      ['koji-dead', 'koji-read', 'koji-start', 'koji-write'].map((name) => ({ name, hours: 1, days: 360 })),
    );
  });

  test('keeps what was counted more than two days ago, or months, as one figure', async () => {
    await rowsOf(
      "insert into forwarder.tally select now() - days * interval '1 day', 'heard', 2 from unnest(array[1, 2, 3, 60, 120]) as days",
    );
    expect(await engine.totals()).toContainEqual({ what: 'heard', times: 10 });
    expect(await engine.totals()).toContainEqual({ what: 'heard', times: 10 });
    const kept = await rowsOf("select times from forwarder.tally where what = 'heard' order by hour");
    expect(kept).toEqual([{ times: 8 }, { times: 2 }]);
  });

  test('that was made before people had a table of their own goes on as it is', async () => {
    const [one, other] = [person('u_before'), person('u_after')];
    await rowsOf('drop schema pgboss cascade');
    const before = new PgBoss({ db: database, backend: database.backend, schedule: false, supervise: false });
    await before.start();
    await before.createQueue('koji-start');
    await before.insert('koji-start', [{ id: one.id, data: one }]);
    await before.stop({ graceful: false });
    await engine.close();
    await open();
    expect(await engine.queue([one, other])).toBe(1);
    expect(await work(2, done)).toEqual([
      ['u_before', 0],
      ['u_after', 0],
    ]);
  });
});
