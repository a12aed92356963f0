/**
 * Executes a Make app's modules, webhooks and connections by M12 and the notes that it goes back to ([MK]:
 * minsu-kang/make-custom-app-skill, skill/references). Faithful to those and not to Make, which nobody can run offline;
 * what they leave open is refused.
 */
import * as z from 'zod';
import { errorTypes } from '../../make/language/format.ts';
import type { MakeApp, Request } from './app.ts';
import { defaultErrorType, MakeError, SecretInLog, throwUnanswered, UnknownToRunner } from './error.ts';
import { evaluate, evaluateAll, type Scope } from './iml.ts';
import { isCollection, numberOf, textOf } from './iml-functions.ts';
import { jsonOf } from './json.ts';
import { type MakeHttp, type MakeRequest, shows } from './network.ts';
import { coercedAll } from './parameters.ts';

/** What a run needs besides the app: stored connections by id, a form's values, the network and the clock. */
export type Surroundings = {
  connections: Record<string, Record<string, string>>;
  parameters: Record<string, unknown>;
  http: MakeHttp;
  now: () => number;
  state?: PollState;
  /** Whether a page ends the reading when `iterate.condition` leaves nothing of it, which is not known. */
  emptiedPageEnds?: boolean;
  /** Whether a polling trigger stops reading when it has as many as its limit; the notes say both (M18, M19). */
  limitEndsReading?: boolean;
};

/** What a polling trigger remembers: the newest date it gave, and the ids of that date. */
export type PollState = { lastDate: number; ids: string[] };

export type Run = { bundles: unknown[]; state: PollState | undefined };

type Kind = ReturnType<MakeApp['module']>['kind'] | 'epoch' | 'rpc' | 'connection';

/** What base gives each request. A connection inherits nothing of it (M1). */
type Inherited = {
  baseUrl?: string | undefined;
  headers?: Scope;
  sanitize: string[];
  error?: MakeApp['base']['response']['error'] | undefined;
};

const ofBase = ({ base: { baseUrl, headers, log, response } }: MakeApp): Inherited => ({
  baseUrl,
  ...(headers === undefined ? {} : { headers }),
  sanitize: log.sanitize,
  error: response.error,
});

/** What the steps of one component run in. */
type Context = { kind: Kind; inherited: Inherited; around: Surroundings; secrets: string[] };

const secretsIn = (connections: Record<string, unknown>[]): string[] =>
  connections.flatMap((values) =>
    Object.entries(values).flatMap(([name, value]) => (/key|secret/.test(name) ? [textOf(value)] : [])),
  );

/** As a later module has it: dates are ISO 8601 texts, and what is undefined is gone. */
const asBundle = (value: unknown): unknown => {
  const json = JSON.stringify(value);
  return json === undefined ? undefined : JSON.parse(json);
};

const globals = (now: () => number, common: Scope): Scope => ({
  common,
  now: new Date(now()),
  timestamp: Math.floor(now() / 1000),
  environment: { timezone: 'UTC' },
});

const errorType = z.enum(errorTypes);
const typeOf = (type: string, scope: Scope) => errorType.parse(evaluate(type, scope));

/** M16: the status's own error, else the one for all of them, else Make's, whose words are not known. */
const failWith = ({ error: inherited }: Inherited, step: Request, scope: Scope): never => {
  const status = z.int().parse(scope.statusCode);
  const own = step.response?.error;
  const ofAll = { message: own?.message ?? inherited?.message, type: own?.type ?? inherited?.type };
  const { message, type } = own?.byStatus[status] ?? inherited?.byStatus[status] ?? ofAll;
  throw new MakeError(
    type === undefined ? defaultErrorType(status) : typeOf(type, scope),
    message === undefined ? `The service answered with the status ${status}.` : textOf(evaluate(message, scope)),
  );
};

const collections = z.record(z.string(), z.unknown());

