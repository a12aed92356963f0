import { type Hosts, hostsOf, type Region } from '../../amplitude/hosts.ts';
import { probeAmplitudeKeys } from '../../amplitude/probe.ts';
import type { Reply, Send } from '../../boundary/send.ts';
import { brokenConnection } from '../support/amplitude.ts';
import { expectToBeReadInFull, failureOf } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';

const apiKey = 'a'.repeat(32);
const secretKey = 'b'.repeat(32);
const documented = (region: Region): Hosts => hostsOf(region, {});

const probe = (send: Send, keys: { secretKey?: string; region?: Region } = {}, hosts = documented) =>
  probeAmplitudeKeys(send, { apiKey, secretKey: keys.secretKey, region: keys.region ?? 'us' }, hosts, 3_700);

const restRefusal = (details: string) =>
  reply(403, { error: { http_code: 403, type: 'unspecified', metadata: { details } } });
const nobody = reply(200, { matches: [], type: 'nomatch' });
const wrongApiKeyForReads = restRefusal('Invalid API Key');
const wrongSecretKey = restRefusal('Invalid API/Secret Key combination');

const eventRefused = reply(400, { code: 400, error: 'Request missing required field' });
const wrongApiKey = reply(400, { code: 400, error: `Invalid API key: ${apiKey}` });
const overloaded = reply(503, '');

describe('the check of an API key with its secret key', () => {
  test('looks for a person who does not exist, and writes nothing', async () => {
    const { send, requests } = network(nobody);
    await expect(probe(send, { secretKey })).resolves.toBe('good');
    expect(requests).toEqual([
      {
        method: 'GET',
        url: 'https://amplitude.com/api/2/usersearch?user=koji-connection-test%40example.com',
        headers: { accept: 'application/json' },
        timeoutMilliseconds: 3_700,
      },
    ]);
  });

  test('asks the hosts of the region that was chosen', async () => {
    const { send, requests } = network(nobody);
    await probe(send, { secretKey, region: 'eu' });
    expect(requests[0]?.url).toBe(
      'https://analytics.eu.amplitude.com/api/2/usersearch?user=koji-connection-test%40example.com',
    );
  });

  test('finds the API key unknown in both regions', async () => {
    const { send, requests } = network(wrongApiKeyForReads, wrongApiKeyForReads);
    const failure = await failureOf(probe(send, { secretKey }));
    expect(failure.details).toMatchObject({ kind: 'connection', code: 'invalid_api_key', status: 403 });
    expect(requests.map(({ url }) => new URL(url).host)).toEqual(['amplitude.com', 'analytics.eu.amplitude.com']);
  });

  test('finds the secret key wrong, and asks no other region', async () => {
    const { send, requests } = network(wrongSecretKey);
    const failure = await failureOf(probe(send, { secretKey }));
    expect(failure.details).toMatchObject({ kind: 'connection', code: 'invalid_secret_key' });
    expect(failure.message).toContain('Amplitude Secret Key');
    expect(requests).toHaveLength(1);
  });

  test('passes on what else Amplitude has against the keys', async () => {
    const { send, requests } = network(restRefusal('This project is suspended'));
    const failure = await failureOf(probe(send, { secretKey }));
    expect(failure.details).toMatchObject({ kind: 'connection', code: 'forbidden' });
    expect(failure.message).toContain('“This project is suspended”');
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['is overloaded', overloaded],
    ['has broken down', reply(500, '')],
    ['is busy', reply(429, '')],
    ["can't be reached", brokenConnection],
    ['is behind a firewall', reply(403, '<html>Forbidden</html>')],
    ['redirects', reply(302, '', { location: 'https://elsewhere.example.com' })],
    ['is replaced by a web page', reply(200, '<html>Product analytics for everyone</html>')],
    ['answers with something else', reply(200, {})],
    ['breaks down with an answer all the same', reply(500, { matches: [] })],
  ])('leaves the keys unchecked when Amplitude %s', async (_name, reply) => {
    const { send, requests } = network(reply);
    await expect(probe(send, { secretKey })).resolves.toBe('unchecked');
    expect(requests).toHaveLength(1);
  });
});

