import { type Outcome, pausedSeconds } from '../../../forwarder/engine.ts';
import { startJob } from '../../../forwarder/jobs.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { startQueue } from '../../../sandbox/forwarder/queue.ts';

const job = (name: string) => startJob('project', '', { respondent_id: name, respondent_email: `${name}@example.com` });
const SECOND = 1_000;

const setUp = (outcomes: Outcome[]) => {
  const clock = new VirtualClock(0);
  const queue = startQueue(clock, SECOND);
  const at: number[] = [];
  const stop = queue.work(async () => {
    at.push(clock.now());
    return outcomes.shift() ?? { result: 'done', what: 'started' };
  });
  return { clock, queue, at, stop };
};

test('people are started one after the other, at the pace, and nobody twice', async () => {
  const { clock, queue, at } = setUp([]);
  expect(await queue.queue([job('user-1'), job('user-2')])).toBe(2);
  await clock.runUntilIdle();
  expect(at).toEqual([SECOND, 2 * SECOND]);
  expect(await queue.queue([job('user-1')])).toBe(0);
});

test('a pause holds up everybody, and costs nobody a try', async () => {
  const { clock, queue, at } = setUp([{ result: 'pause', why: 'too fast', pauseSeconds: 30 }]);
  await queue.queue([job('user-1'), job('user-2')]);
  await clock.advance(2 * SECOND);
  expect(pausedSeconds(await queue.counts(), 'Koji')).toBe(29);
  await clock.runUntilIdle();
  expect(at).toEqual([SECOND, 31 * SECOND, 31 * SECOND]);
});

test('what fails eight times is given up, and can be tried again', async () => {
  const fault: Outcome = { result: 'again', why: 'down', pauseSeconds: 0 };
  const { clock, queue, at } = setUp(Array.from({ length: 8 }, () => fault));
  await queue.queue([job('user-1')]);
  await clock.runUntilIdle();
  expect(at).toHaveLength(8);
  expect(await queue.dead(5)).toMatchObject([{ id: job('user-1').id, why: 'down' }]);
  expect(await queue.tryAgain(null)).toBe(1);
  await clock.runUntilIdle();
  expect(await queue.counts()).toEqual({ waiting: { start: 0, read: 0, write: 0 }, dead: 0, pauses: [] });
});

test('what is hopeless is given up at once, and after the end nothing is worked on', async () => {
  const { clock, queue, at, stop } = setUp([{ result: 'hopeless', why: 'no email' }]);
  await queue.queue([job('user-1')]);
  await clock.runUntilIdle();
  expect((await queue.counts()).dead).toBe(1);
  expect(await queue.tryAgain('another')).toBe(0);
  await stop();
  await queue.queue([job('user-2')]);
  await clock.runUntilIdle();
  expect(at).toHaveLength(1);
});
