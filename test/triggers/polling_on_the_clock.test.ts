import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { perform } from '../../triggers/new_interview_analysis.ts';
import { bareRuntime } from '../support/bare-runtime.ts';
import { openStage, type Stage } from './stage.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: VirtualClock;
let stage: Stage;

beforeEach(async () => {
  clock = new VirtualClock(Date.parse('2026-05-24T06:00:00Z'));
  // A poll looks back from its own present, so here the app's time is the story's.
  jest.spyOn(Date, 'now').mockImplementation(clock.now);
  stage = await openStage(clock);
});

afterEach(async () => {
  await stage.close();
  jest.mocked(Date.now).mockRestore();
});

const turnedOn = (key = 'new_interview_analysis') => stage.turnedOn(key);
const answered = (outcome = {}) => stage.answered(outcome);

const triggered = (zap: { runs: () => { trigger: Record<string, unknown> | null }[] }) =>
  zap.runs().map(({ trigger }) => trigger?.id);

test('over a day of polls every 15 minutes, two of them missed, each interview triggers once', async () => {
  await stage.close();
  const runtime = bareRuntime(perform, { koji_api_key: sandboxKeys.full }, clock);
  stage = await openStage(clock, runtime.invoke);
  answered();
  const begunLongAgo = stage.koji.openLink();
  await clock.advance(20 * 24 * HOUR);
  const zap = await turnedOn();

  const expected: string[] = [];
  for (let number = 1; number <= 96; number += 1) {
    const rush = number === 41;
    for (let count = 0; count < (rush ? 70 : 1); count += 1) expected.push(answered());
    if (number === 80) {
      stage.koji.respond(begunLongAgo);
      expected.push(begunLongAgo);
    }
    await clock.advance(15 * MINUTE);
    if (number !== 40 && number !== 41) expect((await zap.poll()).failure).toBeNull();
  }
  expect(triggered(zap).length).toBe(expected.length);
  expect(new Set(triggered(zap))).toEqual(new Set(expected));
  runtime.close();
});

test('with a clock that is set a day ahead, and a day back, between polls, each interview triggers once', async () => {
  answered();
  await clock.advance(HOUR);
  const zap = await turnedOn();
  const expected = [];
  for (let number = 1; number <= 48; number += 1) {
    const wrongBy = [0, 24 * HOUR, -24 * HOUR, -HOUR][number % 4] ?? 0;
    jest.mocked(Date.now).mockImplementation(() => clock.now() + wrongBy);
    expected.push(answered());
    await clock.advance(15 * MINUTE);
    expect((await zap.poll()).failure).toBeNull();
  }
  expect(triggered(zap)).toEqual(expected);
});

test.each([
  ['an hour ahead', HOUR],
  ['a day ahead', 24 * HOUR],
  ['ten days ahead', 240 * HOUR],
  ['a month ahead', 720 * HOUR],
  ['an hour behind', -HOUR],
  ['a day behind', -24 * HOUR],
  ['a month behind', -720 * HOUR],
])('turned on with a clock that is %s, nothing from before triggers once it is right', async (_name, wrongBy) => {
  for (let hour = 0; hour < 240; hour += 6) {
    answered();
    await clock.advance(6 * HOUR);
  }
  jest.mocked(Date.now).mockImplementation(() => clock.now() + wrongBy);
  const zap = await turnedOn();
  jest.mocked(Date.now).mockImplementation(clock.now);
  const fresh = answered();
  await clock.advance(15 * MINUTE);
  await zap.poll();
  expect(triggered(zap)).toEqual([fresh]);
});

test('after half a day in which every poll failed, nothing is missing', async () => {
  const zap = await turnedOn();
  const expected = [];
  for (let number = 1; number <= 48; number += 1) {
    expected.push(answered());
    await clock.advance(15 * MINUTE);
    stage.koji.failNext(() => true, number % 2 === 0 ? { status: 503, body: '' } : { status: 429, body: '' });
    expect((await zap.poll()).failure?.kind).toBe('throttled');
  }
  await zap.poll();
  expect(new Set(triggered(zap))).toEqual(new Set(expected));
});

