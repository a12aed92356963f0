import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { apiKey, type Bench, DAY, eventWith, SECOND, startBench } from './amplitude.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.amplitude.close());

describe('an event that is right', () => {
  test('is answered with the count, the size of the body and the time of upload', async () => {
    const body = JSON.stringify({ api_key: apiKey, events: [eventWith()] });
    const reply = await bench.postText('/2/httpapi', body);
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      code: 200,
      events_ingested: 1,
      payload_size_bytes: Buffer.byteLength(body),
      server_upload_time: bench.clock.now(),
    });
  });

  test('is stored with its type, person, time and properties', async () => {
    await bench.send(eventWith());
    expect(bench.amplitude.events(apiKey)).toMatchObject([
      {
        userId: 'user-1001',
        eventType: 'koji.interview_completed',
        insertId: 'koji:interview_completed:int_1',
        time: Date.UTC(2026, 4, 24, 11, 41, 22),
        eventProperties: { sentiment: 'negative', quality_score: 4 },
      },
    ]);
  });

  test('without a time counts from its upload', async () => {
    await bench.send(eventWith({ time: undefined }));
    expect(bench.amplitude.events(apiKey)).toMatchObject([{ time: bench.clock.now() }]);
  });

  test('has its long texts cut to 1,024 characters', async () => {
    await bench.send(eventWith({ event_properties: { long: 'x'.repeat(1100), deep: { long: 'y'.repeat(1100) } } }));
    expect(bench.amplitude.events(apiKey)).toMatchObject([
      { eventProperties: { long: 'x'.repeat(1024), deep: { long: 'y'.repeat(1024) } } },
    ]);
  });
});

describe('a request that is refused as a whole', () => {
  test.each([
    ['without a body', '', { code: 400, error: 'Missing request body' }],
    ['with broken JSON', '{"api_key":', { code: 400, error: 'Invalid JSON request body' }],
    ['that is a list', '[]', { code: 400, error: 'Invalid JSON request body' }],
    [
      'without a key',
      '{"events":[]}',
      { code: 400, error: 'Request missing required field', missing_field: 'api_key' },
    ],
    [
      'without events',
      JSON.stringify({ api_key: apiKey }),
      { code: 400, error: 'Request missing required field', missing_field: 'events' },
    ],
    [
      'with an empty list of events',
      JSON.stringify({ api_key: apiKey, events: [] }),
      { code: 400, error: 'Request missing required field', missing_field: 'events' },
    ],
    [
      'with an event that is a text',
      JSON.stringify({ api_key: apiKey, events: ['hello'] }),
      { code: 400, error: 'Invalid event JSON' },
    ],
  ])('one %s', async (_name, body, answer) => {
    const reply = await bench.postText('/2/httpapi', body);
    expect(reply).toMatchObject({ status: 400, json: answer });
  });

  test('one with an unknown key has the key in the answer', async () => {
    const reply = await bench.post('/2/httpapi', { api_key: 'a23fb4', events: [eventWith()] });
    expect(reply).toMatchObject({ status: 400, json: { code: 400, error: 'Invalid API key: a23fb4' } });
  });

  test('one to a path that does not exist', async () => {
    const reply = await bench.post('/3/httpapi', { api_key: apiKey, events: [eventWith()] });
    expect(reply).toMatchObject({ status: 400, json: { code: 400, error: 'Invalid request path' } });
  });

  test('one with more than 2,000 events', async () => {
    const reply = await bench.send(...Array.from({ length: 2001 }, () => ({ event_type: 'a', user_id: 'user-1001' })));
    expect(reply).toMatchObject({ status: 413, json: { code: 413, error: 'Payload too large' } });
  });

  test('one of a megabyte', async () => {
    const reply = await bench.send(eventWith({ event_properties: { long: 'x'.repeat(1_000_000) } }));
    expect(reply).toMatchObject({ status: 413, json: { code: 413, error: 'Payload too large' } });
  });
});

