import { VirtualClock } from '../../sandbox/clock.ts';
import { openStage, type Stage } from './stage.ts';

const HOUR = 3_600_000;
let clock: VirtualClock;
let stage: Stage;

beforeEach(async () => {
  clock = new VirtualClock(Date.now() - 72 * HOUR);
  stage = await openStage(clock);
});

afterEach(() => stage.close());

const turnedOnZap = (inputData = {}) => stage.turnedOn('interview_analysis_ready', inputData);

const answeredInterview = async () => {
  const interviewId = stage.answered();
  await clock.advance(10_000);
  return interviewId;
};

const deliverAgain = async (interviewId: string) => {
  await stage.koji.deliverAgain(interviewId);
  await clock.advance(1_000);
};

test('an interview that is delivered twice triggers the Zap once', async () => {
  const zap = await turnedOnZap();
  await deliverAgain(await answeredInterview());
  expect(zap.deliveries.map(({ outcome }) => outcome)).toEqual(['triggered', 'ignored']);
  expect(stage.zapier.logs.map(({ message }) => message)).toContain(
    'Nothing was triggered. This interview was delivered before.',
  );
});

test('two interviews, one after the other, both trigger', async () => {
  const zap = await turnedOnZap();
  const interviews = [await answeredInterview(), await answeredInterview()];
  expect(zap.runs().map(({ trigger }) => trigger?.id)).toEqual(interviews);
});

test('two Zaps that listen to the same project both trigger', async () => {
  const zaps = [await turnedOnZap(), await turnedOnZap()];
  await answeredInterview();
  expect(zaps.map((zap) => zap.runs().length)).toEqual([1, 1]);
});

test('a day later the same interview triggers again', async () => {
  const zap = await turnedOnZap();
  const interviewId = await answeredInterview();
  await clock.advance(25 * HOUR);
  await deliverAgain(interviewId);
  expect(zap.runs()).toHaveLength(2);
});

test('an interview that the gate kept out leaves no mark', async () => {
  const zap = await turnedOnZap({ minimum_quality: 5 });
  await answeredInterview();
  expect(zap.deliveries.map(({ outcome }) => outcome)).toEqual(['ignored']);
  expect(stage.zapier.cache.counts.set).toBe(0);
});

test.each(['refusing', 'rateLimited', 'hanging'] as const)(
  'with a cache that is %s it triggers all the same, and soon',
  async (mood) => {
    const zap = await turnedOnZap();
    stage.zapier.cache.setMood(mood);
    const began = performance.now();
    await answeredInterview();
    expect(zap.runs()).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(20_000);
  },
);

test('turning the Zap off leaves no webhook at Koji', async () => {
  const zap = await turnedOnZap();
  expect(stage.koji.webhooks()).toHaveLength(1);
  await zap.turnOff();
  expect(stage.koji.webhooks()).toEqual([]);
});

test("Koji's check of the address is answered 200 and starts nothing", async () => {
  const zap = await turnedOnZap();
  const [webhook] = stage.koji.webhooks();
  const [delivery] = [await stage.koji.sendVerification(webhook?.id ?? '')].flat();
  await clock.advance(1_000);
  expect(delivery).toMatchObject({ status: 200 });
  expect(zap.runs()).toEqual([]);
});
