/** One process at a time in a folder: two of them would destroy the queue (docs/forwarder). */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StartError, StoreFault } from '../fault.ts';

/** Whoever has the folder says so so often; who was silent for long is dead. In milliseconds. */
const HEARTBEAT = 5_000;
const SILENCE = 20_000;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else's can't be asked, but it is there.
    return Object(error).code === 'EPERM';
  }
};

/**
 * The process that has the lock; null when it is dead. The number alone would tell too little: any program may have got it
 * since, and in another container it is another process. Our own number is that of the one before in a container that restarts.
 */
const holderOf = (lock: string): string | null => {
  if (Math.abs(Date.now() - statSync(lock).mtimeMs) > SILENCE) return null;
  const [pid = '', host = ''] = readFileSync(lock, 'utf8').split(' ');
  const isDead = host === hostname() && (Number(pid) === process.pid || !isRunning(Number(pid)));
  return isDead ? null : `process ${pid} on ${host}`;
};

/**
 * Each lock has a number, and the highest counts. Whoever finds a dead one makes the next, which only one process can; and the
 * highest is never removed, so that nobody makes one a second time.
 */
const locksIn = (folder: string): number[] =>
  readdirSync(folder)
    .flatMap((name) => /^lock-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number);
const highestIn = (folder: string): number => Math.max(0, ...locksIn(folder));
const pathOf = (folder: string, number: number): string => join(folder, `lock-${number}`);

const taken = (holder: string, lock: string): StartError =>
  new StartError(
    `Another forwarder (${holder}) uses this folder: ${lock}. Stop it (if it was killed, wait ${SILENCE / 1_000} seconds), or give this one another FORWARDER_FOLDER, or both a DATABASE_URL.`,
    'EBUSY',
  );

/** Makes the next lock; gives its number. */
const take = (folder: string, content: string): number => {
  const before = highestIn(folder);
  const mine = before + 1;
  try {
    const holder = before === 0 ? null : holderOf(pathOf(folder, before));
    if (holder !== null) throw taken(holder, pathOf(folder, before));
    // Whoever comes after a power cut has to see whose it was.
    writeFileSync(pathOf(folder, mine), content, { flag: 'wx', flush: true });
  } catch (error) {
    if (!['EEXIST', 'ENOENT'].includes(Object(error).code)) throw error;
    throw taken('started at the same moment', pathOf(folder, mine));
  }
  const all = locksIn(folder);
  // Others made this one before, and the next; then it was removed, as below.
  if (Math.max(...all) > mine) {
    rmSync(pathOf(folder, mine));
    throw taken('started at the same moment', pathOf(folder, Math.max(...all)));
  }
  for (const number of all) if (number < mine) rmSync(pathOf(folder, number), { force: true });
  return mine;
};

/** Makes a folder and those above it. Node's own `recursive` never ends under /proc. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another forwarder made it at the same moment.
    if (Object(error).code !== 'EEXIST') throw error;
  }
};

/** Makes the folder and takes it; `lost` is called as long as it is ours no more. Throws a {@link StartError}. */
export const lockFolder = (folder: string, lost: () => void) => {
  const content = `${process.pid} ${hostname()} ${randomUUID()}`;
  let number: number;
  try {
    makeFolder(resolve(folder));
    number = take(folder, content);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The folder ${folder} can't be written (${Object(error).code}). Make it writable, or name another with FORWARDER_FOLDER.`,
      Object(error).code,
    );
  }
  const lock = pathOf(folder, number);
  /** Says that the folder was ours at this time. */
  const sign = (at: Date): void => {
    if (highestIn(folder) > number || readFileSync(lock, 'utf8') !== content) throw new StoreFault('EBUSY');
    utimesSync(lock, at, at);
  };
  const isSigned = (at: Date): boolean => {
    try {
      sign(at);
      return true;
    } catch {
      return false;
    }
  };
  const beating = setInterval(() => {
    if (!isSigned(new Date())) lost();
  }, HEARTBEAT).unref();
  return {
    /** Throws when it is ours no more: the folder is gone, can't be written, or was taken by another process. */
    check: (): void => sign(new Date()),
    release: (): void => {
      clearInterval(beating);
      // So long ago that the next one need not wait.
      isSigned(new Date(0));
    },
  };
};
