import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

type Thing = { name: string; label: string; codes: Map<string, string> };
type Kind = 'app' | 'connection' | 'webhook' | 'module' | 'rpc';

const md5 = (content: string): string => createHash('md5').update(content).digest('hex');
const sent = z.looseObject({ label: z.string(), name: z.string().optional(), description: z.string().nullish() });

const placed: Record<string, Kind> = {
  app: 'app',
  connections: 'connection',
  webhooks: 'webhook',
  'app/modules': 'module',
  'app/rpcs': 'rpc',
};

/** A local stand-in of Make's API for custom apps; refuses whatever it does not know. */
export const startMakeApi = async () => {
  const things = new Map<Kind, Thing[]>();
  const of = (kind: Kind): Thing[] => {
    const all = things.get(kind) ?? [];
    things.set(kind, all);
    return all;
  };
  const calls: string[] = [];
  const bodies: { call: string; body: unknown }[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  /** The next call that matches is answered like this; `broken` is done, and then the line is cut. */
  let fault: { call: RegExp; answer: number | 'broken' } | null = null;

  const create = (kind: Kind, body: string): Thing => {
    const { label, name, description } = sent.parse(JSON.parse(body));
    const all = of(kind);
    const own = kind === 'module' || kind === 'rpc' ? (name ?? '') : `${kind}-${all.length}x9`;
    if (all.some((one) => one.name === own)) throw new Error(`${own} is there already.`);
    const codes = new Map([['label', label], ...(description ? [['description', description] as const] : [])]);
    const thing = { name: own, label, codes };
    all.push(thing);
    return thing;
  };
  const sums = (kind: Kind) =>
    of(kind).map(({ name, codes }) => ({
      name,
      checksum: Object.fromEntries([...codes].map(([code, content]) => [code, md5(content)])),
    }));

  const answer = (method: string, path: string, body: string): unknown => {
    const app = of('app')[0];
    const id = app?.name ?? '';
    const plain = path.replace(`/${id}/1/`, '/app/').replace(`/${id}/`, '/app/');
    if (method === 'GET' && path === '') return { apps: of('app').map(({ name, label }) => ({ name, label })) };
    if (method === 'POST' && path === '') return { app: create('app', body) };
    if (method === 'GET' && plain === '/app/checksum') {
      return {
        app: sums('app'),
        accounts: sums('connection'),
        hooks: sums('webhook'),
        modules: sums('module'),
        rpcs: sums('rpc'),
      };
    }
    if (method === 'GET' && plain === '/app/connections')
      return { appConnections: of('connection').map(({ name, label }) => ({ name, label })) };
    if (method === 'GET' && plain === '/app/webhooks')
      return { appWebhooks: of('webhook').map(({ name, label }) => ({ name, label })) };
    if (method === 'POST' && plain === '/app/connections') return { appConnection: create('connection', body) };
    if (method === 'POST' && plain === '/app/webhooks') return { appWebhook: create('webhook', body) };
    if (method === 'POST' && plain === '/app/rpcs') return { appRpc: create('rpc', body) };
    if (method === 'POST' && plain === '/app/modules') return { appModule: create('module', body) };
    const section = /^\/(app|connections|webhooks|app\/modules|app\/rpcs)\/(?:([^/]+)\/)?([a-z]+)$/.exec(plain);
    if (method === 'PUT' && section !== null) {
      const [, where = '', name, code = ''] = section;
      const kind = placed[where] ?? 'app';
      const thing = name === undefined ? app : of(kind).find((one) => one.name === name);
      if (thing === undefined) return undefined;
      thing.codes.set(code, body);
      return { change: {} };
    }
    return undefined;
  };

  const handle = async (request: IncomingMessage) => {
    const path = (request.url ?? '').replace('/api/v2/sdk/apps', '');
    const method = request.method ?? '';
    const bytes = await buffer(request);
    // A picture is kept as its bytes, one character each.
    const body = bytes.toString(request.headers['content-type'] === 'image/png' ? 'latin1' : 'utf8');
    const call = `${method} ${path}`;
    calls.push(call);
    if (body !== '' && method === 'POST') bodies.push({ call, body: JSON.parse(body) });
    if (request.headers.authorization !== 'Token made-up-token') return 401;
    const hit = fault?.call.test(call) ? fault.answer : null;
    if (hit !== null) fault = null;
    if (typeof hit === 'number') return hit;
    const json = answer(method, path, body);
    if (hit === 'broken') return 'broken';
    return json === undefined ? 404 : JSON.stringify(json);
  };

  const server = createServer(async (request, response) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    await sleep(2);
    const outcome = await handle(request).catch(() => 500);
    atOnce -= 1;
    if (outcome === 'broken') return request.socket.destroy();
    response.writeHead(typeof outcome === 'number' ? outcome : 200, { 'retry-after': '1' });
    return response.end(typeof outcome === 'number' ? '' : outcome);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    bodies,
    mostAtOnce: () => mostAtOnce,
    failNext: (call: RegExp, answerWith: number | 'broken') => {
      fault = { call, answer: answerWith };
    },
    /** Everything that is there, by kind: labels and codes. */
    holds: () =>
      Object.fromEntries(
        [...things].map(([kind, all]) => [
          kind,
          all.map(({ label, codes }) => ({ label, codes: Object.fromEntries(codes) })),
        ]),
      ),
    add: (kind: Kind, name: string, label: string) => of(kind).push({ name, label, codes: new Map() }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
