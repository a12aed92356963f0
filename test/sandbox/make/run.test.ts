import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApp } from '../../../sandbox/make/app.ts';
import { MakeError, SecretInLog, UnknownToRunner } from '../../../sandbox/make/error.ts';
import { fetchTo, type MakeHttp, type MakeRequest } from '../../../sandbox/make/network.ts';
import { runEpoch, runInstantTrigger, runModule, runRpc, testConnection } from '../../../sandbox/make/run.ts';
import { startServer } from '../../../sandbox/server.ts';

/** What differs from an app with one action whose form has a limit. */
type Parts = {
  kind?: string;
  sanitize?: string[];
  form?: unknown[];
  connection?: unknown;
  headers?: object;
  errors?: object;
  manifest?: object;
  metadata?: object;
};

/** An app with one module, made of this communication, which is its RPC's and a trigger's epoch, too. */
const appWith = (communication: unknown, parts: Parts = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'make-app-'));
  const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));
  const { kind = 'action', sanitize = ['request.headers.authorization'] } = parts;
  const codeFiles = {
    communication: 'communication.json',
    ...(kind === 'trigger' ? { epoch: 'communication.json' } : {}),
    staticParams: 'params.json',
    interface: 'interface.json',
    samples: 'samples.json',
  };
  write('makecomapp.json', {
    fileVersion: 1,
    generalCodeFiles: { base: 'base.json', common: null, groups: 'groups.json', readme: 'README.md' },
    components: {
      connection: {
        main: {
          label: 'Main',
          connectionType: 'basic',
          codeFiles: { communication: 'connection.json', params: 'connection-params.json', common: 'common.json' },
        },
      },
      endpoint: {},
      function: {},
      module: {
        one: { label: 'One', description: '', moduleType: kind, connection: 'main', codeFiles, ...parts.metadata },
      },
      rpc: {
        one: {
          label: 'One',
          connection: 'main',
          codeFiles: { communication: 'communication.json', params: 'params.json' },
        },
      },
      webhook: {},
    },
    origins: [],
    ...parts.manifest,
  });
  write('base.json', {
    baseUrl: 'https://api.example/v1',
    headers: { authorization: 'Bearer {{connection.api_key}}', ...parts.headers },
    followRedirects: false,
    log: { sanitize },
    response: {
      error: {
        message: '[{{statusCode}}] {{body.message}}',
        404: { message: 'gone', type: 'DataError' },
        ...parts.errors,
      },
    },
  });
  write('communication.json', communication);
  write('connection.json', parts.connection ?? {});
  write('common.json', {});
  write('connection-params.json', [{ name: 'api_key', label: 'API key', type: 'password' }]);
  write('params.json', parts.form ?? [{ name: 'limit', label: 'Limit', type: 'uinteger', default: 10 }]);
  write('interface.json', []);
  write('samples.json', {});
  return readApp(folder);
};

/** Answers with one body after the other, the last one for good, and notes what was asked. */
const answering = (status: number, ...bodies: unknown[]) => {
  const requests: MakeRequest[] = [];
  const http: MakeHttp = async (request) => {
    requests.push(request);
    const body = bodies.length > 1 ? bodies.shift() : bodies[0];
    return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  };
  return { http, requests, urls: () => requests.map(({ url }) => url) };
};
const around = (http: MakeHttp, parameters: Record<string, unknown> = {}) => ({
  connections: { main: { api_key: 'k_secret_1' } },
  parameters,
  http,
  now: () => 0,
});
const GET = { url: '/things', method: 'GET' };
const bundlesOf = async (app: ReturnType<typeof appWith>, http: MakeHttp, parameters = {}) =>
  (await runModule(app, 'one', around(http, parameters))).bundles;

