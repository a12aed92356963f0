/**
 * Executes a Make app's modules, webhooks and connections by Make contract §2.6. Faithful to those notes and not to
 * Make, which nobody can run offline.
 */
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { MakeApp, Request } from './app.ts';
import { defaultErrorType, MakeError, makeErrorTypes, SecretInLog, UnknownToRunner } from './error.ts';
import { evaluate, evaluateAll, type Scope } from './iml.ts';
import { textOf } from './iml-functions.ts';
import { coercedAll } from './parameters.ts';

export type MakeRequest = { method: string; url: string; headers: Record<string, string>; body: string | undefined };
export type MakeReply = { status: number; headers: Record<string, string>; body: string };
/** The way to the network; header names are in lower case. */
export type MakeHttp = (request: MakeRequest) => Promise<MakeReply>;

/** Make waits no longer for an answer (§3.5). */
const TIMEOUT_MILLISECONDS = 40_000;

/** Sends to local services in place of the real ones, and to nothing else. */
export const fetchTo =
  (hosts: Record<string, string>, timeoutMilliseconds = TIMEOUT_MILLISECONDS): MakeHttp =>
  async ({ method, url, headers, body }) => {
    const [real, local] = Object.entries(hosts).find(([host]) => url.startsWith(host)) ?? [];
    if (real === undefined || local === undefined) throw new UnknownToRunner(`A request went to ${new URL(url).host}.`);
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    const options = { method, headers, signal, redirect: 'manual' as const, ...(body === undefined ? {} : { body }) };
    const response = await fetch(url.replace(real, local), options);
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  };

/** Whether a text holds one of them, as it is or as Basic authorization. */
const shows = (text: string, secrets: string[]): boolean => {
  const decoded = Buffer.from(text.replace(/^Basic /, ''), 'base64').toString();
  return secrets.some((secret) => text.includes(secret) || decoded.includes(secret));
};

/** Secrets, and the hosts that they are for. */
export type Owner = { secrets: string[]; hosts: string[] };

/** Sends on only what carries no secret to a host that it is not for (M6). */
export const toOwnersOnly =
  (http: MakeHttp, owners: Owner[]): MakeHttp =>
  async (request) => {
    const texts = [request.url, request.body ?? '', ...Object.values(request.headers)];
    for (const { secrets, hosts } of owners) {
      if (!hosts.some((host) => request.url.startsWith(host)) && texts.some((text) => shows(text, secrets))) {
        throw new UnknownToRunner(`A secret for ${hosts.join(' and ')} went to ${new URL(request.url).host}.`);
      }
    }
    return http(request);
  };

/** What a run needs besides the app: stored connections by id, a form's values, the network and the clock. */
export type Surroundings = {
  connections: Record<string, Record<string, string>>;
  parameters: Record<string, unknown>;
  http: MakeHttp;
  now: () => number;
  state?: PollState;
  /** Whether a page ends the reading when `iterate.condition` leaves nothing of it, which is not known (§9). */
  emptiedPageEnds?: boolean;
};

/** What a polling trigger remembers: the newest date it gave, and the ids of that date. */
export type PollState = { lastDate: number; ids: string[] };

export type Run = { bundles: unknown[]; state: PollState | undefined };

/** As a later module has it: dates are ISO 8601 texts, and what is undefined is gone. */
const asBundle = (value: unknown): unknown => {
  const json = JSON.stringify(value);
  return json === undefined ? undefined : JSON.parse(json);
};

const globals = (now: () => number): Scope => ({
  now: new Date(now()),
  timestamp: Math.floor(now() / 1000),
  environment: { timezone: 'UTC' },
});

const conditionOf = (condition: Request['condition']): string | undefined =>
  typeof condition === 'object' ? condition.condition : condition;

const typeOf = (type: string, scope: Scope) => z.enum(makeErrorTypes).parse(evaluate(type, scope));

const failWith = (app: MakeApp, step: Request, scope: Scope): never => {
  const status = z.int().parse(scope.statusCode);
  const error = { ...app.base.response.error, ...step.response?.error };
  const own = error[String(status)];
  const chosen = typeof own === 'object' ? own : error;
  const type = chosen.type === undefined ? defaultErrorType(status) : typeOf(chosen.type, scope);
  throw new MakeError(type, textOf(evaluate(chosen.message, scope)));
};

