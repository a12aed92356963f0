import { cohortToKoji } from '../../../make/blueprint.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { sandboxKeys } from '../../../sandbox/koji/projects.ts';
import { startKoji } from '../../../sandbox/koji/server.ts';
import { readApp } from '../../../sandbox/make/app.ts';
import { UnknownToRunner } from '../../../sandbox/make/error.ts';
import { fetchTo } from '../../../sandbox/make/run.ts';
import { Scenario } from '../../../sandbox/make/scenario.ts';

const delivery = (in_cohort: boolean) =>
  JSON.stringify({
    cohort_id: 'c',
    in_cohort,
    users: [
      { user_id: 'user_1', user_properties: { email: 'ada@example.com', name: 'Ada' } },
      { user_id: 'user_2', user_properties: { email: 'eve@example.com' } },
      { user_id: 'user_1', user_properties: { email: 'ada@example.com' } },
    ],
  });

const onStage = async (
  run: (stage: {
    koji: Awaited<ReturnType<typeof startKoji>>;
    clock: VirtualClock;
    scenario: Scenario;
  }) => Promise<void>,
) => {
  const clock = new VirtualClock(Date.now());
  const koji = await startKoji({ clock });
  const around = {
    connections: { koji: { koji_api_key: sandboxKeys.full } },
    http: fetchTo({ 'https://koji.so/api/v1': koji.url }),
  };
  try {
    await run({
      koji,
      clock,
      scenario: new Scenario(cohortToKoji('koji', 'koji-a1b2c3'), readApp('make/app/koji'), clock, around),
    });
  } finally {
    await koji.close();
  }
};

test('with the app for Make’s review, everybody who enters a cohort is started, once', () =>
  onStage(async ({ koji, clock, scenario }) => {
    expect(scenario.receive({ headers: {}, body: delivery(true) })).toEqual({ status: 200, items: 1 });
    await clock.runUntilIdle();
    expect(koji.interviews().map(({ respondent }) => respondent.external_id)).toEqual(['user_1', 'user_2']);
    expect(scenario.executions.filter(({ module }) => module.endsWith(':startInterview'))).toMatchObject([
      { outcome: 'done', output: { already_started: false, respondent_email: 'ada@example.com' } },
      { outcome: 'done', output: { already_started: false } },
      { outcome: 'done', output: { already_started: true } },
    ]);
  }));

test('nobody is started who leaves it', () =>
  onStage(async ({ koji, clock, scenario }) => {
    scenario.receive({ headers: {}, body: delivery(false) });
    await clock.runUntilIdle();
    expect(koji.interviews()).toEqual([]);
    expect(scenario.executions.at(-1)).toEqual({ module: 'builtin:BasicFeeder', outcome: 'filtered' });
  }));

test('a conflict (409) does not end the scenario, and an outage is tried again later', () =>
  onStage(async ({ koji, clock, scenario }) => {
    koji.behave({ existing: 'conflict' });
    koji.failNext(({ path }) => path.endsWith('/start'), { status: 503, body: 'Service unavailable' });
    scenario.receive({ headers: {}, body: delivery(true) });
    await clock.runUntilIdle();
    const outcomes = scenario.executions
      .filter(({ module }) => module.endsWith(':startInterview'))
      .map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['kept to run again', 'done', 'done', 'ignored']);
    expect(koji.interviews()).toHaveLength(2);
  }));

test('what the runner does not know is refused', () =>
  onStage(async ({ clock }) => {
    const blueprint = cohortToKoji('koji', 'koji-a1b2c3');
    const around = { connections: {}, http: fetchTo({}) };
    const other = {
      ...blueprint,
      flow: blueprint.flow.map((step) => ({ ...step, module: step.module.replace('BasicFeeder', 'BasicAggregator') })),
    };
    const scenario = new Scenario(other, readApp('make/app/koji'), clock, around);
    scenario.receive({ headers: {}, body: delivery(true) });
    await expect(clock.runUntilIdle()).rejects.toThrow(UnknownToRunner);
  }));
