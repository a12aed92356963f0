import { Hono, type MiddlewareHandler } from 'hono';
import { KOJI_API_URL, paths, permissions } from '../../koji/contract.ts';
import type { ServiceEnv } from '../server.ts';
import { methodNotAllowed, notFound, refuse } from './answers.ts';
import { answerInterview, answerList, answerStart } from './interview-endpoints.ts';
import { type Caller, identify, lacks, unauthorized } from './projects.ts';
import { waitSeconds } from './rate-limit.ts';
import type { KojiState } from './state.ts';
import { answerSubscribe, answerUnsubscribe, withoutWebhooks } from './webhook-endpoints.ts';

/** K1: what the API's addresses begin with. */
export const API_PATH = new URL(KOJI_API_URL).pathname;

type KojiEnv = ServiceEnv<{ caller: Caller }>;
type Middleware = MiddlewareHandler<KojiEnv>;

/** The API's addresses. Another method than theirs is 405, whatever the key may do. */
export const kojiRoutes = (koji: KojiState): Hono<KojiEnv> => {
  const webhook = `${paths.webhook('')}:id`;
  const interview = `${paths.interview('')}:id`;

  const api = new Hono<KojiEnv>()
    .use(knowsCaller(koji), limitsRate(koji))
    .post(paths.start, needs(permissions.start), ({ var: { reply, caller, call } }) =>
      reply(answerStart(koji, caller.project, call)),
    )
    .all(paths.start, refuseMethod)
    .get(paths.list, needs(permissions.read), ({ var: { reply, caller, call } }) =>
      reply(answerList(koji, caller.project, call)),
    )
    .all(paths.list, refuseMethod)
    .post(paths.webhooks, needs(permissions.webhooks), needsWebhooks(koji), async ({ var: { reply, caller, call } }) =>
      reply(await answerSubscribe(koji, caller.project, call)),
    )
    .all(paths.webhooks, refuseMethod)
    .delete(webhook, needs(permissions.webhooks), needsWebhooks(koji), ({ req, var: { reply, caller } }) =>
      reply(answerUnsubscribe(koji, caller.project, req.param('id') ?? '')),
    )
    .all(webhook, refuseMethod)
    .get(interview, needs(permissions.read), ({ req, var: { reply, caller } }) =>
      reply(answerInterview(koji, caller.project, req.param('id') ?? '')),
    )
    .all(interview, refuseMethod)
    .all('*', ({ var: { reply, call } }) => reply(notFound(`${call.method} ${call.path}`)));

  // K5: any web site answers 404, but not with Koji's error body.
  return new Hono<KojiEnv>()
    .route(API_PATH, api)
    .all('*', ({ var: { reply } }) => reply({ status: 404, body: '<!doctype html><title>Not found</title>' }));
};

const knowsCaller =
  ({ projects }: KojiState): Middleware =>
  async (context, next) => {
    const caller = identify(projects, context.var.call);
    if (caller === null) return context.var.reply(unauthorized());
    context.set('caller', caller);
    return next();
  };

const limitsRate =
  (koji: KojiState): Middleware =>
  async ({ var: { caller, reply } }, next) => {
    const seconds = waitSeconds(koji, caller.key);
    if (seconds === null) return next();
    const headers: Record<string, string> = koji.behavior.retryAfter ? { 'Retry-After': `${seconds}` } : {};
    return reply(refuse(429, 'rate_limited', 'Too many requests.', headers));
  };

const needs =
  (permission: string): Middleware =>
  async ({ var: { caller, reply } }, next) => {
    const refusal = lacks(caller, permission);
    return refusal === null ? next() : reply(refusal);
  };

const needsWebhooks =
  (koji: KojiState): Middleware =>
  async ({ var: { caller, call, reply } }, next) =>
    caller.project.plan.webhooks ? next() : reply(withoutWebhooks(koji, call));

const refuseMethod: Middleware = async ({ var: { call, reply } }) => reply(methodNotAllowed(call));
