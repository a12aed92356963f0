import http from 'node:http';
import https from 'node:https';
import { Socket } from 'node:net';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
/** Where a connection would go, as Node's `net` hands it on: options, a port and a host, or the path of a socket. */
const hostOf = ([first, second]: unknown[]): string => {
  if (Array.isArray(first)) return hostOf(first);
  const host = typeof first === 'object' ? Object(first).host : second;
  return typeof host === 'string' ? host : 'localhost';
};

// Core makes the schemas of definitions when it is loaded, which takes longer than most files of tests; one test asks it.
jest.mock('zapier-platform-schema', () => ({
  validateAppDefinition: (app: unknown) =>
    jest
      .requireActual<{ validateAppDefinition: (app: unknown) => unknown }>('zapier-platform-schema')
      .validateAppDefinition(app),
}));

// Core ends a process that has more than 450 MB, which Jest's has, and trusts that another one is started.
jest.mock('zapier-platform-core/src/constants', () => ({
  ...jest.requireActual<object>('zapier-platform-core/src/constants'),
  KILL_MAX_LIMIT: Number.POSITIVE_INFINITY,
}));

// Core runs the app in a domain, which has Node follow each promise of the process from then on; all it is for is an error
// that nobody catches, and that fails a test without one.
jest.mock('domain', () => ({ create: () => ({ on: () => {}, run: (app: () => unknown) => app() }) }));

// Node's own modules are the same for all files that one process runs, and Zapier's core changes two of them for good.
const { connect } = Socket.prototype;
const requests = [http, https].map((client) => ({ client, request: client.request }));

// Nothing but stand-ins on this machine is ever reached by a test, whichever client it uses (nock: support/nock.ts).
beforeAll(() => {
  jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...given: unknown[]) {
    const host = hostOf(given);
    if (!LOOPBACK.includes(host))
      throw new Error(`A test wanted to connect to ${host}; it may reach this machine alone.`);
    return Reflect.apply(connect, this, given);
  });
});

afterAll(() => {
  Socket.prototype.connect = connect;
  for (const { client, request } of requests) Object.assign(client, { request, patchedByZapier: false });
});
