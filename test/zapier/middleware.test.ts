import type { ZObject } from 'zapier-platform-core';
import { type FailureKind, failure } from '../../boundary/failure.ts';
import { AnswerTooLarge } from '../../boundary/send.ts';
import app from '../../index.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { pass } from '../../sandbox/hang.ts';
import { startServer, write } from '../../sandbox/server.ts';
import { startZapier } from '../../sandbox/zapier/platform.ts';
import { perform as pollCohort } from '../../triggers/user_entered_cohort.ts';
import { guarded, sendThrough, shownOf, withoutSecrets } from '../../zapier/middleware.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

/** What Zapier makes of an error that a step ends in. */
const endedIn = (error: Error) =>
  zapierErrorOf(
    run(
      guarded(async () => {
        throw error;
      }),
      { authData: connected, inputData: { respondent_email: 'ada@example.com' } },
    ),
  );

describe('a failure', () => {
  const of = (service: 'Koji' | 'Amplitude', kind: FailureKind, more: { status?: number; waitSeconds?: number } = {}) =>
    endedIn(failure(service, kind, 'odd', 'In words.', more));

  test.each([
    ["Koji's 401 holds all Zaps of the connection until it is mended", 'Koji', 'connection', 401, 'ExpiredAuthError'],
    ["Koji's 403 holds none: the key is good", 'Koji', 'connection', 403, 'AppError'],
    ["Amplitude's 401 holds none, as Koji's key is another", 'Amplitude', 'connection', 401, 'AppError'],
    ['what a step was given halts the run and leaves the Zap on', 'Koji', 'data', 400, 'HaltedError'],
    ['a passing fault is an error', 'Koji', 'retry', 502, 'AppError'],
  ] as const)('%s', async (_name, service, kind, status, error) => {
    await expect(of(service, kind, { status })).resolves.toMatchObject({ kind: error, message: 'In words.' });
  });

  test('keeps its code and its status where Zapier shows them', async () => {
    for (const kind of ['connection', 'retry'] as const) {
      await expect(of('Koji', kind, { status: 403 })).resolves.toMatchObject({ code: 'odd', status: 403 });
    }
  });

  test.each(['wait', 'retry'] as const)('of kind %s waits as long as the service asks', async (kind) => {
    await expect(of('Koji', kind, { status: 429, waitSeconds: 17 })).resolves.toEqual({
      kind: 'ThrottledError',
      message: 'In words.',
      delay: 17,
    });
  });

  test.each([
    ['a key that is refused', failure('Koji', 'connection', 'odd', 'In words.', { status: 401 })],
    ['a field in the way', failure('Koji', 'data', 'odd', 'In words.')],
    ['a fault of ours', new TypeError('In words.')],
  ])('at %s shows nothing of the run', async (_name, error) => {
    expect((await endedIn(error)).message).toBe('In words.');
  });
});

describe('of the connection’s secrets', () => {
  const authData = { ...connected, koji_webhook_secret: 'the_first_secret, the_second_secret' };
  const shown = (message: string, more: Record<string, string> = {}) =>
    withoutSecrets(message, { ...authData, ...more });

  test.each([
    connected.koji_api_key,
    connected.amplitude_api_key,
    connected.amplitude_secret_key,
    'the_first_secret',
    'the_second_secret',
  ])('%s is blotted out in our words, and a piece of it takes a service’s words along', (secret) => {
    expect(shown(`It is ${secret}, or ${secret}.`)).toBe('It is •••, or •••.');
    expect(shown(`Koji says: “It is ${secret.slice(0, 8)}.” Mend it.`)).toBe('Koji says: ••• Mend it.');
  });

  test('a word of six letters may be one, a shorter one stands in too many texts', () => {
    expect(shown('Open sesame.', { amplitude_webhook_secret: 'sesame' })).toBe('Open •••.');
    expect(shown('Open doors.', { amplitude_webhook_secret: 'doors' })).toBe('Open doors.');
  });

  test('quotes over several lines go as a whole', () => {
    expect(shown('Koji says: “It is\nthe_first_secret\n.” Mend it.')).toBe('Koji says: ••• Mend it.');
  });

  test('a part in the middle, or at the end, is as good as the whole', () => {
    expect(shown('Koji says: “e_first_”.')).toBe('Koji says: •••.');
    expect(shown('Koji says: “d_secret”.')).toBe('Koji says: •••.');
    expect(shown('Koji says: “_secret”.')).toBe('Koji says: “_secret”.');
  });

  test('signs between the letters of a piece hide it no better', () => {
    const key = { koji_api_key: 'pk-3c4fa3bf' };
    expect(shown('Koji says: “3c4f/a3bf”.', key)).toBe('Koji says: •••.');
    expect(shown('Koji says: “3c4f a3bf”.', key)).toBe('Koji says: “3c4f a3bf”.');
  });

  test('none reaches people in what a step ends in', async () => {
    const key = connected.koji_api_key;
    expect((await endedIn(failure('Koji', 'data', 'odd', `Not with ${key}.`))).message).toBe('Not with •••.');
  });

  test('what is none may be shown: the region and the name of the connection', () => {
    const named = { connection_name: 'Trial study', amplitude_region: 'europe' };
    expect(shown('Trial study in europe: “Trial study”', named)).toBe('Trial study in europe: “Trial study”');
  });

  test('a code that holds one is replaced by the status', () => {
    const refusal = (code: string) => failure('Koji', 'data', code, 'In words.', { status: 422 });
    expect(shownOf(refusal('the_first_secret'), authData)).toMatchObject({ code: 'http_422' });
    expect(shownOf(refusal('no_credits'), authData)).toMatchObject({ code: 'no_credits' });
  });
});

