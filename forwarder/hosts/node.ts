/** `npm run forwarder`: the service on this machine, with its queue in a folder or on Postgres. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { serve } from '@hono/node-server';
import * as z from 'zod';
import { commandLine } from '../../scripts/command-line.ts';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { openService } from '../service.ts';
import { openPostgres } from '../store/database.ts';
import { openFolder } from '../store/folder.ts';
import { FolderError } from '../store/lock.ts';

const addresses = (port: number, { amplitude, etlSecrets, pagePasswords }: Config): string => {
  const here = `http://127.0.0.1:${port}`;
  const ifSet = (secrets: string[], name: string, path: string): string =>
    secrets.length > 0 ? `${here}${path}` : `set ${name} first`;
  return [
    `Koji, Settings → Integrations → Webhooks:    ${here}/koji/webhook`,
    `Amplitude, cohort webhook:                   ${ifSet(amplitude.webhookSecrets, 'AMPLITUDE_WEBHOOK_SECRET', '/amplitude/cohort')}`,
    `Hightouch and others, HTTP request:          ${ifSet(etlSecrets, 'ETL_SECRET', '/etl/respondents')}`,
    `Activations and Hightouch, custom:           ${ifSet(etlSecrets, 'ETL_SECRET', '/etl/rpc')}`,
    `What waits and what failed, for a browser:   ${ifSet(pagePasswords, 'PAGE_PASSWORD', '/')}`,
    `Metrics for Prometheus:                      ${here}/metrics`,
    `Is it alive?                                 ${here}/healthz`,
    '',
  ].join('\n');
};

const { sandbox: isSandbox } = commandLine({
  called: 'npm run forwarder',
  does: 'Runs the loop as one service. Its settings come from the environment: forwarder/README.md lists them.',
  takes: z.object({
    sandbox: z.boolean().default(false).describe('runs it against a local Koji and a local Amplitude'),
  }),
});

/** A local Koji and Amplitude in a process of their own, which is told where the forwarder listens. */
const openSandbox = async () => {
  const child = fork('sandbox/forwarder.ts', { execArgv: [] });
  const [message] = await once(child, 'message');
  return { environment: z.record(z.string(), z.string()).parse(message), child };
};

const run = async (): Promise<void> => {
  const sandbox = isSandbox ? await openSandbox() : null;
  const config = readConfig(sandbox === null ? process.env : { PORT: process.env.PORT, ...sandbox.environment });
  const database =
    config.databaseUrl === undefined ? await openFolder(config.folder) : openPostgres(config.databaseUrl);
  const service = await openService(config, database);
  const stopWorking = service.work();
  const server = serve({ fetch: service.fetch, port: config.port }, ({ port }) => {
    process.stdout.write(addresses(port, config));
    sandbox?.child.send({ url: `http://127.0.0.1:${port}` });
  });
  const stop = async (): Promise<void> => {
    server.close();
    await stopWorking();
    await service.close();
    sandbox?.child.disconnect();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
};

try {
  await run();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof FolderError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
