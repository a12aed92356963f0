/** The loop as one fetch handler: `createForwarder(config, engine, services)` gives `(request) => Promise<Response>`. */
import { type Context, Hono } from 'hono';
import type { Config } from './config.ts';
import { type Engine, pausedSeconds } from './engine.ts';
import { factsOf, failed } from './fault.ts';
import { roomIn } from './intake.ts';
import type { Metrics } from './metrics.ts';
import { Refused } from './refused.ts';
import { hearCohort } from './routes/amplitude-cohort.ts';
import { hearRemoved, hearRows } from './routes/etl-respondents.ts';
import { hearCall } from './routes/etl-rpc.ts';
import { hearKoji } from './routes/koji-webhook.ts';
import { showPage, tryAgain } from './routes/page.ts';
import { expectOneOf } from './secrets.ts';
import type { Services } from './work.ts';

/** Everything that a route needs. */
export type Forwarder = {
  config: Config;
  engine: Engine;
  services: Services;
  room: ReturnType<typeof roomIn>;
  say: Say;
};

/** One line for the log: what happened, with facts that name nobody. */
export type Say = (what: string, facts?: Record<string, string | number>, level?: 'info' | 'warn' | 'error') => void;

/** The path without the slashes that are doubled or left over where a base address and a path were put together. */
const pathOf = ({ url }: Request): string => new URL(url).pathname.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');

/** The address without what may be secret in it: what stands behind the second part. */
const routeOf = (path: string): string => path.split('/').slice(0, 3).join('/');

/** Builds the handler. Working on the queue is the caller's: see `sayingHandlerOf` in work.ts. */
export const createForwarder = (
  config: Config,
  engine: Engine,
  services: Services,
  say: Say,
  metrics?: Metrics,
): ((request: Request) => Promise<Response>) => {
  const forwarder: Forwarder = { config, engine, services, room: roomIn(engine, config.mostQueued), say };
  const fromTool = ({ req }: Context, hear: typeof hearRows, secretInPath?: string): Promise<Response> => {
    expectOneOf(config.etlSecrets, req.raw, secretInPath);
    return hear(forwarder, req.raw);
  };
  const app = new Hono({ getPath: pathOf })
    .post('/koji/webhook', (context) => hearKoji(forwarder, context.req.raw))
    .post('/amplitude/cohort', (context) => hearCohort(forwarder, context.req.raw))
    .delete('/etl/respondents', (context) => fromTool(context, hearRemoved))
    .all('/etl/respondents/:change{remove|update}', (context) => fromTool(context, hearRemoved))
    .post('/etl/respondents/:secret?', (context) => fromTool(context, hearRows, context.req.param('secret')))
    .post('/etl/rpc/:secret?', (context) => fromTool(context, hearCall, context.req.param('secret')))
    .get('/healthz', async (context) => {
      const counts = await engine.counts();
      return context.json({
        status: 'ok',
        waiting: counts.waiting.start + counts.waiting.read + counts.waiting.write,
        dead: counts.dead,
        paused_seconds: pausedSeconds(counts, 'Koji'),
        amplitude_paused_seconds: pausedSeconds(counts, 'Amplitude'),
      });
    })
    .get('/metrics', async (context) => {
      if (metrics === undefined) return context.notFound();
      return context.body(await metrics.text(), 200, { 'content-type': metrics.contentType });
    })
    .get('/', (context) => showPage(forwarder, context.req.raw))
    .post('/again', (context) => tryAgain(forwarder, context.req.raw))
    .notFound(({ req }) => {
      // Whoever opens an address in a browser to see whether it is there asks by GET.
      const message = `There is no such address here for ${req.method}. GET opens / and /healthz. POST goes to /koji/webhook, /amplitude/cohort, /etl/respondents and /etl/rpc.`;
      throw new Refused(404, 'not_found', message);
    })
    .onError((error, context) => {
      const path = nameOf(context.req.path);
      if (error instanceof Refused) {
        say('a request was refused', { path, status: error.answer.status, why: error.message }, 'warn');
        return error.answer;
      }
      say('a request failed', { path, ...factsOf(error) }, 'error');
      return failed(error);
    });
  const routes = new Set(app.routes.map(({ path }) => routeOf(path)));
  /** What stands for an address in the log and the metrics: a mistyped one may hold a secret anywhere. */
  const nameOf = (path: string): string => (routes.has(routeOf(path)) ? routeOf(path) : 'other');
  return async (request) => {
    const began = performance.now();
    const response = await app.fetch(request);
    metrics?.observe(nameOf(pathOf(request)), response.status, (performance.now() - began) / 1_000);
    return response;
  };
};
