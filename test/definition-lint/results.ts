import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { perform as annotate } from '../../creates/create_chart_annotation.ts';
import { perform as registerEvent } from '../../creates/register_interview_event.ts';
import { perform as sendEvent } from '../../creates/send_interview_event.ts';
import { perform as startInterview } from '../../creates/start_interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import type { Live } from '../../packages/zapier-definition-lint/check.ts';
import { itemSchema } from '../../packages/zapier-definition-lint/definition.ts';
import { perform as findUser } from '../../searches/find_amplitude_user.ts';
import { perform as findCohort } from '../../searches/find_cohort.ts';
import { perform as findInterview } from '../../searches/find_interview.ts';
import { perform as listCategories } from '../../triggers/annotation_category_list.ts';
import { perform as listCohorts } from '../../triggers/cohort_list.ts';
import { perform as deliver, performList } from '../../triggers/interview_analysis_ready.ts';
import {
  perform as deliverManually,
  performList as performListManually,
} from '../../triggers/interview_analysis_ready_manual.ts';
import { perform as listInterviews } from '../../triggers/interview_list.ts';
import { perform as poll } from '../../triggers/new_interview_analysis.ts';
import { perform as listStudies } from '../../triggers/study_list.ts';
import { perform as deliverCohort } from '../../triggers/user_entered_cohort_webhook.ts';
import { cohortPerform } from '../../zapier/cohort-poll.ts';
import { connected, run } from '../support/app.ts';
import nock from '../support/nock.ts';

const SECRET = 'made_up_for_the_results';
const COHORT = '7khm89cz';

const wire = { ...sampleWireInterview, interview_id: 'int_live', analyzed_at: new Date().toISOString() };

/** An analysis as Koji delivers it, signed with the subscription's secret and with the connection's. */
const delivered = () => {
  const content = JSON.stringify({
    event: 'interview.analysis_ready',
    id: 'evt_1',
    created_at: new Date(),
    data: wire,
  });
  const signature = createHmac('sha256', SECRET).update(content).digest('hex');
  const subscription: { id: string; secret?: string } = { id: 'wh_1', secret: SECRET };
  return {
    authData: { ...connected, koji_webhook_secret: SECRET },
    inputData: {},
    subscribeData: subscription,
    rawRequest: { headers: { 'Http-X-Koji-Signature': signature }, content },
  };
};

