/** The service as `npm run forwarder` starts it, against a local Koji and a local Amplitude, its queue in a folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { sign } from '../../koji/signature.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type KojiSandbox, startKoji } from '../../sandbox/koji/server.ts';

const WEBHOOK_SECRET = 'whsec_forwarder_test_secret';
const ETL_SECRET = 'an-etl-secret-of-the-test';
const COHORT_SECRET = 'a-cohort-secret-of-the-test';

let folder: string;
let koji: KojiSandbox;
let amplitude: AmplitudeSandbox;
let service: { child: ChildProcess; url: string; printed: () => string };

/** Starts the service on the folder's queue and waits until it says where it listens. */
const start = (): Promise<typeof service> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['forwarder/hosts/node.ts'], {
      env: {
        PATH: process.env.PATH,
        KOJI_API_KEY: sandboxKeys.full,
        KOJI_WEBHOOK_SECRET: WEBHOOK_SECRET,
        AMPLITUDE_API_KEY: sandboxProject.apiKey,
        AMPLITUDE_WEBHOOK_SECRET: COHORT_SECRET,
        ETL_SECRET,
        KOJI_API_URL: koji.url,
        AMPLITUDE_INGESTION_URL: amplitude.url,
        AMPLITUDE_REST_URL: amplitude.url,
        UPDATE_USER_PROPERTIES: 'always',
        START_SPACING_MILLISECONDS: '5',
        FORWARDER_FOLDER: folder,
        ...(process.env.FORWARDER_TEST_DATABASE_URL === undefined
          ? {}
          : { DATABASE_URL: process.env.FORWARDER_TEST_DATABASE_URL }),
        PORT: '0',
      },
    });
    let printed = '';
    const hear = (chunk: Buffer): void => {
      printed += chunk.toString();
      const url = /alive\?\s+(http:\S+)\/healthz/.exec(printed)?.[1];
      if (url !== undefined) resolve({ child, url, printed: () => printed });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`It ended with ${code}: ${printed}`)));
  });

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forwarder-'));
  koji = await startKoji({ clock: new VirtualClock(Date.now()) });
  amplitude = await startAmplitude({ now: Date.now });
  service = await start();
}, 60_000);

