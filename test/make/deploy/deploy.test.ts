import { readFileSync } from 'node:fs';
import { appOf } from '../../../make/build/apps.ts';
import { apiAddress, DeployError, MakeClient } from '../../../make/deploy/client.ts';
import { deploy } from '../../../make/deploy/deploy.ts';
import type { App, Module, Step } from '../../../make/language/format.ts';
import type { Origin } from '../../../make/origins/origins.ts';
import { startMakeApi, TOKEN } from './make-api.ts';

const both = appOf('koji-amplitude');
const ID = 'koji-amplitude-x9';
const small = appOf('koji');
const SMALL_ID = 'koji-x9';

let make: Awaited<ReturnType<typeof startMakeApi>>;
let saved: Origin | null;
let said: string[];
beforeEach(async () => {
  make = await startMakeApi();
  saved = null;
  said = [];
});
afterEach(() => make.close());

/** Bytes that are no text; Make's own SDK sends nothing but a PNG of the right size. */
const PNG = readFileSync('docs/listing/logo.png');

/** One run of the command; what it saved is a copy, as a file would be. */
const run = async ({ apply = true, app = both, token = TOKEN, icon = false, timeLimit = 10_000 } = {}) => {
  const baseUrl = `${make.url}/api`;
  said.length = 0;
  make.calls.length = 0;
  make.bodies.length = 0;
  const { changes } = await deploy({
    app,
    icon: icon ? PNG : null,
    origin: structuredClone(saved),
    isNew: false,
    baseUrl,
    beforeMaking: () => {},
    make: new MakeClient(baseUrl, token, {
      scopes: 'sdk-apps:read and sdk-apps:write',
      pause: async () => {},
      timeLimit,
    }),
    apply,
    save: (origin) => {
      saved = structuredClone(origin);
    },
    say: (line) => said.push(line),
  });
  return changes;
};

/** The state after a first deploy; it is the same each time, so it is made once. */
const firstDeploys = new Map<App, { contents: ReturnType<typeof make.contents>; origin: Origin | null }>();
const deployed = async (app: App): Promise<void> => {
  const before = firstDeploys.get(app);
  if (before === undefined) {
    await run({ app });
    firstDeploys.set(app, { contents: make.contents(), origin: structuredClone(saved) });
  } else {
    make.put(before.contents);
    saved = structuredClone(before.origin);
  }
};

const sent = (): string[] => make.calls.filter((call) => !call.startsWith('GET '));
const withModule = (id: string, change: (module: Module) => Module): App => ({
  ...both,
  modules: both.modules.map((module) => (module.id === id ? change(module) : module)),
});

test('without --apply nothing is changed, and everything that would be done is said', async () => {
  const changes = await run({ apply: false });
  expect(changes).toBeGreaterThan(10);
  expect(sent()).toEqual([]);
  expect(saved).toBeNull();
  expect(said).toContain('would make the module startInterview');
});

test('the first deploy makes everything, with the names that Make gave', async () => {
  await run();
  const { connection, webhook, module } = make.holds(ID);
  expect([make.apps(), connection.length, webhook.length, module.length]).toEqual([[ID], 2, 2, both.modules.length]);
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
  await deployed(both);
  expect(await run()).toBe(0);
  expect(sent()).toEqual([]);
});

test('a change sends the one section that is different', async () => {
  await deployed(both);
  const app = { ...both, groups: [...both.groups].reverse() };
  expect(await run({ app })).toBe(1);
  expect(sent()).toEqual([`PUT /${ID}/1/groups`]);
});

test.each([
  ['the app', /^POST $/, small, SMALL_ID],
  ['a connection', /^POST .*\/connections$/, small, SMALL_ID],
  ['a webhook', /^POST .*\/webhooks$/, small, SMALL_ID],
  ['a module', /^POST .*\/modules$/, small, SMALL_ID],
  // The small one has none.
  ['an RPC', /^POST .*\/rpcs$/, both, ID],
])('cut off just after Make made %s: the next run doubles nothing and loses nothing', async (_what, call, app, id) => {
  make.failNext(call, 'broken');
  await expect(run({ app })).rejects.toThrow('run this again: nothing is made twice.');
  await run({ app });
  const afterwards = make.holds(id);
  expect(await run({ app })).toBe(0);

  await deployed(app);
  expect(afterwards).toEqual(make.holds(id));
});