/** Every secret that a request carries must be named among what the log hides (§2.6.13). */
const requireSanitized = (request: MakeRequest, secrets: string[], hidden: string[]): void => {
  const body = z.record(z.string(), z.unknown()).safeParse(jsonOf(request.body ?? '')).data ?? {};
  const places: [place: string, value: unknown][] = [
    ['request.url', request.url],
    ...Object.entries(request.headers).map(([name, value]): [string, string] => [`request.headers.${name}`, value]),
    ...Object.entries(body).map(([name, value]): [string, string] => [`request.body.${name}`, JSON.stringify(value)]),
  ];
  for (const [place, value] of places) {
    if (shows(textOf(value), secrets) && !hidden.includes(place))
      throw new SecretInLog(`${place} is not in log.sanitize.`);
  }
};

const bodyOf = (step: Request, scope: Scope): string | undefined => {
  const body = evaluateAll(step.body, scope);
  if (body === undefined) return undefined;
  if (step.type === 'text') return textOf(body) || undefined;
  if (step.type === 'urlencoded') {
    return new URLSearchParams(z.record(z.string(), z.string()).parse(body)).toString();
  }
  return JSON.stringify(body);
};

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** `query` is evaluated: what a vendor answered stands in it and is no expression of ours. */
const requestOf = (app: MakeApp, step: Request, scope: Scope, query: Record<string, unknown>): MakeRequest => {
  const method = textOf(evaluate(step.method ?? 'GET', scope));
  const address = textOf(evaluate(step.url ?? '', scope));
  const url = new URL(/^https?:/.test(address) ? address : `${app.base.baseUrl}${address}`);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, textOf(one));
  }
  const body = isReading(method) ? undefined : bodyOf(step, scope);
  const headers = z.record(z.string(), z.unknown()).parse(evaluateAll({ ...app.base.headers, ...step.headers }, scope));
  const contentType = { json: 'application/json', urlencoded: 'application/x-www-form-urlencoded', text: 'text/plain' };
  return {
    method,
    url: url.href,
    body,
    headers: {
      ...(body === undefined ? {} : { 'content-type': contentType[step.type ?? 'json'] }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), textOf(value)])),
    },
  };
};

const answered = async (http: MakeHttp, request: MakeRequest): Promise<Scope> => {
  let reply: MakeReply;
  try {
    reply = await http(request);
  } catch (error) {
    if (error instanceof UnknownToRunner) throw error;
    throw new MakeError('ConnectionError', 'The service could not be reached.');
  }
  const isJson = (reply.headers['content-type'] ?? '').toLowerCase().includes('json');
  const body = isJson ? (jsonOf(reply.body) ?? reply.body) : reply.body;
  return { body, headers: reply.headers, statusCode: reply.status };
};

const temps = z.record(z.string(), z.unknown());