/** Koji and Amplitude, as far as the functions below ask them. */
const answer = () => {
  const koji = () => nock('https://koji.so/api/v1');
  koji()
    .get('/interviews')
    .query(true)
    .times(5)
    .reply(200, { interviews: [wire], next_cursor: null });
  koji().get('/interviews/int_live').reply(200, wire);
  koji().post('/interviews/start').reply(201, { interview_id: 'int_live', session_token: 'made_up' });

  nock('https://api2.amplitude.com').post('/2/httpapi').reply(200, { code: 200, events_ingested: 1 });
  const amplitude = () => nock('https://amplitude.com');
  const cohort = { id: COHORT, name: 'Stuck trials', size: 1, type: 'redshift', lastComputed: 1_779_602_400 };
  amplitude()
    .get('/api/3/cohorts')
    .times(3)
    .reply(200, { cohorts: [cohort] });
  amplitude()
    .get('/api/3/cohorts/usage')
    .reply(200, { rest_download: { limit: 500, usage: 0 } });
  amplitude().get(`/api/5/cohorts/request/${COHORT}`).query(true).reply(202, { request_id: 'r1' });
  amplitude().get('/api/5/cohorts/request-status/r1').reply(200, { async_status: 'JOB COMPLETED' });
  amplitude()
    .get('/api/5/cohorts/request/r1/file')
    .reply(200, 'amplitude_id,user_id,email,plan\n1,user_1,a@b.co,trial\n');
  amplitude()
    .get('/api/2/usersearch')
    .query(true)
    .reply(200, { matches: [{ user_id: 'user_1', amplitude_id: 1 }] });
  amplitude()
    .get('/api/2/useractivity')
    .query(true)
    .reply(200, { userData: { properties: { plan: 'trial' } } });
  amplitude().get('/api/3/annotations').query(true).reply(200, { data: [] });
  amplitude()
    .post('/api/3/annotations')
    .reply(200, { data: { id: 42 } });
  amplitude()
    .get('/api/3/annotation-categories')
    .reply(200, { data: [{ id: 1, name: 'Releases' }] });
  amplitude()
    .get(/^\/api\/2\/taxonomy\//)
    .times(4)
    .reply(200, { success: true, data: [] });
  amplitude()
    .post(/^\/api\/2\/taxonomy\//)
    .times(11)
    .reply(200, { success: true });
};

/** A cohort's webhook, as Amplitude sends it. */
const cohortDelivery = {
  cohort_name: 'Stuck trials',
  cohort_id: COHORT,
  in_cohort: true,
  computed_time: '1779602400',
  message_id: 'm1::enter::0',
  users: [{ user_id: 'user_1', user_properties: { email: 'a@b.co', plan: 'trial' } }],
};

const items = z.array(itemSchema);

/** What the app's own functions give, all of them: of each operation of either build, for one interview and one person. */
export const resultsOfTheApp = async (): Promise<Live> => {
  answer();
  const given = (inputData: Record<string, unknown> = {}, more: object = {}) => ({
    authData: connected,
    inputData,
    meta: { page: 0 },
    ...more,
  });
  const delivery = delivered();
  const listed = items.parse(await run(performList, given()));
  // The pauses between two looks at an export are not waited for.
  const pollCohort = cohortPerform({ now: Date.now, sleep: async () => {} });
  return {
    'triggers.interview_analysis_ready.operation.performList': listed,
    'triggers.interview_analysis_ready.operation.perform': items.parse(await run(deliver, delivery)),
    'triggers.interview_analysis_ready_manual.operation.performList': items.parse(
      await run(performListManually, given()),
    ),
    'triggers.interview_analysis_ready_manual.operation.perform': items.parse(await run(deliverManually, delivery)),
    'triggers.new_interview_analysis.operation.perform': items.parse(await run(poll, given())),
    'triggers.interview_list.operation.perform': items.parse(await run(listInterviews, given())),
    'triggers.study_list.operation.perform': items.parse(await run(listStudies, given())),
    'triggers.user_entered_cohort.operation.perform': items.parse(
      await run(pollCohort, given({ cohort_id: COHORT, extra_properties: ['plan'] })),
    ),
    'triggers.user_entered_cohort_webhook.operation.perform': items.parse(
      await run(deliverCohort, given({}, { rawRequest: { headers: {}, content: JSON.stringify(cohortDelivery) } })),
    ),
    'triggers.cohort_list.operation.perform': items.parse(await run(listCohorts, given())),
    'searches.find_interview.operation.perform': items.parse(
      await run(findInterview, given({ interview_id: 'int_live' })),
    ),
    'searches.find_cohort.operation.perform': items.parse(await run(findCohort, given({ name: 'Stuck trials' }))),
    'searches.find_amplitude_user.operation.perform': items.parse(
      await run(findUser, given({ amplitude_user_id: 'user_1' })),
    ),
    'creates.start_interview.operation.perform': items.parse([
      await run(startInterview, given({ respondent_email: 'a@b.co', metadata: { cohort: 'Stuck trials' } })),
    ]),
    'creates.send_interview_event.operation.perform': items.parse([
      await run(sendEvent, given({ ...listed[0], amplitude_user_id: 'user_10042' })),
    ]),
    'triggers.annotation_category_list.operation.perform': items.parse(await run(listCategories, given())),
    'creates.create_chart_annotation.operation.perform': items.parse([
      await run(annotate, given({ label: 'A study began', start: '2026-05-24T11:00:00Z' })),
    ]),
    'creates.register_interview_event.operation.perform': items.parse([await run(registerEvent, given())]),
  };
};

/** Functions that give nothing on purpose. */
export const givingNothing = {
  'triggers.user_entered_cohort_webhook.operation.performList': 'Amplitude keeps no deliveries to look at again.',
};
