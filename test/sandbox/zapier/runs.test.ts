import type { Step } from '../../../sandbox/zapier/runs.ts';
import { type Setting, START, startSetting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await startSetting();
});
afterEach(() => setting.close());

const SEND: Step = { key: 'send', inputData: { to: 'ada' } };

/** A Zap with these steps that has run once for each of the given items. */
const runZap = async (steps: Step[], items: Record<string, unknown>[] = [{ id: 'n1', text: 'hi' }]) => {
  const zap = setting.zapier.zap({ trigger: { key: 'new_note' }, steps });
  await zap.turnOn();
  await setting.post(zap.targetUrl(), { notes: items });
  await setting.clock.advance(0);
  return zap;
};

test('a step sees the trigger and the steps before it', async () => {
  const zap = await runZap([
    SEND,
    { key: 'send', inputData: (trigger, outputs) => ({ to: `${outputs[0]?.id} for ${trigger.id}` }) },
  ]);
  expect(zap.runs()[0]).toMatchObject({ status: 'success', outputs: [{ to: 'ada' }, { to: 'message-3 for n1' }] });
});

describe('a step of another app', () => {
  const sent: Record<string, unknown>[] = [];
  const email = {
    inputData: { to: '{{trigger.text}}', text: 'See {{steps.0.id}}' },
    carryOut: (input: Record<string, unknown>) => {
      sent.push(input);
      return { sent: true };
    },
  };
  afterEach(() => sent.splice(0));

  test('sees the trigger and the steps before it', async () => {
    const zap = await runZap([SEND, email]);
    expect(zap.runs()[0]).toMatchObject({ status: 'success', outputs: [{ to: 'ada' }, { sent: true }] });
    expect(sent).toEqual([{ to: 'hi', text: expect.stringMatching(/^See message-\d+$/) }]);
  });

  test('may have a filter in front of it, which ends the run', async () => {
    const zap = await runZap([SEND, { ...email, onlyIf: ({ text }) => text !== 'hi' }]);
    expect(zap.runs()[0]).toMatchObject({ status: 'filtered', outputs: [{ to: 'ada' }] });
    expect(sent).toEqual([]);
  });
});

test('a throttled step waits as long as it says, then the run goes on from there', async () => {
  setting.failures.send.push(undefined, 'throttled');
  const zap = await runZap([SEND, SEND]);
  expect(zap.runs()[0]?.status).toBe('waiting');
  await setting.clock.advance(89_999);
  expect(setting.bundlesOf('send')).toHaveLength(2);
  await setting.clock.advance(1);
  expect(setting.bundlesOf('send')).toHaveLength(3);
  expect(zap.runs()[0]?.history).toEqual([
    { at: START, status: 'waiting', step: 1, message: 'Slow down.' },
    { at: START + 90_000, status: 'success', step: null, message: null },
  ]);
});

test('a throttled step that names no delay waits a minute', async () => {
  setting.failures.send.push('throttled-without-delay');
  const zap = await runZap([SEND]);
  await setting.clock.runUntilIdle();
  expect(zap.runs()[0]?.history.at(-1)).toMatchObject({ at: START + 60_000, status: 'success' });
});

test('a run that is throttled for ever ends', async () => {
  setting.failures.send.push(...Array(60).fill('throttled'));
  const zap = await runZap([SEND]);
  await setting.clock.runUntilIdle();
  expect(zap.runs()[0]?.status).toBe('errored');
});

test('a halted step halts the run, and no later step is done', async () => {
  setting.failures.send.push('halted');
  const zap = await runZap([SEND, SEND]);
  expect(zap.runs()[0]).toMatchObject({ status: 'halted', failure: { message: 'This person is blocked.' } });
  expect(setting.bundlesOf('send')).toHaveLength(1);
});

test('an app error is read from its JSON', async () => {
  setting.failures.send.push('app');
  const zap = await runZap([SEND]);
  expect(zap.runs()[0]).toMatchObject({
    status: 'errored',
    failure: { kind: 'errored', name: 'AppError', message: 'Koji said no.', code: 'NotFound', status: 404 },
  });
});

