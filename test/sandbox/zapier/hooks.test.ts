import { sign } from './fake-app.ts';
import { type Setting, START, startSetting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await startSetting();
});
afterEach(() => setting.close());

const hookZap = () =>
  setting.zapier.zap({ trigger: { key: 'new_note' }, steps: [{ key: 'send', inputData: { to: '{{trigger.id}}' } }] });

test('turning a Zap on subscribes with its own URL and keeps what the service answered', async () => {
  const zap = hookZap();
  await zap.turnOn();
  expect([...setting.vendor.subscriptions.values()]).toEqual([zap.targetUrl()]);
  expect(zap.targetUrl()).toMatch(/\/hooks\/zap-1\/1$/);
  expect(zap.subscribeData()).toEqual({ id: 'sub-1', secret: 'hook-secret' });
});

test('turning a Zap off unsubscribes with that answer, and its URL is gone', async () => {
  const zap = hookZap();
  await zap.turnOn();
  const url = zap.targetUrl();
  await zap.turnOff();
  expect(setting.bundlesOf('unsubscribe')[0]).toMatchObject({ targetUrl: url, subscribeData: { id: 'sub-1' } });
  expect(setting.vendor.subscriptions.size).toBe(0);
  expect((await setting.post(url, {})).status).toBe(410);
});

test('a hook that nobody has is answered with 410', async () => {
  expect((await setting.post(`${setting.zapier.hooks.url}/hooks/zap-9/1`, {})).status).toBe(410);
});

test('a hook is answered 200 before the app has seen it', async () => {
  const zap = hookZap();
  await zap.turnOn();
  const response = await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  expect(response.status).toBe(200);
  expect(setting.bundlesOf('perform')).toEqual([]);
  await setting.clock.advance(0);
  expect(zap.runs().map(({ status, trigger }) => [status, trigger])).toEqual([['success', { id: 'n1' }]]);
});

test('processing can be minutes late', async () => {
  await setting.close();
  setting = await startSetting({ hookDelayMilliseconds: 120_000 });
  const zap = hookZap();
  await zap.turnOn();
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  await setting.clock.advance(119_999);
  expect(zap.runs()).toEqual([]);
  await setting.clock.advance(1);
  expect(zap.runs()[0]?.history).toEqual([{ at: START + 120_000, status: 'success', step: null, message: null }]);
});

test('the app gets the raw body and the header names as Zapier writes them', async () => {
  const zap = hookZap();
  await zap.turnOn();
  const body = '{ "notes": [],\n "emoji": "é 🙂" }';
  await setting.post(`${zap.targetUrl()}?a=1`, body, { 'X-Koji-Signature': sign(body) });
  await setting.clock.runUntilIdle();
  const bundle = setting.bundlesOf('perform')[0];
  expect(bundle?.rawRequest).toMatchObject({ method: 'POST', querystring: 'a=1', content: body });
  expect(bundle?.rawRequest?.headers).toMatchObject({
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Http-X-Koji-Signature': sign(body),
    'Http-User-Agent': expect.any(String),
  });
  expect(bundle?.cleanedRequest).toEqual({ notes: [], emoji: 'é 🙂' });
  expect(bundle?.subscribeData).toEqual({ id: 'sub-1', secret: 'hook-secret' });
  expect(bundle?.inputData).toEqual({ study: 'all' });
});

test('a hook whose perform gives nothing makes no run', async () => {
  const zap = hookZap();
  await zap.turnOn();
  await setting.post(zap.targetUrl(), 'not json');
  await setting.clock.runUntilIdle();
  expect(zap.runs()).toEqual([]);
  expect(zap.deliveries).toEqual([{ at: START, outcome: 'ignored', items: 0 }]);
});

test('hooks are not deduplicated', async () => {
  const zap = hookZap();
  await zap.turnOn();
  for (let time = 0; time < 2; time += 1) await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  await setting.clock.runUntilIdle();
  expect(zap.runs()).toHaveLength(2);
});

test('one delivery with several items makes several runs', async () => {
  const zap = hookZap();
  await zap.turnOn();
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }, { id: 'n2' }] });
  await setting.clock.runUntilIdle();
  expect(zap.runs().map(({ trigger }) => trigger)).toEqual([{ id: 'n1' }, { id: 'n2' }]);
});

test('the same id twice in one delivery fails core’s own check', async () => {
  const zap = hookZap();
  await zap.turnOn();
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }, { id: 'n1' }] });
  await setting.clock.runUntilIdle();
  expect(zap.runs().map(({ status, failure }) => [status, failure?.name])).toEqual([['errored', 'CheckError']]);
});