/** The steps of a module one after the other; the last one's output is the module's. */
const runSteps = async (app: MakeApp, steps: Request[], start: Scope, around: Surroundings, kind: string) => {
  let bundles: unknown[] = [];
  let temp: Record<string, unknown> = {};
  let keys: { id: string; date: number }[] = [];
  const secrets = Object.values(around.connections).flatMap((values) =>
    Object.entries(values).flatMap(([name, value]) => (/key|secret/.test(name) ? [value] : [])),
  );
  for (const step of steps) {
    temp = { ...temp, ...temps.parse(evaluateAll(step.temp ?? {}, { ...start, temp })) };
    const scope: Scope = { ...start, temp };
    const condition = conditionOf(step.condition);
    if (condition !== undefined && !evaluate(condition, scope)) {
      if (typeof step.condition === 'object') bundles = [evaluateAll(step.condition.default, scope)];
      continue;
    }
    let page = 1;
    const asked = temps.parse(evaluateAll(step.qs ?? {}, scope));
    let query = asked;
    bundles = [];
    keys = [];
    for (let more = true; more; page += 1) {
      let answer: Scope = {};
      if (step.url !== undefined) {
        const request = requestOf(app, step, scope, query);
        requireSanitized(request, secrets, [...app.base.log.sanitize, ...(step.log?.sanitize ?? [])]);
        answer = await answered(around.http, request);
      }
      temp = { ...temp, ...temps.parse(evaluateAll(step.response?.temp ?? {}, { ...scope, ...answer })) };
      const inAnswer: Scope = { ...scope, ...answer, temp, pagination: { page } };
      if (step.url !== undefined && z.int().parse(answer.statusCode) >= 400) failWith(app, step, inAnswer);
      const valid = step.response?.valid;
      if (valid !== undefined && !evaluate(valid.condition, inAnswer)) {
        throw new MakeError(typeOf(valid.type, inAnswer), textOf(evaluate(valid.message, inAnswer)));
      }
      const { iterate, output, trigger } = step.response ?? {};
      const limit =
        step.response?.limit === undefined ? Number.POSITIVE_INFINITY : Number(evaluate(step.response.limit, inAnswer));
      if (limit === 0) throw new MakeError('InvalidConfigurationError', 'The limit must be greater than 0.');
      const items =
        iterate === undefined ? [undefined] : z.array(z.unknown()).parse(evaluate(iterate.container, inAnswer));
      let passed = 0;
      for (const item of items) {
        const each: Scope = { ...inAnswer, ...(iterate === undefined ? {} : { item }) };
        if (iterate?.condition !== undefined && !evaluate(iterate.condition, each)) continue;
        passed += 1;
        if (kind !== 'trigger' && bundles.length >= limit) break;
        bundles.push(evaluateAll(output, each));
        if (trigger !== undefined) {
          const date = evaluate(trigger.date, each);
          keys.push({
            id: textOf(evaluate(trigger.id, each)),
            date: date instanceof Date ? date.getTime() : Number.NaN,
          });
        }
      }
      // Asked twice: after this page, and with the number of the next (§2.6.9).
      const goesOn = (number: number) =>
        step.pagination !== undefined &&
        Boolean(evaluate(step.pagination.condition, { ...inAnswer, pagination: { page: number } }));
      const isEnd = items.length === 0 || (around.emptiedPageEnds === true && passed === 0);
      more = !isEnd && page < 50 && bundles.length < limit && goesOn(page) && goesOn(page + 1);
      if (more) query = { ...asked, ...temps.parse(evaluateAll(step.pagination?.qs ?? {}, inAnswer)) };
    }
    const limit = step.response?.limit;
    if (kind === 'trigger' && limit !== undefined) {
      return poll(bundles, keys, around.state, Number(evaluate(limit, { ...scope, temp })));
    }
  }
  return { bundles, state: undefined };
};

/** §2.6.10: what is newer than the last run's newest, oldest first. */
const poll = (
  bundles: unknown[],
  keys: { id: string; date: number }[],
  state: PollState | undefined,
  limit: number,
) => {
  const fresh = [...new Map(keys.map((key, index) => [key.id, { ...key, bundle: bundles[index] }])).values()]
    .filter(
      ({ id, date }) =>
        state === undefined || date > state.lastDate || (date === state.lastDate && !state.ids.includes(id)),
    )
    .toSorted((one, other) => one.date - other.date)
    .slice(0, limit);
  const lastDate = fresh.at(-1)?.date ?? state?.lastDate ?? 0;
  const ids = [
    ...(state?.lastDate === lastDate ? state.ids : []),
    ...fresh.filter(({ date }) => date === lastDate).map(({ id }) => id),
  ];
  return { bundles: fresh.map(({ bundle }) => bundle), state: { lastDate, ids } };
};

const connectionScope = (connection: string | null, { connections }: Surroundings): Scope => {
  if (connection === null) return {};
  const values = connections[connection];
  if (values === undefined) throw new UnknownToRunner(`The module needs the connection ${connection}.`);
  return { connection: values };
};

/** Runs an action, a search, a polling trigger or the universal module. Throws a {@link MakeError} as Make would show it. */
export const runModule = async (app: MakeApp, id: string, around: Surroundings): Promise<Run> => {
  const module = app.module(id);
  const parameters = coercedAll(module.parameters, around.parameters);
  const scope = { ...globals(around.now), ...connectionScope(module.connection, around), parameters };
  const { bundles, state } = await runSteps(app, module.steps, scope, around, module.kind ?? 'action');
  return { bundles: bundles.map(asBundle), state };
};

