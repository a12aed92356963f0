import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import type { Item } from '../../sandbox/zapier/definition.ts';
import { openSandbox, type Sandbox } from '../support/sandbox.ts';
import { type Known, zapOf } from '../support/zap_page.ts';

const DAY = 86_400_000;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox({ now: Date.now() - 3 * DAY, koji_api_key: sandboxKeys.smallPlan });
});
afterEach(() => sandbox.close());

const zap = () => zapOf(sandbox.zapier, 'plan-without-webhooks.md');
const ada = { user_id: 'user_10042', email: 'eve@example.com' };

/** Steps 1 and 2. */
const started = async (person: Item = ada): Promise<Known> => {
  const chosen = {
    'Respondent Email': '{{trigger.1.email}}',
    'Respondent ID': '{{trigger.1.user_id}}',
    'Study Link': 'https://koji.so/i/first-impressions',
  };
  const run = await zap().run(2, { 1: person }, chosen);
  expect(run.status).toBe('success');
  return { 1: person, 2: run.outputs[0] ?? {} };
};
/** Steps 5 and 6. */
const found = async (known: Known): Promise<Known> => {
  await sandbox.clock.advance(2 * DAY);
  const run = await zap().run(6, known);
  expect(run.status).toBe('success');
  return { ...known, 6: run.outputs[0] ?? {} };
};
/** Step 8. */
const sent = async (known: Known) => (await zap().run(8, known)).outputs[0];
const answer = (known: Known, outcome = {}) => sandbox.koji.respond(String(known[2]?.interview_id), outcome);
const events = () => sandbox.amplitude.events(sandboxProject.apiKey);

test('Start Interview, Delay, Find Interview, Send Interview Event writes the interview', async () => {
  const known = await started();
  answer(known);
  const later = await found(known);
  await expect(zap().passes(7, later)).resolves.toBe(true);
  await expect(sent(later)).resolves.toMatchObject({ status: 'written', user_id: ada.user_id });
  expect(events()).toHaveLength(1);
});

test('who comes up again, or has no link, ends before the email', async () => {
  const first = await started();
  const again = await started();
  const withoutLink = { ...first, 2: { ...first[2], interview_link: null } };
  const passes = [first, again, withoutLink].map((known) => zap().passes(3, known));
  await expect(Promise.all(passes)).resolves.toEqual([true, false, false]);
});

test('who has not answered by then ends at the Filter step', async () => {
  const known = await started();
  const later = await found(known);
  expect(later[6]).toMatchObject({ id: known[2]?.interview_id, completed_at: null });
  await expect(zap().passes(7, later)).resolves.toBe(false);
});

test('without the Filter step nothing is written of such an interview', async () => {
  await expect(sent(await found(await started()))).resolves.toMatchObject({
    status: 'skipped',
    reason: 'not_analyzed',
  });
  expect(events()).toEqual([]);
});

test('a start that told no interview id ends at Find Interview, and nobody else is found in its place', async () => {
  await started();
  sandbox.koji.behave({ existing: 'conflict' });
  const again = await started();
  expect(again[2]).toMatchObject({ interview_id: null });
  await expect(zap().run(6, again)).resolves.toMatchObject({ status: 'halted', failure: { name: 'HaltedError' } });
});

test('an anonymous interview and a poor one are not written', async () => {
  const anonymous = await started();
  const poor = await started({ user_id: 'user_2', email: 'grace@example.com' });
  answer(anonymous, { anonymous: true });
  answer(poor, { quality_score: 2 });
  const reasons = [await sent(await found(anonymous)), await sent(await found(poor))];
  expect(reasons).toMatchObject([
    { status: 'skipped', reason: 'anonymous' },
    { status: 'skipped', reason: 'below_quality' },
  ]);
});

test('of the triggers, the hook names the poll and the poll names this Zap', async () => {
  const hook = sandbox.zapier.zap({ trigger: { key: 'interview_analysis_ready' } });
  const poll = sandbox.zapier.zap({ trigger: { key: 'new_interview_analysis' } });
  await expect(hook.turnOn()).rejects.toThrow('Use the trigger New Interview Analysis');
  await expect(poll.turnOn()).rejects.toThrow('Use Start Interview, then Delay, then Find Interview');
});
