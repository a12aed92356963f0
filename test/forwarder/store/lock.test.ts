/** One process at a time in a folder, and a dead one holds nobody up. */
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StartError } from '../../../forwarder/fault.ts';
import { lockFolder } from '../../../forwarder/store/lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lock-'));
const lock = join(folder, 'lock-1');
afterEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});
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

// Node's own way to make folders never comes back from /proc.
test.each(['/dev/null/forwarder', '/proc/forwarder'])(
  'a folder that can’t be written is named, and what to do: %s',
  (where) => {
    const take = () => lockFolder(where, () => {});
    expect(take).toThrow(StartError);
    expect(take).toThrow(`The folder ${where} can't be written (E`);
    expect(take).toThrow('Make it writable, or name another with FORWARDER_FOLDER.');
  },
);

test('whoever let go of it holds nobody up', () => {
  lockFolder(folder, () => {}).release();
  const [left = ''] = readdirSync(folder);
  // As another container sees it, which can't ask for the process.
  expect(Date.now() - statSync(join(folder, left)).mtimeMs).toBeGreaterThan(20_000);
  expect(takeAndRelease).not.toThrow();
});

describe('while it asks the folder for nothing, whoever has it', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('says so often enough to be alive to others', () => {
    const mine = lockFolder(folder, () => {});
    for (let seconds = 0; seconds < 60; seconds += 10) {
      jest.advanceTimersByTime(10_000);
      expect(Date.now() - statSync(lock).mtimeMs).toBeLessThan(10_000);
    }
    mine.release();
  });

  test('hears that another process has it', () => {
    const lost = jest.fn();
    const mine = lockFolder(folder, lost);
    jest.advanceTimersByTime(10_000);
    expect(lost).not.toHaveBeenCalled();
    writeFileSync(join(folder, 'lock-2'), '1 elsewhere x');
    jest.advanceTimersByTime(10_000);
    expect(lost).toHaveBeenCalled();
    mine.release();
  });
});

test.each(['lock-1', 'lock-2'])(
  'whoever had the folder hears that another process has it, and leaves it to that: %s',
  (name) => {
    const mine = lockFolder(folder, () => {});
    expect(mine.check).not.toThrow();
    const other = join(folder, name);
    writeFileSync(other, '1 elsewhere x');
    const { mtimeMs } = statSync(other);
    expect(mine.check).toThrow('EBUSY');
    mine.release();
    expect([readFileSync(other, 'utf8'), statSync(other).mtimeMs]).toEqual(['1 elsewhere x', mtimeMs]);
  },
);

/** Takes the folder at the moment that it is told, says whether it has it, and lets go when its input ends. */
const RACER = `import { lockFolder } from './forwarder/store/lock.ts';
  import { createInterface } from 'node:readline';
  const held = [];
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for await (const line of createInterface({ input: process.stdin })) {
    const [folder, at] = line.split(' ');
    Atomics.wait(nothing, 0, 0, Number(at) - Date.now() - 1);
    while (Date.now() < Number(at));
    try {
      held.push(lockFolder(folder, () => {}));
      process.stdout.write('taken\\n');
    } catch (error) {
      process.stdout.write(error.message.startsWith('Another forwarder (') ? 'refused\\n' : error.stack + '\\n');
    }
  }
  process.exit();`;

test.each<[where: string, prepare: (place: string) => void]>([
  [
    'on the lock of a dead one',
    (place) => {
      mkdirSync(place);
      writeFileSync(join(place, 'lock-1'), `${NOBODY} ${hostname()} x`);
    },
  ],
  ['in a folder that is new', () => {}],
])('of several that start in the same instant %s, exactly one has the folder', async (_where, prepare) => {
  const racers = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', RACER], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return { child, answers: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  });
  const race = async (round: string, milliseconds: number): Promise<string[]> => {
    const line = `${join(folder, round)} ${Date.now() + milliseconds}\n`;
    for (const { child } of racers) child.stdin.write(line);
    return Promise.all(racers.map(async ({ answers }) => String((await answers.next()).value)));
  };
  await race('warm', 0);
  for (let round = 0; round < 100; round += 1) {
    prepare(join(folder, String(round)));
    expect((await race(String(round), 5)).toSorted()).toEqual(['refused', 'refused', 'refused', 'taken']);
  }
  for (const { child } of racers) child.stdin.end();
});
