/** What may happen around the service while people wait in its folder: nobody is lost, and nobody is started twice. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { type Disk, makeDisk, makeSmallDisk, mayMount, mountDisk } from '../support/disk.ts';
import { putEmptyQueue } from '../support/empty-queue.ts';
import {
  allStarted,
  expectOnce,
  type Loop,
  machineClock,
  people,
  rowsOf,
  type Service,
  spawnForwarder,
  startLoop,
  until,
} from '../support/forwarder.ts';
import { processorTimeUsedBy } from '../support/processor-time.ts';

const onDisk = mayMount ? test.concurrent : test.concurrent.skip;

/** The answer's status and message. */
const said = async (answer: Response): Promise<string> => {
  const { message } = z.object({ message: z.string() }).parse(await answer.json());
  return `${answer.status}: ${message}`;
};

onDisk(
  'when the power fails, everybody who was taken into the folder is there, also in a folder that is new',
  async () => {
    const disk = makeDisk();
    await using loop = await startLoop('a folder', {
      FORWARDER_FOLDER: join(disk.folder, 'queue'),
      START_SPACING_MILLISECONDS: '10000',
    });
    loop.koji.failNext(() => true, 'hang', 100);
    const ids = people('power', 20);
    for (const id of ids) expect((await loop.rows(rowsOf([id]))).status).toBe(202);
    loop.service.child.kill('SIGKILL');
    const after = `${disk.file}-after`;
    execFileSync('cp', ['--sparse=always', disk.file, after]);
    const diskAfter = mountDisk(after);
    // Until we hear of its end, its number is that of a process that runs.
    await loop.service.ended;
    loop.environment.FORWARDER_FOLDER = join(diskAfter.folder, 'queue');
    loop.service = await spawnForwarder(loop.environment);
    expect(await (await loop.rows(rowsOf(ids))).json()).toMatchObject({ accepted: 0, duplicates: 20 });
    expect((await loop.alive()).waiting).toBe(20);
  },
);

const openFiles = ({ child }: Service): string[] =>
  readdirSync(`/proc/${child.pid}/fd`).flatMap((file) => {
    try {
      return readlinkSync(`/proc/${child.pid}/fd/${file}`);
    } catch {
      // Closed meanwhile.
      return [];
    }
  });

// What may happen to the folder's disk under a service that runs, and what whoever runs it does then.
const faults: { of: string; says: string; begin: (disk: Disk) => void; mend: (disk: Disk) => unknown }[] = [
  {
    of: 'whose disk is unmounted',
    says: 'its folder is gone',
    begin: ({ folder }) => execFileSync('umount', ['-l', folder]),
    mend: ({ file, folder }) => mountDisk(file, folder),
  },
  {
    of: 'whose disk turns read-only after a fault',
    says: 'it can be read, but not written',
    begin: ({ folder }) => execFileSync('mount', ['-o', 'remount,abort', folder]),
    mend: ({ file, folder }) => {
      // Nothing may hold on to it.
      execFileSync('umount', [folder]);
      spawnSync('e2fsck', ['-fy', file]);
      mountDisk(file, folder);
    },
  },
];

onDisk.each(faults)(
  'a folder $of takes nobody, says so and rests; when it is back, nobody is lost',
  async ({ says, begin, mend }) => {
    const disk = makeDisk();
    putEmptyQueue(join(disk.folder, 'queue'));
    execFileSync('sync', ['--file-system', disk.folder]);
    await using loop = await startLoop('a folder', { FORWARDER_FOLDER: join(disk.folder, 'queue') });
    loop.koji.failNext(({ method }) => method === 'POST', { status: 429, headers: { 'retry-after': '8' }, body: {} });
    const ids = people('disk', 30);
    await loop.rows(rowsOf(ids));
    await until(async () => (await loop.alive()).paused_seconds > 1);
    begin(disk);
    const health = async () => said(await fetch(`${loop.service.url}/healthz`));
    // The database may die of it before it says what was wrong; that is seen when it is to be opened again.
    const refusal = `503: The queue can not be used: ${says}. Send it again.`;
    await until(async () => (await health()) === refusal, undefined, health);
    expect(await said(await loop.rows(rowsOf(['u_meanwhile'])))).toMatch(/^503: /);
    await until(() => loop.service.printed().includes(`The queue can not be used: ${says}.`));
    // Whoever mends the disk needs it to themselves.
    await until(() => !openFiles(loop.service).some((file) => /queue\/(base|global|pg_)/.test(file)));
    const before = processorTimeUsedBy(loop.service.child);
    // Within which it looks again, and makes no other queue.
    await new Promise((done) => setTimeout(done, 12_000));
    expect(processorTimeUsedBy(loop.service.child) - before).toBeLessThan(1_000);
    expect(existsSync(join(disk.folder, 'queue'))).toBe(says !== 'its folder is gone');
    mend(disk);
    await until(async () => (await loop.rows(rowsOf(['u_after']))).status === 202);
    await allStarted(loop, [...ids, 'u_after']);
    expectOnce(loop, [...ids, 'u_after']);
  },
);

