/** What may happen around the service while people wait in its queue: nobody is lost, and nobody is started twice. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { write } from '../../sandbox/server.ts';
import { type Loop, type Store, spawnForwarder, startLoop, until } from '../support/forwarder.ts';
import { hasPostgres } from '../support/postgres.ts';

const people = (name: string, many: number) => Array.from({ length: many }, (_, index) => `u_${name}_${index}`);
const rowsOf = (ids: string[]) => ids.map((external_id) => ({ external_id }));

/** Everybody was started, each in one interview. */
const expectOnce = ({ started }: Loop, ids: string[]): void => {
  const found = started().filter((id) => id !== null && ids.includes(id));
  expect(found.toSorted()).toEqual(ids.toSorted());
};
const allStarted = (loop: Loop, ids: string[], seconds: number) =>
  until(() => ids.every((id) => loop.started().includes(id)), seconds);

const opened: Loop[] = [];
const open = async (store: Store, more?: Record<string, string>): Promise<Loop> => {
  const loop = await startLoop(store, more);
  opened.push(loop);
  return loop;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((loop) => loop.end()));
});

describe('the folder', () => {
  const startOn = (folder: string) =>
    spawnForwarder({
      KOJI_API_KEY: 'pk_live_made_up',
      KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
      AMPLITUDE_API_KEY: 'a'.repeat(32),
      FORWARDER_FOLDER: folder,
    });

  // Node's own way to make folders never comes back from /proc.
  test.each(['/dev/null/forwarder', '/proc/forwarder'])(
    'that can’t be written is named, and what to do: %s',
    async (folder) => {
      const refused = await startOn(folder).catch(String);
      expect(refused).toContain(`ended with 2: The folder ${folder} can't be written (E`);
      expect(refused).toContain('Make it writable, or name another with FORWARDER_FOLDER.');
    },
  );

  // Only root may mount a small disk.
  (process.getuid?.() === 0 ? test : test.skip)(
    'on a disk that is full takes nobody, and works on when there is room',
    async () => {
      const disk = mkdtempSync(join(tmpdir(), 'small-disk-'));
      const filling = join(disk, 'filling');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', disk]);
      try {
        writeFileSync(filling, Buffer.alloc(116_000_000));
        await expect(startOn(join(disk, 'queue'))).rejects.toThrow(
          /ended with 2: The queue in \S+ can't be opened\. Is the disk full\? [^\n]+\n$/,
        );
        rmSync(filling);
        const loop = await open('a folder', {
          FORWARDER_FOLDER: join(disk, 'queue'),
          START_SPACING_MILLISECONDS: '10000',
        });
        expect(() => writeFileSync(filling, Buffer.alloc(150_000_000))).toThrow('ENOSPC');
        const rows = Array.from({ length: 3_000 }, (_, index) => ({
          external_id: `u_${index}`,
          more: 'x'.repeat(200),
        }));
        expect((await loop.rows(rows)).status).toBe(503);
        rmSync(filling);
        expect(await (await loop.rows(rows)).json()).toMatchObject({ accepted: 3_000, duplicates: 0 });
        await Promise.all(opened.splice(0).map((one) => one.end()));
      } finally {
        execFileSync('umount', ['-l', disk]);
        rmSync(disk, { recursive: true, force: true });
      }
    },
  );
});

