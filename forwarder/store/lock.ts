/** One process at a time in a folder: two of them would destroy the queue (docs/forwarder). */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '../start-error.ts';

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else's can't be asked, but it is there.
    return Object(error).code === 'EPERM';
  }
};

/** The process that holds the lock and still runs; in a container the one before a restart had our own number. */
const holderOf = (lock: string): number | null => {
  const pid = Number(readFileSync(lock, 'utf8'));
  return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isRunning(pid) ? pid : null;
};

const take = (lock: string): void => {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (Object(error).code !== 'EEXIST') throw error;
    const holder = holderOf(lock);
    if (holder !== null) {
      throw new StartError(
        `Another forwarder (process ${holder}) uses this folder: ${lock}. Stop it, or give this one another FORWARDER_FOLDER, or both a DATABASE_URL.`,
      );
    }
    writeFileSync(lock, String(process.pid));
  }
};

/** Makes a folder and those above it. Node's own `recursive` never ends under /proc. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
};

/** Makes the folder and takes it. Gives what gives it back. Throws a {@link StartError}. */
export const lockFolder = (folder: string): (() => void) => {
  const lock = join(folder, 'lock');
  try {
    makeFolder(resolve(folder));
    take(lock);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The folder ${folder} can't be written (${Object(error).code}). Make it writable, or name another with FORWARDER_FOLDER.`,
    );
  }
  return () => rmSync(lock, { force: true });
};
