import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { openSandbox, type Sandbox } from '../support/sandbox.ts';
import { type Known, zapOf } from '../support/zap_page.ts';

const { apiKey } = sandboxProject;
const MINUTE = 60_000;
const COHORT = 'experiment';
const STUDY = 'stu_6b1e07';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const zap = (which: 'first' | 'second' | 'third') => zapOf(sandbox.zapier, 'experiment.md', `The ${which} Zap`);

/** So many people of each group, who are in the cohort. */
const inTheExperiment = (count: number) => {
  const members = Array.from({ length: count * 2 }, (_, index) => ({
    userId: `user_${index}`,
    properties: {
      email: `user_${index}@example.com`,
      experiment_group: index % 2 === 0 ? 'control' : 'treatment',
    },
  }));
  sandbox.amplitude.putCohort(apiKey, { id: COHORT, name: 'In the experiment', members });
};

/** What the second Zap's steps 1 and 3 give for each person whom it asks. */
const asked = async (): Promise<Known[]> => {
  inTheExperiment(0);
  const on = sandbox.zapier.zap({ trigger: await zap('second').trigger({ Cohort: COHORT }) });
  await on.turnOn().catch(() => sandbox.clock.advance(MINUTE).then(() => on.turnOn()));
  inTheExperiment(5);
  for (let count = 0; count < 16; count += 1) {
    await sandbox.clock.advance(15 * MINUTE);
    await on.poll();
  }
  const all: Known[] = [];
  for (const { trigger } of on.runs()) {
    const known = { 1: trigger ?? {} };
    const link = { 'Study Link': 'https://koji.so/i/new-checkout' };
    await expect(zap('second').passes(2, known)).resolves.toBe(true);
    const { outputs } = await zap('second').run(3, known, link);
    all.push({ ...known, 3: outputs[0] ?? {} });
  }
  return all;
};

const groupOf = (known: Known) => Object(known[1]?.properties).experiment_group;

test('the start is one line on the charts, however often the Zap runs', async () => {
  const start = { Start: '2026-11-26T09:00:00Z' };
  const runs = [await zap('first').run(2, {}, start), await zap('first').run(2, {}, start)];
  expect(runs.map(({ outputs }) => outputs[0])).toMatchObject([
    { created: true, already_there: false, category: 'Koji' },
    { created: false, already_there: true },
  ]);
});

test('people of both groups are asked, with their group as metadata', async () => {
  const people = await asked();
  expect(new Set(people.map(groupOf))).toEqual(new Set(['control', 'treatment']));
  for (const known of people) {
    await expect(zap('second').passes(4, known)).resolves.toBe(true);
    expect(known[3]).toMatchObject({ metadata: { group: groupOf(known), experiment: 'new checkout' } });
  }
  const [first = {}] = people;
  const link = String(first[3]?.interview_link);
  expect(link).toContain('https://koji.so/i/new-checkout');
  await expect(zap('second').given(5, first)).resolves.toMatchObject({ Body: expect.stringContaining(link) });
});

test('what each group said stands under its name in Amplitude', async () => {
  const people = await asked();
  const on = sandbox.zapier.zap({ trigger: await zap('third').trigger({ Study: STUDY }) });
  await on.turnOn();
  for (const known of people) {
    const sentiment = groupOf(known) === 'control' ? 'positive' : 'negative';
    sandbox.koji.respond(String(known[3]?.interview_id), { sentiment });
  }
  const [another] = [sandbox.koji.openLink({ guide_id: 'stu_9c44d2' })];
  sandbox.koji.respond(another);
  await sandbox.clock.advance(MINUTE);
  expect(on.runs()).toHaveLength(people.length);
  for (const { trigger } of on.runs()) {
    const run = await zap('third').run(2, { 1: trigger ?? {} });
    expect(run).toMatchObject({ status: 'success', outputs: [{ status: 'written' }] });
  }
  const groups = sandbox.amplitude
    .events(apiKey)
    .map(({ userId, eventProperties: { group, sentiment, experiment } }) => ({ userId, group, sentiment, experiment }));
  expect(groups).toHaveLength(people.length);
  expect(groups).toEqual(
    expect.arrayContaining(
      people.map((known) => ({
        userId: known[1]?.amplitude_user_id,
        group: groupOf(known),
        sentiment: groupOf(known) === 'control' ? 'positive' : 'negative',
        experiment: 'new checkout',
      })),
    ),
  );
});

test('somebody without a group is not started', async () => {
  const person = {
    amplitude_user_id: 'user_x',
    respondent_email: 'x@example.com',
    properties: { experiment_group: null },
  };
  await expect(zap('second').passes(2, { 1: person })).resolves.toBe(false);
});

test('an interview held anonymously is in no group and is not written', async () => {
  const on = sandbox.zapier.zap({ trigger: await zap('third').trigger({ Study: STUDY }) });
  await on.turnOn();
  const known = sandbox.koji.openLink({ metadata: { group: 'control', experiment: 'new checkout' } });
  const hidden = sandbox.koji.openLink({ respondent_email: 'x@example.com', metadata: { group: 'control' } });
  sandbox.koji.respond(known);
  sandbox.koji.respond(hidden, { anonymous: true });
  await sandbox.clock.advance(MINUTE);
  const triggered = on.runs().find(({ trigger }) => trigger?.id === hidden)?.trigger ?? {};
  expect(triggered).toMatchObject({ metadata: {} });
  const run = await zap('third').run(2, { 1: triggered });
  expect(run.outputs).toMatchObject([{ status: 'skipped', reason: 'anonymous' }]);
});