describe('an event that is wrong', () => {
  test('takes the right ones of its request with it', async () => {
    expect((await bench.send(eventWith(), eventWith({ event_type: undefined }))).status).toBe(400);
    expect(bench.amplitude.events(apiKey)).toEqual([]);
  });

  test('without a type is reported by the first index only', async () => {
    const reply = await bench.send(eventWith(), { user_id: 'user-1001' }, { user_id: 'user-1001' });
    expect(reply.json).toEqual({
      code: 400,
      error: 'Request missing required field',
      events_with_missing_fields: { event_type: [1] },
    });
  });

  test('without user id and device id is refused without a field being named', async () => {
    const reply = await bench.send(eventWith({ user_id: undefined }));
    expect(reply).toMatchObject({ status: 400 });
    expect(reply.json).toEqual({ code: 400, error: 'Request missing required field' });
  });

  test.each([
    ['time', 'yesterday'],
    ['user_properties', ['a']],
    ['event_properties', 'a'],
    ['insert_id', 7],
    ['user_id', 1001],
  ])('with a wrong %s is reported with that field', async (field, value) => {
    const reply = await bench.send(eventWith(), eventWith({ [field]: value }), eventWith({ [field]: value }));
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({
      code: 400,
      error: 'Invalid field values on some events',
      events_with_invalid_fields: { [field]: [1] },
    });
  });
});

describe('the ids of an event', () => {
  test('shorter than five characters are refused, even beside one that is long enough', async () => {
    const reply = await bench.send(eventWith({ user_id: 'u-12', device_id: 'device-1001' }));
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({
      code: 400,
      error: 'Invalid id length for user_id or device_id',
      events_with_invalid_id_lengths: { user_id: [0] },
    });
  });

  test('may be shorter when the request says so', async () => {
    const events = [eventWith({ user_id: 'u-12' })];
    const reply = await bench.post('/2/httpapi', { api_key: apiKey, events, options: { min_id_length: 4 } });
    expect(reply.status).toBe(200);
  });

  test('may have to be longer when the request says so', async () => {
    const options = { min_id_length: 10 };
    const reply = await bench.post('/2/httpapi', { api_key: apiKey, events: [eventWith()], options });
    expect(reply.json).toMatchObject({ events_with_invalid_id_lengths: { user_id: [0] } });
  });

  test.each(['anonymous', 'unknown', 'UNDEFINED', 'nil', '0', '-1', 'n/a', '{}', 'lmy47d'])(
    'may not be the blocked %s',
    async (id) => {
      const events = [eventWith({ user_id: id })];
      const reply = await bench.post('/2/httpapi', { api_key: apiKey, events, options: { min_id_length: 1 } });
      expect(reply).toMatchObject({ status: 400, json: { events_with_invalid_fields: { user_id: [0] } } });
    },
  );

  test('may not be a device of zeros', async () => {
    const reply = await bench.send(eventWith({ device_id: '00000000' }));
    expect(reply).toMatchObject({ status: 400, json: { events_with_invalid_fields: { device_id: [0] } } });
  });

  test('are told apart by case', async () => {
    await bench.send(eventWith({ user_id: 'Ada@example.com' }), eventWith({ user_id: 'ada@example.com' }));
    expect(bench.amplitude.events(apiKey)).toHaveLength(2);
    expect(bench.amplitude.user(apiKey, 'Ada@example.com')?.events).toHaveLength(1);
  });

  test('need no device: one is derived from the user id, the same each time', async () => {
    await bench.send(eventWith({ insert_id: 'a' }), eventWith({ insert_id: 'b' }));
    const devices = bench.amplitude.events(apiKey).map((event) => event.deviceId);
    expect(new Set(devices).size).toBe(1);
    expect(bench.amplitude.user(apiKey, 'user-1001')?.deviceIds).toEqual([devices[0]]);
  });
});

describe('the probe of a connection that has an API key only', () => {
  const probe = (key: string): object => ({
    api_key: key,
    events: [{ event_type: 'koji.connection_test', time: 'invalid' }],
  });

  test('is refused for the event when the key is right, and stores nothing', async () => {
    const reply = await bench.post('/2/httpapi', probe(apiKey));
    expect(reply).toMatchObject({ status: 400, json: { error: 'Request missing required field' } });
    expect(bench.amplitude.events(apiKey)).toEqual([]);
  });

  test('is refused for the key when the key is wrong', async () => {
    const reply = await bench.post('/2/httpapi', probe('wrong'));
    expect(reply).toMatchObject({ status: 400, json: { error: 'Invalid API key: wrong' } });
  });
});