describe('the check of an API key alone', () => {
  test('sends an event that can never be stored: it has no id, and its time is no time', async () => {
    const { send, requests } = network(eventRefused);
    await expect(probe(send)).resolves.toBe('good');
    expect(requests).toEqual([
      {
        method: 'POST',
        url: 'https://api2.amplitude.com/2/httpapi',
        headers: { 'content-type': 'application/json' },
        body: '{"api_key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","events":[{"event_type":"koji.connection_test","time":"invalid"}]}',
        timeoutMilliseconds: 3_700,
      },
    ]);
  });

  test.each([
    ['a missing id', eventRefused],
    [
      'a time that is no time',
      reply(400, {
        code: 400,
        error: 'Invalid field values on some events',
        events_with_invalid_fields: { time: [0] },
      }),
    ],
    ['an id that is too short', reply(400, { code: 400, error: 'Invalid id length for user_id or device_id' })],
  ])('finds the key good when the event is refused for %s', async (_name, reply) => {
    await expect(probe(network(reply).send)).resolves.toBe('good');
  });

  test('finds the key good should Amplitude ever take such an event', async () => {
    await expect(probe(network(reply(200, { code: 200, events_ingested: 0 })).send)).resolves.toBe('good');
  });

  test('finds the key unknown in both regions, and does not quote it', async () => {
    const { send, requests } = network(wrongApiKey, wrongApiKey);
    const failure = await failureOf(probe(send));
    expect(failure.details).toMatchObject({ kind: 'connection', code: 'invalid_api_key', status: 400 });
    expect(failure.message).not.toContain(apiKey);
    expect(requests.map(({ url }) => new URL(url).host)).toEqual(['api2.amplitude.com', 'api.eu.amplitude.com']);
  });

  test.each([
    ['is overloaded', overloaded],
    ['is busy', reply(429, { code: 429 })],
    ["can't be reached", brokenConnection],
    ['is behind a firewall', reply(403, { code: 403, error: 'Forbidden' })],
    ['is behind a load balancer that refuses', reply(400, '<html>400 Bad Request</html>')],
    ['is behind a proxy that finds everything too large', reply(413, '<html>413</html>')],
    ['redirects', reply(308, '', { location: 'https://elsewhere.example.com' })],
    ['is replaced by a web page', reply(200, '<html>Welcome to the hotel</html>')],
  ])('leaves the key unchecked when Amplitude %s', async (_name, reply) => {
    const { send, requests } = network(reply);
    await expect(probe(send)).resolves.toBe('unchecked');
    expect(requests).toHaveLength(1);
  });
});

describe('a key that belongs to the other region', () => {
  test.each([
    ['US', 'EU', 'us', undefined, wrongApiKey, eventRefused],
    ['EU', 'US', 'eu', undefined, wrongApiKey, eventRefused],
    ['US', 'EU', 'us', secretKey, wrongApiKeyForReads, nobody],
    ['EU', 'US', 'eu', secretKey, wrongApiKeyForReads, nobody],
    ['US', 'EU', 'us', secretKey, wrongApiKeyForReads, wrongSecretKey],
  ] satisfies [string, string, Region, string | undefined, Reply, Reply][])(
    'is told to choose it: %s was chosen, %s is right',
    async (_chosen, right, region, secret, here, there) => {
      const { send, requests } = network(here, there);
      const failure = await failureOf(probe(send, { region, ...(secret === undefined ? {} : { secretKey: secret }) }));
      expect(failure.details).toMatchObject({ service: 'Amplitude', kind: 'connection', code: 'other_region' });
      expect(failure.message).toBe(
        `This Amplitude API key belongs to a project in the ${right} region. Choose ${right} as Amplitude Region.`,
      );
      expectToBeReadInFull(failure.message);
      expect(requests).toHaveLength(2);
    },
  );

  test.each([
    ['is down', overloaded],
    ["can't be reached", brokenConnection],
    ['is behind a firewall', reply(403, { code: 403, error: 'Forbidden' })],
  ])('is not guessed at when that region %s: the key is unknown here', async (_name, there) => {
    const { send } = network(wrongApiKey, there);
    const failure = await failureOf(probe(send));
    expect(failure.details.code).toBe('invalid_api_key');
  });

  test('is not looked for where one sandbox stands for both regions', async () => {
    const { send, requests } = network(wrongApiKey);
    const sandbox = () => ({ ingestion: 'http://127.0.0.1:4101', rest: 'http://127.0.0.1:4101' });
    const failure = await failureOf(probe(send, {}, sandbox));
    expect(failure.details.code).toBe('invalid_api_key');
    expect(requests).toHaveLength(1);
  });
});

test('a fault of our own is not taken for one of the keys or of Amplitude', async () => {
  const send: Send = async () => ({
    status: 429,
    header: () => {
      throw new TypeError('headers.get is not a function');
    },
    body: '',
  });
  await expect(probe(send, { secretKey })).rejects.toThrow(TypeError);
});

describe('a region whose other one is elsewhere only in part', () => {
  const elsewhere = 'https://proxy.example.com';

  test.each([
    ['reading', 'rest', undefined, [wrongApiKey, eventRefused], 400],
    ['writing', 'ingestion', secretKey, [wrongApiKeyForReads, nobody], 403],
  ] as const)(
    'because %s goes through a proxy, is asked all the same',
    async (_what, part, secret, answers, status) => {
      const { send } = network(...answers);
      const keys = secret === undefined ? {} : { secretKey: secret };
      const failure = await failureOf(probe(send, keys, (region) => ({ ...documented(region), [part]: elsewhere })));
      expect(failure.details).toMatchObject({ kind: 'connection', code: 'other_region', status });
    },
  );
});

test('a fault of our own is not taken for one of Amplitude', async () => {
  const send = async () => ({
    ...nobody,
    get body(): string {
      throw new TypeError('a bug');
    },
  });
  await expect(probe(send, { secretKey })).rejects.toThrow(TypeError);
});
