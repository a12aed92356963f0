import { type Setting, startSetting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await startSetting();
});
afterEach(() => setting.close());

const add = (...ids: string[]) => setting.vendor.notes.unshift(...ids.map((id) => ({ id, text: `text of ${id}` })));
const idsOf = (zap: { runs: () => { trigger: Record<string, unknown> | null }[] }) =>
  zap.runs().map(({ trigger }) => trigger?.id);

test('what is there when the Zap is turned on makes no runs', async () => {
  add('old');
  const zap = setting.zapier.zap({ trigger: { key: 'polled_note' } });
  await zap.turnOn();
  expect(setting.bundlesOf('poll')[0]?.meta.isPopulatingDedupe).toBe(true);
  await zap.poll();
  expect(zap.runs()).toEqual([]);
});

test('each new item makes one run, the oldest first, and only once', async () => {
  const zap = setting.zapier.zap({ trigger: { key: 'polled_note' } });
  await zap.turnOn();
  add('b', 'a');
  expect(await zap.poll()).toMatchObject({ newItems: 2, held: 0, failure: null });
  expect(await zap.poll()).toMatchObject({ newItems: 0 });
  expect(idsOf(zap)).toEqual(['a', 'b']);
});

test('primary output fields take the place of the id', async () => {
  add('a');
  const zap = setting.zapier.zap({ trigger: { key: 'polled_version' } });
  await zap.turnOn();
  setting.vendor.notes[0] = { id: 'a', text: 'changed' };
  await zap.poll();
  expect(zap.runs().map(({ trigger }) => trigger)).toEqual([{ id: 'a', text: 'changed' }]);
});

test('what happened while the Zap was off is not made up for', async () => {
  const zap = setting.zapier.zap({ trigger: { key: 'polled_note' } });
  await zap.turnOn();
  await zap.turnOff();
  add('missed');
  await zap.turnOn();
  await zap.poll();
  expect(zap.runs()).toEqual([]);
});

test('more than a hundred new items at once are held until they are let go', async () => {
  const zap = setting.zapier.zap({ trigger: { key: 'polled_note' } });
  await zap.turnOn();
  add(...Array.from({ length: 101 }, (_, index) => `n${index}`));
  expect(await zap.poll()).toMatchObject({ newItems: 101, held: 101 });
  expect(zap.runs()).toEqual([]);
  await zap.releaseHeld();
  expect(zap.runs()).toHaveLength(101);
});

test('a poll that fails is no run, and the next one finds what there was', async () => {
  const zap = setting.zapier.zap({ trigger: { key: 'polled_note' } });
  await zap.turnOn();
  add('a');
  setting.failures.poll.push('app');
  expect((await zap.poll()).failure).toMatchObject({
    kind: 'errored',
    message: 'Koji said no.',
    code: 'NotFound',
    status: 404,
  });
  await zap.poll();
  expect(idsOf(zap)).toEqual(['a']);
});

test('a Zap that is off is not polled', async () => {
  await setting.zapier.zap({ trigger: { key: 'polled_note' } }).poll();
  expect(setting.given).toEqual([]);
});