/** Every secret that a request carries must be named among what the log hides (M22). */
const requireSanitized = (request: MakeRequest, secrets: string[], hidden: string[]): void => {
  const body = collections.safeParse(jsonOf(request.body ?? '')).data ?? {};
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

const collectionIn = (templates: Scope, scope: Scope): Scope => collections.parse(evaluateAll(templates, scope));

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** M15: a relative address joins base's, slashes in a row are one, and one at the end stays. */
const addressOf = ({ baseUrl }: Inherited, step: Request, scope: Scope): URL => {
  const address = textOf(evaluate(step.url ?? '', scope));
  const isWhole = /^https?:/.test(address);
  if (!isWhole && baseUrl === undefined) throw new UnknownToRunner(`There is no base here that ${address} joins.`);
  const url = new URL(isWhole ? address : `${baseUrl}/${address}`);
  url.pathname = url.pathname.replace(/\/{2,}/g, '/');
  return url;
};

/** A step's headers stand in the place of base's; whether one that comes to nothing removes base's is not known. */
const headersOf = ({ headers: inherited = {} }: Inherited, { headers = {} }: Request, scope: Scope) => {
  const [base, own] = [collectionIn(inherited, scope), collectionIn(headers, scope)];
  const emptied = Object.keys(headers).find((name) => base[name] !== undefined && own[name] === undefined);
  if (emptied !== undefined) throw new UnknownToRunner(`Whether nothing for ${emptied} removes base's is not known.`);
  return Object.fromEntries(
    [...Object.entries(base), ...Object.entries(own)].map(([name, value]) => [name.toLowerCase(), textOf(value)]),
  );
};

/** `query` is evaluated: what a vendor answered stands in it and is no expression of ours. */
const requestOf = (inherited: Inherited, step: Request, scope: Scope, query: Scope): MakeRequest => {
  const method = textOf(evaluate(step.method ?? 'GET', scope));
  const url = addressOf(inherited, step, scope);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, textOf(one));
  }
  const body = isReading(method) ? undefined : bodyOf(step, scope);
  const contentType = { json: 'application/json', urlencoded: 'application/x-www-form-urlencoded', text: 'text/plain' };
  return {
    method,
    url: url.href,
    body,
    headers: {
      ...(body === undefined ? {} : { 'content-type': contentType[step.type ?? 'json'] }),
      ...headersOf(inherited, step, scope),
    },
  };
};

/** What a step knows after its request, or without one. */
const answerTo = async (context: Context, step: Request, scope: Scope, query: Scope): Promise<Scope> => {
  if (step.url === undefined) return {};
  const request = requestOf(context.inherited, step, scope, query);
  requireSanitized(request, context.secrets, [...context.inherited.sanitize, ...(step.log?.sanitize ?? [])]);
  const reply = await context.around.http(request).catch(throwUnanswered);
  const type = textOf(evaluate(step.response?.type ?? 'automatic', scope));
  if (!['automatic', 'json', 'text'].includes(type))
    throw new UnknownToRunner(`What becomes of an answer of the type ${type} is not known.`);
  const saysJson = (reply.headers['content-type'] ?? '').toLowerCase().includes('json');
  const isJson = type === 'automatic' ? saysJson : type === 'json';
  const body = isJson ? (jsonOf(reply.body) ?? reply.body) : reply.body;
  return { body, headers: reply.headers, statusCode: reply.status };
};

const isCompound = (value: unknown): boolean => typeof value === 'object' && value !== null && !(value instanceof Date);

/**
 * What a `temp` block leaves (M14). Make merges a list into a list by places and a collection into a collection by
 * keys, and never takes anything away, so what one of them would become is not what an app means.
 */
const withTemp = (temp: Scope, block: Scope | undefined, scope: Scope): Scope => {
  const more = collectionIn(block ?? {}, { ...scope, temp });
  for (const [name, value] of Object.entries(more)) {
    if (isCompound(value) && isCompound(temp[name])) {
      throw new UnknownToRunner(`temp.${name} holds a list or a collection already; Make would mix the two.`);
    }
  }
  return { ...temp, ...more };
};

