/** A process that is asked to end, one that takes its place with other secrets, a Postgres that crashes: nothing is cut off. */
import { write } from '../../sandbox/server.ts';
import {
  allStarted,
  expectOnce,
  interview,
  type Loop,
  people,
  rowsOf,
  spawnForwarder,
  startLoop,
  until,
} from '../support/forwarder.ts';
import { hasPostgres } from '../support/postgres.ts';

/** Amplitude takes so long for everything. */
const slowAmplitude = (loop: Loop, milliseconds: number): void =>
  loop.amplitude.interfere(() => ({
    takesIn: true,
    answer: async (outgoing, truth) => {
      await new Promise((done) => setTimeout(done, milliseconds));
      write(outgoing, truth);
    },
  }));

test('a delivery that is under way when the process is asked to end is written and answered', async () => {
  await using loop = await startLoop('a folder');
  slowAmplitude(loop, 1_500);
  const one = interview();
  const asked = loop.amplitude.calls.length;
  const answer = loop.deliver(one);
  await until(() => loop.amplitude.calls.length > asked);
  loop.service.child.kill('SIGTERM');
  const { status } = await answer;
  expect([status, loop.eventsOf(one).length]).toEqual([200, 1]);
  expect((await loop.service.ended).code).toBe(0);
});

test('while a secret is replaced both are taken, then the old one is refused, and what was queued under it is written', async () => {
  const old = 'whsec_the_old_secret_of_koji';
  const fresh = 'whsec_the_new_secret_of_koji';
  await using loop = await startLoop('a folder', { KOJI_WEBHOOK_SECRET: old });
  const restart = async (KOJI_WEBHOOK_SECRET: string): Promise<void> => {
    loop.service.child.kill('SIGTERM');
    await loop.service.ended;
    loop.service = await spawnForwarder({ ...loop.environment, KOJI_WEBHOOK_SECRET });
  };
  const statuses = async () => [
    (await loop.deliver(interview(), old)).status,
    (await loop.deliver(interview(), fresh)).status,
  ];
  expect(await statuses()).toEqual([200, 401]);
  const pause = { status: 429, headers: { 'retry-after': '1' }, body: { code: 429 } };
  loop.amplitude.interfere(() => ({ takesIn: false, answer: (outgoing) => write(outgoing, pause) }));
  const waiting = interview();
  expect(await (await loop.deliver(waiting, old)).json()).toEqual({ status: 'queued' });
  await restart(`${old} ${fresh}`);
  expect(await statuses()).toEqual([200, 200]);
  await restart(fresh);
  expect(await statuses()).toEqual([401, 200]);
  loop.amplitude.interfere(() => undefined);
  await loop.nothingWaits();
  expect(loop.eventsOf(waiting)).toHaveLength(1);
});

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
