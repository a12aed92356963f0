/** A Postgres that crashes: nothing is cut off. */
import { allStarted, expectOnce, people, rowsOf, startLoop, until } from '../support/forwarder.ts';
import { hasPostgres } from '../support/postgres.ts';

(hasPostgres ? test : test.skip)(
  'a Postgres that crashes while people are started loses nobody, and Koji is asked once for each',
  async () => {
    await using loop = await startLoop('Postgres', { START_SPACING_MILLISECONDS: '50' });
    const ids = people('crash', 60);
    expect((await loop.rows(rowsOf(ids))).status).toBe(202);
    await until(() => loop.started().length >= 10);
    await loop.postgres?.kill();
    expect((await loop.rows(rowsOf(['u_meanwhile']))).status).toBe(503);
    expect(loop.started().length).toBeLessThan(60);
    await loop.postgres?.start();
    await allStarted(loop, ids);
    await loop.nothingWaits();
    expectOnce(loop, ids);
    expect(loop.koji.calls).toHaveLength(60);
  },
);
