/** `npm run forwarder`: the service on this machine, with its queue in a folder or on Postgres. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import { WHERE_WEBHOOKS_ARE } from '../../koji/contract.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { type Config, readConfig } from '../config.ts';
import { faultOf, reasonOf, StartError } from '../fault.ts';
import { openService, type Service } from '../service.ts';
import { openPostgres } from '../store/database.ts';
import { openFolder } from '../store/folder.ts';
import { listen } from './listen.ts';

const addresses = (here: string, { amplitude, etlSecrets, pagePasswords }: Config): string => {
  const ifSet = (secrets: string[], name: string, path: string): string =>
    secrets.length > 0 ? `${here}${path}` : `set ${name} first`;
  return [
    `Koji, ${WHERE_WEBHOOKS_ARE}:    ${here}/koji/webhook`,
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

const MOST_CONNECTIONS = 10;

const open = async (config: Config): Promise<Service> => {
  const { databaseUrl, folder } = config;
  if (databaseUrl === undefined) return openService(config, await openFolder(folder));
  return openService(config, openPostgres(databaseUrl, MOST_CONNECTIONS)).catch((error: unknown) => {
    const { error: name, code = name } = faultOf(error);
    throw new StartError(
      `The Postgres server of DATABASE_URL can't be used (${code}). See that it runs, and that the address, the user and its rights are right.`,
    );
  });
};

const run = async (): Promise<void> => {
  const sandbox = isSandbox ? await openSandbox() : null;
  const { HOST, PORT } = process.env;
  const config = readConfig(sandbox === null ? process.env : { HOST, PORT, ...sandbox.environment });
  // The address first: where it can't be had, nothing was begun. A request that comes before the queue is open waits for it.
  const listening = listen(async (request) => (await opening).fetch(request), config);
  const opening = listening.then(() => open(config));
  const service = await opening;
  const { url, close } = await listening;
  const stopWorking = service.work();
  process.stdout.write(addresses(url, config));
  sandbox?.child.send({ url });
  const end = async (): Promise<void> => {
    try {
      await Promise.all([close(), stopWorking()]);
      await service.close();
      sandbox?.child.disconnect();
      process.exit(0);
    } catch (error) {
      console.error(`The queue was not closed: ${reasonOf(error)}. Nobody in it is lost.`);
      process.exit(1);
    }
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
};

try {
  await run();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exit(2);
}
