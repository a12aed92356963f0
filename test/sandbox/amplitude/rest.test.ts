import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { apiKey, type Bench, basic, eventWith, firstAmplitudeId, HOUR, secretKey, startBench } from './amplitude.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.amplitude.close());

const refusal = (details: string) => ({
  status: 403,
  json: { error: { http_code: 403, type: 'unspecified', metadata: { details } } },
});

describe('credentials', () => {
  test.each([
    ['none', null, 'Invalid API Key'],
    ['an unknown key', basic('wrong', secretKey), 'Invalid API Key'],
    ['a wrong secret', basic(apiKey, 'wrong'), 'Invalid API/Secret Key combination'],
    ['another scheme', `Bearer ${secretKey}`, 'Invalid API Key'],
  ])('%s are refused with 403 and the reason', async (_name, authorization, details) => {
    expect(await bench.get('/api/2/usersearch?user=probe', authorization)).toMatchObject(refusal(details));
  });

  test('of the other region are an unknown key', async () => {
    const us = await startBench({ projects: [{ ...sandboxProject, region: 'eu' }] });
    expect(await us.get('/api/2/usersearch?user=probe')).toMatchObject(refusal('Invalid API Key'));
    await us.amplitude.close();
  });
});

describe('user search', () => {
  test('of nobody is an answer like any other', async () => {
    const reply = await bench.get('/api/2/usersearch?user=testUser@example.com');
    expect(reply).toMatchObject({ status: 200 });
    expect(reply.json).toEqual({ type: 'nomatch', matches: [] });
  });

  test('finds a person by user id, device id and Amplitude id', async () => {
    await bench.send(eventWith({ device_id: 'device-1001' }));
    const byUser = await bench.get('/api/2/usersearch?user=user-1001');
    const id = firstAmplitudeId(byUser);
    expect(byUser.json).toEqual({
      matches: [{ user_id: 'user-1001', amplitude_id: id }],
      type: 'match_user_or_device_id',
    });
    expect((await bench.get('/api/2/usersearch?user=device-1001')).json).toEqual(byUser.json);
    expect((await bench.get(`/api/2/usersearch?user=${id}`)).json).toEqual(byUser.json);
  });

  test('finds all whose user id starts so when none is equal', async () => {
    await bench.send(eventWith({ user_id: 'user-10' }), eventWith({ user_id: 'user-1001' }));
    const users = async (wanted: string) => (await bench.get(`/api/2/usersearch?user=${wanted}`)).json;
    expect(await users('user-1')).toMatchObject({ matches: [{ user_id: 'user-10' }, { user_id: 'user-1001' }] });
    expect(await users('user-10')).toMatchObject({ matches: [{ user_id: 'user-10' }] });
  });

  test('has no user id for somebody known by a device only', async () => {
    await bench.send(eventWith({ user_id: undefined, device_id: 'device-1001' }));
    expect((await bench.get('/api/2/usersearch?user=device-1001')).json).toMatchObject({
      matches: [{ user_id: null }],
    });
  });

  test('does not find somebody of whom there was an identify call only', async () => {
    await bench.send(eventWith({ event_type: '$identify', user_properties: { plan: 'pro' } }));
    expect((await bench.get('/api/2/usersearch?user=user-1001')).json).toEqual({ type: 'nomatch', matches: [] });
  });

  test('finds somebody who was put there', async () => {
    const { amplitudeId } = bench.amplitude.putUser(apiKey, 'user-2002', { email: 'ada@example.com' });
    expect(firstAmplitudeId(await bench.get('/api/2/usersearch?user=user-2002'))).toBe(amplitudeId);
  });

  test('needs a word to search for', async () => {
    expect((await bench.get('/api/2/usersearch')).status).toBe(400);
  });
});

describe('user activity', () => {
  const activity = async (query = '') => {
    const id = firstAmplitudeId(await bench.get('/api/2/usersearch?user=user-1001'));
    return bench.get(`/api/2/useractivity?user=${id}${query}`);
  };

  test('gives back what was written, the latest first', async () => {
    await bench.send(
      eventWith({ user_properties: { last_interview_quality: 4 } }),
      eventWith({ event_type: 'Later', insert_id: 'later', time: Date.UTC(2026, 4, 24, 11, 50) }),
    );
    expect((await activity()).json).toMatchObject({
      userData: {
        user_id: 'user-1001',
        num_events: 2,
        first_used: '2026-05-24',
        properties: { last_interview_quality: 4 },
      },
      events: [
        { event_type: 'Later' },
        {
          event_type: 'koji.interview_completed',
          event_time: '2026-05-24 11:41:22.000000',
          $insert_id: 'koji:interview_completed:int_1',
          event_properties: { sentiment: 'negative', quality_score: 4 },
          user_properties: { last_interview_quality: 4 },
        },
      ],
    });
  });

  test('gives as many as were asked for, and never more than 1,000', async () => {
    const typed = (event_type: string, time: number) => eventWith({ event_type, time, insert_id: event_type });
    await bench.send(typed('one', 1), typed('two', 2), typed('three', 3));
    const types = async (query: string) => (await activity(query)).json;
    expect(await types('&limit=2')).toMatchObject({ events: [{ event_type: 'three' }, { event_type: 'two' }] });
    expect((await activity('&limit=1001')).status).toBe(400);
  });

  test('shows what an identify call set only after the next event', async () => {
    await bench.send(eventWith());
    await bench.send(eventWith({ event_type: '$identify', insert_id: 'a', user_properties: { plan: 'pro' } }));
    expect((await activity()).json).toMatchObject({ userData: { properties: {} } });
    await bench.send(eventWith({ insert_id: 'b' }));
    expect((await activity()).json).toMatchObject({ userData: { properties: { plan: 'pro' } } });
  });

  test('of somebody unknown is empty', async () => {
    expect(await bench.get('/api/2/useractivity?user=12345')).toMatchObject({
      status: 200,
      json: { userData: { user_id: null, num_events: 0 }, events: [] },
    });
  });
});

test('search and activity share 360 requests an hour', async () => {
  for (let index = 0; index < 180; index += 1) {
    await bench.get('/api/2/usersearch?user=nobody');
    await bench.get('/api/2/useractivity?user=1');
  }
  expect((await bench.get('/api/2/usersearch?user=nobody')).status).toBe(429);
  await bench.clock.advance(HOUR);
  expect((await bench.get('/api/2/usersearch?user=nobody')).status).toBe(200);
});

test('a REST path that does not exist is not found', async () => {
  expect((await bench.get('/api/2/nothing')).status).toBe(404);
});