describe('errors', () => {
  test.each([
    [400, 'RuntimeError', '[400] no'],
    [404, 'DataError', 'gone'],
    [429, 'RateLimitError', '[429] no'],
    [503, 'ConnectionError', '[503] no'],
  ])('status %d is a %s', async (status, type, message) => {
    const { http } = answering(status, { message: 'no' });
    await expect(runModule(appWith(GET), 'one', around(http))).rejects.toMatchObject({ type, message });
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

  test('a service that never answers ends in a connection error', async () => {
    const server = await startServer(() => 'hang');
    try {
      const http = fetchTo({ 'https://api.example': server.url }, () => AbortSignal.timeout(100));
      await expect(runModule(appWith(GET), 'one', around(http))).rejects.toMatchObject({
        type: 'ConnectionError',
        message: 'The service could not be reached.',
      });
    } finally {
      await server.close();
    }
  });

  test('so does one that is not there', async () => {
    const server = await startServer(() => 'hang');
    await server.close();
    const http = fetchTo({ 'https://api.example': server.url });
    await expect(runModule(appWith(GET), 'one', around(http))).rejects.toMatchObject({ type: 'ConnectionError' });
  });

  test('a fault of ours on the way to a service is no connection error', async () => {
    const fault = new RangeError('a fault of ours');
    const http: MakeHttp = async () => {
      throw fault;
    };
    await expect(runModule(appWith(GET), 'one', around(http))).rejects.toBe(fault);
  });
});

test('a status’s error without a kind has Make’s own', async () => {
  const app = appWith({ ...GET, response: { error: { message: 'x', 429: { message: 'slower' } } } });
  await expect(bundlesOf(app, answering(429, {}).http)).rejects.toMatchObject({
    type: 'RateLimitError',
    message: 'slower',
  });
});

describe('requests', () => {
  test.each([
    ['/things', 'https://api.example/v1/things'],
    ['things/', 'https://api.example/v1/things/'],
    ['/a//b', 'https://api.example/v1/a/b'],
    ['https://other.example/a', 'https://other.example/a'],
  ])('the address %s is %s', async (url, expected) => {
    const { http, urls } = answering(200, {});
    await bundlesOf(appWith({ url, method: 'GET' }), http);
    expect(urls()).toEqual([expected]);
  });

  test('a step’s header stands in the place of base’s; one that comes to nothing is refused', async () => {
    const { http, requests } = answering(200, {});
    const appSaying = (accept: string) => appWith({ ...GET, headers: { accept } }, { headers: { accept: 'a' } });
    await bundlesOf(appSaying('b'), http);
    expect(requests[0]?.headers).toEqual({ authorization: 'Bearer k_secret_1', accept: 'b' });
    await expect(bundlesOf(appSaying('{{ignore}}'), http)).rejects.toThrow(UnknownToRunner);
  });

  test('a secret that Make’s log would show is refused', async () => {
    const { http } = answering(200, {});
    await expect(bundlesOf(appWith(GET, { sanitize: [] }), http)).rejects.toThrow(
      'request.headers.authorization is not in log.sanitize',
    );
    await expect(bundlesOf(appWith({ ...GET, qs: { key: '{{connection.api_key}}' } }), http)).rejects.toThrow(
      'request.url is not in log.sanitize',
    );
  });
});

describe('pages and limits', () => {
  const PAGED = {
    ...GET,
    pagination: { qs: { cursor: '{{body.next}}' }, condition: '{{body.next}}' },
    response: { iterate: { container: '{{body.items}}' }, limit: '{{parameters.limit}}', output: { n: '{{item}}' } },
  };
  const twoPages = () => answering(200, { items: [1, 2], next: 'b' }, { items: [3, 4], next: null });
  const search = appWith(PAGED, { kind: 'search' });

  test('pages follow a cursor until it ends', async () => {
    const { http, urls } = twoPages();
    expect(await bundlesOf(search, http)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    expect(urls()).toEqual(['https://api.example/v1/things', 'https://api.example/v1/things?cursor=b']);
  });

  test('a search’s limit cuts across pages, and ends the reading', async () => {
    const whole = twoPages();
    expect(await bundlesOf(search, whole.http, { limit: 3 })).toHaveLength(3);
    const part = twoPages();
    expect(await bundlesOf(search, part.http, { limit: 2 })).toEqual([{ n: 1 }, { n: 2 }]);
    expect(part.urls()).toHaveLength(1);
  });

  test('a limit of 0 is a wrong setting', async () => {
    await expect(bundlesOf(search, twoPages().http, { limit: 0 })).rejects.toMatchObject({
      type: 'InvalidConfigurationError',
    });
  });

  test.each(['{{ignore}}', '{{1.5}}', '{{-1}}', 'many'])('a limit of %s is refused', async (limit) => {
    const app = appWith({ ...PAGED, response: { ...PAGED.response, limit } }, { kind: 'search' });
    await expect(bundlesOf(app, twoPages().http)).rejects.toThrow(UnknownToRunner);
  });

  test('what is no list is not iterated over', async () => {
    await expect(bundlesOf(search, answering(200, { items: 'a' }).http)).rejects.toThrow(UnknownToRunner);
  });

  test('a number from 2^53 on comes as Make rounds it', async () => {
    const http: MakeHttp = async () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"items": [9007199254740993]}',
    });
    expect(await bundlesOf(search, http)).toEqual([{ n: 9007199254740992 }]);
  });

  test('what a service answers is never taken for an expression', async () => {
    const { http, urls } = answering(200, { items: ['{{1 + 1}}'], next: '{{connection.api_key}}' }, { items: [] });
    expect(await bundlesOf(search, http)).toEqual([{ n: '{{1 + 1}}' }]);
    expect(urls()[1]).toBe('https://api.example/v1/things?cursor=%7B%7Bconnection.api_key%7D%7D');
  });
});

