/** A queue in a folder on this machine (PGlite): apart, because hosts without a disk of their own never load it. */
import { PGlite } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import type { Database } from './database.ts';
import { lockFolder } from './lock.ts';

/** A folder, for one process alone. Throws when another one has it. */
export const openFolder = async (folder: string): Promise<Database> => {
  const unlock = lockFolder(folder);
  const database = await PGlite.create(`${folder}/queue`);
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
