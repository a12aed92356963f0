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
    [
      '$setOnce keeps what is there',
      { plan: 'free' },
      { $setOnce: { plan: 'pro', first: 1 } },
      { plan: 'free', first: 1 },
    ],
    ['$add counts, from nothing as from zero', { count: 2 }, { $add: { count: 3, other: 1 } }, { count: 5, other: 1 }],
    ['$append puts behind', { list: ['a'] }, { $append: { list: 'b' } }, { list: ['a', 'b'] }],
    ['$prepend puts in front', { list: ['a'] }, { $prepend: { list: ['b'] } }, { list: ['b', 'a'] }],
    [
      '$postInsert puts behind what is missing',
      { list: ['a'] },
      { $postInsert: { list: ['a', 'b'] } },
      { list: ['a', 'b'] },
    ],
    [
      '$preInsert puts in front what is missing',
      { list: ['a'] },
      { $preInsert: { list: ['a', 'b'] } },
      { list: ['b', 'a'] },
    ],
    ['$remove takes out', { list: ['a', 'b'] }, { $remove: { list: ['a'] } }, { list: ['b'] }],
    ['$unset forgets', { plan: 'free', kept: 1 }, { $unset: { plan: '-' } }, { kept: 1 }],
    ['$clearAll forgets all', { plan: 'free' }, { $clearAll: '-' }, {}],
    ['$unset comes before $set', { plan: 'free' }, { $set: { plan: 'pro' }, $unset: { plan: '-' } }, { plan: 'pro' }],
    ['plain keys come last', {}, { plan: 'plain', $set: { plan: 'set' } }, { plan: 'plain' }],
  ])('%s', async (_name, before, change, after) => {
    await sendAll({ user_properties: before }, identifyEvent(change));
    expect(propertiesNow()).toEqual(after);
  });

  test('follow operations on an ordinary event too', async () => {
    await sendAll({ user_properties: { $set: { plan: 'pro' }, $setOnce: { first: 'koji' }, plain: 1 } });
    expect(propertiesNow()).toEqual({ plan: 'pro', first: 'koji', plain: 1 });
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

describe('platform, device and place', () => {
  test('are forgotten as a group when an event sends one of the group', async () => {
    await sendAll({ platform: 'iOS', os_name: 'ios', device_model: 'iPhone', country: 'Germany', city: 'Berlin' });
    await sendAll({ platform: 'Koji' });
    expect(bench.amplitude.user(apiKey, 'user-1001')?.fields).toEqual({
      platform: 'Koji',
      os_name: null,
      os_version: null,
      device_brand: null,
      device_manufacturer: null,
      device_model: null,
      carrier: null,
      country: 'Germany',
      region: null,
      city: 'Berlin',
      dma: null,
    });
  });

  test('stay when an event sends none of them', async () => {
    await sendAll({ country: 'Germany' }, {});
    expect(bench.amplitude.user(apiKey, 'user-1001')?.fields).toMatchObject({ country: 'Germany' });
  });
});

describe('the identify path', () => {
  const identify = (identification: unknown, more: Record<string, string> = {}) =>
    bench.postForm('/identify', { api_key: apiKey, identification: JSON.stringify(identification), ...more });

  test('answers with a word, and sets properties without an event', async () => {
    const reply = await identify({ user_id: 'user-1001', user_properties: { plan: 'pro' } });
    expect(reply).toMatchObject({ status: 200, text: 'success' });
    expect(propertiesNow()).toEqual({ plan: 'pro' });
    expect(bench.amplitude.events(apiKey)).toEqual([]);
  });

  test('takes a list and operations', async () => {
    await identify([
      { user_id: 'user-1001', user_properties: { $add: { interviews: 1 } } },
      { user_id: 'user-1001', user_properties: { $add: { interviews: 1 } } },
    ]);
    expect(propertiesNow()).toEqual({ interviews: 2 });
  });

  test('does not reach back to an event that came before', async () => {
    await sendAll({});
    await identify({ user_id: 'user-1001', user_properties: { sentiment: 'negative' } });
    expect(bench.amplitude.events(apiKey)).toMatchObject([{ userProperties: {} }]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['an unknown key', { api_key: 'wrong' }, 'invalid_api_key'],
    ['nothing to identify', { identification: '' }, 'missing_event'],
    ['something that is not JSON', { identification: 'hello' }, 'invalid_event'],
    ['nobody named', { identification: '{"user_properties":{}}' }, 'missing_user_id_or_device_id'],
    ['a short id', { identification: '{"user_id":"u-1"}' }, 'invalid_user_id_or_device_id'],
    [
      'operations mixed with plain keys',
      { identification: '{"user_id":"user-1001","user_properties":{"$set":{},"a":1}}' },
      'invalid_user_properties',
    ],
  ])('refuses %s in plain text', async (_name, change, text) => {
    const reply = await identify({ user_id: 'user-1001', user_properties: {} }, change);
    expect(reply).toMatchObject({ status: 400, text });
  });

  test('takes a shorter id when the form says so', async () => {
    const reply = await identify({ user_id: 'u-1', user_properties: { a: 1 } }, { options: '{"min_id_length":3}' });
    expect(reply.text).toBe('success');
  });
});