test('the icon is sent when it is asked for, byte for byte', async () => {
  await run({ icon: true });
  expect(make.holds(ID).app.codes.icon).toBe(PNG.toString('latin1'));
  expect(await run()).toBe(0);
});

test('never more than two calls at once', async () => {
  await run();
  expect(make.mostAtOnce()).toBe(2);
});

describe('when Make has trouble', () => {
  const app = small;

  test.each([429, 500])('it waits and goes on when Make answers %d to what may be repeated', async (status) => {
    make.failNext(/^PUT .*\/groups$/, status);
    await run({ app });
    expect(await run({ app })).toBe(0);
  });

  test('it waits for its turn to create, too', async () => {
    make.failNext(/^POST .*\/modules$/, 429);
    await run({ app });
    expect(make.holds(SMALL_ID).module.length).toBe(small.modules.length);
  });

  test.each([
    [403, 'The token lacks the scopes'],
    [404, 'Make does not know this'],
    [400, 'Make refused this'],
  ])('a refusal of %d is said in words', async (status, words) => {
    make.failNext(/checksum/, status);
    await expect(run({ app })).rejects.toThrow(words);
  });

  test('a wrong token is said, and the token is not', async () => {
    const failure = await run({ app, token: 'wrong-token' }).catch((error: Error) => error.message);
    expect(failure).toContain('Make does not accept the token');
    expect(failure).not.toContain('wrong-token');
  });

  test.each([
    ['reads', /checksum/],
    ['makes something', /^POST .*\/modules$/],
    ['sends', /^PUT .*\/api$/],
  ])('a call that %s and is never answered ends at its time limit', async (_what, call) => {
    make.failNext(call, 'hanging');
    await expect(run({ app, timeLimit: 400 })).rejects.toThrow(/^Make could not be reached at 127\.0\.0\.1/);
    expect(make.calls.filter((one) => call.test(one)).length).toBe(1);
    await run({ app });
    expect(await run({ app })).toBe(0);
  });

  test.each([
    ['a page', '<html>Be right back</html>'],
    ['nothing', ''],
    ['other data', '{"message":"Be right back"}'],
    ['data that is cut short', '{"app":[],"accounts":[],"hooks":[],"modules":[]}'],
  ])('a checksum that is %s does not read as “nothing is there”', async (_what, says) => {
    await deployed(app);
    make.failNext(/checksum/, { says });
    const failure = await run({ app }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeployError);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^Make .*checksum.* something that is not its usual data; /),
    });
    expect(sent()).toEqual([]);
  });

  test.each([
    ['a page', /^POST .*\/connections$/, '<html></html>'],
    ['nothing', /^POST .*\/modules$/, ''],
    ['a page', /^PUT .*\/base$/, '<html></html>'],
  ])('%s in the place of an answer to %s is no success', async (_what, call, says) => {
    make.failNext(call, { says });
    await expect(run({ app })).rejects.toThrow('not its usual data');
    await run({ app });
    expect(await run({ app })).toBe(0);
  });

  test('what is only set may be answered with nothing', async () => {
    make.failNext(/^PUT .*\/readme$/, { says: '' });
    await run({ app });
    expect(sent()).toContain(`PUT /${SMALL_ID}/1/readme`);
  });

  test('one of two calls fails: the other is waited for, and then the failure is told', async () => {
    make.failNext(/^PUT .*\/base$/, 400);
    make.delayNext(/^PUT .*\/groups$/, 200);
    await expect(run({ app })).rejects.toThrow('/1/base');
    expect(make.done).toContain(`PUT /${SMALL_ID}/1/groups`);
  });
});