// The others, which take longest, are begun meanwhile.
describe('a clock', () => {
  const clock = machineClock();
  let loop: Loop;
  beforeAll(async () => {
    clock.setAhead();
    loop = await startLoop('a folder', clock.environment);
  });
  afterAll(() => loop.end());

  test('that was an hour ahead as the machine started, and is set right then, holds nobody up who waits', async () => {
    const waiting = people('waiting', 8);
    expect((await loop.rows(rowsOf(waiting))).status).toBe(202);
    clock.setRight();
    await allStarted(loop, waiting);
    expectOnce(loop, waiting);
    await loop.nothingWaits();
    expect((await loop.alive()).paused_seconds).toBe(0);
  });

  test('that jumps ahead by an hour, and back, holds nobody up', async () => {
    const everybody: string[] = [];
    const come = async (name: string): Promise<void> => {
      const ids = people(name, 5);
      everybody.push(...ids);
      expect((await loop.rows(rowsOf(ids))).status).toBe(202);
      await allStarted(loop, ids);
    };
    await come('now');
    clock.setAhead();
    await come('ahead');
    clock.setRight();
    await come('back');
    expectOnce(loop, everybody);
  });

  test('that is set back lets a pause from before end no later than it would have', async () => {
    clock.setAhead();
    loop.koji.failNext(({ path }) => path.endsWith('/start'), {
      status: 429,
      headers: { 'retry-after': '20' },
      body: '',
    });
    const paused = people('paused', 2);
    await loop.rows(rowsOf(paused));
    await until(async () => (await loop.alive()).paused_seconds > 0);
    clock.setRight();
    await allStarted(loop, paused);
    expectOnce(loop, paused);
  });
});

test.concurrent('whom a process had in hand that died as the clock was set back, the next one starts within a minute', async () => {
  const clock = machineClock();
  clock.setAhead();
  await using loop = await startLoop('a folder', clock.environment);
  // The queue has looked after what the dead leave behind, and does not look again before its time.
  await new Promise((done) => setTimeout(done, 16_000));
  loop.koji.interfere(({ method }) => (method === 'POST' ? { takesIn: false, answer: () => {} } : undefined));
  const inHand = people('in_hand', 3);
  await loop.rows(rowsOf(inHand));
  await until(() => loop.koji.calls.length === inHand.length);
  clock.setRight();
  loop.service.child.kill('SIGKILL');
  await loop.service.ended;
  loop.koji.interfere(() => undefined);
  loop.service = await spawnForwarder(loop.environment);
  await allStarted(loop, inHand);
  expectOnce(loop, inHand);
});

const startOn = (folder: string) =>
  spawnForwarder({
    KOJI_API_KEY: 'pk_live_made_up',
    KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
    AMPLITUDE_API_KEY: 'a'.repeat(32),
    FORWARDER_FOLDER: folder,
  });

test.concurrent('a folder that is damaged is named as that, with what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
  putEmptyQueue(folder);
  writeFileSync(join(folder, 'queue', 'global', 'pg_control'), 'nonsense');
  const refused = await startOn(folder).catch(String);
  expect(refused).toContain(`The queue in ${folder} can't be opened: it is damaged.`);
  expect(refused).toContain(`move ${folder}/queue away`);
  rmSync(folder, { recursive: true });
});

onDisk('a folder on a disk that is full takes nobody, and works on when there is room', async () => {
  const disk = makeSmallDisk();
  const filling = join(disk, 'filling');
  writeFileSync(filling, Buffer.alloc(116_000_000));
  await expect(startOn(join(disk, 'queue'))).rejects.toThrow(
    /ended with 2: The queue in \S+ can't be opened: its disk is full\. [^\n]+\n$/,
  );
  rmSync(filling);
  putEmptyQueue(join(disk, 'queue'));
  await using loop = await startLoop('a folder', {
    FORWARDER_FOLDER: join(disk, 'queue'),
    START_SPACING_MILLISECONDS: '10000',
  });
  expect(() => writeFileSync(filling, Buffer.alloc(150_000_000))).toThrow('ENOSPC');
  const rows = Array.from({ length: 3_000 }, (_, index) => ({
    external_id: `u_${index}`,
    more: 'x'.repeat(200),
  }));
  expect(await said(await loop.rows(rows))).toBe('503: The queue can not be used: its disk is full. Send it again.');
  expect(await said(await fetch(`${loop.service.url}/healthz`))).toMatch(/^503: .* its disk is full\./);
  rmSync(filling);
  expect(await (await loop.rows(rows)).json()).toMatchObject({ accepted: 3_000, duplicates: 0 });
});
