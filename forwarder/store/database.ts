/** A database for the queue. A Postgres server and a folder (folder.ts) speak the same SQL. */
import pg from 'pg';
import type { Db } from 'pg-boss';

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
  // So would one that breaks inside a transaction; the transaction hears of it by itself.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    backend: 'postgres',
    executeSql: (text, values) => pool.query(text, values),
    transaction: async (run) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await run({ executeSql: (text, values) => client.query(text, values) });
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // It may be broken. Postgres undoes what is not committed when a connection ends.
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
};
