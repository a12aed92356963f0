import { type Hosts, hostsOf, type Region } from '../../amplitude/hosts.ts';
import { fetchSend } from '../../boundary/fetch.ts';
import { examineAmplitude } from '../../doctor/checks.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';

let us: AmplitudeSandbox;
let eu: AmplitudeSandbox;
beforeEach(async () => {
  us = await startAmplitude({ now: Date.now });
  eu = await startAmplitude({ now: Date.now, region: 'eu' });
});
afterEach(() => Promise.all([us.close(), eu.close()]));

const examine = ({
  apiKey = sandboxProject.apiKey,
  secretKey = sandboxProject.secretKey,
  region = 'us',
}: {
  apiKey?: string | undefined;
  secretKey?: string | undefined;
  region?: Region;
} = {}) => {
  const there = (place: Region): Hosts => {
    const { url } = place === 'us' ? us : eu;
    return hostsOf(place, { AMPLITUDE_INGESTION_URL: url, AMPLITUDE_REST_URL: url });
  };
  const basic = `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`;
  const send = fetchSend(basic, [us.url, eu.url]);
  return examineAmplitude({ send, apiKey, secretKey, region, hostsOf: there });
};

test('both keys in the right region are confirmed, and nothing is written', async () => {
  await expect(examine()).resolves.toMatchObject({ verdict: 'confirmed', saw: 'both keys accepted' });
  expect(us.events(sandboxProject.apiKey)).toEqual([]);
  expect(us.calls.map(({ call }) => call.method)).toEqual(['GET']);
});

test('a project of the other region is found out', async () => {
  await expect(examine({ region: 'eu' })).resolves.toMatchObject({
    verdict: 'wrong',
    saw: 'both keys: 403 other region',
    edit: '.env',
  });
});

test('a wrong secret key is wrong', async () => {
  await expect(examine({ secretKey: 'other' })).resolves.toMatchObject({
    verdict: 'wrong',
    saw: 'both keys: 403 invalid secret key',
  });
});

test('an Amplitude that has a fault leaves it unknown', async () => {
  us.failNext(() => true, { status: 503 }, 9);
  await expect(examine()).resolves.toMatchObject({ verdict: 'unknown', saw: 'Amplitude did not say' });
});

test('without keys nothing is asked', async () => {
  const send = fetchSend(null, []);
  const check = await examineAmplitude({
    send,
    apiKey: undefined,
    secretKey: undefined,
    region: 'us',
    hostsOf: (place) => hostsOf(place, {}),
  });
  expect(check).toMatchObject({ verdict: 'unknown', saw: 'no API key was given', edit: '.env' });
});
