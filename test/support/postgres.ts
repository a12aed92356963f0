/** A Postgres server of the tests' own, from Debian's package, where that is installed. */
import { execFileSync, type SpawnSyncOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { madeOnce } from './made-once.ts';

const VERSIONS = '/usr/lib/postgresql';
const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];

/** Where its programs are; undefined where there is no Postgres. */
const programs = versions
  .map((version) => join(VERSIONS, version, 'bin'))
  .find((folder) => existsSync(join(folder, 'initdb')));

/** Whether tests can have a Postgres. */
export const hasPostgres = programs !== undefined;

/** An empty database, on a server that can be stopped and started again. */
export type Postgres = {
  url: string;
  start: () => Promise<void>;
  /** Ends the server at once, as a crash does. */
  kill: () => Promise<void>;
};

type Server = Postgres & { remove: () => Promise<void> };

const listen = async (server: NetServer): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};
const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
};

/** Postgres refuses to run as root. */
const isRoot = process.getuid?.() === 0;
const command = (program: string, args: string[]): [string, string[]] => {
  const path = join(programs ?? '', program);
  return isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
};

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
};

const quiet: SpawnSyncOptions = { stdio: 'pipe', cwd: '/' };

/** Makes what a server serves. Whoever runs it may not look into the folder where it is kept. */
const makeCluster = (kept: string): void => {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  if (isRoot) execFileSync('chown', ['postgres', folder], quiet);
  const settings = ['-A', 'trust', '-U', 'postgres', '--no-sync', '--wal-segsize=1'];
  const [initdb, args] = command('initdb', ['-D', folder, ...settings]);
  execFileSync(initdb, args, quiet);
  execFileSync('cp', ['-a', folder, kept]);
  rmSync(folder, { recursive: true });
};

/** A minute and more. */
const MOST_LOOKS = 1_200;

/** Starts a server on loopback alone. */
const startServer = async (): Promise<Server> => {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  execFileSync('cp', ['-a', `${madeOnce(`postgres-${basename(dirname(programs ?? ''))}`, makeCluster)}/.`, folder]);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let ended: Promise<void> = Promise.resolve();

  const server: Server = {
    url,
    start: async () => {
      const settings = ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
      const [program, args] = command('postgres', ['-D', folder, '-p', String(port), ...settings]);
      const child = spawn(program, args, { stdio: 'ignore', cwd: '/' });
      ended = new Promise((resolve) => child.once('exit', () => resolve()));
      for (let look = 0; !(await answers(url)); look += 1) {
        if (look === MOST_LOOKS) throw new Error(`Postgres does not answer on port ${port}.`);
        await new Promise((done) => setTimeout(done, 50));
      }
    },
    kill: async () => {
      const [control, args] = command('pg_ctl', ['stop', '-D', folder, '-m', 'immediate']);
      execFileSync(control, args, quiet);
      await ended;
    },
    remove: async () => {
      await server.kill().catch(() => {});
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
};

let server: Promise<Server> | undefined;
let databases = 0;
afterAll(async () => (await server)?.remove());

/** An empty database on the server that a file's tests share. */
export const emptyDatabase = async (): Promise<Postgres> => {
  server ??= startServer();
  const { url, start, kill } = await server;
  const name = `empty_${++databases}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return { url: new URL(name, url).href, start, kill };
};

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

/** A way to a server on which everything can get lost without a word, as in a network that is cut. */
export const wayTo = async (url: string) => {
  const sockets: Socket[] = [];
  let isCut = false;
  const way = createServer((near) => {
    const far = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    if (!isCut) near.pipe(far).pipe(near);
  });
  const port = await listen(way);
  ends.push(() => {
    way.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: url.replace(/:\d+\//, `:${port}/`),
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    /** For new connections; those from before stay lost. */
    mend: () => {
      isCut = false;
    },
  };
};
