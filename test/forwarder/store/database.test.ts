import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openPostgres } from '../../../forwarder/store/database.ts';
import { emptyDatabase, hasPostgres, type Postgres } from '../../support/postgres.ts';

(hasPostgres ? describe : describe.skip)('a Postgres server', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await emptyDatabase();
  });

  test('a connection that breaks inside a transaction undoes it, and the next one gets a new connection', async () => {
    const database = openPostgres(postgres.url, 10);
    const other = new pg.Client({ connectionString: postgres.url });
    await other.connect();
    await database.executeSql('create table kept (what text)');
    const broken = database.transaction(async (db) => {
      await db.executeSql("insert into kept values ('half')");
      const { rows } = await db.executeSql('select pg_backend_pid() as pid');
      await other.query('select pg_terminate_backend($1)', [rows[0].pid]);
      // Nothing is asked while it breaks, so that nobody but the connection itself hears of it.
      await sleep(200);
      await db.executeSql('select 1');
    });
    await expect(broken).rejects.toThrow();
    await database.transaction((db) => db.executeSql("insert into kept values ('whole')"));
    expect((await database.executeSql('select what from kept')).rows).toEqual([{ what: 'whole' }]);
    await other.end();
    await database.close();
  });
});
