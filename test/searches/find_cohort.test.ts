import app from '../../index.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startZapier } from '../../sandbox/zapier/platform.ts';
import findCohort, { perform } from '../../searches/find_cohort.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const US = 'https://amplitude.com';
const EU = 'https://analytics.eu.amplitude.com';
const LIST = '/api/3/cohorts';
const cohort = { id: 'c1', name: 'Stuck Trials', size: 3, type: 'redshift', published: true, lastComputed: 1692206763 };

const find = (inputData: object, authData: Record<string, string> = connected) => run(perform, { authData, inputData });
const basic = `Basic ${Buffer.from(`${connected.amplitude_api_key}:${connected.amplitude_secret_key}`).toString('base64')}`;

test("a cohort is found by its name, with both of Amplitude's keys and without Koji's", async () => {
  let headers: Record<string, string> = {};
  nock(US)
    .get(LIST)
    .reply(function () {
      headers = this.req.headers;
      return [200, { cohorts: [cohort] }];
    });
  await expect(find({ name: 'stuck' })).resolves.toEqual([
    { id: 'c1', name: 'Stuck Trials', size: 3, type: 'redshift', cohort_computed_at: '2023-08-16T17:26:03.000Z' },
  ]);
  expect([headers.authorization].flat()).toEqual([basic]);
  expect(JSON.stringify(headers)).not.toContain(connected.koji_api_key);
});

test('a project in the EU is searched in the EU', async () => {
  nock(EU).get(LIST).reply(200, { cohorts: [] });
  await expect(find({ name: 'x' }, { ...connected, amplitude_region: 'eu' })).resolves.toEqual([]);
});

test('a search for nothing halts, and asks Amplitude nothing', async () => {
  await expect(zapierErrorOf(find({ name: ' ' }))).resolves.toEqual({
    kind: 'HaltedError',
    message: 'Nothing was sent to Amplitude: the field Name is empty.',
  });
});

test('a missing secret key says where to add it', async () => {
  const { amplitude_secret_key: _left, ...withoutSecret } = connected;
  await expect(zapierErrorOf(find({ name: 'x' }, withoutSecret))).resolves.toMatchObject({
    kind: 'AppError',
    message: expect.stringMatching(/has no Amplitude Secret Key\. Add it under Apps → Koji → your connection/),
  });
});

test('Amplitude asking for a pause (429) makes the run wait', async () => {
  nock(US).get(LIST).reply(429, '', { 'retry-after': '12' });
  await expect(zapierErrorOf(find({ name: 'x' }))).resolves.toMatchObject({ kind: 'ThrottledError', delay: 12 });
});

test('against the sandbox: archived and unpublished cohorts are not found, the whole name comes first', async () => {
  const clock = new VirtualClock(Date.parse('2026-05-24T12:00:00Z'));
  const amplitude = await startAmplitude({ now: clock.now });
  const { apiKey, secretKey } = sandboxProject;
  for (const put of [
    { id: 'a', name: 'Trials, stuck' },
    { id: 'b', name: 'trials' },
    { id: 'c', name: 'Trials', archived: true },
    { id: 'd', name: 'Trials', published: false },
  ]) {
    amplitude.putCohort(apiKey, { ...put, members: [{ userId: 'user_1' }] });
  }
  const zapier = await startZapier({
    app: { ...app, searches: { [findCohort.key]: findCohort } },
    clock,
    authData: { koji_api_key: 'pk_made_up', amplitude_api_key: apiKey, amplitude_secret_key: secretKey },
    environment: { AMPLITUDE_REST_URL: amplitude.url },
  });
  try {
    const found = await zapier.runSteps({ cohort: 'Trials' }, [
      { key: 'find_cohort', inputData: { name: '{{trigger.cohort}}' } },
    ]);
    expect(found).toMatchObject({
      status: 'success',
      outputs: [{ id: 'b', name: 'trials', size: 1, type: 'redshift', cohort_computed_at: '2026-05-24T12:00:00.000Z' }],
    });
  } finally {
    await Promise.all([zapier.close(), amplitude.close()]);
  }
});
