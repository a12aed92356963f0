/** Apps as other people write them: what public ones have and ours do not. The app here is made up. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { apps } from '../../../make/build/apps.ts';
import { folderOf, jsonWithComments } from '../../../make/build/built.ts';
import { lint, makeRules } from '../../../make/lint/lint.ts';
import { ownRules } from '../../../make/lint/own.ts';
import { readApp } from '../../../sandbox/make/app.ts';
import { UnknownToRunner } from '../../../sandbox/make/error.ts';
import type { MakeHttp, MakeRequest } from '../../../sandbox/make/network.ts';
import { runModule, runRpc, testConnection } from '../../../sandbox/make/run.ts';

describe('JSON as Make’s editor takes it', () => {
  test.each([
    ['a comment to the end of the line', '{ "a": 1 // one\n}', { a: 1 }],
    ['a comment of several lines', '/* an\n app */ { "a": 1 }', { a: 1 }],
    ['a comma behind the last entry', '{ "a": [1, 2,], }', { a: [1, 2] }],
    ['such a comma, and a comment behind it', '{ "a": 1, // one\n}', { a: 1 }],
    [
      'what only looks like a comment',
      '{ "url": "https://a.example/*", "b": "/* \\" */" }',
      { url: 'https://a.example/*', b: '/* " */' },
    ],
    ['what only looks like such a comma', '{ "a": ",]" }', { a: ',]' }],
    ['plain JSON', '[null]', [null]],
  ])('%s', (_what, text, read) => {
    expect(jsonWithComments(text)).toEqual(read);
  });

  test.each(['', '{ "a": }', '{ "a": 1 /* }', "{ 'a': 1 }", '{ "a": 1,, }'])('nothing else: %s', (text) => {
    expect(jsonWithComments(text)).toBeUndefined();
  });
});

const folderWith = (files: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
};

/** Short forms everywhere, comments, a common block, and nothing that an app may be without. */
const notes: Record<string, string> = {
  'makecomapp.json': `{
    "fileVersion": 1, // the only one
    "generalCodeFiles": { "base": "base.iml.json", "common": "common.json", "groups": null },
    "components": {
      "connection": { "key": { "connectionType": "basic", "codeFiles": { "communication": "connection.iml.json", "params": "key.iml.json", "common": "connection-common.json" } } },
      "module": {
        "listNotes": { "moduleType": "search", "connection": "key", "webhook": null, "codeFiles": { "communication": "notes.iml.json", "mappableParams": "notes-params.iml.json" } },
        "getFile": { "moduleType": "action", "connection": "key", "altConnection": "oauth", "codeFiles": { "communication": "notes.iml.json" } },
        "download": { "moduleType": "action", "connection": "key", "codeFiles": { "communication": "download.iml.json" } },
      },
      "rpc": { "listBooks": { "connection": "key", "codeFiles": { "communication": "books.iml.json" } } },
    },
    "origins": [],
  }`,
  'base.iml.json': '{ "baseUrl": "https://notes.example/v1", "response": { "error": "{{body.why}}" } }',
  'common.json': '{ "client": "make" }',
  'connection-common.json': '{ "agent": "notes-on-make" }',
  'key.iml.json': '[{ "name": "apiKey", "type": "text", "label": "API key" }]',
  'connection.iml.json': `[{
    "url": "https://notes.example/v1/me", "headers": { "x-agent": "{{common.agent}}", "authorization": "{{parameters.apiKey}}" },
    "log": { "sanitize": ["request.headers.authorization"] },
    "response": { "valid": "{{body.id}}", "metadata": { "type": "email", "value": "me@notes.example" } }
  }]`,
  'notes.iml.json': `{
    "url": "/notes", /* relative */ "headers": { "x-client": "{{common.client}}" },
    "qs": { "book": "{{if(parameters.book, parameters.book, )}}" },
    "response": { "type": "json", "iterate": "{{body.notes}}", "limit": 2, "output": { "title": "{{item.title}}" }, },
  }`,
  'notes-params.iml.json': `[
    { "name": "book", "type": "text" },
    { "name": "folder", "type": "folder", "options": "rpc://listBooks" },
    "rpc://moreFields"
  ]`,
  'download.iml.json': '{ "url": "/file", "response": { "type": "binary" } }',
  'books.iml.json':
    '[{ "url": "/books", "response": { "iterate": { "container": "{{body}}" }, "output": "{{item}}" } }]',
};

/** A service that answers each path with one thing. */
const answering = (answers: Record<string, { status?: number; body: unknown }>) => {
  const requests: MakeRequest[] = [];
  const http: MakeHttp = async (request) => {
    requests.push(request);
    const { status = 200, body } = answers[new URL(request.url).pathname] ?? { status: 404, body: {} };
    return { status, headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) };
  };
  return { http, requests };
};

const connections = { key: { apiKey: 'made-up' } };
const now = () => 0;

test('an app of short forms runs: a text to iterate, a number as limit, a list of one request, common', async () => {
  const app = readApp(folderWith(notes));
  const { http, requests } = answering({
    '/v1/notes': { body: { notes: [{ title: 'a' }, { title: 'b' }, { title: 'c' }] } },
  });
  const { bundles } = await runModule(app, 'listNotes', { connections, parameters: { book: 'x' }, http, now });
  expect(bundles).toEqual([{ title: 'a' }, { title: 'b' }]);
  expect(requests).toMatchObject([{ url: 'https://notes.example/v1/notes?book=x', headers: { 'x-client': 'make' } }]);
});

