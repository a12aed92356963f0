import { createHash } from 'node:crypto';

import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Call, startServer } from '../../../sandbox/server.ts';

type Kind = 'connection' | 'webhook' | 'module' | 'rpc';
type Code = { text: string; type: string };
type Thing = { name: string; metadata: Record<string, unknown>; codes: Map<string, Code> };
type App = Thing & { things: Record<Kind, Thing[]> };
/** A status; `broken` is done, and then the line is cut; `hanging` is done and never answered; else what is said. */
type Fault = number | 'broken' | 'hanging' | { says: string };

const md5 = (content: string): string => createHash('md5').update(content).digest('hex');

/** A made-up token in the form of Make's, by which the SDK tells it from others. */
export const TOKEN = '00000000-0000-4000-8000-000000000000';

/** What Make refuses, with its status. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
const notThere = (what: string): never => {
  throw new Refusal(404, `${what} is not there.`);
};

const words = z.string().min(1);
const reference = z.string().nullable();
const rpc = z.strictObject({ name: z.string(), label: words, connection: reference, altConnection: z.null() });
const creations = {
  connection: z.strictObject({ type: z.literal('basic'), label: words }),
  webhook: z.strictObject({ type: z.literal('web'), label: words, connection: reference }),
  rpc,
  module: rpc.extend({
    typeId: z.literal([1, 4, 9, 10, 12]),
    description: z.string(),
    crud: z.enum(['create', 'read', 'update', 'delete']).nullable(),
    webhook: reference,
    moduleInitMode: z.literal('blank'),
    subtype: z.literal('Universal').optional(),
  }),
};
const changes = {
  connection: creations.connection.pick({ label: true }).partial(),
  webhook: creations.webhook.pick({ label: true, connection: true }).partial(),
  rpc: rpc.pick({ label: true, connection: true }).partial(),
  module: creations.module
    .pick({ label: true, description: true, crud: true, connection: true, webhook: true })
    .partial(),
};
const newApp = z.strictObject({
  name: z.string(),
  label: words,
  description: z.string(),
  theme: z.string(),
  language: z.string(),
  private: z.literal(true),
  audience: z.string(),
  countries: z.array(z.string()),
});

const kindOf: Record<string, Kind> = { connections: 'connection', webhooks: 'webhook', modules: 'module', rpcs: 'rpc' };
const wrapper: Record<Kind, string> = {
  connection: 'appConnection',
  webhook: 'appWebhook',
  module: 'appModule',
  rpc: 'appRpc',
};
const sectionsOf: Record<Kind | 'app', string[]> = {
  app: ['base', 'groups', 'readme', 'icon'],
  connection: ['api', 'parameters', 'common'],
  webhook: ['api', 'parameters', 'attach', 'detach', 'update'],
  module: ['api', 'parameters', 'expect', 'interface', 'samples', 'epoch'],
  rpc: ['api', 'parameters'],
};
/** What Make puts into a new webhook. */
const examples = {
  attach: { type: 'application/jsonc', text: '{ "url": "https://example.com" }' },
  detach: { type: 'application/jsonc', text: '{ "url": "https://example.com" }' },
  update: { type: 'application/json', text: '{ }\n' },
};
const PLAIN_JSON = ['common'];
const typeOf = (section: string): string => {
  if (section === 'readme') return 'text/markdown';
  if (section === 'icon') return 'image/png';
  return PLAIN_JSON.includes(section) ? 'application/json' : 'application/jsonc';
};

/** Make tells what belongs to a list, and the rest only of the single thing. */
const listed = ({ name, metadata }: Thing): object => {
  const { label, description, typeId, crud } = metadata;
  return { name, label, ...(typeId === undefined ? {} : { description, typeId, crud }) };
};

/** Sums of the metadata by their names in Make's tables, and of the code: what may have comments has two. */
const sumsOf = ({ name, metadata, codes }: Thing) => {
  const { label, description = null } = metadata;
  const checksum: Record<string, string | null> = {
    label: md5(String(label)),
    description: description === null ? null : md5(String(description)),
    epoch: null,
  };
  for (const [section, { text, type }] of codes) {
    if (type === 'application/jsonc') {
      checksum[section] = md5(JSON.stringify(JSON.parse(text)));
      checksum[`${section}_jsonc`] = md5(text);
    } else if (section !== 'icon') checksum[section === 'readme' ? 'content' : section] = md5(text);
  }
  return { name, checksum };
};

