/** Where the service listens, and what it says when it can't start: nothing is begun then, and nothing left behind. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startCommand } from '../support/command.ts';
import { putEmptyQueue } from '../support/empty-queue.ts';
import { spawnForwarder, until } from '../support/forwarder.ts';
import { emptyDatabase, hasPostgres } from '../support/postgres.ts';

const above = mkdtempSync(join(tmpdir(), 'forwarder-starting-'));
const folder = join(above, 'queue-of-nobody-yet');
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => rmSync(above, { recursive: true }));

const settings = {
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
  AMPLITUDE_API_KEY: 'a'.repeat(32),
  FORWARDER_FOLDER: folder,
};
const remedy = 'Set PORT to a free one above 1023, and HOST to an address of this machine, or to 0.0.0.0 for all.';
/** What it says, and the code that it ends with. */
const refusal = (more: Record<string, string>, ...words: string[]): Promise<string> =>
  spawnForwarder({ ...settings, ...more }, ...words).then(
    () => 'It started.',
    (error: Error) => error.message,
  );

describe('a port that another program has', () => {
  let other: Server;
  let PORT: string;
  beforeAll(async () => {
    other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    PORT = typeof address === 'object' ? String(address?.port) : '';
  });
  afterAll(() => other.close());

  const sentence = (port: string): string =>
    `It ended with 2: Port ${port} of 127.0.0.1 can't be listened to: another program has it. ${remedy}\n`;

  test('is named in one sentence, and no folder is made', async () => {
    expect(await refusal({ PORT })).toBe(sentence(PORT));
    expect(existsSync(folder)).toBe(false);
  });

  test('is named in the sandbox, too', async () => {
    expect(await refusal({ PORT }, '--sandbox')).toBe(sentence(PORT));
  });

  (hasPostgres ? test : test.skip)('is named before anything is made in Postgres', async () => {
    const postgres = await emptyDatabase();
    expect(await refusal({ PORT, DATABASE_URL: postgres.url })).toBe(sentence(PORT));
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const { rows } = await client.query(
      "select schema_name from information_schema.schemata where schema_name ~ '^(forwarder|pgboss)'",
    );
    await client.end();
    expect(rows).toEqual([]);
  });
});

/** No name server is asked; each name meets this error. */
const namesMeet = (code: string): Record<string, string> => {
  const script = `import dns from 'node:dns'; const error = Object.assign(new Error(), { code: '${code}' });
    dns.lookup = (_name, _options, done) => process.nextTick(done, error);`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
};

test.each([
  // An address of nobody's (RFC 5737), and a name of nobody's (RFC 2606).
  ['192.0.2.1', 'this machine has no such address', {}],
  ['nobody.invalid', 'nobody knows that name', namesMeet('ENOTFOUND')],
  ['unanswered.invalid', 'no name server answers', namesMeet('EAI_AGAIN')],
])('a host that can’t be listened on is named, and no folder is made: %s', async (HOST, why, more) => {
  expect(await refusal({ HOST, PORT: '8787', ...more })).toBe(
    `It ended with 2: Port 8787 of ${HOST} can't be listened to: ${why}. ${remedy}\n`,
  );
  expect(existsSync(folder)).toBe(false);
});

test('a Postgres that does not answer is named without its address, which holds a password', async () => {
  const said = await refusal({ DATABASE_URL: 'postgres://somebody:a-password@127.0.0.1:1/queue' });
  expect(said).toMatch(
    /^It ended with 2: The Postgres server of DATABASE_URL can't be used \(ECONNREFUSED\)\. [^\n]+\n$/,
  );
});

test.each([
  { HOST: '', hears: false },
  { HOST: '0.0.0.0', hears: true },
])('with HOST=$HOST another address than 127.0.0.1 is listened on: $hears', async ({ HOST, hears }) => {
  putEmptyQueue(folder);
  const service = await spawnForwarder({ ...settings, HOST });
  // A test may connect to 127.0.0.1 alone, but it may see whether the same port is taken on another address.
  const other = createServer().listen(Number(new URL(service.url).port), '127.0.0.2');
  const heard = await once(other, 'listening').then(
    () => false,
    () => true,
  );
  other.close();
  expect(heard).toBe(hears);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  service.child.kill('SIGTERM');
  expect((await service.ended).code).toBe(0);
});

test('whoever stops it while it makes its folder starts it again, and there is nothing to clear away', async () => {
  for (const [signal, made] of [
    ['SIGINT', '.'],
    ['SIGKILL', 'base'],
  ] as const) {
    rmSync(folder, { recursive: true, force: true });
    const { child, ended } = startCommand('forwarder/hosts/node.ts', [], {
      env: { PATH: process.env.PATH, PORT: '0', ...settings },
    });
    await until(() => existsSync(join(folder, 'queue.unfinished', made)));
    child.kill(signal);
    await ended;
    expect(existsSync(join(folder, 'queue'))).toBe(false);
  }
  const service = await spawnForwarder(settings);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  service.child.kill('SIGTERM');
  expect((await service.ended).code).toBe(0);
  expect(readdirSync(folder).filter((name) => !name.startsWith('lock-'))).toEqual(['queue']);
});