describe('a polling trigger', () => {
  const POLLED = {
    ...GET,
    pagination: { qs: { cursor: '{{body.next}}' }, condition: '{{body.next}}' },
    response: {
      iterate: { container: '{{body.items}}' },
      trigger: { type: 'date', order: 'unordered', id: '{{item.id}}', date: '{{parseDate(item.at)}}' },
      output: { id: '{{item.id}}' },
    },
  };
  const limited = { ...POLLED, response: { ...POLLED.response, limit: '{{parameters.limit}}' } };
  const at = (id: string, minute: number) => ({ id, at: `2026-05-24T11:0${minute}:00Z` });
  const pages = () =>
    answering(200, { items: [at('d', 4), at('c', 3)], next: 'b' }, { items: [at('a', 1), at('b', 1)], next: null });
  const polling = (communication: object) => appWith(communication, { kind: 'trigger' });

  test('without a limit gives one bundle a run, the oldest', async () => {
    expect(await bundlesOf(polling(POLLED), pages().http)).toEqual([{ id: 'a' }]);
  });

  test('reads every page whatever its limit, and gives the oldest first; of the same date, by id', async () => {
    const { http, urls } = pages();
    const first = await runModule(polling(limited), 'one', around(http, { limit: 2 }));
    expect(first.bundles).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(urls()).toHaveLength(2);
    const { state } = first;
    if (state === undefined) throw new Error('Nothing is remembered.');
    const next = await runModule(polling(limited), 'one', { ...around(pages().http, { limit: 2 }), state });
    expect(next.bundles).toEqual([{ id: 'c' }, { id: 'd' }]);
  });

  test('stops reading at its limit, should Make do so', async () => {
    const { http, urls } = pages();
    const run = await runModule(polling(limited), 'one', { ...around(http, { limit: 2 }), limitEndsReading: true });
    expect(run.bundles).toEqual([{ id: 'c' }, { id: 'd' }]);
    expect(urls()).toHaveLength(1);
  });

  test.each(['{{item.at}}', '{{item.nothing}}', '{{null}}'])('is refused with %s for a date', async (date) => {
    const trigger = { ...POLLED.response.trigger, date };
    const app = polling({ ...POLLED, response: { ...POLLED.response, trigger } });
    await expect(bundlesOf(app, pages().http)).rejects.toThrow(UnknownToRunner);
  });

  test('is refused without a word on what it knows its items by', async () => {
    const { trigger: _trigger, ...response } = POLLED.response;
    await expect(bundlesOf(polling({ ...POLLED, response }), pages().http)).rejects.toThrow(UnknownToRunner);
  });

  test('has an epoch to choose from, as many as that says', async () => {
    const { trigger: _trigger, ...response } = POLLED.response;
    const app = polling({ ...POLLED, response: { ...response, limit: '3' } });
    expect(await runEpoch(app, 'one', around(pages().http))).toEqual([{ id: 'd' }, { id: 'c' }, { id: 'a' }]);
  });
});

