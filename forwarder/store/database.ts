/** A database for the queue. A Postgres server and a folder (folder.ts) speak the same SQL. */
import pg from 'pg';
import type { Db } from 'pg-boss';
import { faultOf, StoreFault } from '../fault.ts';

export type Database = Db & {
  backend: 'postgres' | 'pglite';
  /** For what takes no time, while somebody waits: rejects soon where nobody answers. */
  glance: Db['executeSql'];
  /** Everything that `run` does, or nothing. */
  transaction: <Result>(run: (db: Db) => Promise<Result>) => Promise<Result>;
  close: () => Promise<void>;
};

/** An answer takes no longer, in milliseconds: a server that hangs gives none, and a network that was cut brings none. */
const PATIENCE = 20_000;
const AT_A_GLANCE = { query_timeout: 4_000 };

/** What a process that is cut off, frozen or dead leaves behind ends by itself: others wait for its locks. */
const BEGIN = `begin; set local statement_timeout = ${PATIENCE}; set local idle_in_transaction_session_timeout = ${PATIENCE}`;

/** What pg itself says has no code; it is always that the connection is slow or broken. */
const named = <Value>(asked: Promise<Value>): Promise<Value> =>
  asked.catch((error: unknown) => {
    throw faultOf(error).code === undefined ? new StoreFault('ETIMEDOUT') : error;
  });

/** A Postgres server, with so many connections at most. */
export const openPostgres = (connectionString: string, max: number): Database => {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000, query_timeout: PATIENCE });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => {});
  // So would one that breaks inside a transaction; the transaction hears of it by itself.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    backend: 'postgres',
    executeSql: (text, values) => named(pool.query(text, values)),
    glance: (text, values) => named(pool.query({ text, values: values ?? [], ...AT_A_GLANCE })),
    transaction: async (run) => {
      const client = await named(pool.connect());
      const executeSql: Db['executeSql'] = (text, values) => named(client.query(text, values));
      try {
        await executeSql(BEGIN);
        const result = await run({ executeSql });
        await executeSql('commit');
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