afterAll(async () => {
  service.child.kill('SIGKILL');
  await Promise.all([koji.close(), amplitude.close()]);
  rmSync(folder, { recursive: true });
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${service.url}${path}`, { method: 'POST', body, headers });

let interviews = 0;
/** Another interview each time. */
const interview = (more: object = {}) => ({
  ...sampleWireInterview,
  interview_id: `int_${++interviews}`,
  completed_at: '2026-05-24T11:41:22Z',
  ...more,
});

const deliver = (data: object, secret = WEBHOOK_SECRET) => {
  const body = JSON.stringify({ event: ANALYSIS_READY_EVENT, id: 'evt_1', data });
  return post('/koji/webhook', body, { [SIGNATURE_HEADER]: `sha256=${sign(secret, body).toString('hex')}` });
};

const rows = (body: unknown, secret = ETL_SECRET) =>
  post('/etl/respondents', JSON.stringify(body), { authorization: `Bearer ${secret}` });

const health = z.object({ status: z.string(), waiting: z.number(), dead: z.number(), paused_seconds: z.number() });
const alive = async () => health.parse(await (await fetch(`${service.url}/healthz`)).json());

/** Looks until it is so, for ten seconds at most. */
const until = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
  for (let look = 0; look < 200 && !(await isSo()); look += 1) await new Promise((done) => setTimeout(done, 50));
  expect(await isSo()).toBe(true);
};
const nothingWaits = () => until(async () => (await alive()).waiting === 0);

const started = () => koji.interviews().map(({ respondent }) => respondent.external_id);
const stored = () => amplitude.events(sandboxProject.apiKey);

const eventsOf = ({ interview_id }: { interview_id: string }) =>
  stored().filter(({ insertId }) => insertId === `koji:interview_completed:${interview_id}`);

describe('Koji’s webhook', () => {
  test('an analyzed interview is written at once, and delivered again it is the same event', async () => {
    const one = interview();
    const first = await deliver(one);
    expect([first.status, await first.json()]).toEqual([200, { status: 'written' }]);
    await deliver(one);
    expect(eventsOf(one)).toHaveLength(1);
    expect(amplitude.user(sandboxProject.apiKey, eventsOf(one)[0]?.userId ?? '')?.properties).toMatchObject({
      last_interview_sentiment: sampleWireInterview.sentiment,
    });
  });

  test('a forged delivery is refused, and nothing is written or queued', async () => {
    const one = interview();
    expect((await deliver(one, 'another_secret_of_somebody')).status).toBe(401);
    expect(eventsOf(one)).toEqual([]);
    expect((await alive()).waiting).toBe(0);
  });

  test.each([
    ['anonymous', { respondent_email: null }, 'anonymous'],
    ['flagged', { anonymous: true }, 'anonymous'],
    ['scored 2', { quality_score: 2 }, 'below_quality'],
  ])('an interview that is %s is skipped and says why', async (_what, more, reason) => {
    const one = interview(more);
    expect(await (await deliver(one)).json()).toEqual({ status: `skipped: ${reason}` });
    expect(eventsOf(one)).toEqual([]);
  });

  test('an interview that Amplitude asks to wait for is queued, answered with 200, and written later', async () => {
    const one = interview();
    amplitude.failNext(() => true, { status: 429, headers: { 'retry-after': '1' }, body: { code: 429 } });
    const answer = await deliver(one);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }]);
    await nothingWaits();
    expect(eventsOf(one)).toHaveLength(1);
  });

  test('Koji’s verification request is answered', async () => {
    const sent = await post('/koji/webhook', '', {
      [SIGNATURE_HEADER]: `sha256=${sign(WEBHOOK_SECRET, '').toString('hex')}`,
    });
    expect([sent.status, await sent.json()]).toEqual([200, { status: 'verified' }]);
  });
});

describe('people from a reverse-ETL tool', () => {
  test('are started once, whoever sends them again and in whatever form', async () => {
    const ana = { email: 'ana@example.com', external_id: 'u_1042', display_name: 'Ana' };
    const first = await rows(ana);
    expect([first.status, await first.json()]).toEqual([202, { accepted: 1, duplicates: 0, rejected: [] }]);
    await nothingWaits();
    for (const again of [ana, [ana], { rows: [{ User_ID: 'u_1042', Email: 'ana@example.com' }] }]) {
      expect(await (await rows(again)).json()).toMatchObject({ accepted: 0, duplicates: 1 });
    }
    expect(started().filter((id) => id === 'u_1042')).toHaveLength(1);
  });

  test('good rows of a batch are queued and the bad ones named by their place', async () => {
    const answer = await rows([
      { email: 'one@example.com', user_id: 'u_1' },
      { email: 'null', user_id: '' },
      { email: 'nobody', user_id: 'u_3' },
      { object: 'nothing that we know' },
    ]);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1 }, { index: 2, external_id: 'u_3', error: 'The email is no email address.' }, { index: 3 }],
    });
  });

  test.each([
    ['a wrong secret', () => rows({}, 'wrong'), 401],
    [
      'a broken template',
      () => post('/etl/respondents', '{"a":"b"c"}', { authorization: `Bearer ${ETL_SECRET}` }),
      400,
    ],
    ['a text', () => rows('text'), 400],
    ['too many rows', () => rows(Array.from({ length: 5_001 }, () => ({}))), 413],
    ['more than 1 MB', () => rows({ email: 'a@example.com', more: 'x'.repeat(1_000_001) }), 413],
    ['somebody without id and email', () => rows({ display_name: 'Ana' }), 422],
  ])('%s is refused in words', async (_what, send, status) => {
    const answer = await send();
    expect([answer.status, await answer.json()]).toEqual([
      status,
      expect.objectContaining({ error: expect.any(String), message: expect.stringMatching(/\.$/) }),
    ]);
  });

  test('the secret may stand in the address, for tools that can’t set headers', async () => {
    const row = JSON.stringify({ external_id: 'u_address' });
    expect((await post(`/etl/respondents/${ETL_SECRET}`, row)).status).toBe(202);
    expect(service.printed()).not.toContain(ETL_SECRET);
  });
});

describe('Amplitude’s cohort webhook', () => {
  const delivery = (in_cohort: boolean) =>
    JSON.stringify({
      cohort_id: 'c1',
      cohort_name: 'Trials',
      in_cohort,
      message_id: 'm1',
      users: [{ user_id: 'cohort_user', user_properties: { email: 'cohort@example.com' } }, { user_id: 'null' }],
    });
  const headers = { [SECRET_HEADER]: COHORT_SECRET };

  test('people who enter are queued and started; those who leave are not', async () => {
    expect(await (await post('/amplitude/cohort', delivery(false), headers)).json()).toMatchObject({ accepted: 0 });
    expect(await (await post('/amplitude/cohort', delivery(true), headers)).json()).toMatchObject({ accepted: 1 });
    await nothingWaits();
    expect(started()).toContain('cohort_user');
  });

  test('without the secret nobody is queued', async () => {
    expect((await post('/amplitude/cohort', delivery(true))).status).toBe(401);
  });
});

test('somebody whom Koji will never take is kept among the dead', async () => {
  const { dead } = await alive();
  koji.failNext(({ method }) => method === 'POST', {
    status: 422,
    body: { error: 'invalid_respondent', message: 'No.' },
  });
  await rows({ external_id: 'u_never' });
  await nothingWaits();
  expect((await alive()).dead).toBe(dead + 1);
});

test('Koji’s 429 makes everybody wait, and costs nobody a try', async () => {
  koji.failNext(({ method }) => method === 'POST', { status: 429, headers: { 'retry-after': '1' }, body: {} });
  await rows([{ external_id: 'u_wait_1' }, { external_id: 'u_wait_2' }]);
  await nothingWaits();
  expect(started()).toEqual(expect.arrayContaining(['u_wait_1', 'u_wait_2']));
});

test('what has been taken survives the death of the process, and nobody is started twice', async () => {
  const people = Array.from({ length: 30 }, (_, index) => ({ external_id: `u_kill_${index}` }));
  koji.failNext(({ method }) => method === 'POST', { status: 429, headers: { 'retry-after': '3' }, body: {} });
  await rows(people);
  await until(async () => (await alive()).paused_seconds > 1);
  service.child.kill('SIGKILL');
  await ended(service.child);
  service = await start();
  await until(() => people.every(({ external_id }) => started().includes(external_id)));
  const ids = started();
  expect(new Set(ids).size).toBe(ids.length);
}, 120_000);

test('a second service on the same folder refuses to start', async () => {
  await expect(start()).rejects.toThrow(/It ended with 2: Another forwarder \(process \d+\) uses this folder/);
});

test('the log names nobody and holds no secret', async () => {
  await deliver(interview());
  await until(() => service.printed().includes('an interview was heard'));
  expect(service.printed()).not.toMatch(/example\.com|u_kill|user_10042|secret-of|whsec/);
});

test('it ends well when it is asked to', async () => {
  service.child.kill('SIGTERM');
  await expect(ended(service.child)).resolves.toBe(0);
});
