import { type AmplitudeEvent, uploadRequest, writeEvent, writeEventOnce } from '../../amplitude/ingestion.ts';
import type { Send } from '../../boundary/send.ts';
import { brokenConnection, taken } from '../support/amplitude.ts';
import { clockAt } from '../support/clock.ts';
import { expectToBeReadInFull, failureOf } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';
import { eventOf, NOW } from './filled-in.ts';

const event: AmplitudeEvent = {
  user_id: 'user_10042',
  event_type: 'koji.interview_completed',
  time: 1779622882000,
  insert_id: 'koji:interview_completed:int_77',
  event_properties: { quality_score: 4 },
};
const upload = {
  apiKey: 'a'.repeat(32),
  host: 'https://api2.amplitude.com',
  library: 'koji-zapier/1.0.0',
};
const overloaded = reply(503, { code: 503, error: 'Service Unavailable' });

describe('the request', () => {
  test('for the sample is this, byte for byte', () => {
    expect(uploadRequest(upload, eventOf(), undefined)).toEqual({
      method: 'POST',
      url: 'https://api2.amplitude.com/2/httpapi',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: '{"api_key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","events":[{"user_id":"user_10042","event_type":"$identify","time":1779622882000,"insert_id":"koji:interview_completed:int_77:identify","user_properties":{"$set":{"last_interview_at":"2026-05-24T11:41:22","last_interview_sentiment":"negative","last_interview_themes":["pricing confusion","onboarding friction","missing invoices"],"last_interview_quality":4}},"library":"koji-zapier/1.0.0"},{"user_id":"user_10042","event_type":"koji.interview_completed","time":1779622882000,"insert_id":"koji:interview_completed:int_77","event_properties":{"theme_top_1":"pricing confusion","theme_top_2":"onboarding friction","sentiment":"negative","quality_score":4,"transcript_url":"https://koji.so/interviews/int_77/transcript"},"user_properties":{"last_interview_at":"2026-05-24T11:41:22","last_interview_sentiment":"negative","last_interview_themes":["pricing confusion","onboarding friction","missing invoices"],"last_interview_quality":4},"library":"koji-zapier/1.0.0"}]}',
    });
  });

  test('for an interview of long ago is this, byte for byte', () => {
    const old = eventOf({ themes: [], sentiment: '', transcript_url: '' }, NOW + 30 * 86_400_000);
    expect(uploadRequest(upload, old, undefined).body).toBe(
      '{"api_key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","events":[{"user_id":"user_10042","event_type":"koji.interview_completed","time":1779622882000,"insert_id":"koji:interview_completed:int_77","event_properties":{"quality_score":4},"$skip_user_properties_sync":true,"library":"koji-zapier/1.0.0"}]}',
    );
  });

  test('for an interview without a sentiment first takes the one before from the person, in the same call', () => {
    const body = JSON.parse(uploadRequest(upload, eventOf({ sentiment: '' }), undefined).body ?? '');
    expect(body.events).toEqual([
      {
        user_id: 'user_10042',
        event_type: '$identify',
        time: 1779622882000,
        insert_id: 'koji:interview_completed:int_77:identify',
        user_properties: {
          $unset: { last_interview_sentiment: '-' },
          $set: {
            last_interview_at: '2026-05-24T11:41:22',
            last_interview_themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
            last_interview_quality: 4,
          },
        },
        library: 'koji-zapier/1.0.0',
      },
      {
        user_id: 'user_10042',
        event_type: 'koji.interview_completed',
        time: 1779622882000,
        insert_id: 'koji:interview_completed:int_77',
        event_properties: expect.not.objectContaining({ sentiment: expect.anything() }),
        user_properties: {
          last_interview_at: '2026-05-24T11:41:22',
          last_interview_themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
          last_interview_quality: 4,
        },
        library: 'koji-zapier/1.0.0',
      },
    ]);
  });

  test('says how short ids may be only where the step does', () => {
    expect(uploadRequest(upload, event, 3).body).toMatch(/"options":\{"min_id_length":3\}\}$/);
    expect(uploadRequest(upload, event, undefined).body).not.toContain('options');
  });

  test('goes to the host it is given', () => {
    const { url } = uploadRequest({ ...upload, host: 'https://api.eu.amplitude.com' }, event, undefined);
    expect(url).toBe('https://api.eu.amplitude.com/2/httpapi');
  });

  test('keeps the API key out of the address and the headers', () => {
    const { url, headers } = uploadRequest(upload, event, undefined);
    expect(JSON.stringify({ url, headers })).not.toContain('aaaa');
  });
});

