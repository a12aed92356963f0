/** Cloudflare's own runtime (workerd, in miniflare) on the worker, with the bindings of the wrangler.jsonc beside it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import * as z from 'zod';

const folder = join(import.meta.dirname, '../../build/forwarder/cloudflare');
const { Miniflare } = createRequire(join(import.meta.dirname, '../../build/hosts/package.json'))('miniflare');

const settings = z.object({
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  queues: z.object({
    producers: z.array(z.object({ binding: z.string(), queue: z.string() })),
    consumers: z.array(
      z.object({
        queue: z.string(),
        max_batch_size: z.number(),
        max_batch_timeout: z.number(),
        max_retries: z.number(),
        dead_letter_queue: z.string(),
      }),
    ),
  }),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
});
const { config } = ts.parseConfigFileTextToJson('wrangler.jsonc', readFileSync(join(folder, 'wrangler.jsonc'), 'utf8'));
const { main, compatibility_date, compatibility_flags, queues, durable_objects } = settings.parse(config);

/** The worker, and beside it what no test can do or wait for: messages expire, hours go by, a setting is replaced. */
const around = `
  import worker, { Ledger as Real } from './${main}';
  let areLost = false;
  let lost = 0;
  let replaced = {};
  const delays = [];
  let pass = false;
  let ledger;
  const now = Date.now;
  const sleep = setTimeout;
  let naps = 0;
  // Whoever sleeps for a minute or more takes a nap.
  globalThis.setTimeout = (wake, milliseconds) => {
    if (milliseconds < 60_000) return sleep(wake, milliseconds);
    naps += 1;
    return sleep(wake, 500);
  };
  // So many batches more are taken; null: all.
  let takes = null;
  // A queue as the ledger has it.
  const refusing = (queue) => ({
    sendBatch: async (messages) => {
      if (takes !== null && takes-- <= 0) throw new Error('Queue sendBatch failed: Too Many Requests');
      await queue.sendBatch(messages);
    },
  });
  export class Ledger extends Real {
    constructor(ctx, { STARTS, WRITES, ...settings }) {
      super(ctx, { ...settings, STARTS: refusing(STARTS), WRITES: refusing(WRITES) });
    }
    pausesPass() {
      this.ctx.storage.sql.exec('update service set paused_until = 0');
    }
    async hoursLater(hours) {
      Date.now = () => now() + hours * 3_700_000;
      await this.ctx.storage.setAlarm(now());
    }
  }
  export default {
    fetch: async (request, bindings) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/host/lose') areLost = await request.json();
      else if (pathname === '/host/takes') takes = await request.json();
      else if (pathname === '/host/settings') replaced = await request.json();
      else if (pathname === '/host/pass') pass = await request.json();
      else if (pathname === '/host/delays') return Response.json(delays);
      else if (pathname === '/host/naps') return Response.json(naps);
      else if (pathname === '/host/lost') return Response.json(lost);
      else if (pathname === '/host/hours') await bindings.LEDGER.get(ledger).hoursLater(await request.json());
      else {
        const idFromName = (name) => (ledger = bindings.LEDGER.idFromName(name));
        return worker.fetch(request, { ...bindings, ...replaced, LEDGER: { idFromName, get: (id) => bindings.LEDGER.get(id) } });
      }
      return new Response();
    },
    queue: async (batch, bindings) => {
      if (areLost) {
        lost += batch.messages.length;
        return batch.ackAll();
      }
      if (pass) await bindings.LEDGER.get(ledger).pausesPass();
      const { STARTS } = bindings;
      const send = (message, { delaySeconds }) => {
        delays.push(delaySeconds);
        return STARTS.send(message, { delaySeconds: pass ? 0 : delaySeconds });
      };
      return worker.queue(batch, { ...bindings, ...replaced, STARTS: { send } });
    },
  };`;

const { PATH: _path, PORT: _port, ...bindings } = process.env;
const miniflare = new Miniflare({
  host: '127.0.0.1',
  port: 0,
  modules: [
    { type: 'ESModule', path: join(folder, 'around.mjs'), contents: around },
    { type: 'ESModule', path: join(folder, main) },
  ],
  modulesRoot: folder,
  compatibilityDate: compatibility_date,
  compatibilityFlags: compatibility_flags,
  bindings,
  queueProducers: Object.fromEntries(queues.producers.map(({ binding, queue }) => [binding, queue])),
  queueConsumers: Object.fromEntries(
    queues.consumers.map(({ queue, ...consumer }) => [
      queue,
      {
        maxBatchSize: consumer.max_batch_size,
        maxBatchTimeout: consumer.max_batch_timeout,
        maxRetries: consumer.max_retries,
        deadLetterQueue: consumer.dead_letter_queue,
      },
    ]),
  ),
  durableObjects: Object.fromEntries(
    durable_objects.bindings.map(({ name, class_name }) => [name, { className: class_name, useSQLite: true }]),
  ),
});
const url: URL = await miniflare.ready;
process.stdout.write(`Is it alive? ${url.origin}/healthz\n`);
