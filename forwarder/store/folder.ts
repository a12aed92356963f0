/** A queue in a folder on this machine (PGlite): apart, because hosts without a disk of their own never load it. */
import { PGlite } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import type { Database } from './database.ts';
import { lockFolder } from './lock.ts';

/** Pages that PGlite keeps in memory; by itself it takes ten times as much, and a queue is small. */
const PAGES_IN_MEMORY = ['-c', 'shared_buffers=16MB'];

/** A folder, for one process alone. Throws when another one has it. */
export const openFolder = async (folder: string): Promise<Database> => {
  const unlock = lockFolder(folder);
  const database = await PGlite.create(`${folder}/queue`, {
    startParams: [...PGlite.defaultStartParams, ...PAGES_IN_MEMORY],
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
