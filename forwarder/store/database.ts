/** A database for the queue: a folder on this machine (PGlite), or a Postgres server. Both speak the same SQL. */
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { type Db, fromPglite } from 'pg-boss';
import { lockFolder } from './lock.ts';

export type Database = Db & {
  backend: 'postgres' | 'pglite';
  /** Everything that `run` does, or nothing. */
  transaction: <Result>(run: (db: Db) => Promise<Result>) => Promise<Result>;
  close: () => Promise<void>;
};

/** A Postgres server. */
export const openPostgres = (connectionString: string): Database => {
  const pool = new pg.Pool({ connectionString, max: 10, connectionTimeoutMillis: 5_000 });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => {});
  return {
    backend: 'postgres',
    executeSql: (text, values) => pool.query(text, values),
    transaction: async (run) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await run({ executeSql: (text, values) => client.query(text, values) });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
};

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
