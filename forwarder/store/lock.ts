/** One process at a time in a folder: two of them would destroy the queue (docs/forwarder). */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StoreFault } from '../fault.ts';
import { StartError } from '../start-error.ts';

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

const take = (lock: string, content: string): void => {
  try {
    // Whoever comes after a power cut has to see whose it was.
    writeFileSync(lock, content, { flag: 'wx', flush: true });
  } catch (error) {
    if (Object(error).code !== 'EEXIST') throw error;
    const holder = holderOf(lock);
    if (holder !== null) {
      throw new StartError(
        `Another forwarder (${holder}) uses this folder: ${lock}. Stop it (if it was killed, wait ${SILENCE / 1_000} seconds), or give this one another FORWARDER_FOLDER, or both a DATABASE_URL.`,
        'EBUSY',
      );
    }
    writeFileSync(lock, content, { flush: true });
  }
};

/** Makes a folder and those above it. Node's own `recursive` never ends under /proc. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
};

/** A folder that is ours. */
export type Lock = {
  /** Throws when it is so no more: the folder is gone, can't be written, or was taken by another process. */
  check: () => void;
  release: () => void;
};

/** Makes the folder and takes it; `lost` is called as long as it is ours no more. Throws a {@link StartError}. */
export const lockFolder = (folder: string, lost: () => void): Lock => {
  const lock = join(folder, 'lock');
  const content = `${process.pid} ${hostname()} ${randomUUID()}`;
  try {
    makeFolder(resolve(folder));
    take(lock, content);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The folder ${folder} can't be written (${Object(error).code}). Make it writable, or name another with FORWARDER_FOLDER.`,
      Object(error).code,
    );
  }
  const check = (): void => {
    if (readFileSync(lock, 'utf8') !== content) throw new StoreFault('EBUSY');
    const now = new Date();
    utimesSync(lock, now, now);
  };
  const isOurs = (): boolean => {
    try {
      check();
      return true;
    } catch {
      return false;
    }
  };
  const beating = setInterval(() => {
    if (!isOurs()) lost();
  }, HEARTBEAT).unref();
  return {
    check,
    release: () => {
      clearInterval(beating);
      if (isOurs()) rmSync(lock);
    },
  };
};
