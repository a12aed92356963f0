/** How many people are handed to the queue at once, and how often those who wait are counted. */
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';

const secret = 'a-secret-of-the-test';
/** A forwarder, how many people its queue was given at once, and how often it was asked who waits. */
const startForwarder = (mostQueued: number) => {
  const config = readConfig({
    KOJI_API_KEY: 'pk_live_made_up',
    KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
    AMPLITUDE_API_KEY: 'a'.repeat(32),
    AMPLITUDE_WEBHOOK_SECRET: secret,
    ETL_SECRET: secret,
    MOST_QUEUED: String(mostQueued),
  });
  const queue = startQueue(new VirtualClock(0), 1_000);
  const parts: number[] = [];
  let counts = 0;
  const engine = {
    ...queue,
    queue: (jobs: Parameters<typeof queue.queue>[0]) => {
      parts.push(jobs.length);
      return queue.queue(jobs);
    },
    counts: () => {
      counts += 1;
      return queue.counts();
    },
  };
  const forwarder = createForwarder(config, engine, servicesOf(config), () => {});
  const headers = { [SECRET_HEADER]: secret, authorization: `Bearer ${secret}` };
  const post = async (path: string, body: object) => {
    const request = new Request(`http://forwarder${path}`, { method: 'POST', body: JSON.stringify(body), headers });
    return (await forwarder(request)).json();
  };
  return { post, parts, timesCounted: () => counts };
};

test('a cohort as large as a delivery may be is queued bit by bit, so that no question takes the queue too long', async () => {
  const { post, parts } = startForwarder(100_000);
  const users = Array.from({ length: 12_000 }, (_, index) => ({ user_id: `user_${index}` }));
  const deliver = () => post('/amplitude/cohort', { cohort_id: 'c', in_cohort: true, users });
  expect(await deliver()).toEqual({ accepted: 12_000, duplicates: 0, left_out: [] });
  expect(await deliver()).toEqual({ accepted: 0, duplicates: 12_000, left_out: [] });
  expect(parts).toEqual([10_000, 2_000, 10_000, 2_000]);
});

test('while a large cohort is read others are heard', async () => {
  const { post } = startForwarder(100_000);
  const users = Array.from({ length: 10_000 }, (_, index) => ({ user_id: `user_${index}` }));
  let [turns, isOver] = [0, false];
  const countTurns = (): void => {
    turns += 1;
    if (!isOver) setImmediate(countTurns);
  };
  countTurns();
  await post('/amplitude/cohort', { cohort_id: 'c', in_cohort: true, users });
  isOver = true;
  expect(turns).toBeGreaterThan(100);
});

test('of people who come one by one not each has all who wait counted, and a queue that is full takes no more', async () => {
  const { post, timesCounted } = startForwarder(50);
  const answers: string[] = [];
  for (let person = 0; person < 60; person++) {
    const answer = await post('/etl/respondents', { external_id: `user_${person}` });
    answers.push(Object(answer).error ?? 'taken');
  }
  expect(answers).toEqual([...Array(50).fill('taken'), ...Array(10).fill('queue_full')]);
  expect(timesCounted()).toBeLessThan(10);
});
