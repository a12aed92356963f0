import { authentication } from '../authentication.ts';
import { connected, run, zapierErrorOf } from './support/app.ts';
import nock from './support/nock.ts';

const KOJI = 'https://koji.so';
const US = { ingestion: 'https://api2.amplitude.com', rest: 'https://amplitude.com' };
const EU = { ingestion: 'https://api.eu.amplitude.com', rest: 'https://analytics.eu.amplitude.com' };
const UNKNOWN_INTERVIEW = /^\/api\/v1\/interviews\/[0-9a-f-]{36}$/;
const SEARCH = /^\/api\/2\/usersearch\?user=/;

const testConnection = (authData: Record<string, string>) => run(authentication.test, { authData });
const kojiOnly = { koji_api_key: connected.koji_api_key };
const { amplitude_api_key } = connected;
const restRefusal = (details: string) => ({ error: { http_code: 403, type: 'unspecified', metadata: { details } } });

const kojiAccepts = () =>
  nock(KOJI, { reqheaders: { authorization: `Bearer ${connected.koji_api_key}` } })
    .get(UNKNOWN_INTERVIEW)
    .reply(404, { error: 'not_found', message: 'No such interview.' });

test('the Koji API key alone is enough to connect', async () => {
  kojiAccepts();
  await expect(testConnection(kojiOnly)).resolves.toMatchObject({
    koji: 'API key accepted',
    amplitude: 'not connected',
  });
});

test('a key pasted with a line break behind it works', async () => {
  kojiAccepts();
  await expect(testConnection({ koji_api_key: `${connected.koji_api_key}\n` })).resolves.toMatchObject({
    koji: 'API key accepted',
  });
});

test.each([
  ['an empty key', ''],
  ['a key of spaces', '   '],
])('%s is refused before anything is sent', async (_name, koji_api_key) => {
  await expect(zapierErrorOf(testConnection({ koji_api_key }))).resolves.toMatchObject({
    kind: 'AppError',
    message: expect.stringContaining('Koji API Key is empty'),
  });
});

test.each([
  ['a space', 'pk_live_one two'],
  ['a line break', 'pk_live_one\ntwo'],
  ['a letter that no header can carry', 'pk_live_ü'],
])('a key with %s inside is refused, and not shown', async (_name, koji_api_key) => {
  const failure = await zapierErrorOf(testConnection({ koji_api_key }));
  expect(failure.message).toContain('copy it again');
  expect(failure.message).not.toContain('pk_live');
});

test('a wrong Koji key is an error of the connection, not an expired one', async () => {
  nock(KOJI).get(UNKNOWN_INTERVIEW).reply(401, { error: 'unauthorized', message: 'Bad key.' });
  await expect(zapierErrorOf(testConnection(kojiOnly))).resolves.toMatchObject({
    kind: 'AppError',
    status: 401,
    message: expect.stringMatching(/Koji does not accept the API key.*Settings → Integrations/),
  });
});

test('a Koji key that may only start interviews is accepted, and what it lacks is named', async () => {
  nock(KOJI).get(UNKNOWN_INTERVIEW).reply(403, { error: 'forbidden', message: 'Missing permission.' });
  await expect(testConnection(kojiOnly)).resolves.toMatchObject({ koji: 'API key accepted, without interview:read' });
});

test('a Koji that calls the unknown id no id has accepted the key', async () => {
  nock(KOJI).get(UNKNOWN_INTERVIEW).reply(422, { error: 'invalid_id', message: 'No id of ours.' });
  await expect(testConnection(kojiOnly)).resolves.toMatchObject({ koji: 'API key accepted, not checked further' });
});

test('an address that is not Koji does not pass for Koji', async () => {
  nock(KOJI).get(UNKNOWN_INTERVIEW).reply(404, '<html>Not found</html>');
  await expect(zapierErrorOf(testConnection(kojiOnly))).resolves.toMatchObject({
    message: expect.stringContaining('does not answer like Koji'),
  });
});