/** A local stand-in of Make's API for custom apps; refuses whatever it does not know. */
export const startMakeApi = async () => {
  const apps: App[] = [];
  /** Names of Make's own are one app's alone. */
  const made: Record<Kind, number> = { connection: 0, webhook: 0, module: 0, rpc: 0 };
  const calls: string[] = [];
  const done: string[] = [];
  const bodies: { call: string; body: unknown }[] = [];
  const faults: { call: RegExp; fault: Fault }[] = [];
  const delays: { call: RegExp; milliseconds: number }[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;

  const addApp = (name: string, label: string): App => {
    const things = { connection: [], webhook: [], module: [], rpc: [] };
    const app: App = { name, metadata: { label }, codes: new Map(), things };
    apps.push(app);
    return app;
  };
  const add = (app: App, kind: Kind, name: string, metadata: Thing['metadata']): Thing => {
    if (app.things[kind].some((one) => one.name === name)) throw new Refusal(400, `${name} is there already.`);
    const thing: Thing = { name, metadata, codes: new Map() };
    app.things[kind].push(thing);
    return thing;
  };
  const checkReferences = (app: App, { connection = null, webhook = null }: Thing['metadata']): void => {
    const has = (kind: Kind, name: unknown) => app.things[kind].some((one) => one.name === name);
    if (connection !== null && !has('connection', connection)) notThere(`The connection ${connection}`);
    if (webhook !== null && !has('webhook', webhook)) notThere(`The webhook ${webhook}`);
  };
  const create = (app: App, kind: Kind, body: string): Thing => {
    const { name, moduleInitMode, subtype, ...metadata }: Thing['metadata'] = creations[kind].parse(JSON.parse(body));
    checkReferences(app, metadata);
    if (typeof name === 'string') return add(app, kind, name, metadata);
    const thing = add(app, kind, `${kind}-${made[kind]}x9`, metadata);
    made[kind] += 1;
    if (kind === 'webhook') for (const [section, code] of Object.entries(examples)) thing.codes.set(section, code);
    return thing;
  };
  const change = (app: App, kind: Kind, thing: Thing, body: string): Thing => {
    const different = changes[kind].parse(JSON.parse(body));
    checkReferences(app, different);
    Object.assign(thing.metadata, different);
    return thing;
  };

  const put = (kind: Kind | 'app', thing: Thing, section: string, type: string, body: string): object => {
    if (!sectionsOf[kind].includes(section) || typeOf(section) !== type)
      throw new Refusal(400, `${section} of ${kind} as ${type}`);
    // Plain JSON is written anew.
    const text = type === 'application/json' ? JSON.stringify(JSON.parse(body), null, 4) : body;
    thing.codes.set(section, { text, type });
    return { change: {} };
  };
  const codeOf = ({ codes }: Thing, section: string): unknown =>
    JSON.parse(codes.get(section)?.text ?? notThere(section));

  const single = (thing: Thing, kind: Kind) => ({
    [wrapper[kind]]: { name: thing.name, ...thing.metadata },
  });
  const onThing = (app: App, kind: Kind, thing: Thing, method: string, section: string | undefined, sent: Code) => {
    if (section === undefined) {
      if (method === 'GET') return single(thing, kind);
      if (method === 'PATCH') return single(change(app, kind, thing, sent.text), kind);
    } else if (method === 'PUT') return put(kind, thing, section, sent.type, sent.text);
    else if (method === 'GET') return codeOf(thing, section);
    return notThere(method);
  };
  const onFolder = (app: App, kind: Kind, method: string, body: string) => {
    if (method === 'GET') return { [`${wrapper[kind]}s`]: app.things[kind].map(listed) };
    return method === 'POST' ? single(create(app, kind, body), kind) : notThere(method);
  };
  const onVersion = (app: App, method: string, section: string, sent: Code): unknown => {
    const { connection, webhook, module, rpc } = app.things;
    if (method === 'GET' && section === 'checksum') {
      return {
        app: [sumsOf(app)],
        accounts: connection.map(sumsOf),
        hooks: webhook.map(sumsOf),
        modules: module.map(sumsOf),
        rpcs: rpc.map(sumsOf),
      };
    }
    if (method === 'PUT') return put('app', app, section, sent.type, sent.text);
    return method === 'GET' ? codeOf(app, section) : notThere(method);
  };
  const onApps = (method: string, body: string): unknown => {
    if (method === 'GET') return { apps: apps.map(listed) };
    if (method !== 'POST') return notThere(method);
    const { name, label } = newApp.parse(JSON.parse(body));
    return { app: { name: addApp(`${name}-x${9 + apps.length}`, label).name } };
  };

  const answer = (method: string, path: string, sent: Code): unknown => {
    const parts = path.split('/').slice(1);
    const [first = '', second = '', third = '', fourth, fifth] = parts;
    if (path === '') return onApps(method, sent.text);
    const unversioned = first === 'connections' || first === 'webhooks' ? kindOf[first] : undefined;
    if (unversioned !== undefined) {
      const app = apps.find(({ things }) => things[unversioned].some(({ name }) => name === second)) ?? notThere(path);
      const thing = app.things[unversioned].find(({ name }) => name === second) ?? notThere(path);
      return onThing(app, unversioned, thing, method, parts[2], sent);
    }
    const app = apps.find(({ name }) => name === first) ?? notThere(path);
    if (second === 'connections' || second === 'webhooks')
      return onFolder(app, kindOf[second] ?? notThere(path), method, sent.text);
    if (second !== '1') return notThere(path);
    if (third !== 'modules' && third !== 'rpcs') return onVersion(app, method, third, sent);
    const kind = kindOf[third] ?? notThere(path);
    if (fourth === undefined) return onFolder(app, kind, method, sent.text);
    const thing = app.things[kind].find(({ name }) => name === fourth) ?? notThere(path);
    return onThing(app, kind, thing, method, fifth, sent);
  };

  const take = <Item extends { call: RegExp }>(all: Item[], call: string): Item | undefined => {
    const at = all.findIndex((one) => one.call.test(call));
    return at < 0 ? undefined : all.splice(at, 1)[0];
  };
  const handle = async ({ method, address, headers, bytes, body }: Call): Promise<Fault> => {
    const path = address.replace('/api/v2/sdk/apps', '');
    const type = headers['content-type'] ?? '';
    // A picture is kept as its bytes, one character each.
    const text = type === 'image/png' ? Buffer.from(bytes).toString('latin1') : body;
    const call = `${method} ${path}`;
    calls.push(call);
    if (method === 'POST' || method === 'PATCH') bodies.push({ call, body: JSON.parse(text) });
    if (headers.authorization !== `Token ${TOKEN}`) return 401;
    const delay = take(delays, call);
    if (delay !== undefined) await sleep(delay.milliseconds);
    const fault = take(faults, call)?.fault;
    if (typeof fault === 'number' || typeof fault === 'object') return fault;
    const says = JSON.stringify(answer(method, path, { text, type }));
    done.push(call);
    return fault ?? { says };
  };

  const { url, close } = await startServer(async (call) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    await immediate();
    const outcome = await handle(call).catch((error) => (error instanceof Refusal ? error.status : 400));
    atOnce -= 1;
    if (outcome === 'hanging') return 'hang';
    if (outcome === 'broken') return 'reset';
    const headers = { 'retry-after': '1' };
    return typeof outcome === 'number' ? { status: outcome, headers } : { status: 200, headers, body: outcome.says };
  });
  const appNamed = (name: string): App => apps.find((one) => one.name === name) ?? notThere(name);
  const shown = ({ metadata, codes }: Thing) => ({
    metadata,
    codes: Object.fromEntries([...codes].map(([section, { text }]) => [section, text])),
  });
  return {
    url,
    calls,
    /** The calls that were done to their end. */
    done,
    bodies,
    mostAtOnce: () => mostAtOnce,
    failNext: (call: RegExp, fault: Fault) => {
      faults.push({ call, fault });
    },
    delayNext: (call: RegExp, milliseconds: number) => {
      delays.push({ call, milliseconds });
    },
    apps: () => apps.map(({ name }) => name),
    /** Everything in an app, by kind: metadata and code. */
    holds: (name: string) => {
      const app = appNamed(name);
      const { connection, webhook, module, rpc } = app.things;
      return {
        app: shown(app),
        connection: connection.map(shown),
        webhook: webhook.map(shown),
        module: module.map(shown),
        rpc: rpc.map(shown),
      };
    },
    addApp,
    /** All that it holds, to be put into another one. */
    contents: () => structuredClone({ apps, made }),
    put: (contents: { apps: App[]; made: Record<Kind, number> }) => {
      const { apps: given, made: counts } = structuredClone(contents);
      apps.splice(0, apps.length, ...given);
      Object.assign(made, counts);
    },
    add: (app: string, kind: Kind, name: string, label: string) => add(appNamed(app), kind, name, { label }),
    /** What somebody does by hand on Make. */
    change: (app: string, kind: Kind, name: string, metadata: Thing['metadata']) => {
      const thing = appNamed(app).things[kind].find((one) => one.name === name) ?? notThere(name);
      Object.assign(thing.metadata, metadata);
    },
    remove: (app: string, kind: Kind, name: string) => {
      const { things } = appNamed(app);
      things[kind] = things[kind].filter((one) => one.name !== name);
    },
    close,
  };
};
