/** What a job comes to before anybody is asked, in the words of whoever runs the forwarder. */

import { readUpload } from '../../amplitude/failures.ts';
import { failureByRow } from '../../boundary/error-table.ts';
import type { Reply } from '../../boundary/send.ts';
import { readConfig } from '../../forwarder/config.ts';
import { writeJob } from '../../forwarder/jobs.ts';
import { forAWhile, servicesOf } from '../../forwarder/services.ts';
import { handlerOf, outcomeOf } from '../../forwarder/work.ts';
import { permissions } from '../../koji/contract.ts';
import { kojiFindings } from '../../koji/errors.ts';
import { kojiFailure } from '../../koji/failures.ts';
import { interviewSchema } from '../../koji/interview.ts';
import { sampleInterview } from '../../koji/sample.ts';
import { reply } from '../support/wire.ts';

const config = readConfig({
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
  AMPLITUDE_API_KEY: 'a'.repeat(32),
});
const services = servicesOf(config);
const wanted = async () => true;
const job = (more: object) =>
  writeJob(config.project, interviewSchema.parse({ ...sampleInterview, interview_id: 'int_1', ...more }));

test('an interview of which nobody says when it was is given up, and no form is spoken of', async () => {
  const outcome = await handlerOf(services, config)(job({ completed_at: null, analyzed_at: null }), 0, wanted);
  expect(outcome).toEqual({
    result: 'hopeless',
    why: 'Nothing was sent to Amplitude: neither the delivery nor Koji says when this interview was completed, in a date with its time zone.',
  });
});

test('an interview that ended later than the clock shows is given up, and the clock is named', async () => {
  const slow = { ...services, now: () => Date.parse('2026-05-24T11:00:00Z') };
  expect(await handlerOf(slow, config)(job({ completed_at: '2026-05-24T11:41:22Z' }), 0, wanted)).toEqual({
    result: 'hopeless',
    why: "Nothing was sent to Amplitude: this interview was completed later than it is by this machine's clock. Set the clock right, then try it again.",
  });
});

test('where no time is left for a service, that is said, and not that it can’t be reached', async () => {
  expect(await handlerOf(forAWhile(services, 0), config)(job({}), 0, wanted)).toEqual({
    result: 'again',
    why: 'Amplitude was not asked: no time was left before Koji had to be answered.',
    pauseSeconds: 0,
  });
});

test('an interview that is not analyzed yet is no fault of Koji, and holds nobody else up', () => {
  expect(outcomeOf(failureByRow('Koji', kojiFindings.notAnalyzedYet))).toMatchObject({
    result: 'again',
    pauseSeconds: 0,
    isItsOwn: true,
  });
});

/** What an upload comes to that is answered like this. */
const uploaded = (answer: Reply) => {
  try {
    readUpload(answer);
  } catch (error) {
    return outcomeOf(error);
  }
  throw new Error('It was taken.');
};

test('a user who has had too many events for a day holds nobody else up', () => {
  const refused = { code: 429, exceeded_daily_quota_users: { user_10042: 500_001 } };
  expect(uploaded(reply(429, refused))).toMatchObject({
    result: 'again',
    pauseSeconds: 0,
    isItsOwn: true,
  });
});

const page = '<html>Blocked</html>';
test.each([
  ['Amplitude', uploaded(reply(403, page))],
  ['Koji', outcomeOf(kojiFailure(reply(403, page), permissions.start))],
])(
  'what a firewall on the way to %s refuses costs a try, as it may be the words of one person',
  (_service, outcome) => {
    expect(outcome).toMatchObject({ result: 'again', pauseSeconds: 0 });
  },
);
