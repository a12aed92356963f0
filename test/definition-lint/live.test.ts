import { createHmac } from 'node:crypto';
import nock from 'nock';
import { perform as sendEvent } from '../../creates/send_interview_event.ts';
import { perform as startInterview } from '../../creates/start_interview.ts';
import type { Live } from '../../definition-lint/check.ts';
import { itemSchema } from '../../definition-lint/definition.ts';
import { checks, lintDefinition } from '../../definition-lint/lint.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { perform as findInterview } from '../../searches/find_interview.ts';
import { perform as deliver, performList } from '../../triggers/interview_analysis_ready.ts';
import { perform as poll } from '../../triggers/new_interview_analysis.ts';
import { connected, run } from '../app.ts';
import { changed, definitionOf, exceptions, publicApp } from './real-app.ts';

const hook = 'triggers.interview_analysis_ready';
const polled = 'triggers.new_interview_analysis';
const start = 'creates.start_interview';

const wire = { ...sampleWireInterview, interview_id: 'int_live', analyzed_at: new Date().toISOString() };

/** What the app's own functions give for the interview as Koji sends it. */
const resultsOfTheApp = async (): Promise<Live> => {
  const koji = () => nock('https://koji.so/api/v1');
  const list = { interviews: [wire], next_cursor: null };
  koji().get('/interviews').query(true).times(2).reply(200, list);
  koji().get('/interviews/int_live').reply(200, wire);
  koji().post('/interviews/start').reply(201, { interview_id: 'int_live', session_token: 'made_up' });
  nock('https://api2.amplitude.com').post('/2/httpapi').reply(200, { code: 200, events_ingested: 1 });

  const secret = 'whsec_made_up';
  const content = JSON.stringify({
    event: 'interview.analysis_ready',
    id: 'evt_1',
    created_at: new Date(),
    data: wire,
  });
  const subscription: { id: string; secret?: string } = { id: 'wh_1', secret };
  const signature = createHmac('sha256', secret).update(content).digest('hex');
  const given = { authData: connected, inputData: {} };
  const [interview] = await run(performList, given);
  return {
    [`${hook}.operation.performList`]: [itemSchema.parse(interview)],
    [`${hook}.operation.perform`]: await run(deliver, {
      ...given,
      subscribeData: subscription,
      rawRequest: { headers: { 'Http-X-Koji-Signature': signature }, content },
    }),
    [`${polled}.operation.perform`]: await run(poll, { ...given, meta: {} }),
    'searches.find_interview.operation.perform': await run(findInterview, {
      ...given,
      inputData: { interview_id: 'int_live' },
    }),
    [`${start}.operation.perform`]: [
      await run(startInterview, { ...given, inputData: { respondent_email: 'a@b.co' } }),
    ],
    'creates.send_interview_event.operation.perform': [
      await run(sendEvent, { ...given, inputData: { ...interview, amplitude_user_id: 'user_10042' } }),
    ],
  };
};

let app: unknown;
let live: Live;
beforeAll(async () => {
  app = await definitionOf(publicApp);
  live = await resultsOfTheApp();
});

const outcome = (path: string[] = [], to?: unknown) => {
  const [place = '', ...inner] = path;
  const items = live[place] ?? [];
  const broken =
    path.length === 0
      ? live
      : { ...live, [place]: items.map((item) => itemSchema.parse(changed(item, inner.join('.'), to))) };
  return lintDefinition(app, { exceptions, live: broken });
};

const found = (path: string[], to: unknown) =>
  outcome(path, to).findings.map(({ check, where }) => `${check} ${where}`);

test("what the app's own functions give passes every check", () => {
  const { findings, checks: ran } = outcome();
  expect(findings).toEqual([]);
  expect(ran.filter(({ state }) => state !== 'ok')).toEqual([]);
});

const breaks: [id: string, what: string, path: string[], to: unknown, where: string][] = [
  ['T002', 'a poll with an empty id', [`${polled}.operation.perform`, 'id'], '', `${polled}.perform.id`],
  [
    'T003',
    'a result with a date in words',
    [`${start}.operation.perform`, 'study_link'],
    '24 May 2026',
    `${start}.perform.study_link`,
  ],
  [
    'T003',
    'a listed time without an offset',
    [`${hook}.operation.performList`, 'study_name'],
    '2026-05-24 11:41',
    `${hook}.performList.study_name`,
  ],
  [
    'T004',
    'a result without a key of the sample',
    [`${start}.operation.perform`, 'mode'],
    undefined,
    `${start}.sample.mode`,
  ],
  [
    'T004',
    'a line item without a key of the sample',
    [`${polled}.operation.perform`, 'answers'],
    [{ question: 'Why?' }],
    `${polled}.sample.answers.question_id`,
  ],
  [
    'T005',
    'a triggered value of another type',
    [`${hook}.operation.perform`, 'quality_score'],
    '4',
    `${hook}.perform.quality_score`,
  ],
  [
    'T006',
    'a listed key that no delivery has',
    [`${hook}.operation.performList`, 'friends'],
    2,
    `${hook}.performList.friends`,
  ],
  [
    'Z001',
    'a listed value of another type',
    [`${hook}.operation.performList`, 'is_anonymous'],
    'no',
    `${hook}.performList.is_anonymous`,
  ],
];

test.each(breaks)('%s finds %s', (id, _what, path, to, where) => {
  expect(found(path, to)).toContain(`${id} ${where}`);
  expect([...new Set(found(path, to).map((finding) => finding.slice(0, 4)))]).toEqual([id]);
});

test('every check over results has a test that breaks them', () => {
  const broken = new Set(breaks.map(([id]) => id));
  expect(checks.map(({ id }) => id).filter((id) => /^[TZ]/.test(id) && !broken.has(id))).toEqual([]);
});

test('keys inside an empty list or null are not missed', () => {
  expect(found([`${polled}.operation.perform`, 'answers'], [])).toEqual([]);
  expect(found([`${polled}.operation.perform`, 'answers'], null)).toEqual([]);
});

test('a check over results that were not given is not run, rather than passed', () => {
  const { checks: ran } = lintDefinition(app, { exceptions });
  expect(ran.filter(({ state }) => state === 'not run').map(({ id }) => id)).toEqual([
    'T002',
    'T003',
    'T004',
    'T005',
    'T006',
    'Z001',
  ]);
});

test('results of something that the app does not have are refused', () => {
  expect(() => lintDefinition(app, { live: { 'triggers.nothing.operation.perform': [] } })).toThrow(
    'There are live results of triggers.nothing.operation.perform, which the app does not have.',
  );
});