describe('writing an event', () => {
  test('takes one request when all is well, with 8 seconds for it', async () => {
    const { send, requests } = network(taken);
    const { timing, pauses } = clockAt(NOW);
    await expect(writeEvent({ send, ...upload }, event, undefined, timing)).resolves.toEqual({ eventsIngested: 1 });
    expect(requests).toEqual([{ ...uploadRequest(upload, event, undefined), timeoutMilliseconds: 8_000 }]);
    expect(pauses).toEqual([]);
  });

  test.each([
    ['an overload', overloaded],
    ['a breakdown', reply(500, '')],
    ['a page from a gateway', reply(502, '<html></html>')],
    ['a gateway that waited in vain', reply(504, '')],
    ['a connection that broke', brokenConnection],
    ['a success that no one can read', reply(200, '<html></html>')],
  ])('is tried again after %s, with the same body', async (_name, first) => {
    const { send, requests } = network(first, taken);
    const { timing, pauses } = clockAt(NOW);
    await expect(writeEvent({ send, ...upload }, event, undefined, timing)).resolves.toEqual({ eventsIngested: 1 });
    expect(requests).toHaveLength(2);
    expect(requests[1]?.body).toBe(requests[0]?.body);
    expect(requests[0]?.body).toContain('"insert_id":"koji:interview_completed:int_77"');
    expect(pauses).toEqual([500]);
  });

  test('succeeds at the third try as well', async () => {
    const { send, requests } = network(brokenConnection, overloaded, taken);
    const { timing, pauses } = clockAt(NOW);
    await expect(writeEvent({ send, ...upload }, event, undefined, timing)).resolves.toEqual({ eventsIngested: 1 });
    expect(requests).toHaveLength(3);
    expect(pauses).toEqual([500, 1_500]);
  });

  test('gives up after three failures, with the last one', async () => {
    const { send, requests } = network(reply(500, ''), brokenConnection, overloaded, taken);
    const { timing } = clockAt(NOW);
    const failure = await failureOf(writeEvent({ send, ...upload }, event, undefined, timing));
    expect(failure.details).toEqual({
      service: 'Amplitude',
      kind: 'retry',
      code: 'http_503',
      status: 503,
      waitSeconds: 60,
    });
    expect(requests).toHaveLength(3);
  });

  test('gives up on a connection that stays broken, and says where it led and nothing of what it carried', async () => {
    const { send } = network(brokenConnection, brokenConnection, brokenConnection);
    const failure = await failureOf(writeEvent({ send, ...upload }, event, undefined, clockAt(NOW).timing));
    expect(failure.details).toEqual({ service: 'Amplitude', kind: 'retry', code: 'unreachable', status: 0 });
    expect(failure.message).toBe(
      'Amplitude could not be reached at api2.amplitude.com: no answer came in time or the connection broke. Try again in a few minutes.',
    );
    expectToBeReadInFull(failure.message);
  });

  test.each([
    ['a request for a pause', reply(429, { code: 429 }), 'throttled'],
    ['a daily quota', reply(429, { code: 429, exceeded_daily_quota_users: { user_10042: 1 } }), 'daily_quota'],
    ['a wrong key', reply(400, { code: 400, error: 'Invalid API key: x' }), 'invalid_api_key'],
    ['a refusal', reply(400, { code: 400, error: 'Invalid event JSON' }), 'refused'],
    ['a firewall', reply(403, { code: 403, error: 'Forbidden' }), 'blocked'],
    ['an event too large', reply(413, ''), 'too_large'],
    ['a redirect', reply(307, '', { location: 'https://elsewhere.example.com' }), 'redirect'],
  ])('is not tried again after %s', async (_name, first, code) => {
    const { send, requests } = network(first, taken);
    const failure = await failureOf(writeEvent({ send, ...upload }, event, undefined, clockAt(NOW).timing));
    expect(failure.details.code).toBe(code);
    expect(requests).toHaveLength(1);
  });

  test('stops at a refusal that comes at the second try', async () => {
    const { send, requests } = network(overloaded, reply(429, ''), taken);
    const failure = await failureOf(writeEvent({ send, ...upload }, event, undefined, clockAt(NOW).timing));
    expect(failure.details.code).toBe('throttled');
    expect(requests).toHaveLength(2);
  });
});