test('Koji not being reachable is said, with the host', async () => {
  nock(KOJI).get(UNKNOWN_INTERVIEW).replyWithError('socket hang up');
  await expect(zapierErrorOf(testConnection(kojiOnly))).resolves.toMatchObject({
    message: expect.stringMatching(/Koji could not be reached at koji\.so/),
  });
});

test('a Koji that does not answer for 30 seconds is given up before', async () => {
  nock(KOJI).get(UNKNOWN_INTERVIEW).delay(30_000).reply(404, {});
  const started = Date.now();
  await expect(zapierErrorOf(testConnection(kojiOnly))).resolves.toMatchObject({
    message: expect.stringContaining('could not be reached'),
  });
  expect(Date.now() - started).toBeLessThan(25_000);
});

test('a redirect to another host is not followed with the key', async () => {
  nock(KOJI).get(UNKNOWN_INTERVIEW).reply(301, '', { location: 'https://elsewhere.example/steal' });
  await expect(zapierErrorOf(testConnection(kojiOnly))).resolves.toMatchObject({
    message: expect.stringContaining('redirect (301), which is not followed'),
  });
});

describe('with an Amplitude API key and secret key', () => {
  const keys = { ...connected, amplitude_region: 'us' };
  const basic = `Basic ${Buffer.from(`${connected.amplitude_api_key}:${connected.amplitude_secret_key}`).toString('base64')}`;

  test('both are checked by a search that writes nothing', async () => {
    kojiAccepts();
    nock(US.rest, { reqheaders: { authorization: basic } })
      .get(SEARCH)
      .reply(200, { type: 'nomatch', matches: [] });
    await expect(testConnection(keys)).resolves.toMatchObject({ amplitude: 'keys accepted in region US' });
  });

  test('a wrong secret key is named', async () => {
    kojiAccepts();
    nock(US.rest).get(SEARCH).reply(403, restRefusal('Invalid API/Secret Key combination'));
    await expect(zapierErrorOf(testConnection(keys))).resolves.toMatchObject({
      message: expect.stringContaining('does not accept the secret key'),
    });
  });

  test('keys of the other region are recognized there', async () => {
    kojiAccepts();
    nock(US.rest).get(SEARCH).reply(403, restRefusal('Invalid API Key'));
    nock(EU.rest).get(SEARCH).reply(200, { type: 'nomatch', matches: [] });
    await expect(zapierErrorOf(testConnection(keys))).resolves.toMatchObject({
      message: 'This Amplitude API key belongs to a project in the EU region. Choose EU as Amplitude Region.',
    });
  });

  test('keys that no region knows are wrong', async () => {
    kojiAccepts();
    nock(US.rest).get(SEARCH).reply(403, restRefusal('Invalid API Key'));
    nock(EU.rest).get(SEARCH).reply(403, restRefusal('Invalid API Key'));
    await expect(zapierErrorOf(testConnection(keys))).resolves.toMatchObject({
      message: expect.stringContaining('Amplitude does not know the API key'),
    });
  });

  test.each([
    ['is down', (scope: nock.Interceptor) => scope.reply(503, 'down')],
    ['is busy', (scope: nock.Interceptor) => scope.reply(429, 'busy')],
    ['is behind a firewall', (scope: nock.Interceptor) => scope.reply(403, '<html>blocked</html>')],
    ['breaks the connection', (scope: nock.Interceptor) => scope.replyWithError('reset')],
  ])('an Amplitude that %s does not fail the connection', async (_name, answer) => {
    kojiAccepts();
    answer(nock(US.rest).get(SEARCH));
    await expect(testConnection(keys)).resolves.toMatchObject({
      amplitude: 'not checked: no clear answer from Amplitude',
    });
  });
});

