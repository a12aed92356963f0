import { apiKey, type Bench, eventWith, startBench } from './amplitude.ts';

let bench: Bench;
let sent = 0;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.amplitude.close());

/** Sends one event after another, each with an insert id of its own. */
const sendAll = async (...changes: object[]): Promise<void> => {
  for (const change of changes) {
    sent += 1;
    expect((await bench.send(eventWith({ insert_id: `insert-${sent}`, ...change }))).status).toBe(200);
  }
};
const propertiesNow = () => bench.amplitude.user(apiKey, 'user-1001')?.properties;
const identifyEvent = (change: object): object => ({ event_type: '$identify', user_properties: change });

describe('the properties of a person', () => {
  test('are set by plain keys on an event and shown on that event', async () => {
    await sendAll({ user_properties: { last_interview_quality: 4, last_interview_themes: ['pricing', 'onboarding'] } });
    const expected = { last_interview_quality: 4, last_interview_themes: ['pricing', 'onboarding'] };
    expect(propertiesNow()).toEqual(expected);
    expect(bench.amplitude.events(apiKey)).toMatchObject([{ userProperties: expected }]);
  });

  test('are what arrived last, whatever the time on the events', async () => {
    await sendAll({ user_properties: { plan: 'new' }, time: 2000 }, { user_properties: { plan: 'old' }, time: 1000 });
    expect(propertiesNow()).toEqual({ plan: 'old' });
  });

  test('stand on each event as they were when it arrived', async () => {
    await sendAll({ user_properties: { color: 'red' } }, identifyEvent({ $set: { color: 'blue' } }), {
      event_type: 'View Page',
    });
    const colors = bench.amplitude.events(apiKey).map((event) => event.userProperties.color);
    expect(colors).toEqual(['red', 'blue']);
  });

  test('are set by an identify event before the event in the same request', async () => {
    await bench.send(
      { user_id: 'user-1001', event_type: '$identify', user_properties: { $set: { sentiment: 'negative' } } },
      eventWith(),
    );
    expect(bench.amplitude.events(apiKey)).toMatchObject([
      { eventType: 'koji.interview_completed', userProperties: { sentiment: 'negative' } },
    ]);
  });

  test.each<[string, object, object, object]>([
    ['$set replaces', { plan: 'free' }, { $set: { plan: 'pro' } }, { plan: 'pro' }],
    ['$unset forgets', { plan: 'free', kept: 1 }, { $unset: { plan: '-' } }, { kept: 1 }],
    ['$unset comes before $set', { plan: 'free' }, { $set: { plan: 'pro' }, $unset: { plan: '-' } }, { plan: 'pro' }],
    [
      '$setOnce keeps what is there',
      { plan: 'free' },
      { $setOnce: { plan: 'pro', seats: 1 } },
      { plan: 'free', seats: 1 },
    ],
    ['plain keys come last', {}, { plan: 'plain', $set: { plan: 'set' } }, { plan: 'plain' }],
  ])('%s', async (_name, before, change, after) => {
    await sendAll({ user_properties: before }, identifyEvent(change));
    expect(propertiesNow()).toEqual(after);
  });

  test('follow operations on an ordinary event too', async () => {
    await sendAll({ user_properties: { first: 'koji' } });
    await sendAll({ user_properties: { $set: { plan: 'pro' }, $unset: { first: '-' }, plain: 1 } });
    expect(propertiesNow()).toEqual({ plan: 'pro', plain: 1 });
  });

  test('are not changed by an operation that is not built here', async () => {
    const reply = await bench.send(eventWith({ user_properties: { $append: { list: 'b' } } }));
    expect(reply).toMatchObject({ status: 500, text: expect.stringContaining('does not know the operation $append') });
  });

  test('stay as they are where an event skips the sync, and the event keeps its own', async () => {
    await sendAll(
      { user_properties: { plan: 'pro', seats: 3 } },
      { user_properties: { plan: 'free' }, $skip_user_properties_sync: true },
    );
    expect(propertiesNow()).toEqual({ plan: 'pro', seats: 3 });
    expect(bench.amplitude.events(apiKey).map((event) => event.userProperties)).toEqual([
      { plan: 'pro', seats: 3 },
      { plan: 'free' },
    ]);
  });

  test('are cut to 1,024 characters', async () => {
    await sendAll(
      { user_properties: { long: 'x'.repeat(1025) } },
      identifyEvent({ $set: { other: 'y'.repeat(2000) } }),
    );
    expect(propertiesNow()).toEqual({ long: 'x'.repeat(1024), other: 'y'.repeat(1024) });
  });

  test('that are lists are cut to 1,024 characters in all', async () => {
    await sendAll({ user_properties: { themes: ['x'.repeat(1000), 'y'.repeat(100), 'z'] } });
    expect(propertiesNow()).toEqual({ themes: ['x'.repeat(1000), 'y'.repeat(23)] });
  });
});
