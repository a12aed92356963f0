import * as z from 'zod';
import app from '../../index.ts';
import { operationsOf } from '../../operations.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type KojiSandbox, startKoji } from '../../sandbox/koji/server.ts';
import { startZapier, type ZapierSandbox } from '../../sandbox/zapier/platform.ts';
import { until } from '../support/forwarder.ts';

const fields = z.array(z.object({ key: z.string(), label: z.string(), list: z.boolean().optional() }));

let clock: VirtualClock;
let koji: KojiSandbox;
let zapier: ZapierSandbox;

const startAll = async (koji_api_key: string = sandboxKeys.full) => {
  clock = new VirtualClock(Date.parse('2026-05-24T12:00:00Z'));
  koji = await startKoji({ clock });
  zapier = await startZapier({
    app: { ...app, ...operationsOf('private') },
    clock,
    authData: { koji_api_key },
    environment: { KOJI_API_URL: koji.url },
  });
};
beforeEach(() => startAll());
afterEach(() => Promise.all([zapier.close(), koji.close()]));

/** What the editor shows of an operation's result before there is one: what is there for everybody left out. */
const shown = async (operation: string, inputData = {}) => {
  const all = fields.parse(await zapier.invoke(`${operation}.operation.outputFields`, { inputData }));
  expect(all.filter(({ key }) => key === 'id')).toHaveLength(1);
  return all.filter(({ key }) => key.includes('__'));
};

const STAYS = 'stu_9c44d2';

/** Somebody has finished an interview of this study with one question, and Koji has analyzed it. */
const answered = async (guide_id: string, question: string, metadata: Record<string, unknown> = {}) => {
  const id = koji.openLink({ guide_id, metadata });
  koji.respond(id, { answers: [{ question_id: `q_${guide_id}`, question, type: 'open_ended', value: 'Because.' }] });
  await clock.advance(10_000);
};

const interviews = [
  'triggers.interview_analysis_ready',
  'triggers.interview_analysis_ready_manual',
  'triggers.new_interview_analysis',
  'searches.find_interview',
];

describe.each(interviews)('%s', (operation) => {
  test('offers the questions and the metadata of the latest interviews before anybody answers', async () => {
    await answered('stu_6b1e07', 'Why did you stop?', { cohort: 'Trials', tags: ['a', 'b'] });
    await answered(STAYS, 'Why do you stay?');
    await expect(shown(operation)).resolves.toEqual([
      { key: `answers_by_question__q_${STAYS}`, label: 'Why do you stay?' },
      { key: 'answers_by_question__q_stu_6b1e07', label: 'Why did you stop?' },
      { key: 'metadata__cohort', label: 'Metadata: cohort' },
      { key: 'metadata__tags', label: 'Metadata: tags', list: true },
    ]);
  });

  test('offers those of the chosen study alone', async () => {
    await answered('stu_6b1e07', 'Why did you stop?', { cohort: 'Trials' });
    await answered(STAYS, 'Why do you stay?');
    const labels = (await shown(operation, { study_id: STAYS })).map(({ label }) => label);
    expect(labels).toEqual(['Why do you stay?']);
    await expect(shown(operation, { study_id: 'stu_gone' })).resolves.toEqual([]);
  });

  test('takes a study that is not filled in yet for none', async () => {
    await answered(STAYS, 'Why do you stay?');
    await expect(shown(operation, { study_id: '{{123__study_id}}' })).resolves.toHaveLength(1);
  });

  test.each([
    ['breaks down', { status: 500, body: 'Internal Server Error' }],
    ['hangs up', 'reset'],
    ['answers a web page', { status: 200, body: '<!doctype html>' }],
    ['has been asked too often', { status: 429 }],
  ] as const)('keeps its other fields when Koji %s', async (_how, answer) => {
    await answered(STAYS, 'Why do you stay?');
    koji.failNext(() => true, answer);
    await expect(shown(operation)).resolves.toEqual([]);
    // The log may be behind the answer.
    await until(() => zapier.logs.some(({ message }) => message.includes('are not among the fields')));
  });
});

test.each([
  ['whose plan has no list', sandboxKeys.smallPlan],
  ['that may not read', sandboxKeys.startOnly],
  ['that Koji does not know', 'pk_live_nobody'],
  ['that can be no key', 'a key with spaces'],
])('the editor keeps the other fields for a key %s', async (_which, key) => {
  await Promise.all([zapier.close(), koji.close()]);
  await startAll(key);
  await expect(shown('triggers.interview_analysis_ready')).resolves.toEqual([]);
});

test('a plan without a list is no fault that the log would name', async () => {
  await Promise.all([zapier.close(), koji.close()]);
  await startAll(sandboxKeys.smallPlan);
  await shown('triggers.interview_analysis_ready');
  expect(zapier.logs.map(({ message }) => message).join()).not.toContain('are not among the fields');
});

describe.each(['triggers.user_entered_cohort', 'triggers.user_entered_cohort_webhook'])('%s', (operation) => {
  test.each([
    ['by their names', ['plan', 'Seats bought'], ['plan', 'Seats bought']],
    ['each once', ['plan', ' plan '], ['plan']],
    ['typed in one line', 'plan, seats', ['plan', 'seats']],
    ['none while there are none', undefined, []],
    ['none of what is no list', { plan: true }, []],
  ])('offers its Extra Properties: %s', async (_how, extra_properties, names) => {
    await expect(shown(operation, { extra_properties })).resolves.toEqual(
      names.map((name) => ({ key: `properties__${name}`, label: name })),
    );
  });
});