test.each(['plain', 'contextified'])('a %s error shows all that core adds to it', async (kind) => {
  setting.failures.send.push(kind);
  const zap = await runZap([SEND]);
  expect(zap.runs()[0]?.failure?.message).toContain('"inputData":{"to":"ada"');
});

test('an expired connection holds this run and later ones until the person reconnects', async () => {
  setting.failures.send.push('expired');
  const zap = await runZap([SEND], [{ id: 'n1' }, { id: 'n2' }]);
  await setting.post(zap.targetUrl(), { notes: [{ id: 'n3' }] });
  await setting.clock.runUntilIdle();
  expect(setting.zapier.isConnectionExpired()).toBe(true);
  expect(zap.runs().map(({ status }) => status)).toEqual(['held', 'held', 'held']);
  expect(setting.bundlesOf('send')).toHaveLength(1);

  await setting.zapier.reconnect({ api_key: 'new-key-5678' });
  expect(zap.runs().map(({ status, trigger }) => [status, trigger?.id])).toEqual([
    ['success', 'n1'],
    ['success', 'n2'],
    ['success', 'n3'],
  ]);
  expect(setting.bundlesOf('send').at(-1)?.authData).toEqual({ api_key: 'new-key-5678', region: 'us' });
});

test('reconnecting with a key that fails its test changes nothing', async () => {
  setting.failures.send.push('expired');
  const zap = await runZap([SEND]);
  await expect(setting.zapier.reconnect({ api_key: 'revoked' })).rejects.toThrow('Your key is wrong.');
  expect(zap.runs()[0]?.status).toBe('held');
});

test('an invocation that takes too long is an errored run', async () => {
  await setting.close();
  setting = await startSetting({ limitMilliseconds: 100 });
  // Its step alone is under the limit: a machine that has much else to do may take longer for a trigger.
  const run = await setting.zapier.runSteps({ id: 'n1' }, [{ key: 'slow' }]);
  expect(run).toMatchObject({ status: 'errored', failure: { name: 'TimeoutError' }, history: [{ step: 0 }] });
  expect(run.failure?.message).toContain('timed out after 0.1 s');
});

test('of what a search finds the first is used', async () => {
  setting.vendor.notes.push({ id: 'first', text: 'hi' }, { id: 'second', text: 'hi' }, { id: 'other', text: 'ho' });
  const zap = await runZap([
    { key: 'find_note', inputData: { text: '{{trigger.text}}' } },
    { key: 'send', inputData: { to: '{{steps.0.id}}' } },
  ]);
  expect(zap.runs()[0]?.inputs).toEqual([{ text: 'hi' }, { to: 'first', mode: 'text' }]);
});

test('a search that finds nothing halts the run', async () => {
  const zap = await runZap([{ key: 'find_note', inputData: { text: 'nowhere' } }, SEND]);
  expect(zap.runs()[0]).toMatchObject({ status: 'halted', outputs: [], failure: { name: 'NothingFound' } });
});

test('actions with the same throttle share its limit, and those over it wait for the next window', async () => {
  const zap = await runZap([{ key: 'limited' }, { key: 'also_limited' }], [{ id: 'n1' }, { id: 'n2' }]);
  expect(zap.runs().map(({ status }) => status)).toEqual(['success', 'waiting']);
  await setting.clock.advance(59_999);
  expect(zap.runs()[1]?.status).toBe('waiting');
  await setting.clock.advance(1);
  expect(zap.runs()[1]?.status).toBe('success');
});

test('five hundred throttled runs come through at the throttle’s pace', async () => {
  const items = Array.from({ length: 500 }, (_, index) => ({ id: `n${index}` }));
  const zap = await runZap([{ key: 'limited' }], items);
  await setting.clock.runUntilIdle();
  expect(zap.runs().every(({ status }) => status === 'success')).toBe(true);
  expect(setting.clock.now()).toBe(START + 249 * 60_000);
});