describe('what a module gives', () => {
  const iterating = { iterate: { container: '{{body.items}}' } };

  test('without output it is the item, else the body', async () => {
    const app = (response: object) => appWith({ ...GET, response }, { kind: 'search' });
    expect(await bundlesOf(app({}), answering(200, { a: 1 }).http)).toEqual([{ a: 1 }]);
    expect(await bundlesOf(app(iterating), answering(200, { items: [{ a: 1 }, { a: 2 }] }).http)).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
  });

  test.each([false, null, '{{false}}', '{{null}}'])('the output %j is no bundle', async (output) => {
    const app = appWith({ ...GET, response: { output } });
    expect(await bundlesOf(app, answering(200, {}).http)).toEqual([]);
  });

  test('a bundle that is none counts towards no limit', async () => {
    const response = { ...iterating, limit: '2', output: '{{if(item.a = 1, false, item)}}' };
    const app = appWith({ ...GET, response }, { kind: 'search' });
    const { http } = answering(200, { items: [{ a: 1 }, { a: 2 }, { a: 3 }] });
    expect(await bundlesOf(app, http)).toEqual([{ a: 2 }, { a: 3 }]);
  });

  test.each(['action', 'search', 'universal'])('of the kind %s, collections alone', async (kind) => {
    const app = appWith({ ...GET, response: { ...iterating, output: '{{item}}' } }, { kind });
    const { http } = answering(200, { items: ['a', { b: 1 }, 2, true] });
    expect(await bundlesOf(app, http)).toEqual([{ b: 1 }]);
  });

  test('of an RPC, texts as well', async () => {
    const app = appWith({ ...GET, response: { ...iterating, output: '{{item}}' } });
    expect(await runRpc(app, 'one', around(answering(200, { items: ['a'] }).http))).toEqual(['a']);
  });

  test.each(['{{ignore}}', '{{body.items}}', ['a']])('the output %j is refused', async (output) => {
    const app = appWith({ ...GET, response: { output } });
    await expect(bundlesOf(app, answering(200, { items: [] }).http)).rejects.toThrow(UnknownToRunner);
  });

  test('a module that thinks to no purpose is refused', async () => {
    await expect(bundlesOf(appWith({ temp: { a: 1 } }), answering(200, {}).http)).rejects.toThrow(UnknownToRunner);
  });

  test('an instant trigger that gives no bundle is refused', async () => {
    const app = appWith({ ...GET, response: { output: false } }, { kind: 'instant_trigger' });
    await expect(runInstantTrigger(app, 'one', {}, around(answering(200, {}).http))).rejects.toThrow(UnknownToRunner);
  });

  test('an instant trigger does not run by itself', async () => {
    const app = appWith(GET, { kind: 'instant_trigger' });
    await expect(bundlesOf(app, answering(200, {}).http)).rejects.toThrow(UnknownToRunner);
  });
});

describe('steps one after the other', () => {
  const { http, urls } = answering(200, { list: [1], collection: { a: 1 } });
  const SHOWN = { response: { output: { seen: '{{temp.it}}' } } };

  test('steps without an address share what they found; a condition that fails gives its default', async () => {
    const app = appWith([
      { temp: { a: '{{1 + 1}}' }, response: { output: {} } },
      { ...GET, condition: { condition: '{{temp.a > 2}}', default: { skipped: '{{temp.a}}' } } },
    ]);
    expect(await bundlesOf(app, http)).toEqual([{ skipped: 2 }]);
    expect(urls()).toEqual([]);
  });

  test('a step in the middle may be left out', async () => {
    const app = appWith([
      { ...GET, condition: '{{false}}' },
      { temp: { it: 1 }, ...SHOWN },
    ]);
    expect(await bundlesOf(app, http)).toEqual([{ seen: 1 }]);
  });

  test('the last one may not, without a default', async () => {
    const app = appWith([
      { temp: { a: 1 }, ...SHOWN },
      { ...GET, condition: '{{false}}' },
    ]);
    await expect(bundlesOf(app, http)).rejects.toThrow(UnknownToRunner);
  });

  test('a default before the last step is refused', async () => {
    const app = appWith([
      { ...GET, condition: { condition: '{{true}}', default: {} } },
      { temp: { a: 1 }, ...SHOWN },
    ]);
    await expect(bundlesOf(app, http)).rejects.toThrow(UnknownToRunner);
  });

  test.each<[string, object, object]>([
    ['a list', { it: [1, 2] }, { it: [3] }],
    ['a collection', { it: { a: 1 } }, { it: { b: 2 } }],
    ['a list, where a collection was', { it: { a: 1 } }, { it: '{{emptyarray}}' }],
  ])('temp takes %s under the same name once: Make would mix the two', async (_what, first, second) => {
    const app = appWith([
      { temp: first, response: { output: {} } },
      { temp: second, ...SHOWN },
    ]);
    await expect(bundlesOf(app, http)).rejects.toThrow(UnknownToRunner);
    const after = appWith([{ temp: first, response: { temp: second, output: {} } }]);
    await expect(bundlesOf(after, http)).rejects.toThrow(UnknownToRunner);
  });

  test.each<[string, object, object, unknown]>([
    ['a text by another', { it: 'a' }, { it: 'b' }, 'b'],
    ['a text by a list', { it: 'a' }, { it: [1] }, [1]],
    ['a list by a text', { it: [1] }, { it: 'a' }, 'a'],
    ['nothing by nothing', { it: [1] }, { it: '{{ignore}}' }, [1]],
  ])('temp replaces %s', async (_what, first, second, seen) => {
    const app = appWith([
      { temp: first, response: { output: {} } },
      { temp: second, ...SHOWN },
    ]);
    expect(await bundlesOf(app, http)).toEqual([{ seen }]);
  });
});