const requireValid = (inherited: Inherited, step: Request, scope: Scope): void => {
  if (step.url !== undefined && z.int().parse(scope.statusCode) >= 400) failWith(inherited, step, scope);
  const valid = step.response?.valid;
  if (valid !== undefined && !evaluate(valid.condition, scope)) {
    throw new MakeError(
      valid.type === undefined ? 'RuntimeError' : typeOf(valid.type, scope),
      textOf(evaluate(valid.message ?? 'The answer is not valid.', scope)),
    );
  }
};

/** M17: a trigger's limit is 1 unless it says otherwise, and everything else's is none. */
const limitOf = (kind: Kind, { response }: Request, scope: Scope): number => {
  if (response?.limit === undefined) return kind === 'trigger' ? 1 : Number.POSITIVE_INFINITY;
  const limit = numberOf(evaluate(response.limit, scope));
  if (limit === 0) throw new MakeError('InvalidConfigurationError', 'The limit must be greater than 0.');
  if (limit < 0 || !Number.isInteger(limit)) throw new UnknownToRunner(`What a limit of ${limit} is, is not known.`);
  return limit;
};

const listIn = (text: string, scope: Scope): unknown[] => {
  const list = evaluate(text, scope);
  if (!Array.isArray(list)) throw new UnknownToRunner(`${text} is no list to iterate.`);
  return list;
};

/** What there is an output for: every item of a list, or the answer as a whole. */
const scopesOf = ({ response }: Request, scope: Scope): Scope[] =>
  response?.iterate === undefined
    ? [scope]
    : listIn(response.iterate.container, scope).map((item) => ({ ...scope, item }));

const passes = ({ response }: Request, scope: Scope): boolean =>
  response?.iterate?.condition === undefined || Boolean(evaluate(response.iterate.condition, scope));

/** By what a polling trigger knows an item again (M19). */
type Key = { id: string; date: number };
type Result = { bundle: unknown; key: Key | undefined };

const keyOf = ({ response }: Request, scope: Scope): Key | undefined => {
  if (response?.trigger === undefined) return undefined;
  const date = evaluate(response.trigger.date, scope);
  if (!(date instanceof Date)) throw new UnknownToRunner('Where a trigger’s date is no date, nothing is known.');
  return { id: textOf(evaluate(response.trigger.id, scope)), date: date.getTime() };
};

/** M17: without `output` it is the item, else the answer's body; `false` and `null` are no bundle. */
const resultsOf = (step: Request, scope: Scope): Result[] => {
  const { iterate, output } = step.response ?? {};
  const asItIs = iterate === undefined ? scope.body : scope.item;
  const bundle = output === undefined ? asItIs : evaluateAll(output, scope);
  return bundle === false || bundle === null ? [] : [{ bundle, key: keyOf(step, scope) }];
};

/** Asked after a page, with its number, and again with the number of the next (M18). */
const goesOn = ({ pagination }: Request, scope: Scope, page: number): boolean =>
  pagination !== undefined &&
  [page, page + 1].every((number) =>
    Boolean(evaluate(pagination.condition, { ...scope, pagination: { page: number } })),
  );

const MOST_PAGES = 50;

/** One step with all of its pages. */
const runStep = async (context: Context, step: Request, start: Scope, before: Scope) => {
  const { kind, inherited, around } = context;
  const results: Result[] = [];
  const asked = collectionIn(step.qs ?? {}, { ...start, temp: before });
  let temp = before;
  let query = asked;
  for (let page = 1; ; page += 1) {
    const answer = await answerTo(context, step, { ...start, temp }, query);
    const answered = { ...start, ...answer, pagination: { page } };
    temp = withTemp(temp, step.response?.temp, answered);
    const scope: Scope = { ...answered, temp };
    requireValid(inherited, step, scope);
    const limit = limitOf(kind, step, scope);
    const items = scopesOf(step, scope);
    const passed = items.filter((item) => passes(step, item));
    results.push(...passed.flatMap((item) => resultsOf(step, item)));
    const isEnd = items.length === 0 || (around.emptiedPageEnds === true && passed.length === 0);
    const isFull = results.length >= limit && (kind !== 'trigger' || around.limitEndsReading === true);
    if (isEnd || isFull || page === MOST_PAGES || !goesOn(step, scope, page)) return { temp, results, limit };
    query = { ...asked, ...collectionIn(step.pagination?.qs ?? {}, scope) };
  }
};

