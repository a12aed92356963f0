/** What the service says when it can't start: nothing is begun then, and nothing left behind. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startCommand } from '../support/command.ts';
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
/** What it says, and the code that it ends with. */
const refusal = (more: Record<string, string>): Promise<string> =>
  spawnForwarder({ ...settings, ...more }).then(
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
    `It ended with 2: Port ${port} of 127.0.0.1 can't be listened to: another program has it. Set PORT to a free one above 1023, and HOST to an address of this machine, or to 0.0.0.0 for all.\n`;

  test('is named in one sentence, and no folder is made', async () => {
    expect(await refusal({ PORT })).toBe(sentence(PORT));
    expect(existsSync(folder)).toBe(false);
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

test('a Postgres that does not answer is named without its address, which holds a password', async () => {
  const said = await refusal({ DATABASE_URL: 'postgres://somebody:a-password@127.0.0.1:1/queue' });
  expect(said).toMatch(
    /^It ended with 2: The Postgres server of DATABASE_URL can't be used \(ECONNREFUSED\)\. [^\n]+\n$/,
  );
});

test('when it dies while it makes its folder, it starts again, and there is nothing to clear away', async () => {
  const { child, ended } = startCommand('forwarder/hosts/node.ts', [], {
    env: { PATH: process.env.PATH, PORT: '0', ...settings },
  });
  await until(() => existsSync(join(folder, 'queue.unfinished', 'base')));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(join(folder, 'queue'))).toBe(false);
  const service = await spawnForwarder(settings);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  service.child.kill('SIGTERM');
  expect((await service.ended).code).toBe(0);
  expect(readdirSync(folder).filter((name) => !name.startsWith('lock-'))).toEqual(['queue']);
});