describe('a connection inherits nothing of base', () => {
  const values = { api_key: 'k_secret_2' };
  const WHOLE = { url: 'https://api.example/v1/me', method: 'GET' };
  const saving = (connection: object, http: MakeHttp) =>
    testConnection(appWith(GET, { connection }), 'main', values, around(http));

  test('not its headers', async () => {
    const { http, requests } = answering(200, {});
    await saving(WHOLE, http);
    expect(requests).toMatchObject([{ headers: {} }]);
    expect(Object.keys(requests[0]?.headers ?? {})).toEqual([]);
  });

  test('not its errors', async () => {
    await expect(saving(WHOLE, answering(404, {}).http)).rejects.toMatchObject({ type: 'RuntimeError' });
  });

  test('not what it hides in the log', async () => {
    const headers = { authorization: 'Bearer {{parameters.api_key}}' };
    await expect(saving({ ...WHOLE, headers }, answering(200, {}).http)).rejects.toThrow(SecretInLog);
  });

  test('not its address', async () => {
    await expect(saving(GET, answering(200, {}).http)).rejects.toThrow(UnknownToRunner);
  });
});

test('a value that a form refuses stops a module before any request', async () => {
  const { http, urls } = answering(200, {});
  await expect(bundlesOf(appWith(GET), http, { limit: 'many' })).rejects.toThrow(MakeError);
  expect(urls()).toEqual([]);
});

describe('what is refused because it is not known', () => {
  test.each<[string, object]>([
    ['a directive', { ...GET, wait: 5 }],
    ['a key of response', { ...GET, response: { condition: '{{true}}' } }],
    ['a kind of error', { ...GET, response: { error: { message: 'x', type: 'OtherError' } } }],
    ['a status’s error in one text', { ...GET, response: { error: { message: 'x', 404: 'gone' } } }],
    [
      'a range of statuses',
      { ...GET, response: { error: { message: 'x', '4xx': { message: 'gone', type: 'DataError' } } } },
    ],
  ])('%s', async (_name, communication) => {
    await expect(async () => bundlesOf(appWith(communication), answering(200, {}).http)).rejects.toThrow();
  });

  const named = { name: 'a', label: 'A' };
  test.each<[string, object]>([
    ['nested fields', { ...named, type: 'select', options: [], nested: [] }],
    ['choices of an RPC as a text', { ...named, type: 'select', options: 'rpc://things' }],
    ['a nested choice', { ...named, type: 'select', options: [{ label: 'A', value: 'a', nested: [] }] }],
    ['a field’s visibility', { ...named, type: 'text', visible: 'false' }],
    ['a text’s length', { ...named, type: 'text', validate: { min: 3 } }],
    ['a number’s pattern', { ...named, type: 'number', validate: { pattern: '1' } }],
    ['several texts', { ...named, type: 'text', multiple: true }],
    ['a type of field', { ...named, type: 'buffer' }],
    ['the same within a list', { ...named, type: 'array', spec: [{ ...named, type: 'text', options: [] }] }],
  ])('of a form, when a value is put in: %s', async (_name, field) => {
    const app = appWith(GET, { form: [field] });
    const run = (parameters: object) => bundlesOf(app, answering(200, {}).http, parameters);
    await expect(run({ a: 'x' })).rejects.toThrow(UnknownToRunner);
    await expect(run({})).resolves.toEqual([{}]);
  });

  test('of a form: what stands in such a field by itself', async () => {
    const app = appWith(GET, { form: [{ ...named, type: 'buffer', default: 'x' }] });
    await expect(bundlesOf(app, answering(200, {}).http)).rejects.toThrow(UnknownToRunner);
  });

  test.each<[string, object]>([
    ['a second connection', { altConnection: 'other' }],
    ['a kind of module', { moduleType: 'responder' }],
  ])('of a module: %s', async (_name, metadata) => {
    await expect(async () => bundlesOf(appWith(GET, { metadata }), answering(200, {}).http)).rejects.toThrow();
  });

  test.each<[string, object]>([['another version of its format', { fileVersion: 2 }]])(
    'of an app: %s',
    (_name, manifest) => {
      expect(() => appWith(GET, { manifest })).toThrow();
    },
  );
});
