import app from '../../index.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type KojiSandbox, startKoji } from '../../sandbox/koji/server.ts';
import { startZapier, type ZapierSandbox } from '../../sandbox/zapier/platform.ts';

const HOUR = 3_600_000;
let clock: VirtualClock;
let koji: KojiSandbox;
let zapier: ZapierSandbox;

beforeEach(async () => {
  clock = new VirtualClock(Date.now() - 72 * HOUR);
  koji = await startKoji({ clock });
  zapier = await startZapier({
    app,
    clock,
    authData: { koji_api_key: sandboxKeys.full },
    environment: { KOJI_API_URL: koji.url },
  });
});

afterEach(async () => {
  await Promise.all([zapier.close(), koji.close()]);
});

const turnedOnZap = async () => {
  const zap = zapier.zap({ trigger: { key: 'interview_analysis_ready' } });
  await zap.turnOn();
  return zap;
};

const answeredInterview = async () => {
  const interviewId = koji.openLink();
  koji.respond(interviewId);
  await clock.advance(10_000);
  return interviewId;
};

const deliverAgain = async (interviewId: string) => {
  await koji.deliverAgain(interviewId);
  await clock.advance(1_000);
};

test('an interview that is delivered twice triggers the Zap once', async () => {
  const zap = await turnedOnZap();
  await deliverAgain(await answeredInterview());
  expect(zap.deliveries.map(({ outcome }) => outcome)).toEqual(['triggered', 'ignored']);
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
  const zap = zapier.zap({ trigger: { key: 'interview_analysis_ready', inputData: { minimum_quality: 5 } } });
  await zap.turnOn();
  await answeredInterview();
  expect(zap.deliveries.map(({ outcome }) => outcome)).toEqual(['ignored']);
  expect(zapier.cache.counts.set).toBe(0);
});

test.each(['refusing', 'rateLimited', 'hanging'] as const)(
  'with a cache that is %s it triggers all the same, within 3 seconds',
  async (mood) => {
    const zap = await turnedOnZap();
    zapier.cache.setMood(mood);
    const began = performance.now();
    await answeredInterview();
    expect(zap.runs()).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(3_000);
  },
);

test('turning the Zap off leaves no webhook at Koji', async () => {
  const zap = await turnedOnZap();
  expect(koji.webhooks()).toHaveLength(1);
  await zap.turnOff();
  expect(koji.webhooks()).toEqual([]);
});

test("Koji's check of the address is answered 200 and starts nothing", async () => {
  const zap = await turnedOnZap();
  const [webhook] = koji.webhooks();
  const [delivery] = [await koji.sendVerification(webhook?.id ?? '')].flat();
  await clock.advance(1_000);
  expect(delivery).toMatchObject({ status: 200 });
  expect(zap.runs()).toEqual([]);
});
