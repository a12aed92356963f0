/** What Lambda and Vercel share: a process that may live for one request, with its queue on Postgres. */
import pg from 'pg';
import { startCommand } from '../../support/command.ts';
import { emptyDatabase, hasPostgres } from '../../support/postgres.ts';

/** Asks so often at once; gives it once all is answered, and what ends it. */
const ask = async (times: number | 'clock', DATABASE_URL: string) => {
  const env = {
    PATH: process.env.PATH,
    KOJI_API_KEY: 'pk_live_made_up',
    KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
    AMPLITUDE_API_KEY: 'a'.repeat(32),
    DATABASE_URL,
    CRON_SECRET: 'of-a-cron',
  };
  const { child, says, printed, ended } = startCommand('test/support/serverless.ts', [String(times)], { env });
  await says(/all were answered/);
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { printed, says, end };
};

test('a database that can not be reached is told to whoever asks, and in the log', async () => {
  const { printed, says, end } = await ask(1, 'postgres://user:a-password@127.0.0.1:1/queue');
  const why = 'The queue can not be used: it does not answer.';
  // The log may be behind the answer.
  await says(new RegExp(`"level":50,.*"code":"ECONNREFUSED","why":"${why}","msg":"a request failed"`));
  await end();
  expect(printed()).toContain(`503 {"error":"unavailable","message":"${why} Send it again."}`);
  expect(printed()).not.toContain('a-password');
});

test.each([
  ['postgres://user:a-password@127.0.0.1:1/queue', 'The queue can not be used: it does not answer. Send it again.'],
  ['', 'The forwarder is not set up: its log says what is missing.'],
])(
  'the clock of a host is told, too, that the queue is not worked on, and no more than that: %j',
  async (url, message) => {
    const { printed, end } = await ask('clock', url);
    await end();
    expect(printed()).toContain(`503 ${JSON.stringify({ error: 'unavailable', message })}`);
    expect(printed()).toContain('Error: The queue was not worked on; the line before says why.');
    expect(printed()).not.toContain('a-password');
  },
);

(hasPostgres ? test : test.skip)(
  'a process opens three connections to Postgres at most, whatever it is asked at once',
  async () => {
    const { url } = await emptyDatabase();
    const { printed, end } = await ask(30, url);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    const { rows } = await other.query(
      'select count(*)::int as many from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await other.end();
    await end();
    expect(printed().match(/^200 /gm)).toHaveLength(30);
    expect(rows).toEqual([{ many: 3 }]);
  },
);
