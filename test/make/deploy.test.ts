import { apps } from '../../make/apps.ts';
import { deploy } from '../../make/deploy.ts';
import { apiAddress, makeApi } from '../../make/deploy-api.ts';
import type { App } from '../../make/format.ts';
import { newOrigin, type Origin } from '../../make/origins.ts';
import { startMakeApi } from './make-api.ts';

const both: App = apps.find(({ target }) => target === 'koji-amplitude') ?? notThere();
function notThere(): never {
  throw new Error('There are two apps.');
}

let make: Awaited<ReturnType<typeof startMakeApi>>;
let saved: Origin | null;
let said: string[];
beforeEach(async () => {
  make = await startMakeApi();
  saved = null;
  said = [];
});
afterEach(() => make.close());

/** Bytes that are no text. */
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]);

/** One run of the command; what it saved is a copy, as a file would be. */
const run = async ({ apply = true, app = both, token = 'made-up-token', icon = false } = {}) => {
  const baseUrl = `${make.url}/api`;
  const { changes } = await deploy({
    app,
    readme: '# Koji\n',
    icon: icon ? PNG : null,
    origin: structuredClone(saved),
    newOrigin: (appId) => newOrigin(baseUrl, appId),
    api: makeApi(baseUrl, token, async () => {}),
    apply,
    save: (origin) => {
      saved = structuredClone(origin);
    },
    say: (line) => said.push(line),
  });
  return changes;
};

const names = (kind: string): number => (make.holds()[kind] ?? []).length;

test('without --apply nothing is changed, and everything that would be done is said', async () => {
  const changes = await run({ apply: false });
  expect(changes).toBeGreaterThan(10);
  expect(make.calls.every((call) => call.startsWith('GET '))).toBe(true);
  expect(said).toContain('would make the module startInterview');
});

test('the first deploy makes everything, with the names that Make gave', async () => {
  await run();
  expect([names('app'), names('connection'), names('webhook'), names('module')]).toEqual([
    1,
    2,
    2,
    both.modules.length,
  ]);
  expect(saved?.idMapping.connection).toEqual([
    { local: 'koji', remote: 'connection-0x9' },
    { local: 'amplitude', remote: 'connection-1x9' },
  ]);
  const body = (id: string) => make.bodies.find(({ body: sent }) => Object(sent).name === id)?.body;
  expect(body('watchAnalyzedInterviews')).toMatchObject({
    typeId: 10,
    connection: 'connection-0x9',
    webhook: 'webhook-0x9',
    crud: null,
  });
  expect(body('sendInterviewEvent')).toMatchObject({ typeId: 4, crud: 'create', connection: 'connection-1x9' });
  expect(body('makeAnApiCall')).toMatchObject({ typeId: 12, subtype: 'Universal' });
});

test('the second deploy changes nothing', async () => {
  await run();
  make.calls.length = 0;
  expect(await run()).toBe(0);
  expect(make.calls.every((call) => call.startsWith('GET '))).toBe(true);
});

test('a change sends the one section that is different', async () => {
  await run();
  make.calls.length = 0;
  const app = { ...both, groups: [...both.groups].reverse() };
  expect(await run({ app })).toBe(1);
  expect(make.calls.filter((call) => !call.startsWith('GET '))).toEqual(['PUT /app-0x9/1/groups']);
});

test.each([
  ['the app', /^POST $/],
  ['a connection', /^POST .*\/connections$/],
  ['a webhook', /^POST .*\/webhooks$/],
  ['a module', /^POST .*\/modules$/],
  ['an RPC', /^POST .*\/rpcs$/],
])('cut off just after Make made %s: the next run doubles nothing and loses nothing', async (_what, call) => {
  make.failNext(call, 'broken');
  await expect(run()).rejects.toThrow('run this again: nothing is made twice.');
  await run();
  const afterwards = make.holds();
  expect(await run()).toBe(0);

  const first = make;
  make = await startMakeApi();
  saved = null;
  await run();
  expect(afterwards).toEqual(make.holds());
  await first.close();
});

test('the icon is sent when it is asked for, byte for byte', async () => {
  await run({ icon: true });
  expect(make.holds().app?.[0]?.codes.icon).toBe(PNG.toString('latin1'));
  expect(await run()).toBe(0);
});

test('never more than two calls at once', async () => {
  await run();
  expect(make.mostAtOnce()).toBe(2);
});

test.each([429, 500])('waits and goes on when Make answers %d to something that may be repeated', async (status) => {
  make.failNext(/^PUT .*\/groups$/, status);
  await run();
  expect(await run()).toBe(0);
});

test('waits for its turn to create, too', async () => {
  make.failNext(/^POST .*\/modules$/, 429);
  await run();
  expect(names('module')).toBe(both.modules.length);
});

test.each([
  [403, 'The token lacks the scopes'],
  [404, 'Make does not know this'],
  [400, 'Make refused this'],
])('a refusal of %d is said in words', async (status, words) => {
  make.failNext(/checksum/, status);
  await expect(run()).rejects.toThrow(words);
});

test('a wrong token is said, and the token is not', async () => {
  const failure = await run({ token: 'wrong-token' }).catch((error: Error) => error.message);
  expect(failure).toContain('Make does not accept the token');
  expect(failure).not.toContain('wrong-token');
});

test('what is only on Make is left alone, and nothing is published or deleted', async () => {
  await run();
  make.add('module', 'ownModule', 'Mine');
  said.length = 0;
  await run();
  expect(said).toEqual(['left alone: the module ownModule, which is only on Make']);
  expect(make.calls.filter((call) => /public|^DELETE/.test(call))).toEqual([]);
});

test.each(['evil.example', 'eu1.make.com', ''])('“%s” is no zone', (zone) => {
  expect(() => apiAddress(zone, undefined)).toThrow('is no zone');
});

test('only this machine may stand in for Make', () => {
  expect(() => apiAddress('eu1', 'https://evil.example')).toThrow('must be an address of this machine');
  expect(apiAddress('eu1', undefined)).toBe('https://eu1.make.com/api');
});
