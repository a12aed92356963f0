import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApp } from '../../../sandbox/make/app.ts';
import { fetchTo, type MakeHttp, runModule } from '../../../sandbox/make/run.ts';
import { startServer } from '../../../sandbox/server.ts';

/** An app with one action, made of this request; its form has one field of each kind. */
const appWith = (communication: unknown, { sanitize = ['request.headers.authorization'], kind = 'action' } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'make-app-'));
  const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));
  const parameters = [
    { name: 'count', type: 'uinteger' },
    { name: 'choice', type: 'select', options: [{ value: 1 }, { value: 2 }] },
    { name: 'yes', type: 'boolean' },
    { name: 'at', type: 'date' },
    { name: 'text', type: 'text', validate: { pattern: '^[a-z0-9]*$' } },
    { name: 'list', type: 'array', spec: { type: 'text' } },
    { name: 'limit', type: 'uinteger', default: 10 },
  ];
  const codeFiles = { communication: 'c.json', staticParams: 'p.json', interface: 'i.json', samples: 's.json' };
  write('makecomapp.json', {
    generalCodeFiles: { base: 'base.json' },
    components: {
      connection: {},
      rpc: {},
      webhook: {},
      module: { one: { codeFiles, moduleType: kind, connection: 'main' } },
    },
  });
  write('base.json', {
    baseUrl: 'https://api.example/v1',
    headers: { authorization: 'Bearer {{connection.api_key}}' },
    followRedirects: false,
    log: { sanitize },
    response: { error: { message: '[{{statusCode}}] {{body.message}}', 404: { message: 'gone', type: 'DataError' } } },
  });
  write('c.json', communication);
  write('p.json', parameters);
  write('i.json', []);
  write('s.json', {});
  return readApp(folder);
};

const answering = (status: number, ...bodies: unknown[]) => {
  const urls: string[] = [];
  const http: MakeHttp = async ({ url }) => {
    urls.push(url);
    const body = bodies.length > 1 ? bodies.shift() : bodies[0];
    return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  };
  return { http, urls };
};
const around = (http: MakeHttp, parameters: Record<string, unknown> = {}) => ({
  connections: { main: { api_key: 'k_secret_1' } },
  parameters,
  http,
  now: () => 0,
});
const GET = { url: '/things', method: 'GET' };

test.each([
  [400, 'RuntimeError', '[400] no'],
  [404, 'DataError', 'gone'],
  [429, 'RateLimitError', '[429] no'],
  [503, 'ConnectionError', '[503] no'],
])('status %d is a %s', async (status, type, message) => {
  const { http } = answering(status, { message: 'no' });
  await expect(runModule(appWith(GET), 'one', around(http))).rejects.toMatchObject({ type, message });
});

test('pages follow a cursor until it ends, and the limit cuts across them', async () => {
  const request = {
    ...GET,
    pagination: { qs: { cursor: '{{body.next}}' }, condition: '{{body.next}}' },
    response: { iterate: { container: '{{body.items}}' }, limit: '{{parameters.limit}}', output: { n: '{{item}}' } },
  };
  const pages = () => answering(200, { items: [1, 2], next: 'b' }, { items: [3, 4], next: null });
  const whole = pages();
  const app = appWith(request, { kind: 'search' });
  expect((await runModule(app, 'one', around(whole.http))).bundles).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
  expect(whole.urls).toEqual(['https://api.example/v1/things', 'https://api.example/v1/things?cursor=b']);
  const part = pages();
  expect((await runModule(app, 'one', around(part.http, { limit: 3 }))).bundles).toHaveLength(3);
});

test.each<[string, unknown, unknown]>([
  ['count', '4', 4],
  ['choice', '2', 2],
  ['yes', 'true', true],
  ['text', 42, '42'],
  ['list', 'a', ['a']],
  ['at', '2026-05-24', '2026-05-24T00:00:00.000Z'],
])('the field %s takes %j', async (name, given, expected) => {
  const { http } = answering(200, {});
  const app = appWith({ ...GET, response: { output: { seen: `{{parameters.${name}}}` } } });
  expect((await runModule(app, 'one', around(http, { [name]: given }))).bundles).toEqual([{ seen: expected }]);
});