describe('with an Amplitude API key alone', () => {
  const keys = { ...kojiOnly, amplitude_api_key };
  const refused = { code: 400, error: 'Request missing required field' };

  test('it is checked with an event that Amplitude can never store', async () => {
    kojiAccepts();
    nock(US.ingestion)
      .post('/2/httpapi', {
        api_key: amplitude_api_key,
        events: [{ event_type: 'koji.connection_test', time: 'invalid' }],
      })
      .reply(400, refused);
    await expect(testConnection(keys)).resolves.toMatchObject({ amplitude: 'keys accepted in region US' });
  });

  test('a wrong one is refused without being shown', async () => {
    kojiAccepts();
    const wrong = { code: 400, error: `Invalid API key: ${amplitude_api_key}` };
    nock(US.ingestion).post('/2/httpapi').reply(400, wrong);
    nock(EU.ingestion).post('/2/httpapi').reply(400, wrong);
    const failure = await zapierErrorOf(testConnection(keys));
    expect(failure.message).toContain('Amplitude does not know the API key');
    expect(failure.message).not.toContain(amplitude_api_key);
  });

  test('one of the other region is recognized there', async () => {
    kojiAccepts();
    nock(US.ingestion)
      .post('/2/httpapi')
      .reply(400, { code: 400, error: `Invalid API key: ${amplitude_api_key}` });
    nock(EU.ingestion).post('/2/httpapi').reply(400, refused);
    await expect(zapierErrorOf(testConnection(keys))).resolves.toMatchObject({
      message: expect.stringContaining('Choose EU'),
    });
  });
});

test('a secret key without an API key is refused with words', async () => {
  kojiAccepts();
  await expect(
    zapierErrorOf(testConnection({ ...kojiOnly, amplitude_secret_key: 'b'.repeat(32) })),
  ).resolves.toMatchObject({
    message: expect.stringContaining('Amplitude needs both'),
  });
});

test("the label is the person's own name for the connection", async () => {
  kojiAccepts();
  await expect(testConnection({ ...kojiOnly, connection_name: ' Trial study ' })).resolves.toMatchObject({
    connection_label: 'Trial study',
  });
});

test('without a name the label tells connections apart and shows no part of a key', async () => {
  kojiAccepts();
  const { connection_label } = await testConnection(kojiOnly);
  expect(connection_label).toMatch(/^Key [0-9a-f]{6}$/);
});

test('a key that may not read shows in the label', async () => {
  nock('https://koji.so/api/v1')
    .get(/^\/api\/v1\/interviews\//)
    .reply(403, { error: 'forbidden', message: 'No' });
  await expect(testConnection({ ...kojiOnly, connection_name: 'Trial study' })).resolves.toMatchObject({
    connection_label: "Trial study (can't read interviews)",
  });
});

test('an address from the environment that is neither https nor this machine is refused', async () => {
  process.env.KOJI_API_URL = 'http://koji.example/api/v1';
  try {
    await expect(zapierErrorOf(testConnection(kojiOnly))).resolves.toMatchObject({
      message: expect.stringContaining('KOJI_API_URL must be an https address'),
    });
  } finally {
    delete process.env.KOJI_API_URL;
  }
});

test.each([
  ['the Koji key', `Trial ${kojiOnly.koji_api_key}`, 'Trial •••'],
  ['a webhook secret', 'whsec_made_up_01 (EU)', '••• (EU)'],
])('a name that holds %s is shown without it', async (_what, connection_name, label) => {
  kojiAccepts();
  const connection = { ...kojiOnly, koji_webhook_secret: 'whsec_made_up_01 whsec_made_up_02', connection_name };
  await expect(testConnection(connection)).resolves.toMatchObject({ connection_label: label });
});

test.each(['s3cret', 'my hook 2026', 'one, two'])(
  'the webhook secret %p is refused, because it is too short',
  async (secret) => {
    await expect(zapierErrorOf(testConnection({ ...kojiOnly, koji_webhook_secret: secret }))).resolves.toMatchObject({
      message:
        'Nothing was sent to Koji: the field Koji Webhook Secret must have at least 16 characters; copy the whole of it from Koji.',
    });
  },
);
