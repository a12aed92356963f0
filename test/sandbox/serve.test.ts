import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts the command and waits until it says that it runs. */
const serve = (): Promise<{ child: ChildProcess; printed: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(process.cwd(), 'sandbox', 'serve.ts')]);
    running.push(child);
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      if (printed.includes('# Running')) resolve({ child, printed });
    });
    child.once('exit', () => reject(new Error(`It ended before it ran: ${printed}`)));
  });

test('npm run sandbox prints the lines for .env, answers, and stops on Ctrl-C', async () => {
  const { child, printed } = await serve();
  const env = parseEnv(printed);
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
    ],
  });

  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await expect(ended).resolves.toBe(0);
});