describe('how long writing an event takes', () => {
  test.each([
    ['shortest', 0, [375, 1_125]],
    ['middle', 0.5, [500, 1_500]],
    ['longest', 1, [625, 1_875]],
  ])('the pauses differ a little from run to run: %s', async (_name, random, expected) => {
    const { send } = network(overloaded, overloaded, overloaded);
    const { timing, pauses } = clockAt(NOW, random);
    await failureOf(writeEvent({ send, ...upload }, event, undefined, timing));
    expect(pauses).toEqual(expected);
  });

  test('is 24 seconds at most, when every try takes all of its time', async () => {
    const { timing, advance } = clockAt(NOW, 1);
    const given: number[] = [];
    const send: Send = async ({ timeoutMilliseconds }) => {
      given.push(timeoutMilliseconds);
      advance(timeoutMilliseconds);
      throw brokenConnection;
    };
    await failureOf(writeEvent({ send, ...upload }, event, undefined, timing));
    expect(given).toEqual([8_000, 8_000, 5_500]);
    expect(timing.now() - NOW).toBe(24_000);
  });

  test('no second try is made when the first has used up the time', async () => {
    const { timing, advance, pauses } = clockAt(NOW);
    let tries = 0;
    const send: Send = async () => {
      tries += 1;
      advance(23_500);
      return overloaded;
    };
    const failure = await failureOf(writeEvent({ send, ...upload }, event, undefined, timing));
    expect(failure.details.code).toBe('http_503');
    expect(tries).toBe(1);
    expect(pauses).toEqual([]);
  });

  test('a pause that took longer than asked leaves the next try a moment, never none', async () => {
    const { timing, advance } = clockAt(NOW);
    const { send, requests } = network(overloaded, taken);
    const overslept = { ...timing, sleep: async () => advance(60_000) };
    await expect(writeEvent({ send, ...upload }, event, undefined, overslept)).resolves.toEqual({ eventsIngested: 1 });
    expect(requests[1]?.timeoutMilliseconds).toBe(1);
  });
});

test('a fault of our own is not taken for one of Amplitude', async () => {
  const send: Send = async () => ({
    status: 429,
    body: '',
    header: () => {
      throw new TypeError('a bug');
    },
  });
  await expect(writeEvent({ send, ...upload }, event, undefined, clockAt(NOW).timing)).rejects.toThrow(TypeError);
});

describe('an event written in one attempt', () => {
  test('gives how many events Amplitude took in', async () => {
    const { send, requests } = network(taken);
    await expect(writeEventOnce({ send, ...upload }, event, undefined, 2_500)).resolves.toEqual({ eventsIngested: 1 });
    expect(requests).toMatchObject([{ timeoutMilliseconds: 2_500 }]);
  });

  test('ends in the failure of its only answer', async () => {
    const { send } = network(reply(503, 'Service unavailable'));
    const failure = await failureOf(writeEventOnce({ send, ...upload }, event, undefined, 2_500));
    expect(failure.details).toMatchObject({ kind: 'retry', status: 503 });
  });
});
