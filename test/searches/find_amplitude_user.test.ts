import app from '../../index.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startZapier } from '../../sandbox/zapier/platform.ts';
import findAmplitudeUser, { perform } from '../../searches/find_amplitude_user.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const US = 'https://amplitude.com';
const SEARCH = '/api/2/usersearch';
/** Amplitude knows a property of somebody. */
const knowing = (amplitudeId: number) =>
  nock(US)
    .get('/api/2/useractivity')
    .query({ user: amplitudeId, limit: 1 })
    .reply(200, { userData: { properties: { plan: 'trial' } }, events: [] });
const find = (inputData: object, authData: Record<string, string> = connected) => run(perform, { authData, inputData });

test('a user is found by exactly this id; phantoms without one are dropped', async () => {
  const matches = [
    { user_id: null, amplitude_id: 1 },
    { user_id: 'user_10', amplitude_id: 2 },
    { user_id: 'user_1', amplitude_id: 356893043036 },
  ];
  nock(US).get(SEARCH).query({ user: 'user_1' }).reply(200, { matches, type: 'match_user_or_device_id' });
  knowing(356893043036);
  await expect(find({ amplitude_user_id: 'user_1' })).resolves.toMatchObject([
    { id: '356893043036', amplitude_user_id: 'user_1', properties: { plan: 'trial' } },
  ]);
});

test.each(['a+b&user=c@example.com', '{x}', 'ünï / 💶', '100%'])('the id %p reaches Amplitude as it is', async (id) => {
  nock(US)
    .get(SEARCH)
    .query({ user: id })
    .reply(200, { matches: [{ user_id: id, amplitude_id: 7 }] });
  knowing(7);
  await expect(find({ amplitude_user_id: id })).resolves.toMatchObject([{ id: '7', amplitude_user_id: id }]);
});

test.each([
  ['a placeholder', 'undefined', 'holds a placeholder such as null or n/a: an earlier step had no value for it'],
])('%s halts, and asks Amplitude nothing', async (_name, amplitude_user_id, because) => {
  await expect(zapierErrorOf(find({ amplitude_user_id }))).resolves.toEqual({
    kind: 'HaltedError',
    message: `Nothing was sent to Amplitude: the field Amplitude User ID ${because}.`,
  });
});

test('a missing secret key says where to add it', async () => {
  await expect(
    zapierErrorOf(find({ amplitude_user_id: 'x' }, { ...connected, amplitude_secret_key: '' })),
  ).resolves.toMatchObject({ kind: 'AppError', message: expect.stringContaining('Add it under Apps → Koji') });
});

test('Amplitude asking for a pause (429) makes the run wait half a minute', async () => {
  nock(US).get(SEARCH).query(true).reply(429, '<html></html>');
  await expect(zapierErrorOf(find({ amplitude_user_id: 'x' }))).resolves.toMatchObject({
    kind: 'ThrottledError',
    delay: 30,
  });
});

test('against the sandbox: the beginning of an id, other capitals and a device of somebody find nobody', async () => {
  const clock = new VirtualClock(Date.parse('2026-05-24T12:00:00Z'));
  const amplitude = await startAmplitude({ now: clock.now });
  const { apiKey, secretKey } = sandboxProject;
  const { amplitudeId, deviceIds } = amplitude.putUser(apiKey, 'user_10042', { email: 'ada@example.com', seats: 3 });
  const zapier = await startZapier({
    app: { ...app, searches: { [findAmplitudeUser.key]: findAmplitudeUser } },
    clock,
    authData: { koji_api_key: 'pk_made_up', amplitude_api_key: apiKey, amplitude_secret_key: secretKey },
    environment: { AMPLITUDE_REST_URL: amplitude.url },
  });
  const searchFor = async (amplitude_user_id: string) =>
    (await zapier.runSteps({}, [{ key: findAmplitudeUser.key, inputData: { amplitude_user_id } }])).outputs;
  try {
    await expect(searchFor('user_10042')).resolves.toMatchObject([
      {
        id: String(amplitudeId),
        amplitude_user_id: 'user_10042',
        email: 'ada@example.com',
        last_interview_at: null,
        properties: { seats: 3 },
      },
    ]);
    for (const other of ['user_100', 'USER_10042', deviceIds[0] ?? '', String(amplitudeId)]) {
      await expect(searchFor(other)).resolves.toEqual([]);
    }
  } finally {
    await Promise.all([zapier.close(), amplitude.close()]);
  }
});
