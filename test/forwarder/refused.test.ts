/** Who is refused hears what to do, and so does whoever reads the log. */
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder, type Say } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { SIGNATURE_HEADER, signatureParts } from '../../koji/contract.ts';
import { sign } from '../../koji/signature.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';

const secrets = { etl: 'an-etl-secret-of-the-test', cohort: 'a-cohort-secret-of-the-test' };
const needed = {
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
  AMPLITUDE_API_KEY: 'a'.repeat(32),
};
const set = { ...needed, ETL_SECRET: secrets.etl, AMPLITUDE_WEBHOOK_SECRET: secrets.cohort };

/** A forwarder with these settings, its log, what its queue was asked, and what it says to a request in words. */
const forwarderWith = (environment: Record<string, string>) => {
  const config = readConfig(environment);
  const log: Parameters<Say>[] = [];
  const asked: PropertyKey[] = [];
  const queue = new Proxy(startQueue(new VirtualClock(0), 1_000), {
    get: (engine, name) => {
      asked.push(name);
      return Reflect.get(engine, name);
    },
  });
  const forwarder = createForwarder(config, queue, servicesOf(config), (...line) => {
    log.push(line);
  });
  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await forwarder(new Request(`http://forwarder${path}`, { method: 'POST', body, headers }));
    return [answer.status, await answer.json()];
  };
  return { log, asked, post };
};

test.each([
  ['/etl/respondents', 'This address is closed: set ETL_SECRET to open it.'],
  ['/etl/rpc', 'This address is closed: set ETL_SECRET to open it.'],
  ['/amplitude/cohort', 'This address is closed: set AMPLITUDE_WEBHOOK_SECRET to open it.'],
])('without its secret set, %s says which setting opens it', async (path, message) => {
  const { post } = forwarderWith(needed);
  expect(await post(path, '{}')).toEqual([401, { error: 'unauthorized', message }]);
});

test.each([
  ['/etl/respondents', 'The secret is missing or wrong: send Authorization: Bearer, with ETL_SECRET.'],
  ['/amplitude/cohort', 'X-Webhook-Secret is missing or wrong: send AMPLITUDE_WEBHOOK_SECRET in it.'],
])('with another secret, %s says which one it takes, and the log has the refusal without it', async (path, message) => {
  const { post, log } = forwarderWith(set);
  const another = 'another-secret-of-somebody';
  const headers = { [SECRET_HEADER]: another, authorization: `Bearer ${another}` };
  expect(await post(`${path}?secret=${another}`, '{}', headers)).toEqual([401, { error: 'unauthorized', message }]);
  expect(log).toEqual([['a request was refused', { path, status: 401, why: message }, 'warn']]);
});

test('a body that breaks is told in the log, with its address and without the secret in it', async () => {
  const { post, log } = forwarderWith(set);
  const message = 'The body is not JSON. It breaks at character 23.';
  const body = '{"display_name":"Ann "Lee"}';
  expect(await post(`/etl/respondents/${secrets.etl}`, body)).toEqual([400, { error: 'not_json', message }]);
  expect(log).toEqual([['a request was refused', { path: '/etl/respondents', status: 400, why: message }, 'warn']]);
});

test.each([
  [`/etl/${secrets.etl}`, 'other'],
  ['/etl/respondents/a/b', '/etl/respondents'],
])('an address that is not there is told in the log, without what may be a secret in it: %s', async (asked, path) => {
  const { post, log } = forwarderWith(set);
  const message =
    'There is no such address here for POST. GET opens / and /healthz. POST goes to /koji/webhook, /amplitude/cohort, /etl/respondents and /etl/rpc.';
  expect(await post(asked, '{}')).toEqual([404, { error: 'not_found', message }]);
  expect(log).toEqual([['a request was refused', { path, status: 404, why: message }, 'warn']]);
});

test('why some rows of many were rejected is in the log, each reason once', async () => {
  const { post, log } = forwarderWith(set);
  const rows = [{ external_id: 'u_1' }, {}, { display_name: 'Ada' }, []];
  const authorization = `Bearer ${secrets.etl}`;
  expect(await post('/etl/respondents', JSON.stringify(rows), { authorization })).toMatchObject([422, { accepted: 1 }]);
  const why =
    'Koji needs to know whom to interview: fill in email or external_id. This is no row: an object is expected.';
  expect(log).toEqual([['rows were heard', { queued: 1, known: 0, rejected: 3, why }, 'warn']]);
});

test('a single row that is no good is one line of the log', async () => {
  const { post, log } = forwarderWith(set);
  const why = 'Koji needs to know whom to interview: fill in email or external_id.';
  expect(await post(`/etl/respondents/${secrets.etl}`, '{}')).toEqual([422, { error: 'invalid_row', message: why }]);
  expect(log).toEqual([['a request was refused', { path: '/etl/respondents', status: 422, why }, 'warn']]);
});

test('why somebody of a cohort was left out is in the log: nobody sees what Amplitude is answered', async () => {
  const { post, log } = forwarderWith(set);
  const users = [
    { user_id: 'user_10042' },
    { user_id: null },
    { user_id: 'x\u0000' },
    { user_id: 'user_10043', user_properties: { email: 'nobody' } },
  ];
  const body = JSON.stringify({ cohort_id: 'c', in_cohort: true, users });
  expect(await post('/amplitude/cohort', body, { [SECRET_HEADER]: secrets.cohort })).toMatchObject([200, {}]);
  const leftOut =
    "1 × a user without a user id. 1 × an email that is no address. 1 × a user who can't be started: A text holds a NUL or half a character. Take it out and send it again.";
  expect(log).toEqual([['a cohort was heard', { queued: 2, known: 0, leftOut }]]);
});

const signedAt = (seconds: number, body: string): string => {
  const { timestamp, timestampedDigest } = signatureParts;
  const digest = sign(needed.KOJI_WEBHOOK_SECRET, `${seconds}.${body}`).toString('hex');
  return `${timestamp}${seconds},${timestampedDigest}${digest}`;
};

test.each([
  ['wrong', `sha256=${'0'.repeat(64)}`, 'KOJI_WEBHOOK_SECRET is not what Koji signs with, or it was not Koji.'],
  ['missing', '', 'It came without a signature, so it was not Koji.'],
  ['malformed', 'none', 'Its signature is of no form that Koji has, so it was not Koji.'],
  ['stale', signedAt(1_000, '[]'), "It was signed more than five minutes before or after this machine's clock."],
])(
  'a delivery whose signature is %s is told in the log, and costs the queue nothing',
  async (signature, header, why) => {
    const { post, log, asked } = forwarderWith(set);
    const headers: Record<string, string> = header === '' ? {} : { [SIGNATURE_HEADER]: header };
    const message = { status: `signature ${signature}`, message: why };
    expect(await post('/koji/webhook', '[]', headers)).toEqual([401, message]);
    expect(log).toEqual([['a delivery was refused', { signature, why }, 'warn']]);
    expect(asked).toEqual([]);
  },
);

test.each([
  ['[]', 'the body is not a JSON object'],
  ['{"event":"interview.started"}', 'another event'],
])('a signed delivery of nothing to write is told in the log, and costs the queue nothing: %s', async (body, why) => {
  const { post, log, asked } = forwarderWith(set);
  const headers = { [SIGNATURE_HEADER]: `sha256=${sign(needed.KOJI_WEBHOOK_SECRET, body).toString('hex')}` };
  expect(await post('/koji/webhook', body, headers)).toEqual([200, { status: 'ignored' }]);
  expect(log).toEqual([['a delivery was ignored', { why }]]);
  expect(asked).toEqual([]);
});
