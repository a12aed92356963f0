/** A worker on a queue that has one person, at a pace where its turn comes later. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { startJob } from '../../../forwarder/jobs.ts';
import type { Boss, Held } from '../../../forwarder/store/boss.ts';
import type { Pace } from '../../../forwarder/store/pace.ts';
import { createWorker } from '../../../forwarder/store/worker.ts';

const UNTIL_ITS_TURN = 5_500;

test('whoever holds a job says that it is alive while it waits for its turn', async () => {
  const job = startJob('project', '1', { respondent_id: 'u_1' });
  const claims: Held[] = [{ id: job.id, retryCount: 0, data: job, job }];
  const happened: string[] = [];
  const boss = z.custom<Boss>().parse({
    isAny: async (kind: string) => kind === 'start' && claims.length > 0,
    hold: async () => claims.pop() ?? null,
    keep: async () => happened.push('kept'),
    settle: async () => happened.push('settled'),
  });
  const pace: Pace = {
    waitOf: async () => 0,
    take: async () => UNTIL_ITS_TURN,
    pause: async () => null,
    heed: async () => {},
  };
  const { work } = createWorker(boss, { Koji: pace, Amplitude: pace }, (error) => {
    throw error;
  });
  const stop = work(async () => {
    happened.push('done');
    return { result: 'done', what: 'started' };
  });
  await sleep(UNTIL_ITS_TURN + 500);
  await stop();
  expect(happened).toEqual(['kept', 'done', 'settled']);
});
