import { type LocalServer, startServer } from '../../../sandbox/server.ts';
import { apiKey, type Bench, eventWith, startBench } from './amplitude.ts';

let bench: Bench;
let receiver: LocalServer;
beforeEach(async () => {
  bench = await startBench();
  receiver = await startServer(() => ({ status: 200 }));
});
afterEach(async () => {
  await Promise.all([bench.amplitude.close(), receiver.close()]);
});

const unhappy = {
  id: 'negative',
  name: 'Last interview negative',
  includes: ({ properties }: { properties: Record<string, unknown> }) => properties.mood === 'negative',
};
const says = (userId: string, mood: string) =>
  bench.send(
    eventWith({ user_id: userId, insert_id: `${userId} ${mood}`, user_properties: { mood, email: `${userId}@x.y` } }),
  );
const sync = async () => {
  const members = bench.amplitude.computeCohort(apiKey, unhappy);
  await bench.amplitude.syncCohort(apiKey, 'negative', {
    url: `${receiver.url}/hook`,
    headers: { 'X-Webhook-Secret': 'a word' },
    properties: ['email', 'unknown'],
  });
  return members;
};
const heard = () => receiver.calls.splice(0).map(({ call }) => JSON.parse(call.body));

test('a cohort is computed from what was written before, and not from what comes later', async () => {
  await says('user-1001', 'negative');
  await says('user-1002', 'positive');
  expect(await sync()).toEqual(['user-1001']);
  await says('user-1003', 'negative');
  expect((await bench.get('/api/3/cohorts')).json).toMatchObject({ cohorts: [{ id: 'negative', size: 1 }] });
});

test('the first sync tells of everybody, the next ones of who entered and who left', async () => {
  await says('user-1001', 'negative');
  await says('user-1002', 'negative');
  await sync();
  expect(receiver.calls[0]?.call.headers).toMatchObject({ 'x-webhook-secret': 'a word' });
  expect(heard()).toMatchObject([
    {
      cohort_id: 'negative',
      cohort_name: 'Last interview negative',
      in_cohort: true,
      computed_time: String(bench.clock.now() / 1000),
      users: [{ user_id: 'user-1001', user_properties: { email: 'user-1001@x.y' } }, { user_id: 'user-1002' }],
    },
  ]);
  await sync();
  expect(heard()).toEqual([]);
  await says('user-1001', 'positive');
  await says('user-1003', 'negative');
  await sync();
  expect(heard()).toMatchObject([
    { in_cohort: true, users: [{ user_id: 'user-1003' }] },
    { in_cohort: false, users: [{ user_id: 'user-1001' }] },
  ]);
});
