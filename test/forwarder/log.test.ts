/** What the log says: whose each delivery and job is, by a hash, and nobody's name. */
import type { Reply } from '../../boundary/send.ts';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder, type Say } from '../../forwarder/forwarder.ts';
import { hashOf, readJob, startJob, writeJob } from '../../forwarder/jobs.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { handlerOf } from '../../forwarder/work.ts';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER } from '../../koji/contract.ts';
import { interviewSchema } from '../../koji/interview.ts';
import { sampleInterview } from '../../koji/sample.ts';
import { sign } from '../../koji/signature.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';
import { interview } from '../support/forwarder.ts';
import { reply } from '../support/wire.ts';

const secrets = { koji: 'a-secret-that-koji-gave', etl: 'an-etl-secret-of-the-test' };
const config = readConfig({
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: secrets.koji,
  AMPLITUDE_API_KEY: 'a'.repeat(32),
  ETL_SECRET: secrets.etl,
});

/** Koji and Amplitude as they give this answer to everything. */
const answering = (answer: Reply): ReturnType<typeof servicesOf> => {
  const { koji, amplitude, ...more } = servicesOf(config);
  const send = async () => answer;
  return { ...more, koji: { ...koji, send }, amplitude: { ...amplitude, send } };
};

/** What is logged of a request. */
const logOf = async (path: string, body: string, headers: Record<string, string>, answer = reply(200, {})) => {
  const log: Parameters<Say>[] = [];
  const queue = startQueue(new VirtualClock(0), 1_000);
  const forwarder = createForwarder(config, queue, answering(answer), (...line) => {
    log.push(line);
  });
  await forwarder(new Request(`http://forwarder${path}`, { method: 'POST', body, headers }));
  return log;
};

describe('a delivery of Koji', () => {
  const one = interview();
  const deliver = (data: object, answer?: Reply) => {
    const body = JSON.stringify({ event: ANALYSIS_READY_EVENT, data });
    const signature = sign(secrets.koji, body).toString('hex');
    return logOf('/koji/webhook', body, { [SIGNATURE_HEADER]: `sha256=${signature}` }, answer);
  };
  const whose = hashOf(readJob(config.project, one.interview_id, false));

  test('that comes to its end is told with what the page calls it', async () => {
    expect(await deliver({ ...one, anonymous: true })).toEqual([
      ['an interview was heard', { outcome: 'skipped: anonymous', whose }],
    ]);
  });

  test('that is queued, too', async () => {
    expect(await deliver(one, reply(429, {}))).toMatchObject([['an interview was queued', { whose }, 'info']]);
  });
});

describe('the reason why a job failed', () => {
  const person = { respondent_id: 'user_10042', respondent_name: 'Ana (Lee)', mode: 'text' };
  /** In which Koji says this of the person. */
  const reasonOf = async (message: string, input: object = person): Promise<string> => {
    const services = answering(reply(422, { error: 'invalid_respondent', message }));
    const outcome = await handlerOf(services, config)(startJob(config.project, '', { ...input }), 0, async () => true);
    return 'why' in outcome ? outcome.why : '';
  };

  test('names nobody, though Koji quotes the id or the name', async () => {
    expect(await reasonOf('No mode text for /USER_10042/, Ana (Lee), see user_100421.')).toContain(
      'Koji says: “No mode text for /•••/, ••• (•••), see user_100421.”',
    );
  });

  test('ends before a word that is cut, which may be the beginning of an id', async () => {
    expect(await reasonOf(`${'no '.repeat(27)}user_10042 is blocked`)).toContain(`“${'no '.repeat(27)}…”`);
  });

  test('is told of somebody whose name fills a request, too', async () => {
    const long = { ...person, respondent_name: 'x'.repeat(990_000) };
    expect(await reasonOf('Id user_10042 is blocked.', long)).toContain('“Id ••• is blocked.”');
  });

  test('names nobody of an interview either, though Amplitude quotes the id', async () => {
    const services = answering(reply(400, { code: 400, error: 'Id user_10042 is blocked.' }));
    const job = writeJob(
      config.project,
      interviewSchema.parse({ ...sampleInterview, ...person, interview_id: 'int_1' }),
    );
    expect(await handlerOf(services, config)(job, 0, async () => true)).toMatchObject({
      why: expect.stringContaining('“Id ••• is blocked.”'),
    });
  });
});

test('of what could not be kept of a row only the names are told that can name nobody', async () => {
  const row = { external_id: 'u_1', address: {}, 'ana@example.com': {}, user_10042: {}, 'Ana Lee': {} };
  const log = await logOf('/etl/respondents', JSON.stringify(row), { authorization: `Bearer ${secrets.etl}` });
  expect(log[0]).toEqual(['of some rows not everything was kept', { columns: 'address, •••' }]);
});
