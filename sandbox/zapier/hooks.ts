import { Hono } from 'hono';
import { jsonOf } from '../../boundary/send.ts';
import { type Answer, type Call, type LocalServer, type ServiceEnv, serveRoutes } from '../server.ts';

/** Z12: a hook's payload may have 10 MB. */
const PAYLOAD_LIMIT = 10 * 1024 * 1024;

/** A hook that is in use: what to do with a delivery, and with the sender's wish to end it. */
export type Hook = { receive: (call: Call) => void; end: () => void };

export type HookServer = {
  server: LocalServer;
  /** Opens `/hooks/<zap>/<n>`; returns its URL and how to close it, after which it answers 410. */
  open: (zapId: string, n: number, hook: Hook) => { url: string; shut: () => void };
};

/**
 * Where services post to. It answers 200 before the app has seen anything (Z14), 410 for a hook that is
 * unknown or no longer subscribed, and takes DELETE as the sender's own unsubscribe, which turns the Zap off (Z14).
 */
export const startHooks = async (): Promise<HookServer> => {
  const state: HookState = { hooks: new Map(), received: 0 };
  const server = await serveRoutes(hookRoutes(state));
  return {
    server,
    open: (zapId, n, hook) => {
      const path = `/hooks/${zapId}/${n}`;
      state.hooks.set(path, hook);
      return { url: `${server.url}${path}`, shut: () => state.hooks.delete(path) };
    },
  };
};

type HookState = {
  /** By path. */
  hooks: Map<string, Hook>;
  received: number;
};

type HookEnv = ServiceEnv<{ hook: Hook }>;

const hookRoutes = (state: HookState): Hono<HookEnv> =>
  new Hono<HookEnv>()
    .use(async (context, next) => {
      const { call, reply } = context.var;
      const hook = state.hooks.get(call.path);
      if (hook === undefined) return reply({ status: 410, body: { status: 'error', error: 'This hook is gone.' } });
      context.set('hook', hook);
      return next();
    })
    .delete('*', ({ var: { hook, reply } }) => {
      hook.end();
      return reply({ status: 200, body: { status: 'success' } });
    })
    .all('*', ({ var: { hook, call, reply } }) => reply(takeIn(state, hook, call)));

const takeIn = (state: HookState, hook: Hook, call: Call): Answer => {
  if (Buffer.byteLength(call.body) > PAYLOAD_LIMIT) return { status: 413, body: 'The payload is too large.' };
  hook.receive(call);
  state.received += 1;
  return { status: 200, body: { status: 'success', id: `delivery-${state.received}` } };
};

export type RawRequest = { method: string; querystring: string; headers: Record<string, string>; content: string };

/** Z4: the body as text, header names in title case behind `Http-`, but for Content-Type and -Length. */
export const toRawRequest = ({ method, query, headers, body }: Call): RawRequest => ({
  method,
  querystring: query.toString(),
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [toHeaderName(name), value])),
  content: body,
});

const UNPREFIXED = new Set(['content-type', 'content-length']);

const toHeaderName = (name: string): string => {
  const titled = name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  return UNPREFIXED.has(name.toLowerCase()) ? titled : `Http-${titled}`;
};

/** Z18: the parsed body itself. Inferred: a form's fields, or else the query's, when it isn't JSON. */
export const toCleanedRequest = ({ headers, query, body }: Call): unknown => {
  const json = jsonOf(body);
  if (typeof json === 'object' && json !== null) return json;
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return Object.fromEntries(isForm ? new URLSearchParams(body) : query);
};
