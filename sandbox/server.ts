import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';

/** A request as it arrived: header names in lower case, the address and the body's bytes as they were on the wire. */
export type Call = {
  method: string;
  /** Path and query. */
  address: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  bytes: Uint8Array;
  /** The bytes as text. */
  body: string;
};

/** `hang` never answers, `reset` breaks the connection. Bytes and texts are sent as they are, any other body as JSON. */
export type Answer =
  | { status: number; headers?: Record<string, string>; body?: string | Uint8Array | object }
  | 'hang'
  | 'reset';

/** Answers in a server's place, or alters its true answer; may take its time and break the connection. */
export type Interference = {
  takesIn: boolean;
  answer: (outgoing: ServerResponse, truth: Answer) => void | Promise<void>;
};

type Fault = { matches: (call: Call) => boolean; answer: Answer; times: number };

/** A call with what was answered: `at` in milliseconds on the service's clock, `order` among the calls to all services. */
export type Logged = { at: number; order: number; call: Call; answer: Answer };

/** A service on loopback that logs each call and can be told to misbehave. */
export type LocalServer = {
  url: string;
  /** Every call that arrived, oldest first, with what was answered. */
  calls: Logged[];
  /** The next `times` calls that match get this answer instead of the true one. */
  failNext: (matches: (call: Call) => boolean, answer: Answer, times?: number) => void;
  /** Asked at every call from now on; where it gives something, that answers. */
  interfere: (next: (call: Call) => Interference | undefined) => void;
  close: () => Promise<void>;
};

/** What a route finds in its context: the call, and the one way to answer it. `Known`: what routes before it found out. */
export type ServiceEnv<Known extends object = object> = {
  Bindings: HttpBindings;
  Variables: { call: Call; reply: (answer: Answer) => Promise<Response> } & Known;
};

/** Serves these routes on a free loopback port. `now` is the service's clock. */
export const serveRoutes = async <Known extends object>(
  routes: Hono<ServiceEnv<Known>>,
  now: () => number = Date.now,
): Promise<LocalServer> => {
  const faults: Fault[] = [];
  const calls: LocalServer['calls'] = [];
  let interferenceOf = (_call: Call): Interference | undefined => undefined;

  const app = new Hono<ServiceEnv>()
    .use(async (context, next) => {
      const call = await callOf(context.env.incoming);
      const interference = interferenceOf(call);
      const reply = async (answer: Answer): Promise<Response> => {
        calls.push({ at: now(), order: performance.now(), call, answer });
        if (interference === undefined) write(context.env.outgoing, answer);
        else await interference.answer(context.env.outgoing, answer);
        return RESPONSE_ALREADY_SENT;
      };
      context.set('call', call);
      context.set('reply', reply);
      if (interference?.takesIn === false) return reply('hang');
      const fault = faults.find(({ times, matches }) => times > 0 && matches(call));
      if (fault === undefined) return next();
      fault.times -= 1;
      return reply(fault.answer);
    })
    .route('/', routes)
    .onError((error, context) => context.var.reply({ status: 500, body: `sandbox: ${error.stack}` }));

  // Without its own Request and Response in place of Node's: the app that is tried here runs in the same process.
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  // Somebody may count for longer than connections are kept by default, and would find theirs closed.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox server has no port.');

  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    interfere: (next) => {
      interferenceOf = next;
    },
    failNext: (matches, answer, times = 1) => {
      faults.push({ matches, answer, times });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** A service that answers every address alike. */
export const startServer = (handle: (call: Call) => Answer | Promise<Answer>): Promise<LocalServer> =>
  serveRoutes(new Hono<ServiceEnv>().all('*', async ({ var: { call, reply } }) => reply(await handle(call))));

/** By its events: in a `domain`, as Zapier's core has one, each promise costs, and to iterate takes many. */
const bytesOf = (incoming: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('error', reject);
  });

const callOf = async (incoming: IncomingMessage): Promise<Call> => {
  const bytes = await bytesOf(incoming);
  const address = incoming.url ?? '/';
  const url = new URL(address, 'http://sandbox');
  return {
    method: incoming.method ?? 'GET',
    address,
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, `${value}`])),
    bytes,
    body: bytes.toString('utf8'),
  };
};

/** Straight to the connection: Zapier's core runs in a `domain`, where the many promises of a web stream cost seconds. */
export const write = (outgoing: ServerResponse, answer: Answer): void => {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    outgoing.destroy();
    return;
  }
  const { status, headers, body = '' } = answer;
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array);
  outgoing.writeHead(status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers });
  outgoing.end(isJson ? JSON.stringify(body) : body);
};