/** What people choose from when they say where a polling trigger begins. Throws a {@link MakeError}. */
export const runEpoch = async (app: MakeApp, id: string, around: Surroundings): Promise<unknown[]> => {
  const { connection, epoch } = app.module(id);
  if (epoch === undefined) throw new UnknownToRunner(`The module ${id} is no polling trigger.`);
  const scope = { ...globals(around.now), ...connectionScope(connection, around), parameters: {} };
  return (await runSteps(app, [epoch], scope, around, 'epoch')).bundles.map(asBundle);
};

/** The choices that an RPC gives a form. Throws a {@link MakeError}, which Make shows in their place. */
export const runRpc = async (app: MakeApp, id: string, around: Surroundings): Promise<unknown[]> => {
  const { connection, communication } = app.rpc(id);
  const scope = { ...globals(around.now), ...connectionScope(connection, around), parameters: around.parameters };
  const { bundles } = await runSteps(app, [communication], scope, around, 'rpc');
  return bundles.map(asBundle);
};

/** A delivery as it comes in: the body is raw text. */
export type IncomingRequest = { headers: Record<string, string>; body: string };

/** What a webhook answers a delivery with, and the items it hands to its trigger (§2.6.12). */
export const deliver = (
  app: MakeApp,
  id: string,
  { parameters: values, now, request }: Pick<Surroundings, 'parameters' | 'now'> & { request: IncomingRequest },
): { status: number; items: unknown[] } => {
  const { communication, parameters: form } = app.webhook(id);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const scope: Scope = {
    ...globals(now),
    parameters: coercedAll(form, values),
    headers,
    body: jsonOf(request.body) ?? request.body,
  };
  const { verification, condition, iterate, output } = communication;
  if (verification !== undefined && evaluate(verification.condition, scope)) {
    return { status: verification.respond.status, items: [] };
  }
  if (condition !== undefined && !evaluate(condition, scope)) return { status: 200, items: [] };
  if (iterate === undefined) return { status: 200, items: [asBundle(evaluateAll(output, scope))] };
  const items = z.array(z.unknown()).parse(evaluate(iterate.container, scope));
  return {
    status: 200,
    items: items
      .map((item): Scope => ({ ...scope, item }))
      .filter((each) => Boolean(evaluate(iterate.condition, each)))
      .map((each) => asBundle(evaluateAll(output, each))),
  };
};

/** The one bundle of an instant trigger for one item of its webhook (§3.2). */
export const runInstantTrigger = async (
  app: MakeApp,
  id: string,
  item: unknown,
  around: Surroundings,
): Promise<unknown> => {
  const module = app.module(id);
  const [step, ...others] = module.steps;
  if (step === undefined || others.length > 0)
    throw new UnknownToRunner('An instant trigger makes one request at most.');
  if (Object.keys(step).length === 0) return item;
  if (step.response?.iterate !== undefined || step.pagination !== undefined) {
    throw new UnknownToRunner('An instant trigger gives one bundle for each item.');
  }
  const parameters = coercedAll(module.parameters, around.parameters);
  const scope = { ...globals(around.now), ...connectionScope(module.connection, around), parameters, payload: item };
  const { bundles } = await runSteps(app, module.steps, scope, around, 'instant_trigger');
  return asBundle(bundles[0]);
};

/** The label that a connection gets when it is saved. Throws a {@link MakeError} for keys that do not work. */
export const testConnection = async (
  app: MakeApp,
  id: string,
  values: Record<string, unknown>,
  around: Surroundings,
): Promise<string> => {
  const { communication, parameters: form } = app.connection(id);
  const parameters = coercedAll(form, values);
  // A connection does not inherit base (§0.4).
  const alone = { ...app, base: { ...app.base, headers: {}, response: { error: { message: '' } } } };
  const scope = { ...globals(around.now), parameters, connection: parameters };
  const { metadata, ...response } = communication.response ?? {};
  await runSteps(alone, [{ ...communication, response }], scope, around, 'connection');
  return metadata === undefined ? '' : textOf(evaluate(metadata.value, scope));
};