const defaultOf = ({ condition }: Request): unknown => (typeof condition === 'object' ? condition.default : undefined);

const applies = ({ condition }: Request, scope: Scope): boolean =>
  condition === undefined || Boolean(evaluate(typeof condition === 'object' ? condition.condition : condition, scope));

/** What a component gives whose last step is left out. */
const resultsWithout = (step: Request, scope: Scope): Result[] => {
  const otherwise = defaultOf(step);
  if (otherwise === undefined) throw new UnknownToRunner('What comes of a last step left out is not known.');
  return [{ bundle: evaluateAll(otherwise, scope), key: undefined }];
};

/** The steps of a component one after the other; the last one's output is the component's (M20, M20). */
const runSteps = async (context: Context, steps: Request[], start: Scope): Promise<Run> => {
  if (steps.slice(0, -1).some((step) => defaultOf(step) !== undefined)) {
    throw new UnknownToRunner('What comes of a default before the last step is not known.');
  }
  let last: { temp: Scope; results: Result[]; limit: number } = { temp: {}, results: [], limit: 1 };
  for (const [index, step] of steps.entries()) {
    const temp = withTemp(last.temp, step.temp, start);
    const scope = { ...start, temp };
    if (applies(step, scope)) last = await runStep(context, step, start, temp);
    else if (index < steps.length - 1) last = { ...last, temp };
    else last = { temp, results: resultsWithout(step, scope), limit: 1 };
  }
  const { kind, around } = context;
  if (kind === 'trigger') return poll(last.results, around.state, last.limit);
  return { bundles: givenBy(kind, last.results.slice(0, last.limit)), state: around.state };
};

/** M17: actions and searches keep collections alone. What Make makes of a list, or of nothing, is not known. */
const givenBy = (kind: Kind, results: Result[]): unknown[] => {
  if (kind === 'connection') return [];
  const bundles = results.map(({ bundle }) => bundle);
  if (bundles.some((bundle) => bundle === undefined || Array.isArray(bundle))) {
    throw new UnknownToRunner('An output that is a list, or nothing, is not known.');
  }
  const isKept = ['action', 'search', 'universal'].includes(kind) ? isCollection : () => true;
  return bundles.filter(isKept).map(asBundle);
};

const isNew = ({ id, date }: Key, state: PollState | undefined): boolean =>
  state === undefined || date > state.lastDate || (date === state.lastDate && !state.ids.includes(id));

/** By date, and of the same date by id ([MK] runtime-reference.md). */
const byAge = (one: Key, other: Key): number => one.date - other.date || (one.id < other.id ? -1 : 1);

/** M19: what is newer than the last run's newest, the oldest first. */
const poll = (results: Result[], state: PollState | undefined, limit: number): Run => {
  const found = results.map(({ bundle, key }) => {
    if (key === undefined) throw new UnknownToRunner('A polling trigger says what it knows its items by.');
    return { bundle, key };
  });
  const fresh = [...new Map(found.map((one) => [one.key.id, one])).values()]
    .filter(({ key }) => isNew(key, state))
    .toSorted((one, other) => byAge(one.key, other.key))
    .slice(0, limit);
  const lastDate = fresh.at(-1)?.key.date ?? state?.lastDate ?? 0;
  const ids = [
    ...(state?.lastDate === lastDate ? state.ids : []),
    ...fresh.filter(({ key }) => key.date === lastDate).map(({ key }) => key.id),
  ];
  return { bundles: givenBy('trigger', fresh), state: { lastDate, ids } };
};

