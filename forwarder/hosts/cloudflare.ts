/** Cloudflare Workers: two queues, so that no answer waits behind ten thousand starts, and one Durable Object. */
import type { MessageBatch } from '@cloudflare/workers-types';
import * as z from 'zod';
import { type Config, notSetUp, readConfig } from '../config.ts';
import { delayAfterTry, type Handle, isGivenUp } from '../engine.ts';
import { StartError } from '../fault.ts';
import { createForwarder, type Say } from '../forwarder.ts';
import { jobSchema, kinds } from '../jobs.ts';
import { servicesOf } from '../services.ts';
import { Ledger, type Queues } from '../store/ledger.ts';
import { sayingHandlerOf } from '../work.ts';

export { Ledger };

/** The ledger as it is called from elsewhere. */
type Calls = {
  [Name in Exclude<keyof Ledger, symbol>]: Ledger[Name] extends (...given: infer Given) => infer Result
    ? (...given: Given) => Promise<Awaited<Result>>
    : never;
};

/** What forwarder/deploy/cloudflare/wrangler.jsonc binds; every other value of the environment is a setting. */
type Bindings = Queues & { LEDGER: { idFromName: (name: string) => unknown; get: (id: unknown) => Calls } };

// biome-ignore lint/suspicious/noConsole: it is the log of a Worker.
const say: Say = (what, facts = {}, level = 'info') => console[level](JSON.stringify({ level, msg: what, ...facts }));

/** The queue holds the name of a job; the job itself is in the ledger. */
const messageSchema = z.object({ id: z.uuid(), kind: z.enum(kinds), triesBefore: z.number() });
type Message = z.infer<typeof messageSchema>;

/** Cloudflare delays no longer, in seconds (https://developers.cloudflare.com/queues/platform/limits/). */
const LONGEST_DELAY = 86_400;
/** A call that waits longer than this for its slot goes back to the queue, in milliseconds: behind one that reads are writes. */
const longestWait = (kind: Message['kind']): number => (kind === 'read' ? 3_000 : 30_000);
/** A consumer sleeps no longer, in milliseconds: Cloudflare ends it after 15 minutes, and it may have worked for half of them. */
const LONGEST_SLEEP = 300_000;

/** One for the Worker, whatever the key of Koji: whoever waits when that is replaced goes on waiting. */
const ledgerOf = ({ LEDGER }: Bindings): Calls => LEDGER.get(LEDGER.idFromName('ledger'));

/** Sends a job once more, so that no delivery of Cloudflare's own is spent on it. */
const sendAgain = ({ STARTS, WRITES }: Bindings, message: Message, delaySeconds: number): Promise<unknown> =>
  (message.kind === 'start' ? STARTS : WRITES).send(message, { delaySeconds });

/** A delay as Cloudflare takes it. */
const delayOf = (seconds: number): number => Math.min(LONGEST_DELAY, Math.ceil(seconds));

const sleep = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/**
 * Does one job, or has it come again; when this resolves, the message is done with. For a start whose service is left alone it
 * gives the milliseconds to wait: thousands more may be behind it.
 */
const work = async (
  bindings: Bindings,
  ledger: Calls,
  { spacingMilliseconds }: Config,
  message: Message,
  handle: Handle,
): Promise<number | undefined> => {
  const taken = await ledger.take(message, spacingMilliseconds, longestWait(message.kind));
  if (taken === null) return;
  if (taken.job === null) {
    if (message.kind === 'start') return taken.wait;
    await sendAgain(bindings, message, delayOf(taken.wait / 1_000));
    return;
  }
  if (taken.wait > 0) await sleep(taken.wait);
  const { triesBefore } = message;
  const job = jobSchema.parse(JSON.parse(taken.job));
  const done = { ...message, job: taken.job };
  const outcome = await handle(job, triesBefore, () => ledger.waits(done));
  if (!('pauseSeconds' in outcome) || isGivenUp(outcome, triesBefore)) {
    await ledger.settle(done, outcome, 0);
    return;
  }
  const isTry = outcome.result === 'again';
  const delay = delayOf(isTry ? Math.max(outcome.pauseSeconds, delayAfterTry(triesBefore)) : outcome.pauseSeconds);
  await sendAgain(bindings, isTry ? { ...message, triesBefore: triesBefore + 1 } : message, delay);
  await ledger.settle(done, outcome, delay);
};

export default {
  fetch: async (request: Request, bindings: Bindings): Promise<Response> => {
    try {
      const config = readConfig(bindings);
      return await createForwarder(config, ledgerOf(bindings), servicesOf(config), say)(request);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return notSetUp(error);
    }
  },

  queue: async (batch: MessageBatch, bindings: Bindings): Promise<void> => {
    const config = readConfig(bindings);
    const ledger = ledgerOf(bindings);
    const handle = sayingHandlerOf(servicesOf(config), config, say);
    for (const [place, message] of batch.messages.entries()) {
      const wait = await work(bindings, ledger, config, messageSchema.parse(message.body), handle);
      if (wait !== undefined) {
        // Whoever else waits stays in the queue meanwhile; each message that is moved costs. Then a new call has new settings.
        await sleep(Math.min(wait, LONGEST_SLEEP));
        for (const rest of batch.messages.slice(place)) rest.retry();
        return;
      }
      // One by one: what follows a message that fails would otherwise come again with it.
      message.ack();
    }
  },
};