/** A file system in a file: what the file holds is on the disk, and no more. Gives its folder, and what takes it away. */
const mountDisk = (file: string): [folder: string, unmount: () => void] => {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  execFileSync('mount', ['-o', 'loop', file, folder]);
  return [
    folder,
    () => {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  ];
};

// Only root may mount a disk.
(process.getuid?.() === 0 ? test : test.skip)(
  'when the power fails, everybody who was taken into the folder is there, also in a folder that is new',
  async () => {
    const disks = mkdtempSync(join(tmpdir(), 'disks-'));
    const file = join(disks, 'disk');
    execFileSync('truncate', ['-s', '300M', file]);
    execFileSync('mkfs.ext4', ['-q', file]);
    const [disk, unmount] = mountDisk(file);
    const loop = await open('a folder', { FORWARDER_FOLDER: join(disk, 'queue'), START_SPACING_MILLISECONDS: '10000' });
    loop.koji.failNext(() => true, 'hang', 100);
    const ids = people('power', 20);
    for (const id of ids) expect((await loop.rows(rowsOf([id]))).status).toBe(202);
    loop.service.child.kill('SIGKILL');
    const after = join(disks, 'after');
    execFileSync('cp', ['--sparse=always', file, after]);
    unmount();
    const [diskAfter, unmountAfter] = mountDisk(after);
    loop.environment.FORWARDER_FOLDER = join(diskAfter, 'queue');
    loop.service = await spawnForwarder(loop.environment);
    expect(await (await loop.rows(rowsOf(ids))).json()).toMatchObject({ accepted: 0, duplicates: 20 });
    expect((await loop.alive()).waiting).toBe(20);
    await Promise.all(opened.splice(0).map((one) => one.end()));
    unmountAfter();
    rmSync(disks, { recursive: true });
  },
  150_000,
);

/** Moves the clock of the process by an hour, ahead and back, at each SIGUSR2. */
const JUMPING = `const real = Date.now; let shift = 0;
  process.on('SIGUSR2', () => { shift = shift === 0 ? 3600000 : 0; console.error('The clock jumped.'); });
  Date.now = () => real() + shift;`;

test('a clock that jumps ahead by an hour, and back, holds nobody up', async () => {
  const loop = await open('a folder', {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(JUMPING)}`,
  });
  const everybody: string[] = [];
  for (const name of ['now', 'ahead', 'back']) {
    const ids = people(name, 5);
    everybody.push(...ids);
    expect((await loop.rows(rowsOf(ids))).status).toBe(202);
    await allStarted(loop, ids, 30);
    // Whoever was queued an hour ahead would rightly wait that hour, so the jump comes before the next ones.
    const jumps = () => loop.service.printed().split('The clock jumped.').length;
    const before = jumps();
    loop.service.child.kill('SIGUSR2');
    await until(() => jumps() > before);
  }
  expectOnce(loop, everybody);
});

if (hasPostgres) {
  describe('several processes on one Postgres', () => {
    const query = async (loop: Loop, sql: string) => {
      const client = new pg.Client({ connectionString: loop.environment.DATABASE_URL });
      await client.connect();
      const { rows } = await client.query(sql);
      await client.end();
      return rows;
    };

    test('with NOT_AGAIN_DAYS=2 somebody may be asked again after two days, and not after one', async () => {
      const loop = await open('Postgres', { NOT_AGAIN_DAYS: '2' });
      const passDay = () =>
        query(
          loop,
          `update forwarder.started set at = at - interval '1 day';
           update pgboss.job set completed_on = completed_on - interval '1 day' where state = 'completed'`,
        );
      const starts = () => loop.koji.calls.filter(({ call }) => call.body.includes('u_again')).length;
      const send = async () => (await loop.rows(rowsOf(['u_again']))).json();
      expect(await send()).toMatchObject({ accepted: 1, duplicates: 0 });
      await until(() => starts() === 1);
      await loop.nothingWaits();
      expect(await send()).toMatchObject({ accepted: 0, duplicates: 1 });
      await passDay();
      expect(await send()).toMatchObject({ accepted: 0, duplicates: 1 });
      await passDay();
      expect(await send()).toMatchObject({ accepted: 1, duplicates: 0 });
      await until(() => starts() === 2);
      await loop.nothingWaits();
      expect(await send()).toMatchObject({ accepted: 0, duplicates: 1 });
    });

    test('while Postgres is gone nobody is taken, and when it is back work goes on', async () => {
      const loop = await open('Postgres');
      await loop.postgres?.kill();
      expect((await loop.rows(rowsOf(['u_gone']))).status).toBe(503);
      // The log says what kind of failure it is: nobody answers at the port.
      await until(() => /"error":"\w*Error","code":"ECONN\w+"[^\n]*a request failed/.test(loop.service.printed()));
      await loop.postgres?.start();
      await until(async () => (await loop.rows(rowsOf(['u_gone']))).status === 202, 30);
      await allStarted(loop, ['u_gone'], 30);
      expectOnce(loop, ['u_gone']);
    });

    test('whom a killed process had in hand comes back within a minute, and is started once', async () => {
      const loop = await open('Postgres');
      loop.koji.failNext(({ method }) => method === 'POST', 'hang');
      await loop.rows(rowsOf(['u_in_hand']));
      await until(() => loop.koji.calls.length > 0);
      loop.service.child.kill('SIGKILL');
      await loop.service.ended;
      // The minute passes.
      await query(loop, "update pgboss.job set heartbeat_on = now() - interval '1 minute' where state = 'active'");
      loop.service = await spawnForwarder(loop.environment);
      await allStarted(loop, ['u_in_hand'], 30);
      expectOnce(loop, ['u_in_hand']);
    });

    test('a Koji that takes 19 seconds is asked once for each of five people, by two processes, and fails nobody', async () => {
      const loop = await open('Postgres', { START_SPACING_MILLISECONDS: '200' });
      const beside = await spawnForwarder(loop.environment);
      try {
        loop.koji.interfere(({ method }) =>
          method === 'POST'
            ? {
                takesIn: true,
                answer: async (outgoing, truth) => {
                  await new Promise((done) => setTimeout(done, 19_000));
                  write(outgoing, truth);
                },
              }
            : undefined,
        );
        const ids = people('slow', 5);
        await loop.rows(rowsOf(ids));
        await allStarted(loop, ids, 15);
        await new Promise((done) => setTimeout(done, 12_000));
        // Whoever works on them says so all the while: what is silent for 20 seconds is given to somebody else.
        const inHand = "from pgboss.job where name = 'koji-start' and state = 'active'";
        expect(
          await query(
            loop,
            `select count(*)::int as jobs, max(retry_count) as retries, min(heartbeat_on - started_on) > '5 seconds' as "isSaid" ${inHand}`,
          ),
        ).toEqual([{ jobs: 5, retries: 0, isSaid: true }]);
        await loop.nothingWaits(20);
        expectOnce(loop, ids);
        expect(loop.koji.calls).toHaveLength(5);
        expect(await query(loop, 'select what, times from forwarder.tally')).toEqual([{ what: 'started', times: 5 }]);
      } finally {
        beside.child.kill('SIGKILL');
        await beside.ended;
      }
    });

    test('a Koji that says 429 for an hour is asked once, costs nobody a try, and then all are started', async () => {
      const loop = await open('Postgres');
      loop.koji.failNext(({ method }) => method === 'POST', {
        status: 429,
        headers: { 'retry-after': '3600' },
        body: {},
      });
      const ids = people('hour', 5);
      await loop.rows(rowsOf(ids));
      await until(async () => (await loop.alive()).paused_seconds > 3_500);
      await new Promise((done) => setTimeout(done, 2_000));
      const refused = loop.koji.calls.length;
      expect(refused).toBeLessThanOrEqual(5);
      expect(
        (await query(loop, "select max(retry_count) as tries from pgboss.job where name = 'koji-start'"))[0],
      ).toEqual({ tries: 0 });
      // The hour passes.
      await query(loop, 'update forwarder.pace set paused_until = now()');
      await allStarted(loop, ids, 30);
      expectOnce(loop, ids);
    });
  });
}
