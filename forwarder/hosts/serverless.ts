/** The service where a process lives for one request: on Postgres, and worked on by the clock of the host. */
import { setTimeout as sleep } from 'node:timers/promises';
import { notSetUp, readConfig } from '../config.ts';
import { factsOf, failed, StartError } from '../fault.ts';
import { openService, type Service, say } from '../service.ts';
import { openPostgres } from '../store/database.ts';

/** Such a process answers one call, and there may be many of them; one that sleeps closes no connection. */
const MOST_CONNECTIONS = 3;

const open = async (): Promise<Service & { workMilliseconds: number }> => {
  const config = readConfig(process.env);
  if (config.databaseUrl === undefined) throw new StartError('DATABASE_URL is needed here: a folder would be lost.');
  const service = await openService(config, openPostgres(config.databaseUrl, MOST_CONNECTIONS));
  return { ...service, workMilliseconds: config.workMilliseconds };
};

let opened: ReturnType<typeof open> | undefined;
/** Opened at the first call and kept for those that follow; a database that could not be reached is asked again. */
const service = (): ReturnType<typeof open> => {
  opened ??= open().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
};

/** Answers a request. */
export const answer = async (request: Request): Promise<Response> => {
  try {
    return await (await service()).fetch(request);
  } catch (error) {
    if (error instanceof StartError) return notSetUp(error);
    say('a request failed', factsOf(error), 'error');
    return failed(error);
  }
};

/** Works on the queue for `WORK_MILLISECONDS`; whoever is being started when they are over is started. */
export const workOnQueue = async (): Promise<void> => {
  const { work, workMilliseconds } = await service();
  const stop = work();
  await sleep(workMilliseconds);
  await stop();
};
