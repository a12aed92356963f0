import { type Setting, startSetting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await startSetting();
});
afterEach(() => setting.close());

const remember = (key: string) => setting.zapier.invoke('creates.remember.operation.perform', { inputData: { key } });

test('what is set only if it isn’t there yet is set once', async () => {
  expect(await remember('k')).toMatchObject({ is_first: true });
  expect(await remember('k')).toMatchObject({ is_first: false });
  expect(await remember('other')).toMatchObject({ is_first: true });
  expect(setting.zapier.cache.peek('k')).toEqual({ seen: true });
  expect(setting.zapier.cache.counts).toEqual({ get: 3, set: 3, delete: 0 });
});

test('a value is gone when its time is over on the virtual clock', async () => {
  await remember('k');
  await setting.clock.advance(59_999);
  expect(await remember('k')).toMatchObject({ is_first: false });
  await setting.clock.advance(1);
  expect(await remember('k')).toMatchObject({ is_first: true });
});

test('a scope is a cache of its own', async () => {
  expect(await remember('k')).toEqual({ id: 'k', is_first: true, known: null });
});

test('a cache that is rate limited says no to every set and knows nothing', async () => {
  setting.zapier.cache.setMood('rateLimited');
  expect(await remember('k')).toEqual({ id: 'k', is_first: false, known: null });
  expect(setting.zapier.cache.peek('k')).toBeUndefined();
});

test('a cache that refuses is tried three times', async () => {
  setting.zapier.cache.setMood('refusing');
  await expect(remember('k')).rejects.toThrow('RPC request failed after 3 attempts');
  expect(setting.zapier.cache.counts.set).toBe(3);
});

test('a cache that hangs costs the whole invocation', async () => {
  await setting.close();
  setting = await startSetting({ appIsOnClock: true });
  setting.zapier.cache.setMood('hanging');
  const hung = expect(remember('k')).rejects.toThrow('timed out after 30 s');
  while (setting.zapier.cache.counts.set === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  setting.clock.pass(30_000);
  await hung;
  setting.zapier.cache.setMood('normal');
  expect(await remember('other')).toMatchObject({ is_first: true });
});
