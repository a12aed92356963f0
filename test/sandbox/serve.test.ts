import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type Command, startCommand } from '../support/command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const running: Command[] = [];
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
});

/** Starts the command and waits until it says that it runs. */
const serve = async (...words: string[]): Promise<Command> => {
  const command = startCommand('sandbox/serve.ts', words, { cwd: folder });
  running.push(command);
  await command.says(/# Running/);
  return command;
};

test('--write-env puts the connection beside what is there, and takes it out at SIGTERM', async () => {
  const file = join(folder, '.env');
  writeFileSync(file, 'OTHER_KEY=secret\n');
  const { child, printed, ended } = await serve('--write-env');
  expect(printed()).not.toContain('authData_koji_api_key=');
  expect(parseEnv(readFileSync(file, 'utf8'))).toMatchObject({
    OTHER_KEY: 'secret',
    authData_connection_name: 'Sandbox',
  });
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('OTHER_KEY=secret\n');
});

test('--write-env leaves a file with keys alone and says which', async () => {
  const file = join(folder, '.env');
  writeFileSync(file, 'authData_koji_api_key=pk_live_mine\n');
  await expect(serve('--write-env')).rejects.toThrow(/It ended with 1: .*authData_koji_api_key/);
  expect(readFileSync(file, 'utf8')).toBe('authData_koji_api_key=pk_live_mine\n');
});

test('a second --write-env in one folder is refused in words while the first runs; of one that was killed the next takes the place, and leaves no line at SIGHUP', async () => {
  const file = join(folder, '.env');
  const first = await serve('--write-env');
  const lines = readFileSync(file, 'utf8');
  await expect(serve('--write-env')).rejects.toThrow(/It ended with 1: .*another sandbox, which is running/);
  expect(readFileSync(file, 'utf8')).toBe(lines);

  first.child.kill('SIGKILL');
  await first.ended;
  const third = await serve('--write-env');
  expect(readFileSync(file, 'utf8')).not.toBe(lines);
  third.child.kill('SIGHUP');
  expect((await third.ended).code).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test('npm run sandbox prints the lines for .env and writes no file, answers, and stops on Ctrl-C', async () => {
  const { child, printed, ended } = await serve();
  expect(existsSync(join(folder, '.env'))).toBe(false);
  const env = parseEnv(printed());
  expect(Object.keys(env).sort()).toEqual([
    'AMPLITUDE_INGESTION_URL',
    'AMPLITUDE_REST_URL',
    'KOJI_API_URL',
    'authData_amplitude_api_key',
    'authData_amplitude_region',
    'authData_amplitude_secret_key',
    'authData_amplitude_webhook_secret',
    'authData_connection_name',
    'authData_koji_api_key',
  ]);

  const interviews = await fetch(`${env.KOJI_API_URL}/interviews`, {
    headers: { authorization: `Bearer ${env.authData_koji_api_key}` },
  });
  expect(await interviews.json()).toMatchObject({ interviews: Array(5).fill({ study_id: 'stu_6b1e07' }) });
  const basic = Buffer.from(`${env.authData_amplitude_api_key}:${env.authData_amplitude_secret_key}`).toString(
    'base64',
  );
  const cohorts = await fetch(`${env.AMPLITUDE_REST_URL}/api/3/cohorts`, {
    headers: { authorization: `Basic ${basic}` },
  });
  expect(await cohorts.json()).toMatchObject({
    cohorts: [
      { id: 'trialend', size: 4 },
      { id: 'poweruse', size: 2 },
      // The page's.
      { id: 'playground', size: 0 },
      { id: 'negative', size: 0 },
    ],
  });

  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});
