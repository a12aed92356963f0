/** AWS Lambda and Vercel, where a process lives for one request: on Postgres, and worked on by the clock of the host. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import * as z from 'zod';
import { isOneOfSecrets } from '../../boundary/secrets.ts';
import { notSetUp, readConfig } from '../config.ts';
import { factsOf, failed, StartError } from '../fault.ts';
import { openService, say } from '../service.ts';
import { openPostgres } from '../store/database.ts';

/** Such a process answers one call, and there may be many of them; one that sleeps closes no connection. */
const MOST_CONNECTIONS = 3;

const open = async () => {
  const config = readConfig(process.env);
  if (config.databaseUrl === undefined) throw new StartError('DATABASE_URL is needed here: a folder would be lost.');
  const service = await openService(config, openPostgres(config.databaseUrl, MOST_CONNECTIONS));
  return { ...service, workMilliseconds: config.workMilliseconds };
};

type Opened = Awaited<ReturnType<typeof open>>;
let opened: Promise<Opened> | undefined;

/** What comes of a call, or in words that nothing does; the log says why. */
const called = async (run: (opened: Opened) => Promise<Response>): Promise<Response> => {
  try {
    // Kept for the calls that follow; a database that could not be reached is asked again.
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return await run(await opened);
  } catch (error) {
    if (error instanceof StartError) return notSetUp(error);
    say('a request failed', factsOf(error), 'error');
    return failed(error);
  }
};

/** Answers a request. */
export const answer = (request: Request): Promise<Response> => called(({ fetch }) => fetch(request));

/** Works on the queue for `WORK_MILLISECONDS`; whoever is being started when they are over is started. */
const workOnQueue = (): Promise<Response> =>
  called(async ({ work, workMilliseconds }) => {
    const stop = work();
    await sleep(workMilliseconds);
    await stop();
    return Response.json({ status: 'worked' });
  });

const answerUrl = handle(new Hono().all('*', ({ req }) => answer(req.raw)));
/** What EventBridge sends. */
const schedule = z.object({ source: z.enum(['aws.events', 'aws.scheduler']) });

/** What Lambda calls: with a request to the function's URL, or by the schedule of EventBridge. */
export const handler = async (event: Parameters<typeof answerUrl>[0], context: Parameters<typeof answerUrl>[1]) => {
  if (!schedule.safeParse(event).success) return answerUrl(event, context);
  const { ok } = await workOnQueue();
  // Lambda counts it among its errors.
  if (!ok) throw new Error('The queue was not worked on; the line before says why.');
};

const workForCron = async ({ headers }: Request): Promise<Response> => {
  const secret = process.env.CRON_SECRET ?? '';
  if (secret !== '' && isOneOfSecrets(headers.get('authorization') ?? '', [`Bearer ${secret}`])) return workOnQueue();
  return Response.json({ error: 'unauthorized', message: 'Only the cron of Vercel calls this.' }, { status: 401 });
};

/** What Vercel calls, for every address; its cron calls `/work` with the secret that Vercel keeps in CRON_SECRET. */
export default {
  fetch: (request: Request): Promise<Response> =>
    new URL(request.url).pathname === '/work' ? workForCron(request) : answer(request),
};