test('a throttled hook is not made to wait longer than five minutes', async () => {
  const zap = hookZap();
  await zap.turnOn();
  setting.failures.hook.push('throttled-for-long');
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  await setting.clock.advance(299_999);
  expect(zap.runs()[0]?.status).toBe('waiting');
  await setting.clock.advance(1);
  expect(zap.runs()[0]?.status).toBe('success');
});

test('a hook whose throttled perform then has nothing to say is filtered', async () => {
  const zap = hookZap();
  await zap.turnOn();
  setting.failures.hook.push('throttled');
  await setting.post(zap.targetUrl(), {});
  await setting.clock.runUntilIdle();
  expect(zap.runs().map(({ status, trigger }) => [status, trigger])).toEqual([['filtered', null]]);
});

test('a hook whose perform finds the connection expired is held, and performed after reconnecting', async () => {
  const zap = hookZap();
  await zap.turnOn();
  setting.failures.hook.push('expired');
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  await setting.clock.runUntilIdle();
  expect(zap.runs()[0]).toMatchObject({ status: 'held', trigger: null, failure: { message: 'The key was revoked.' } });
  await setting.zapier.reconnect();
  expect(zap.runs().map(({ status, trigger }) => [status, trigger])).toEqual([['success', { id: 'n1' }]]);
});

test('a throttled hook is tried once more, after as long as it says', async () => {
  const zap = hookZap();
  await zap.turnOn();
  setting.failures.hook.push('throttled');
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  await setting.clock.advance(89_999);
  expect(zap.runs()[0]).toMatchObject({ status: 'waiting', failure: { message: 'Slow down.', delaySeconds: 90 } });
  await setting.clock.advance(1);
  expect(zap.runs().map(({ status }) => status)).toEqual(['success']);
});

test('a hook throttled twice has failed', async () => {
  const zap = hookZap();
  await zap.turnOn();
  setting.failures.hook.push('throttled', 'throttled');
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  await setting.clock.runUntilIdle();
  expect(zap.runs()[0]?.history.map(({ status }) => status)).toEqual(['waiting', 'errored']);
  expect(setting.bundlesOf('perform')).toHaveLength(2);
});

test('the service can end the subscription itself', async () => {
  const zap = hookZap();
  await zap.turnOn();
  const url = zap.targetUrl() ?? '';
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(200);
  expect(zap.isOn()).toBe(false);
  expect((await setting.post(url, {})).status).toBe(410);
  expect(setting.bundlesOf('unsubscribe')).toEqual([]);
});

test('what arrived before the Zap was turned off is dropped when its turn comes', async () => {
  const zap = hookZap();
  await zap.turnOn();
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n1' }] });
  await zap.turnOff();
  await setting.clock.runUntilIdle();
  expect(zap.deliveries[0]?.outcome).toBe('dropped');
});

test('a subscription that fails leaves the Zap off and tells why', async () => {
  const zap = hookZap();
  setting.vendor.server.failNext(({ path }) => path === '/hooks', { status: 500, body: 'down' });
  await expect(zap.turnOn()).rejects.toMatchObject({ failure: { name: 'ResponseError' } });
  expect(zap.isOn()).toBe(false);
  expect(zap.targetUrl()).toBeNull();
});

test('a hook without a subscription keeps its URL while the Zap is turned off and on', async () => {
  const zap = setting.zapier.zap({ trigger: { key: 'pasted_hook' } });
  const url = zap.targetUrl();
  await zap.turnOn();
  await zap.turnOff();
  await zap.turnOn();
  await setting.post(url, 'id=7&name=Ada', { 'content-type': 'application/x-www-form-urlencoded' });
  await setting.clock.runUntilIdle();
  expect(zap.runs()[0]?.trigger).toEqual({ id: '7', name: 'Ada' });
});

test('the editor tests a hook with performList alone, and shows three records', async () => {
  setting.vendor.notes.push(...['a', 'b', 'c', 'd'].map((id) => ({ id, text: id })));
  expect(await hookZap().testTrigger()).toEqual(setting.vendor.notes.slice(0, 3));
  expect(setting.given.map(({ method }) => method)).toEqual(['performList']);
  expect(setting.bundlesOf('performList')[0]?.meta.isLoadingSample).toBe(true);
});

test('the editor falls back to the sample when there is nothing yet', async () => {
  expect(await hookZap().testTrigger()).toEqual([{ id: 'sample', text: 'Hello' }]);
});
