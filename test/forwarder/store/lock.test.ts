/** One process at a time in a folder, and a dead one holds nobody up. */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from '../../../forwarder/store/lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lock-'));
const lock = join(folder, 'lock');
afterEach(() => rmSync(lock, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

/** The lock of another process, which said so many seconds ago that it has the folder. */
const leave = (content: string, secondsAgo: number): void => {
  writeFileSync(lock, content);
  const at = new Date(Date.now() - secondsAgo * 1_000);
  utimesSync(lock, at, at);
};
const takeAndRelease = (): void => lockFolder(folder, () => {}).release();

/** A number that no process has. */
const NOBODY = 4_194_305;
/** Whoever runs these tests was there before, and is no forwarder. */
const SOMEBODY = process.ppid;

test.each([
  ['a process that was killed a moment ago', `${NOBODY} ${hostname()} x`, 1],
  ['a process of our own number, as in a container that restarts', `${process.pid} ${hostname()} x`, 1],
  ['a process whose number another program has got since', `${SOMEBODY} ${hostname()} x`, 60],
  ['a container that was killed a minute ago', '1 elsewhere x', 60],
  ['a process that was killed in the middle of taking it', '', 60],
])('the lock of %s is taken over', (_whose, content, secondsAgo) => {
  leave(content, secondsAgo);
  expect(takeAndRelease).not.toThrow();
});

test.each([
  ['a process that runs', `${SOMEBODY} ${hostname()} x`, `process ${SOMEBODY} on ${hostname()}`],
  ['another container, whatever its number', `${process.pid} elsewhere x`, `process ${process.pid} on elsewhere`],
])('the lock of %s is respected, and named', (_whose, content, name) => {
  leave(content, 10);
  expect(takeAndRelease).toThrow(`Another forwarder (${name}) uses this folder: ${lock}. Stop it`);
  expect(readFileSync(lock, 'utf8')).toBe(content);
});

test('whoever had the folder hears that another process has taken it, and leaves it to that', () => {
  const mine = lockFolder(folder, () => {});
  expect(mine.check).not.toThrow();
  leave('1 elsewhere x', 0);
  expect(mine.check).toThrow('EBUSY');
  mine.release();
  expect(readFileSync(lock, 'utf8')).toBe('1 elsewhere x');
});
