/** Cloudflare Workers: two queues, so that no answer waits behind ten thousand starts, and one Durable Object. */
import type { MessageBatch, Queue } from '@cloudflare/workers-types';
import * as z from 'zod';
import { projectOf } from '../../koji/project.ts';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { type Engine, MOST_TRIES, type Outcome } from '../engine.ts';
import { createForwarder, type Say } from '../forwarder.ts';
import { type Job, jobSchema, kinds } from '../jobs.ts';
import { servicesOf } from '../services.ts';
import { type Entry, Ledger } from '../store/ledger.ts';
import { handlerOf } from '../work.ts';

export { Ledger };

/** The ledger as it is called from elsewhere. */
type Call<Method> = Method extends (...given: infer Given) => infer Result
  ? (...given: Given) => Promise<Result>
  : never;
type Calls = {
  [Name in Exclude<keyof Ledger, symbol>]: Call<Ledger[Name]>;
};

/** What forwarder/deploy/wrangler.jsonc binds; every other value of the environment is a setting. */
type Bindings = {
  STARTS: Queue;
  WRITES: Queue;
  LEDGER: { idFromName: (name: string) => unknown; get: (id: unknown) => Calls };
};

// biome-ignore lint/suspicious/noConsole: it is the log of a Worker.
const say: Say = (what, facts = {}) => console.log(JSON.stringify({ msg: what, ...facts }));

/** The queue holds the name of a job; the job itself is in the ledger. */
const messageSchema = z.object({ id: z.uuid(), kind: z.enum(kinds), triesBefore: z.number() });
type Message = z.infer<typeof messageSchema>;

/** Cloudflare takes so many at once, and delays no longer (https://developers.cloudflare.com/queues/platform/limits/). */
const MOST_MESSAGES = 100;
const LONGEST_DELAY = 86_400;
/** A call that waits longer than this for its slot goes back to the queue, in milliseconds. */
const LONGEST_WAIT = 30_000;
/** Before the second try, in seconds; doubled before each that follows. */
const FIRST_DELAY = 60;

const settingsOf = (bindings: object): Config =>
  readConfig(
    Object.fromEntries(
      Object.entries(bindings).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
  );

const ledgerOf = ({ LEDGER }: Bindings, project: string): Calls => LEDGER.get(LEDGER.idFromName(project));

const queueOf = (bindings: Bindings, kind: Job['kind']): Queue =>
  kind === 'start' ? bindings.STARTS : bindings.WRITES;

/** Sends all of them, in as few calls as Cloudflare allows. */
const send = async (queue: Queue, entries: Entry[]): Promise<void> => {
  const messages = entries.map((entry): { body: Message } => ({ body: { ...entry, triesBefore: 0 } }));
  const starts = Array.from(
    { length: Math.ceil(messages.length / MOST_MESSAGES) },
    (_, index) => index * MOST_MESSAGES,
  );
  await Promise.all(starts.map((start) => queue.sendBatch(messages.slice(start, start + MOST_MESSAGES))));
};

const engineOf = (bindings: Bindings, ledger: Calls, { starting }: Config): Engine => {
  const queue = async (jobs: Job[]): ReturnType<Engine['queue']> => {
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const fresh = await ledger.note([...byId.values()], starting.notAgainDays);
    const isStart = ({ kind }: Entry): boolean => kind === 'start';
    await send(bindings.STARTS, fresh.filter(isStart));
    await send(
      bindings.WRITES,
      fresh.filter((entry) => !isStart(entry)),
    );
    await ledger.confirm(fresh);
    return { queued: fresh.length, known: jobs.length - fresh.length };
  };
  const deadOf = async (most: number, id: string | null): ReturnType<Engine['dead']> =>
    (await ledger.dead(most, id)).map(({ at, job, ...rest }) => ({
      ...rest,
      at: new Date(at),
      job: jobSchema.parse(JSON.parse(job)),
    }));
  return {
    queue,
    counts: () => ledger.counts(),
    dead: (most) => deadOf(most, null),
    tryAgain: async (which) => {
      const given = await deadOf(Number.MAX_SAFE_INTEGER, which === 'all' ? null : which.id);
      await queue(given.map(({ job }) => job));
      await ledger.raised(given.map(({ id }) => id));
      return given.length;
    },
    tally: (what) => ledger.tally(what).catch(() => {}),
    tallies: async (hours) =>
      (await ledger.tallies(hours)).map(({ hour, ...rest }) => ({ ...rest, hour: new Date(hour) })),
  };
};

/** Sends a job once more, so that no delivery of Cloudflare's own is spent on it. */
const sendAgain = (bindings: Bindings, message: Message, delaySeconds: number): Promise<unknown> =>
  queueOf(bindings, message.kind).send(message, { delaySeconds: Math.min(LONGEST_DELAY, Math.ceil(delaySeconds)) });

/** Does one job, or has it come again; when this resolves, the message is done with. */
const work = async (
  bindings: Bindings,
  ledger: Calls,
  { spacingMilliseconds }: Config,
  message: Message,
  handle: (job: Job) => Promise<Outcome>,
): Promise<void> => {
  const { kind, triesBefore } = message;
  const paused = await ledger.waitOf(kind);
  if (paused > LONGEST_WAIT) {
    await sendAgain(bindings, message, paused / 1_000);
    return;
  }
  const taken = await ledger.take(message, kind === 'start' ? spacingMilliseconds : 0);
  if (taken === null) return;
  if (taken.wait > 0) await new Promise((done) => setTimeout(done, taken.wait));
  const outcome = await handle(jobSchema.parse(JSON.parse(taken.job)));
  if (outcome.result === 'pause') {
    await sendAgain(bindings, message, outcome.pauseSeconds);
  } else if (outcome.result === 'again' && triesBefore + 1 < MOST_TRIES) {
    const delay = Math.max(outcome.pauseSeconds, FIRST_DELAY * 2 ** triesBefore);
    await sendAgain(bindings, { ...message, triesBefore: triesBefore + 1 }, delay);
  } else if (outcome.result === 'again') {
    await ledger.settle(message, { result: 'hopeless', why: outcome.why });
    return;
  }
  await ledger.settle(message, outcome);
};

export default {
  fetch: async (request: Request, bindings: Bindings): Promise<Response> => {
    try {
      const config = settingsOf(bindings);
      const engine = engineOf(bindings, ledgerOf(bindings, projectOf(config.koji.apiKey)), config);
      return await createForwarder(config, engine, servicesOf(config), say)(request);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // Whoever sets the service up finds the names in the log; others learn nothing.
      console.error(error.message);
      const message = 'The forwarder is not set up: its log says what is missing.';
      return Response.json({ error: 'unavailable', message }, { status: 503 });
    }
  },

  queue: async (batch: MessageBatch, bindings: Bindings): Promise<void> => {
    const config = settingsOf(bindings);
    const project = projectOf(config.koji.apiKey);
    const ledger = ledgerOf(bindings, project);
    const handle = handlerOf(servicesOf(config), project, config);
    for (const message of batch.messages) {
      await work(bindings, ledger, config, messageSchema.parse(message.body), handle);
      // One by one: what follows a message that fails would otherwise come again with it.
      message.ack();
    }
  },
};