describe('a request through Zapier', () => {
  const asked = (url: string, authData: Record<string, string> = connected) => {
    const { origin, pathname } = new URL(url);
    let headers: Record<string, unknown> = {};
    nock(origin)
      .get(pathname)
      .reply(function () {
        headers = this.req.headers;
        return [200, 'ok'];
      });
    return run(
      async (z: ZObject) => {
        await sendThrough(z)({ method: 'GET', url, headers: {}, timeoutMilliseconds: 30_000 });
        return [headers.authorization ?? null].flat();
      },
      { authData },
    );
  };
  const both = Buffer.from(`${connected.amplitude_api_key}:${connected.amplitude_secret_key}`).toString('base64');

  test.each([
    ["Koji's key goes to Koji", 'https://koji.so/api/v1/interviews', `Bearer ${connected.koji_api_key}`],
    ["Amplitude's keys go to Amplitude in the US", 'https://amplitude.com/api/3/cohorts', `Basic ${both}`],
    ['and in the EU', 'https://analytics.eu.amplitude.com/api/3/cohorts', `Basic ${both}`],
    ['no key goes where events are uploaded, as these hold it', 'https://api2.amplitude.com/2/httpapi', null],
    ['no key goes to anybody else', 'https://koji.so.example.com/api/v1/interviews', null],
    ['no key goes to another path of the same host', 'https://koji.so/blog', null],
  ])('%s', async (_name, url, authorization) => {
    await expect(asked(url)).resolves.toEqual([authorization]);
  });

  test.each(['amplitude_api_key', 'amplitude_secret_key'])(
    'half a pair of keys, without %s, goes nowhere',
    async (key) => {
      await expect(asked('https://amplitude.com/api/3/cohorts', { ...connected, [key]: '' })).resolves.toEqual([null]);
    },
  );

  const sent = (request: Partial<Parameters<ReturnType<typeof sendThrough>>[0]> = {}) =>
    run(
      async (z: ZObject) => {
        const url = 'https://koji.so/api/v1/x';
        const reply = await sendThrough(z)({
          method: 'POST',
          url,
          headers: {},
          timeoutMilliseconds: 30_000,
          ...request,
        });
        return [reply.status, reply.header('retry-after'), reply.body];
      },
      { authData: connected },
    );

  test('arrives as it was written, with text in double curly braces', async () => {
    const written = { note: '{{bundle.authData.koji_api_key}} {{{' };
    nock('https://koji.so').post('/api/v1/x', written).reply(200, 'ok');
    await expect(sent({ body: JSON.stringify(written) })).resolves.toEqual([200, null, 'ok']);
  });

  test.each([302, 404, 429, 500])(
    'that is answered with %d brings this answer and goes nowhere else',
    async (status) => {
      nock('https://koji.so')
        .post('/api/v1/x')
        .reply(status, 'so it is', { location: 'https://koji.so/api/v1/y', 'retry-after': '17' });
      await expect(sent()).resolves.toEqual([status, '17', 'so it is']);
    },
  );

  test('whose answer has more than 20 MB is given up as too large', async () => {
    nock('https://koji.so').post('/api/v1/x').reply(200, 'x'.repeat(20_000_001));
    await expect(sent()).rejects.toBeInstanceOf(AnswerTooLarge);
  });

  test('that breaks is no answer that was too large', async () => {
    nock('https://koji.so').get('/api/v1/x').replyWithError('over limit: unknown');
    expect((await zapierErrorOf(sent({ method: 'GET' }))).message).toContain('over limit: unknown');
  });
});

test('a step whose service takes long for each of many answers ends in time and says so', async () => {
  const clock = new VirtualClock(Date.now());
  const amplitude = await startServer(({ method, path }) => {
    if (method === 'GET') return { status: 200, body: { data: [] } };
    return path.endsWith('categories') ? { status: 200, body: { data: { id: 1 } } } : { status: 404 };
  });
  amplitude.interfere(() => ({
    takesIn: true,
    answer: async (outgoing, truth) => {
      await pass(outgoing, clock, 9_000);
      write(outgoing, truth);
    },
  }));
  const zapier = await startZapier({
    app,
    clock,
    appIsOnClock: true,
    authData: connected,
    environment: { AMPLITUDE_REST_URL: amplitude.url },
  });
  const before = clock.now();
  const inputData = { label: 'Interviews began', start: '2026-11-26T10:00:00Z', category: 'Koji' };
  const running = zapier.invoke('creates.create_chart_annotation.operation.perform', { inputData });
  await expect(running).rejects.toThrow(/^Amplitude could not be reached at .* Try again in a few minutes\.$/);
  expect(amplitude.calls.map(({ call }) => call.method)).toEqual(['GET', 'POST', 'POST']);
  expect(clock.now() - before).toBe(24_000);
  await zapier.close();
  await amplitude.close();
});

describe('all requests of a step together', () => {
  test.each([
    ['a poll', {}, 'does not list this cohort now'],
    ['turning on, which tests the connection as well', { isPopulatingDedupe: true }, 'could not be reached'],
  ])('end early enough for %s', async (_what, meta, expected) => {
    let time = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => time);
    nock('https://amplitude.com')
      .get('/api/3/cohorts')
      .reply(() => {
        time += 19_000;
        return [200, { cohorts: [] }];
      });
    nock('https://amplitude.com').get('/api/3/cohorts').delay(50).reply(200, { cohorts: [] });
    const polling = run(pollCohort, { authData: connected, inputData: { cohort_id: 'c1' }, meta });
    const failure = await zapierErrorOf(polling).finally(() => clock.mockRestore());
    expect(failure.message).toContain(expected);
  });
});