describe('an event that comes again', () => {
  test('is answered alike and stored once', async () => {
    const replies = [await bench.send(eventWith()), await bench.send(eventWith())];
    expect(replies.map((reply) => reply.json)).toEqual([replies[0]?.json, replies[0]?.json]);
    expect(bench.amplitude.events(apiKey)).toHaveLength(1);
  });

  test('changes no property of the person', async () => {
    await bench.send(eventWith({ user_properties: { plan: 'free' } }));
    await bench.send(eventWith({ user_properties: { plan: 'pro' } }));
    expect(bench.amplitude.user(apiKey, 'user-1001')?.properties).toEqual({ plan: 'free' });
  });

  test('within one request is stored once', async () => {
    await bench.send(eventWith(), eventWith());
    expect(bench.amplitude.events(apiKey)).toHaveLength(1);
  });

  test('after seven days is still ignored, a moment later no more', async () => {
    await bench.send(eventWith());
    await bench.clock.advance(7 * DAY);
    await bench.send(eventWith());
    expect(bench.amplitude.events(apiKey)).toHaveLength(1);
    await bench.clock.advance(1);
    await bench.send(eventWith());
    expect(bench.amplitude.events(apiKey)).toHaveLength(2);
  });

  test('is not told by anything but its insert id', async () => {
    await bench.send(eventWith({ insert_id: undefined }), eventWith({ insert_id: undefined }));
    expect(bench.amplitude.events(apiKey)).toHaveLength(2);
  });

  test('of another person under the same insert id is another event', async () => {
    await bench.send(eventWith(), eventWith({ user_id: 'user-1002' }));
    expect(bench.amplitude.events(apiKey)).toHaveLength(2);
  });

  test('in another project is another event', async () => {
    const other = { ...sandboxProject, apiKey: 'other-api-key' };
    const two = await startBench({ projects: [sandboxProject, other] });
    await two.send(eventWith());
    await two.post('/2/httpapi', { api_key: other.apiKey, events: [eventWith()] });
    expect([two.amplitude.events(apiKey).length, two.amplitude.events(other.apiKey).length]).toEqual([1, 1]);
    await two.amplitude.close();
  });
});

describe('more than 30 events a second for one person', () => {
  const burst = (count: number, userId: string): object[] =>
    Array.from({ length: count }, () => ({ event_type: 'a', user_id: userId }));

  test('are refused with the person and the events named, and none is stored', async () => {
    const reply = await bench.send(eventWith(), ...burst(901, 'busy-user'));
    expect(reply.status).toBe(429);
    expect(reply.json).toEqual({
      code: 429,
      error: 'Too many requests for some devices and users',
      eps_threshold: 30,
      throttled_devices: {},
      throttled_users: { 'busy-user': 31 },
      throttled_events: Array.from({ length: 901 }, (_, index) => index + 1),
    });
    expect(bench.amplitude.events(apiKey)).toEqual([]);
  });

  test('are counted over 30 seconds and several requests', async () => {
    expect((await bench.send(...burst(900, 'busy-user'))).status).toBe(200);
    await bench.clock.advance(29 * SECOND);
    expect((await bench.send(...burst(1, 'busy-user'))).status).toBe(429);
    expect((await bench.send(...burst(1, 'quiet-user'))).status).toBe(200);
    await bench.clock.advance(SECOND);
    expect((await bench.send(...burst(1, 'busy-user'))).status).toBe(200);
  });

  test('are counted for a device that was sent as well', async () => {
    const events = Array.from({ length: 901 }, () => ({ event_type: 'a', device_id: 'device-1001' }));
    expect((await bench.send(...events)).json).toMatchObject({
      throttled_devices: { 'device-1001': 31 },
      throttled_users: {},
    });
  });
});

describe('regions', () => {
  test('a key of the other region is unknown', async () => {
    const eu = await startBench({ region: 'eu' });
    const reply = await eu.send(eventWith());
    expect(reply).toMatchObject({ status: 400, json: { error: `Invalid API key: ${apiKey}` } });
    await eu.amplitude.close();
  });

  test('a key of the region is known', async () => {
    const eu = await startBench({ region: 'eu', projects: [{ ...sandboxProject, region: 'eu' }] });
    expect((await eu.send(eventWith())).status).toBe(200);
    await eu.amplitude.close();
  });
});

test('a fault is given once in place of the true answer, which then works', async () => {
  bench.amplitude.failNext((call) => call.path === '/2/httpapi', { status: 503, body: 'busy' });
  expect((await bench.send(eventWith())).status).toBe(503);
  expect((await bench.send(eventWith())).status).toBe(200);
  expect(bench.amplitude.calls.map(({ call }) => call.path)).toEqual(['/2/httpapi', '/2/httpapi']);
});