test('an RPC that is a list of requests runs as well', async () => {
  const { http } = answering({ '/v1/books': { body: ['a'] } });
  const app = readApp(
    folderWith({
      ...notes,
      'books.iml.json': notes['books.iml.json']?.replace('"response": {', '"response": { "type": "json",') ?? '',
    }),
  );
  expect(await runRpc(app, 'listBooks', { connections, parameters: {}, http, now })).toEqual(['a']);
});

test('a connection has a common of its own, and a condition alone says whether it is valid', async () => {
  const app = readApp(
    folderWith({
      ...notes,
      'connection.iml.json': notes['connection.iml.json']?.replace('{ "valid"', '{ "type": "json", "valid"') ?? '',
    }),
  );
  const good = answering({ '/v1/me': { body: { id: 1 } } });
  const values = { apiKey: 'made-up' };
  expect(await testConnection(app, 'key', values, { connections: {}, parameters: {}, http: good.http, now })).toBe(
    'me@notes.example',
  );
  expect(good.requests[0]?.headers).toMatchObject({ 'x-agent': 'notes-on-make' });
  const { http } = answering({ '/v1/me': { body: {} } });
  await expect(
    testConnection(app, 'key', values, { connections: {}, parameters: {}, http, now }),
  ).rejects.toMatchObject({ type: 'RuntimeError' });
});

test('the app’s own words of an error are a text alone', async () => {
  const { http } = answering({ '/v1/notes': { status: 400, body: { why: 'No such book.' } } });
  const app = readApp(
    folderWith({ ...notes, 'base.iml.json': notes['base.iml.json']?.replace('body.why', "'No such book.'") ?? '' }),
  );
  await expect(runModule(app, 'listNotes', { connections, parameters: {}, http, now })).rejects.toMatchObject({
    message: 'No such book.',
  });
});

test.each(apps)('$target, ours, has nothing in its forms that this runner does not know', ({ target }) => {
  const app = readApp(folderOf(target));
  const { connection, webhook, rpc, module } = app.ids;
  for (const id of rpc) expect(app.rpc(id).steps).not.toEqual([]);
  const forms = [
    ...connection.map((id) => app.connection(id).parameters),
    ...webhook.map((id) => app.webhook(id).parameters),
    ...module.flatMap((id) => [app.module(id).parameters, app.module(id).interface]),
  ];
  expect(forms.flat().filter(({ type }) => type === 'unknown')).toEqual([]);
});

describe('what this runner does not know loads, and is refused when it counts', () => {
  const run = (module: string, parameters: object) =>
    runModule(readApp(folderWith(notes)), module, {
      connections,
      parameters: { ...parameters },
      http: answering({ '/v1/file': { body: '' } }).http,
      now,
    });

  test.each([
    ['a value for a field of another type', 'listNotes', { folder: '/a' }],
    ['a second connection', 'getFile', {}],
    ['an answer that is a file', 'download', {}],
  ])('%s', async (_what, module, parameters) => {
    await expect(run(module, parameters)).rejects.toThrow(UnknownToRunner);
  });
});

describe('the lint does not cry wolf: Make’s rules pass over what only we ask of ourselves', () => {
  const universal = {
    'call.iml.json':
      '{ "url": "/{{parameters.url}}", "type": "text", "response": { "output": { "body": 1, "headers": 1, "statusCode": 1 } } }',
    'call-params.iml.json': '[{ "name": "url", "type": "text", "label": "URL" }]',
    'groups.json': '[{ "label": "Notes", "modules": ["hidden"] }]',
    'samples.json': '{ "title": "A note" }',
    'interface.json': '[{ "name": "title", "type": "text", "label": "The Title" }, { "name": "text", "type": "text" }]',
    'makecomapp.json': JSON.stringify({
      fileVersion: 1,
      generalCodeFiles: { base: null, common: null, groups: 'groups.json', readme: null },
      components: {
        webhook: { unlabeled: { webhookType: 'web', codeFiles: {} } },
        module: {
          call: {
            label: 'Make an API Call',
            moduleType: 'universal',
            codeFiles: {
              communication: 'call.iml.json',
              mappableParams: 'call-params.iml.json',
              interface: 'interface.json',
              samples: 'samples.json',
            },
          },
        },
      },
    }),
  };
  const found = (rules: typeof makeRules) =>
    new Set(lint(new Map(Object.entries(universal)), rules).map(({ check }) => check));

  test.each(['samples', 'labels', 'groups', 'hosts'])('%s is a rule of our own', (check) => {
    expect(found(ownRules)).toContain(check);
    expect(makeRules.map(([name]) => name)).not.toContain(check);
  });

  test('nobody asks for the label of a component that has none', () => {
    const messages = lint(new Map(Object.entries(universal)), ownRules).map(({ path }) => path);
    expect(messages.filter((path) => path.includes('unlabeled'))).toEqual([]);
  });

  test('the universal module is right by Make’s rules', () => {
    expect(found(makeRules)).not.toContain('universal');
  });
});