test('after a key that was revoked from Friday to Monday, nothing of the weekend is missing', async () => {
  const zap = await turnedOn();
  const expected = [];
  for (let hour = 1; hour <= 66; hour += 1) {
    expected.push(answered());
    await clock.advance(HOUR);
  }
  stage.koji.failNext(() => true, { status: 401, body: { error: 'unauthorized', message: 'Revoked.' } });
  expect((await zap.poll()).failure?.kind).toBe('expired');
  await clock.advance(HOUR);
  await stage.zapier.reconnect();
  await zap.poll();
  expect(triggered(zap)).toHaveLength(66);
  expect(new Set(triggered(zap))).toEqual(new Set(expected));
});

test('nothing that was analyzed before the Zap was turned on ever triggers', async () => {
  for (let number = 0; number < 60; number += 1) {
    answered({ quality_score: number % 2 === 0 ? 4 : 1 });
    await clock.advance(30 * MINUTE);
  }
  const zap = await turnedOn();
  for (let number = 0; number < 30; number += 1) {
    await clock.advance(HOUR);
    expect((await zap.poll()).newItems).toBe(0);
  }
  expect(zap.runs()).toEqual([]);
});

test.each(['2026-05-24T11:41:22', '05/06/2026 10:00', '0001-01-01T00:00:00Z', 'yesterday'])(
  'dates that can not be read, such as %s, make no old interview new, and keep no new one out',
  async (date) => {
    const dates = { started_at: date, completed_at: date, analyzed_at: date };
    for (let number = 0; number < 60; number += 1) answered({ extra: dates });
    await clock.advance(HOUR);
    const zap = await turnedOn();
    await clock.advance(HOUR);
    expect((await zap.poll()).newItems).toBe(0);
    const fresh = answered({ extra: dates });
    for (let number = 0; number < 3; number += 1) {
      await clock.advance(HOUR);
      await zap.poll();
    }
    expect(triggered(zap)).toEqual([fresh]);
  },
);

test('of more than a reading can hold, nothing old triggers either', async () => {
  for (let number = 0; number < 640; number += 1) {
    answered();
    await clock.advance(2 * MINUTE);
  }
  const zap = await turnedOn();
  const fresh = answered();
  await clock.advance(15 * MINUTE);
  const { items } = await zap.poll();
  expect(items).toHaveLength(500);
  expect(triggered(zap)).toEqual([fresh]);
});

test('an interview whose analysis came while the Zap was being turned on triggers, unless it was there before', async () => {
  const underWay = answered();
  const zap = await turnedOn();
  await clock.advance(15 * MINUTE);
  await zap.poll();
  expect(triggered(zap)).toEqual([underWay]);
});

test('moving from the hook to the poll, and back, triggers for no interview twice', async () => {
  const hook = await turnedOn('interview_analysis_ready');
  const first = [answered(), answered()];
  await clock.advance(15 * MINUTE);
  await hook.turnOff();

  const poll = await turnedOn();
  const second = [answered(), answered()];
  await clock.advance(15 * MINUTE);
  await poll.poll();
  await poll.turnOff();

  await hook.turnOn();
  const third = [answered()];
  await clock.advance(15 * MINUTE);

  const all = [...triggered(hook), ...triggered(poll)];
  expect(all).toHaveLength(5);
  expect(new Set(all)).toEqual(new Set([...first, ...second, ...third]));
});

test('hook and poll side by side give an interview under the same id, with the same values', async () => {
  const [hook, poll] = [await turnedOn('interview_analysis_ready'), await turnedOn()];
  answered();
  await clock.advance(15 * MINUTE);
  await poll.poll();
  expect(poll.runs()).toHaveLength(1);
  expect(poll.runs().map(({ trigger }) => trigger)).toEqual(hook.runs().map(({ trigger }) => trigger));
});
