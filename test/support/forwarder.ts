/** The forwarder as `npm run forwarder` starts it, against a local Koji and a local Amplitude, on each kind of queue. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { sign } from '../../koji/signature.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { startKoji } from '../../sandbox/koji/server.ts';
import { bundledHost } from './bundle.ts';
import { type Command, startCommand } from './command.ts';
import { putEmptyQueue } from './empty-queue.ts';
import { emptyDatabase, hasPostgres, type Postgres } from './postgres.ts';

/** Where the queue can be, here. */
export const stores: Store[] = hasPostgres ? ['a folder', 'Postgres'] : ['a folder'];
if (!hasPostgres) {
  process.stderr.write(
    'There is no Postgres here (Debian: postgresql), so the forwarder is tested on a folder alone.\n',
  );
}
export type Store = 'a folder' | 'Postgres';

export const secrets = {
  koji: 'whsec_forwarder_test_secret',
  etl: 'an-etl-secret-of-the-test',
  cohort: 'a-cohort-secret-of-the-test',
  page: 'a-page-password-of-the-test',
};

/** One process of the service; it ends at once, and all that it started, when it goes out of scope. */
export type Service = Command & AsyncDisposable & { url: string };

/** Starts a process and waits until it says where it listens. Rejects with what it printed when it ends before. */
export const spawnForwarder = (environment: Record<string, string>, ...words: string[]): Promise<Service> =>
  spawnHost(bundledHost(), environment, ...words);

/** The same for another script than the forwarder's own as one file. */
export const spawnHost = async (
  script: string,
  environment: Record<string, string>,
  ...words: string[]
): Promise<Service> => {
  const command = startCommand(script, words, {
    env: { PATH: process.env.PATH, PORT: '0', ...environment },
    // A group of its own: some hosts run the service in a further process.
    detached: true,
  });
  const [, url = ''] = await command.says(/alive\?\s+(http:\S+)\/healthz/);
  const end = async (): Promise<void> => {
    endGroup(command);
    await command.ended;
  };
  return { ...command, url, [Symbol.asyncDispose]: end };
};

/** Ends a process at once, and all that it started. */
const endGroup = ({ child }: Command): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left of it.
    if (Object(error).code !== 'ESRCH') throw error;
  }
};

/** Moves the clock of the process by an hour as long as a file is there. */
const jumpingWith = (file: string): string => `import { existsSync } from 'node:fs'; const real = Date.now;
  Date.now = () => real() + (existsSync(${JSON.stringify(file)}) ? 3600000 : 0);`;