describe('whose app it is', () => {
  test.each([
    ['koji', 'koji', 'Koji'],
    ['koji', 'koji-a1b2c3', 'Koji'],
    ['koji-amplitude', 'koji-amplitude-a1b2c3', 'Koji and Amplitude'],
  ] as const)('%s takes the app %s, which is called %s', async (target, name, label) => {
    make.addApp('koji-of-somebody', label);
    make.addApp(name, label);
    await run({ app: appOf(target) });
    expect(saved?.appId).toBe(name);
    expect(make.apps()).toEqual(['koji-of-somebody', name]);
  });

  test.each([
    ['koji', 'kojiro-a1b2c3', 'Koji'],
    ['koji', 'my-koji', 'Koji'],
    ['koji', 'koji-of-somebody', 'Koji'],
    ['koji', 'koji-amplitude', 'Koji'],
    ['koji', 'koji-amplitude-x1', 'Koji'],
    ['koji', 'koji-a1b2c3', 'Koji for all'],
    ['koji-amplitude', 'koji-a1b2c3', 'Koji and Amplitude'],
  ] as const)('%s leaves the app %s alone, which is called %s', async (target, name, label) => {
    make.addApp(name, label);
    const before = make.holds(name);
    await run({ app: appOf(target) });
    expect(make.holds(name)).toEqual(before);
    expect(saved?.appId).toBe(`${target}-x10`);
  });

  test('an app of the same label is told, because it may be this one under another name', async () => {
    make.addApp('my-koji', 'Koji');
    await run({ app: small, apply: false });
    expect(said[0]).toBe(
      'left alone: the app my-koji, which is called Koji too; if it is this one, name it with --app my-koji',
    );
  });

  test('what is only on Make is left alone, and nothing is published or deleted', async () => {
    await deployed(both);
    make.add(ID, 'module', 'ownModule', 'Mine');
    await run();
    expect(said).toEqual(['left alone: the module ownModule, which is only on Make']);
    expect(make.calls.filter((call) => /public|^DELETE/.test(call))).toEqual([]);
  });
});

describe('what was deleted on Make', () => {
  const app = small;

  test.each([
    ['connection', 'koji', 'connection-0x9', 'connection-1x9'],
    ['webhook', 'analyzedInterviews', 'webhook-0x9', 'webhook-1x9'],
  ] as const)('a %s is made anew, and everything uses the new one', async (kind, local, gone, anew) => {
    await deployed(app);
    make.remove(SMALL_ID, kind, gone);

    await run({ app, apply: false });
    expect(said.slice(0, 2)).toEqual([
      `would forget the ${kind} ${local}: ${gone} is no longer on Make`,
      `would make the ${kind} ${local}`,
    ]);
    expect(said).toContain(`would change ${kind} of the module watchAnalyzedInterviews`);
    expect(sent()).toEqual([]);
    expect(saved?.idMapping[kind]).toContainEqual({ local, remote: gone });

    await run({ app });
    expect(said[0]).toBe(`forgot the ${kind} ${local}: ${gone} is no longer on Make`);
    expect(saved?.idMapping[kind]).toContainEqual({ local, remote: anew });
    expect(saved?.idMapping[kind].length).toBe(1);
    expect(make.holds(SMALL_ID).module[0]?.metadata[kind]).toBe(anew);
    expect(await run({ app })).toBe(0);
  });

  test('a connection that somebody made again by hand is taken by its label', async () => {
    await deployed(app);
    make.remove(SMALL_ID, 'connection', 'connection-0x9');
    make.add(SMALL_ID, 'connection', 'connection-mine', app.connections[0]?.label ?? '');
    await run({ app });
    expect(said).toContain('found the connection koji by its label');
    expect(saved?.idMapping.connection).toContainEqual({ local: 'koji', remote: 'connection-mine' });
    expect(await run({ app })).toBe(0);
  });

  test('a module is made anew', async () => {
    await deployed(app);
    make.remove(SMALL_ID, 'module', 'startInterview');
    await run({ app });
    expect(said[0]).toBe('make the module startInterview');
    expect(await run({ app })).toBe(0);
  });
});

