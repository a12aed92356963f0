/** A worker on a queue that has one person. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Handle } from '../../../forwarder/engine.ts';
import { startJob } from '../../../forwarder/jobs.ts';
import type { Boss, Held } from '../../../forwarder/store/boss.ts';
import type { Pace } from '../../../forwarder/store/pace.ts';
import { createWorker } from '../../../forwarder/store/worker.ts';

/** Works until it is stopped, and tells what happened. */
const workAt = (take: Pace['take'], handle: Handle) => {
  const job = startJob('project', '1', { respondent_id: 'u_1' });
  const claims: Held[] = [{ id: job.id, retryCount: 0, data: job, job }];
  const happened: string[] = [];
  const boss = z.custom<Boss>().parse({
    isAny: async (kind: string) => kind === 'start' && claims.length > 0,
    hold: async () => {
      happened.push('held');
      return claims.pop() ?? null;
    },
    keep: async () => happened.push('kept'),
    settle: async () => happened.push('settled'),
  });
  const pace: Pace = { waitOf: async () => 0, take, heed: async () => {} };
  const { work } = createWorker(boss, { Koji: pace, Amplitude: pace }, () => happened.push('failed'));
  const stop = work((...given) => {
    happened.push('begun');
    return handle(...given);
  });
  return { happened, stop };
};

test('whoever holds a job says that it is alive while it works on it', async () => {
  const handle: Handle = async () => {
    await sleep(5_500);
    return { result: 'done', what: 'started' };
  };
  const { happened, stop } = workAt(async () => 0, handle);
  await sleep(100);
  await stop();
  expect(happened).toEqual(['held', 'begun', 'kept', 'settled']);
});

test.each<[which: string, take: Pace['take'], told: string[]]>([
  ['its turn has not come', () => sleep(200).then(() => 1_000), []],
  ['no turn can be had', () => Promise.reject(new Error('The queue is gone.')), ['failed']],
])('nobody is held as long as %s', async (_which, take, told) => {
  const { happened, stop } = workAt(take, async () => ({ result: 'done', what: 'started' }));
  await sleep(500);
  expect(happened).toEqual(told);
  await stop();
});