/** The clock of a machine on which the queue is in a folder; `environment` gives it to the process. */
export const machineClock = () => {
  const isAhead = join(mkdtempSync(join(tmpdir(), 'clock-')), 'is-ahead');
  return {
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(jumpingWith(isAhead))}` },
    /** It is an hour later. */
    setAhead: () => {
      mkdirSync(dirname(isAhead), { recursive: true });
      writeFileSync(isAhead, '');
    },
    setRight: () => rmSync(dirname(isAhead), { recursive: true }),
  };
};

/**
 * Looks until it is so, for so many seconds at most; `seen` says what is so instead. Looks less often the longer it takes, as
 * a look asks a whole service.
 */
export const until = async (
  isSo: () => Promise<boolean> | boolean,
  seconds = 60,
  seen: () => Promise<string> = async () => '',
): Promise<void> => {
  for (let waited = 0; waited <= seconds * 1_000; ) {
    if (await isSo()) return;
    const pause = Math.min(50 + waited / 10, 250);
    await new Promise((done) => setTimeout(done, pause));
    waited += pause;
  }
  throw new Error(`After ${seconds} seconds it is not so: ${isSo}\n${await seen()}`);
};

/** What /healthz tells. */
export const health = z.object({
  status: z.string(),
  waiting: z.number(),
  dead: z.number(),
  paused_seconds: z.number(),
});

/** Both services, the forwarder's settings for them, and how to ask them what they hold. */
export const startServices = async () => {
  const clock = new VirtualClock(Date.now());
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: Date.now });
  return {
    clock,
    koji,
    amplitude,
    settings: {
      KOJI_API_KEY: sandboxKeys.full,
      KOJI_WEBHOOK_SECRET: secrets.koji,
      AMPLITUDE_API_KEY: sandboxProject.apiKey,
      AMPLITUDE_WEBHOOK_SECRET: secrets.cohort,
      ETL_SECRET: secrets.etl,
      KOJI_API_URL: koji.url,
      AMPLITUDE_INGESTION_URL: amplitude.url,
      AMPLITUDE_REST_URL: amplitude.url,
      UPDATE_USER_PROPERTIES: 'always',
      START_SPACING_MILLISECONDS: '5',
    },
    /** The ids of those whom Koji started, oldest first. */
    started: () => koji.interviews().map(({ respondent }) => respondent.external_id),
    /** The events that Amplitude holds of this interview. */
    eventsOf: ({ interview_id }: { interview_id: string }) =>
      amplitude
        .events(sandboxProject.apiKey)
        .filter(({ insertId }) => insertId === `koji:interview_completed:${interview_id}`),
    /** Koji's clock goes on by so many milliseconds. */
    advance: (milliseconds: number) => clock.advance(milliseconds),
    closeBoth: () => Promise.all([koji.close(), amplitude.close()]),
  };
};

export type Ask = (path: string, init: RequestInit) => Promise<Response>;

/** What comes to a forwarder, by whichever way it hears. */
export const senders = (ask: Ask) => {
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    ask(path, { method: 'POST', body, headers });
  return {
    post,
    /** Rows, as a reverse-ETL tool sends them. */
    rows: (body: unknown, secret = secrets.etl) =>
      post('/etl/respondents', JSON.stringify(body), { authorization: `Bearer ${secret}` }),
    /** An interview, as Koji delivers it. */
    deliver: (data: object, secret = secrets.koji) => {
      const body = JSON.stringify({ event: ANALYSIS_READY_EVENT, id: 'evt_1', data });
      return post('/koji/webhook', body, { [SIGNATURE_HEADER]: `sha256=${sign(secret, body).toString('hex')}` });
    },
  };
};

/**
 * Both services and one process of the forwarder; others may be started beside it on the same queue. It ends when it goes out
 * of scope: one that is left alone goes on to look whether there is anything to do.
 */
export type Loop = AsyncDisposable &
  Omit<Awaited<ReturnType<typeof startServices>>, 'clock' | 'settings' | 'closeBoth'> &
  ReturnType<typeof senders> & {
    postgres: Postgres | null;
    folder: string;
    environment: Record<string, string>;
    /** The process that the helpers speak to; a test that ends it puts another in its place. */
    service: Service;
    alive: () => Promise<z.infer<typeof health>>;
    nothingWaits: () => Promise<void>;
    end: () => Promise<void>;
  };

/** Starts all of it. `more` adds to the environment; `host` is the script that runs the forwarder. */
export const startLoop = async (
  store: Store,
  more: Record<string, string> = {},
  host = bundledHost(),
): Promise<Loop> => {
  const folder = mkdtempSync(join(tmpdir(), 'forwarder-'));
  const postgres = store === 'Postgres' ? await emptyDatabase() : null;
  // One that is named is as its test made it.
  if (postgres === null && more.FORWARDER_FOLDER === undefined) putEmptyQueue(folder);
  const { settings, closeBoth, ...services } = await startServices();
  const environment = {
    ...settings,
    FORWARDER_FOLDER: folder,
    ...(postgres === null ? {} : { DATABASE_URL: postgres.url }),
    ...more,
  };
  const askHealth = () => fetch(`${loop.service.url}/healthz`);
  const alive: Loop['alive'] = async () => health.parse(await (await askHealth()).json());
  const loop: Loop = {
    ...services,
    ...senders((path, init) => fetch(`${loop.service.url}${path}`, init)),
    postgres,
    folder,
    environment,
    service: await spawnHost(host, environment),
    alive,
    nothingWaits: () =>
      until(
        async () => {
          const answer = await askHealth();
          // A queue of which all connections wait for somebody can't be asked yet.
          if (answer.status === 503) return false;
          return health.parse(await answer.json()).waiting === 0;
        },
        undefined,
        async () => `${await (await askHealth()).text()}\n${loop.service.printed().slice(-2_000)}`,
      ),
    end: async () => {
      await loop.service[Symbol.asyncDispose]();
      await closeBoth();
      rmSync(folder, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => loop.end(),
  };
  return loop;
};

/** So many ids, and the rows that bring them. */
export const people = (name: string, many: number): string[] =>
  Array.from({ length: many }, (_, index) => `u_${name}_${index}`);
export const rowsOf = (ids: string[]) => ids.map((external_id) => ({ external_id }));

/** Waits until everybody was started. */
export const allStarted = (loop: Loop, ids: string[]): Promise<void> =>
  until(() => ids.every((id) => loop.started().includes(id)));

/** Everybody was started, each in one interview. */
export const expectOnce = ({ started }: Loop, ids: string[]): void => {
  const found = started().filter((id) => id !== null && ids.includes(id));
  expect(found.toSorted()).toEqual(ids.toSorted());
};

let interviews = 0;
/** An interview of its own each time. */
export const interview = (more: object = {}) => ({
  ...sampleWireInterview,
  interview_id: `int_${++interviews}`,
  completed_at: '2026-05-24T11:41:22Z',
  ...more,
});
