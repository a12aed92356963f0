/** How many people are handed to the queue at once. */
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';

test('a cohort as large as a delivery may be is queued bit by bit, so that no question takes the queue too long', async () => {
  const secret = 'a-cohort-secret-of-the-test';
  const config = readConfig({
    KOJI_API_KEY: 'pk_live_made_up',
    KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
    AMPLITUDE_API_KEY: 'a'.repeat(32),
    AMPLITUDE_WEBHOOK_SECRET: secret,
  });
  const queue = startQueue(new VirtualClock(0), 1_000);
  const parts: number[] = [];
  const forwarder = createForwarder(
    config,
    {
      ...queue,
      queue: (jobs) => {
        parts.push(jobs.length);
        return queue.queue(jobs);
      },
    },
    servicesOf(config),
    () => {},
  );
  const users = Array.from({ length: 12_000 }, (_, index) => ({ user_id: `user_${index}` }));
  const body = JSON.stringify({ cohort_id: 'c', in_cohort: true, users });
  const deliver = async () => {
    const headers = { [SECRET_HEADER]: secret };
    const answer = await forwarder(new Request('http://forwarder/amplitude/cohort', { method: 'POST', body, headers }));
    return answer.json();
  };
  expect(await deliver()).toEqual({ accepted: 12_000, duplicates: 0, left_out: [] });
  expect(await deliver()).toEqual({ accepted: 0, duplicates: 12_000, left_out: [] });
  expect(parts).toEqual([10_000, 2_000, 10_000, 2_000]);
});
