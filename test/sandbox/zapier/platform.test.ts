import { type Setting, startSetting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await startSetting();
});
afterEach(() => setting.close());

test('an empty field of the connection has its default', async () => {
  await setting.zapier.invoke('creates.send.operation.perform', { inputData: { to: 'ada' } });
  expect(setting.bundlesOf('send')[0]?.authData).toMatchObject({ region: 'us' });
});

test('testing the connection gives what the vendor says and the label', async () => {
  expect(await setting.zapier.testConnection()).toEqual({ data: { workspace_name: 'Acme' }, label: 'Acme (us)' });
});

test('a connection whose test fails tells why', async () => {
  await setting.close();
  setting = await startSetting({ authData: { api_key: 'revoked' } });
  await expect(setting.zapier.testConnection()).rejects.toMatchObject({
    failure: { message: 'Your key is wrong.', status: 401 },
  });
});

test('a connection needs its required fields', async () => {
  await setting.close();
  setting = await startSetting({ authData: {} });
  await expect(setting.zapier.testConnection()).rejects.toThrow('api_key');
});

test('what the app prints and requests is kept, with its secrets scrubbed, and not shown', async () => {
  await setting.close();
  const shown = jest.spyOn(console, 'log').mockImplementation();
  setting = await startSetting();
  await setting.zapier.invoke('creates.talk.operation.perform');
  expect(setting.zapier.logs.map(({ type, message }) => [type, message])).toEqual([
    ['console', expect.stringMatching(/^the key is :censored:.*, hello$/)],
    ['http', `200 GET ${setting.vendor.server.url}/talk`],
  ]);
  expect(JSON.stringify(setting.zapier.logs)).not.toContain('key-of-acme-1234');
  expect(shown).not.toHaveBeenCalled();
  await setting.zapier.close();
  shown.mockRestore();
});

test('the integration’s environment is there while the app runs and gone afterwards', async () => {
  await setting.close();
  setting = await startSetting({ environment: { FAKE_API_URL: 'http://127.0.0.1:1' } });
  await setting.zapier.invoke('creates.talk.operation.perform');
  expect(process.env.FAKE_API_URL).toBe('http://127.0.0.1:1');
  await setting.zapier.close();
  expect(process.env.FAKE_API_URL).toBeUndefined();
  expect(process.env.LOGGING_ENDPOINT).toBeUndefined();
});

test('the app cannot change what the sandbox keeps', async () => {
  const inputData = { to: 'ada' };
  await setting.zapier.invoke('creates.send.operation.perform', { inputData });
  expect(inputData).toEqual({ to: 'ada' });
});

test('an action the app does not have is a mistake in the Zap', () => {
  expect(() => setting.zapier.zap({ trigger: { key: 'no_such' } })).toThrow(
    'The app has no no_such among its triggers.',
  );
});

test('a hundred people pass through three invocations each in good time', async () => {
  const zap = setting.zapier.zap({
    trigger: { key: 'new_note' },
    steps: [{ key: 'send', inputData: { to: '{{trigger.id}}' } }, { key: 'talk' }],
  });
  await zap.turnOn();
  // Of the processor's time, which does not depend on what else this machine does.
  const began = process.cpuUsage();
  for (let person = 0; person < 100; person += 1) {
    await setting.post(zap.targetUrl(), { notes: [{ id: `n${person}` }] });
  }
  await setting.clock.runUntilIdle();
  expect(zap.runs().filter(({ status }) => status === 'success')).toHaveLength(100);
  expect(process.cpuUsage(began).user).toBeLessThan(10_000_000);
});