test.each<[string, unknown]>([
  ['count', 'many'],
  ['count', -1],
  ['choice', 3],
  ['yes', 'perhaps'],
  ['text', 'UPPER'],
  ['text', {}],
  ['at', 'soon'],
])('the field %s refuses %j before any request', async (name, given) => {
  const { http, urls } = answering(200, {});
  await expect(runModule(appWith(GET), 'one', around(http, { [name]: given }))).rejects.toMatchObject({
    type: 'BundleValidationError',
  });
  expect(urls).toEqual([]);
});

test.each([
  ['an unknown directive', { ...GET, wait: 5 }],
  ['an unknown key of response', { ...GET, response: { condition: '{{true}}' } }],
  ['an unknown kind of error', { ...GET, response: { error: { message: 'x', type: 'OtherError' } } }],
])('%s is refused', async (_name, communication) => {
  const { http } = answering(200, {});
  await expect(runModule(appWith(communication), 'one', around(http))).rejects.toThrow();
});

test('a secret that Make’s log would show is refused', async () => {
  const { http } = answering(200, {});
  await expect(runModule(appWith(GET, { sanitize: [] }), 'one', around(http))).rejects.toThrow(
    'request.headers.authorization is not in log.sanitize',
  );
});

test('steps without an address share what they found; a condition that fails gives its default', async () => {
  const { http, urls } = answering(200, {});
  const app = appWith([
    { temp: { a: '{{1 + 1}}' }, response: { output: {} } },
    { ...GET, condition: { condition: '{{temp.a > 2}}', default: { skipped: '{{temp.a}}' } } },
  ]);
  expect((await runModule(app, 'one', around(http))).bundles).toEqual([{ skipped: 2 }]);
  expect(urls).toEqual([]);
});

test.each([
  [
    'of a status',
    { error: { message: 'x', 400: { message: 'no', type: "{{if(body.a, 'DataError', 'RuntimeError')}}" } } },
    400,
  ],
  ['of every other status', { error: { message: 'no', type: "{{if(body.a, 'DataError', 'RuntimeError')}}" } }, 418],
  [
    'of an answer that is not valid',
    { valid: { condition: '{{false}}', message: 'no', type: "{{if(body.a, 'DataError', 'RuntimeError')}}" } },
    200,
  ],
])('an expression may choose the kind of error %s', async (_which, response, status) => {
  const app = appWith({ ...GET, response });
  const failing = (body: object) => runModule(app, 'one', around(answering(status, body).http));
  await expect(failing({ a: 1 })).rejects.toMatchObject({ type: 'DataError', message: 'no' });
  await expect(failing({})).rejects.toMatchObject({ type: 'RuntimeError', message: 'no' });
});

test('what a service answers is never taken for an expression', async () => {
  const request = {
    ...GET,
    pagination: { qs: { cursor: '{{body.next}}' }, condition: '{{body.next}}' },
    response: { iterate: { container: '{{body.items}}' }, output: '{{item}}' },
  };
  const { http, urls } = answering(200, { items: ['{{1 + 1}}'], next: '{{connection.api_key}}' }, { items: [] });
  const { bundles } = await runModule(appWith(request, { kind: 'search' }), 'one', around(http));
  expect(bundles).toEqual(['{{1 + 1}}']);
  expect(urls[1]).toBe('https://api.example/v1/things?cursor=%7B%7Bconnection.api_key%7D%7D');
});

test('a secret in an address is refused, too', async () => {
  const { http } = answering(200, {});
  const app = appWith({ ...GET, qs: { key: '{{connection.api_key}}' } });
  await expect(runModule(app, 'one', around(http))).rejects.toThrow('request.url is not in log.sanitize');
});

test('a service that never answers ends in a connection error', async () => {
  const server = await startServer(() => 'hang');
  try {
    const http = fetchTo({ 'https://api.example': server.url }, 100);
    await expect(runModule(appWith(GET), 'one', around(http))).rejects.toMatchObject({
      type: 'ConnectionError',
      message: 'The service could not be reached.',
    });
  } finally {
    await server.close();
  }
});
