import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { reasonOf } from '../../../forwarder/fault.ts';
import type { Database } from '../../../forwarder/store/database.ts';
import { openFolder } from '../../../forwarder/store/folder.ts';
import { makeSmallDisk, mayMount } from '../../support/disk.ts';
import { putEmptyQueue } from '../../support/empty-queue.ts';
import { until } from '../../support/forwarder.ts';

// PGlite is compiled quickly and not well, as for the processes that tests start (support/quick-start.js).
setFlagsFromString('--liftoff-only');

const folder = mkdtempSync(join(tmpdir(), 'folder-'));
let database: Database;
beforeAll(async () => {
  jest.useFakeTimers({
    doNotFake: ['setTimeout', 'clearTimeout', 'nextTick', 'queueMicrotask', 'performance', 'Date'],
  });
  putEmptyQueue(folder);
  database = await openFolder(folder);
});
afterAll(async () => {
  await database.close();
  jest.useRealTimers();
  rmSync(folder, { recursive: true });
});

const ask = async (sql: string) => (await database.executeSql(sql)).rows[0];

test('what was deleted and what was written ahead is given back within ten minutes, or the folder would grow for ever', async () => {
  const look = () =>
    ask("select pg_relation_size('kept')::int as size, redo_lsn::text as ahead from pg_control_checkpoint()");
  await ask('create table kept (what text)');
  await ask("insert into kept select 'somebody' from generate_series(1, 1000)");
  await ask('delete from kept');
  const before = await look();
  expect(before.size).toBeGreaterThan(0);
  jest.advanceTimersByTime(600_000);
  const after = await look();
  expect(after.size).toBe(0);
  expect(after.ahead).not.toBe(before.ahead);
});

test('a transaction that fails leaves nothing behind, and those that wait for it are done', async () => {
  await ask('create table half (what text)');
  const failing = database.transaction(async (db) => {
    await db.executeSql("insert into half values ('half')");
    throw new Error('No.');
  });
  const beside = database.transaction((db) => db.executeSql("insert into half values ('whole')"));
  await expect(failing).rejects.toThrow('No.');
  await beside;
  expect((await database.executeSql('select what from half')).rows).toEqual([{ what: 'whole' }]);
});

test('a statement that fails in a transaction of its own holds up none that comes after it', async () => {
  await expect(ask('begin; select 1 / 0; commit')).rejects.toMatchObject({ code: '22012' });
  expect(await ask('select 1 as one')).toEqual({ one: 1 });
});

test('an error says what kind it is, and holds nothing of the statement', async () => {
  await expect(ask("select * from nowhere where who = 'ana@example.com'")).rejects.toMatchObject({
    name: 'StoreFault',
    message: '42P01',
    code: '42P01',
  });
});

/** CRC-32C, by which Postgres sees that its control file is whole. */
const sumOf = (bytes: Buffer): number => {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0);
  }
  return ~sum >>> 0;
};
/** Makes another queue of one: Postgres tells them apart by a number in the control file, and in what it writes ahead. */
const makeAnother = (queue: string): void => {
  const control = join(queue, 'global', 'pg_control');
  const bytes = readFileSync(control);
  const summed = Array.from({ length: 512 }, (_, end) => end).find(
    (end) => sumOf(bytes.subarray(0, end)) === bytes.readUInt32LE(end),
  );
  if (summed === undefined) throw new Error('The control file has no sum.');
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE() + 1n);
  bytes.writeUInt32LE(sumOf(bytes.subarray(0, summed)), summed);
  writeFileSync(control, bytes);
  for (const file of readdirSync(join(queue, 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name))) {
    const ahead = openSync(join(queue, 'pg_wal', file), 'r+');
    writeSync(ahead, bytes, 0, 8, 24);
    closeSync(ahead);
  }
};

const lock = join(folder, 'lock-1');
/** As after a rest. */
const later = (milliseconds: number) =>
  jest.spyOn(performance, 'now').mockReturnValue(performance.now() + milliseconds);

test('what never ends is ended when another process takes the folder, and work goes on when that is gone', async () => {
  const endless = ask('select pg_sleep(600)');
  await new Promise((done) => setTimeout(done, 100));
  writeFileSync(lock, 'somebody else');
  jest.advanceTimersByTime(5_000);
  await expect(endless).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  rmSync(lock);
  const clock = later(100_000);
  await ask('select 1');
  clock.mockRestore();
});

test('another queue in its place, as below a disk that was unmounted, is left alone; its own is opened again', async () => {
  const [path, own] = [join(folder, 'queue'), join(folder, 'own')];
  await ask('create table mine (what text)');
  const elsewhere = mkdtempSync(join(tmpdir(), 'another-folder-'));
  putEmptyQueue(elsewhere);
  makeAnother(join(elsewhere, 'queue'));
  const overtaken = database.transaction(async (db) => {
    await db.executeSql("insert into mine values ('too late')");
    renameSync(path, own);
    renameSync(join(elsewhere, 'queue'), path);
    writeFileSync(lock, 'somebody else');
  });
  await expect(overtaken).rejects.toMatchObject({ code: 'EBUSY' });
  rmSync(elsewhere, { recursive: true });
  rmSync(lock);
  const clock = later(100_000);
  // The one that was open lets go first.
  await until(async () => (await ask('select 1').catch(reasonOf)) === 'its folder is gone');
  rmSync(path, { recursive: true });
  renameSync(own, path);
  clock.mockRestore();
  later(200_000);
  expect((await database.executeSql('select * from mine')).rows).toEqual([]);
  jest.restoreAllMocks();
});

(mayMount ? test : test.skip).each([
  { where: 'a table', prepare: 'select pg_switch_wal()', breaksIt: false },
  // Postgres can't go on then: it panics.
  { where: 'what it writes ahead', prepare: 'select 1', breaksIt: true },
])(
  'a disk that becomes full in the middle of $where is named as that, and nothing half is kept',
  async ({ prepare, breaksIt }) => {
    const disk = makeSmallDisk();
    putEmptyQueue(disk);
    const small = await openFolder(disk);
    await small.executeSql('create table kept (what text)');
    await small.executeSql("insert into kept values ('before')");
    await small.executeSql(prepare);
    const kept = async () => (await small.executeSql('select left(what, 9) as what from kept')).rows;
    const filling = join(disk, 'filling');
    const { bavail, bsize } = statfsSync(disk);
    // It begins, as that much is enough.
    writeFileSync(filling, Buffer.alloc(bavail * bsize - 21_000_000));
    const writing = small.executeSql(
      'insert into kept select repeat(md5(n::text), 40) from generate_series(1, 30000) n',
    );
    expect(await writing.catch(reasonOf)).toBe('its disk is full');
    expect(await kept().catch(reasonOf)).toBe('its disk is full');
    rmSync(filling);
    if (breaksIt) {
      expect(await kept().catch(reasonOf)).toBe('its disk is full');
      const rested = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 100_000);
      // The one that was open lets go first.
      await until(() => kept().then(Boolean, () => false));
      rested.mockRestore();
    }
    expect(await kept()).toEqual([{ what: 'before' }]);
    await small.close();
  },
);
