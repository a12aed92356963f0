/** A queue in a folder on this machine (PGlite): apart, because hosts without a disk of their own never load it. */
import { once } from 'node:events';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import { StartError } from '../start-error.ts';
import type { Database } from './database.ts';
import { Disk, keep } from './disk.ts';
import { lockFolder } from './lock.ts';

/** How much of its pages PGlite keeps in memory; by itself it takes ten times as much, and a queue is small. */
const PAGES_IN_MEMORY = ['-c', 'shared_buffers=16MB'];

/** What is committed is on the disk: without PGlite's `-F`, and by the one call that reaches `Disk`. */
const KEPT = ['-c', 'wal_sync_method=fsync'];

/** Opens the database in a folder, or makes an empty one there. */
export const openPglite = (path: string): Promise<PGlite> =>
  PGlite.create({
    fs: new Disk(path),
    startParams: [...PGlite.defaultStartParams.filter((param) => param !== '-F'), ...KEPT, ...PAGES_IN_MEMORY],
  });

/**
 * Makes an empty database. A thread does it, whose end gives the half gigabyte back that this takes; and under another name
 * until it is whole, so that being killed in the middle leaves nothing behind that looks like a database.
 */
const makeDatabase = async (path: string): Promise<void> => {
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await once(new Worker(new URL('./new-database.ts', import.meta.url), { workerData: unfinished }), 'exit');
  renameSync(unfinished, path);
  keep(dirname(path));
};

const openDatabase = async (folder: string): Promise<PGlite> => {
  const path = join(folder, 'queue');
  try {
    if (!existsSync(path)) await makeDatabase(path);
    return await openPglite(path);
  } catch {
    throw new StartError(
      `The queue in ${folder} can't be opened. Is the disk full? A new one takes 100 MB. Make room, or name another folder with FORWARDER_FOLDER.`,
    );
  }
};

/** A folder, for one process alone. Throws a {@link StartError} when another one has it, or the disk is full. */
export const openFolder = async (folder: string): Promise<Database> => {
  const unlock = lockFolder(folder);
  const database = await openDatabase(folder).catch((error: unknown) => {
    unlock();
    throw error;
  });
  return {
    ...fromPglite(database),
    backend: 'pglite',
    transaction: (run) => database.transaction((transaction) => run(fromPglite(transaction))),
    close: async () => {
      await database.close();
      unlock();
    },
  };
};