describe('what is different about a thing', () => {
  test('a new label and description of a module are sent', async () => {
    await deployed(both);
    const app = withModule('startInterview', (module) => ({ ...module, label: 'Begin', description: 'Begins.' }));
    // The app's own description on Make names its modules.
    expect(await run({ app })).toBe(2);
    expect(said).toEqual(['change label and description of the module startInterview', 'send readme of the app']);
    expect(make.bodies).toEqual([
      { call: `PATCH /${ID}/1/modules/startInterview`, body: { label: 'Begin', description: 'Begins.' } },
    ]);
    expect(await run({ app })).toBe(0);
  });

  test.each([
    ['module', 'startInterview', 'connection', 'connection-1x9', 'connection-0x9'],
    ['module', 'watchCohortMembers', 'connection', 'connection-0x9', 'connection-1x9'],
    ['module', 'watchCohortMembers', 'webhook', 'webhook-0x9', 'webhook-1x9'],
    ['module', 'sendInterviewEvent', 'crud', 'read', 'create'],
    ['rpc', 'listInterviews', 'connection', 'connection-1x9', 'connection-0x9'],
    ['rpc', 'listInterviews', 'label', 'Others', 'List interviews'],
    ['webhook', 'webhook-0x9', 'connection', 'connection-1x9', 'connection-0x9'],
    ['connection', 'connection-0x9', 'label', 'Other', 'Koji'],
  ] as const)('another %s %s on Make: its %s is set right', async (kind, name, key, there, here) => {
    await deployed(both);
    const before = make.holds(ID);
    make.change(ID, kind, name, { [key]: there });
    expect(await run()).toBe(1);
    expect(make.bodies.map(({ body }) => body)).toEqual([{ [key]: here }]);
    expect(make.holds(ID)).toEqual(before);
    expect(await run()).toBe(0);
  });

  test('a module of another kind stops the deploy before anything is sent, because Make keeps the kind', async () => {
    await deployed(both);
    make.change(ID, 'module', 'startInterview', { typeId: 9 });
    make.remove(ID, 'connection', 'connection-0x9');
    for (const apply of [false, true]) {
      await expect(run({ apply })).rejects.toThrow(
        "Make can't change what a module is: startInterview (search on Make, action here). Nothing was sent. Remove it by hand on Make",
      );
      expect(sent()).toEqual([]);
    }
    make.remove(ID, 'module', 'startInterview');
    await run();
    expect(await run()).toBe(0);
  });
});

describe('what the app has no longer', () => {
  const step: Step = { url: 'https://koji.example/hooks', method: 'POST', body: {} };
  const attached: App = {
    ...both,
    webhooks: both.webhooks.map((webhook) => ({ ...webhook, attach: step, detach: step })),
  };

  test('attach and detach of a webhook are emptied', async () => {
    await deployed(attached);
    expect(make.holds(ID).webhook[0]?.codes.attach).toContain('koji.example');
    // Each webhook's two, and the README, which says again how people connect them.
    expect(await run()).toBe(5);
    expect(said).toContain('send attach of the webhook analyzedInterviews');
    expect(said).toContain('send readme of the app');
    for (const { codes } of make.holds(ID).webhook) expect(codes).toMatchObject({ attach: '{}', detach: '{}' });
    expect(await run()).toBe(0);
  });

  test('the examples that Make puts into a new webhook do not stay; what is empty is not sent again', async () => {
    await deployed(small);
    expect(make.holds(SMALL_ID).webhook[0]?.codes).toMatchObject({ attach: '{}', detach: '{}', update: '{ }\n' });
  });
});

test.each(['evil.example', 'eu1.make.com', ''])('“%s” is no zone', (zone) => {
  expect(() => apiAddress(zone, undefined)).toThrow('is no zone');
});

test('only this machine may stand in for Make', () => {
  expect(() => apiAddress('eu1', 'https://evil.example')).toThrow('must be an address of this machine');
  expect(apiAddress('eu1', undefined)).toBe('https://eu1.make.com/api');
});