const connectionScope = (connection: string | null, { connections }: Surroundings): Scope => {
  if (connection === null) return {};
  const values = connections[connection];
  if (values === undefined) throw new UnknownToRunner(`The module needs the connection ${connection}.`);
  return { connection: values };
};

const inApp = (app: MakeApp, kind: Kind, around: Surroundings): Context => ({
  kind,
  around,
  inherited: ofBase(app),
  secrets: secretsIn(Object.values(around.connections)),
});

/** Runs an action, a search, a polling trigger or the universal module. Throws a {@link MakeError} as Make would show it. */
export const runModule = async (app: MakeApp, id: string, around: Surroundings): Promise<Run> => {
  const { kind, connection, steps, ...module } = app.module(id);
  if (kind === 'instant_trigger')
    throw new UnknownToRunner(`${id} runs for what its webhook hears, and not by itself.`);
  const parameters = coercedAll(module.parameters, around.parameters);
  const scope = { ...globals(around.now, app.common), ...connectionScope(connection, around), parameters };
  return runSteps(inApp(app, kind, around), steps, scope);
};

/** What people choose from when they say where a polling trigger begins. Throws a {@link MakeError}. */
export const runEpoch = async (app: MakeApp, id: string, around: Surroundings): Promise<unknown[]> => {
  const { connection, epoch } = app.module(id);
  if (epoch === undefined) throw new UnknownToRunner(`The module ${id} is no polling trigger.`);
  const scope = { ...globals(around.now, app.common), ...connectionScope(connection, around), parameters: {} };
  return (await runSteps(inApp(app, 'epoch', around), [epoch], scope)).bundles;
};

/** The choices that an RPC gives a form. Throws a {@link MakeError}, which Make shows in their place. */
export const runRpc = async (app: MakeApp, id: string, around: Surroundings): Promise<unknown[]> => {
  const { connection, steps } = app.rpc(id);
  const scope = {
    ...globals(around.now, app.common),
    ...connectionScope(connection, around),
    parameters: around.parameters,
  };
  return (await runSteps(inApp(app, 'rpc', around), steps, scope)).bundles;
};

/** A delivery as it comes in: the body is raw text. */
export type IncomingRequest = { headers: Record<string, string>; body: string };

/** What a webhook answers a delivery with, and the items it hands to its trigger (M21). */
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
    ...globals(now, app.common),
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
  return {
    status: 200,
    items: listIn(iterate.container, scope)
      .map((item): Scope => ({ ...scope, item }))
      .filter((each) => Boolean(evaluate(iterate.condition, each)))
      .map((each) => asBundle(evaluateAll(output, each))),
  };
};

/** The one bundle of an instant trigger for one item of its webhook (M23). */
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
  const scope = {
    ...globals(around.now, app.common),
    ...connectionScope(module.connection, around),
    parameters,
    payload: item,
  };
  const { bundles } = await runSteps(inApp(app, 'instant_trigger', around), module.steps, scope);
  if (bundles.length !== 1) throw new UnknownToRunner('What an instant trigger without a bundle does is not known.');
  return bundles[0];
};

/** The label that a connection gets when it is saved. Throws a {@link MakeError} for keys that do not work. */
export const testConnection = async (
  app: MakeApp,
  id: string,
  values: Record<string, unknown>,
  around: Surroundings,
): Promise<string> => {
  const { steps, parameters: form, common } = app.connection(id);
  const parameters = coercedAll(form, values);
  const alone: Context = { kind: 'connection', inherited: { sanitize: [] }, around, secrets: secretsIn([parameters]) };
  const scope = { ...globals(around.now, common), parameters, connection: parameters };
  await runSteps(alone, steps, scope);
  const { metadata } = steps.at(-1)?.response ?? {};
  return metadata === undefined ? '' : textOf(evaluate(metadata.value, scope));
};
