import app from '../../../index.ts';
import { operationsOf } from '../../../operations.ts';
import { tryHook } from '../../../sandbox/zapier/hook-trial.ts';
import userEnteredCohortWebhook from '../../../triggers/user_entered_cohort_webhook.ts';

test('the hook of a subscribed trigger gives one interview, and nothing for a forged or a repeated delivery', async () => {
  const told = await tryHook(app, { key: 'interview_analysis_ready', forged: true, again: true });
  expect(told.map(({ outcome, items }) => [outcome, items.length])).toEqual([
    ['triggered', 1],
    ['ignored', 0],
    ['ignored', 0],
  ]);
  expect(told[0]?.items[0]).toMatchObject({ respondent_id: 'user_10042', quality_score: 4 });
  expect(told[1]?.said).toEqual([expect.stringContaining('signature is wrong')]);
  expect(told[2]?.said).toEqual([expect.stringContaining('delivered before')]);
});

test("the trigger's form is filled in with what is given", async () => {
  const told = await tryHook(app, { key: 'interview_analysis_ready', inputData: { minimum_quality: '5' } });
  expect(told).toEqual([
    expect.objectContaining({ outcome: 'ignored', said: [expect.stringContaining('below the minimum quality')] }),
  ]);
});

test('what the form can not take is told in the words that people read', async () => {
  const subscribed = await tryHook(app, { key: 'interview_analysis_ready', inputData: { minimum_quality: 'three' } });
  const said = [expect.stringContaining('the field Minimum Quality must be a whole number')];
  expect(subscribed).toEqual([{ sent: 'The Zap is turned on', outcome: 'failed', items: [], said }]);
  const triggers = { [userEnteredCohortWebhook.key]: userEnteredCohortWebhook };
  const inputData = { direction: 'sideways' };
  const delivered = await tryHook({ ...app, triggers }, { key: 'user_entered_cohort_webhook', inputData });
  expect(delivered).toEqual([
    expect.objectContaining({
      outcome: 'failed',
      said: [expect.stringContaining('the field Direction must be one of')],
    }),
  ]);
});

test('a static hook is added in the settings, which asks it for an answer first', async () => {
  const told = await tryHook({ ...app, ...operationsOf('private') }, { key: 'interview_analysis_ready_manual' });
  expect(told.map(({ outcome, items }) => [outcome, items.length])).toEqual([
    ['ignored', 0],
    ['triggered', 1],
  ]);
});

test("Amplitude's cohort webhook gives each person who entered, and nothing with a wrong header", async () => {
  const triggers = { [userEnteredCohortWebhook.key]: userEnteredCohortWebhook };
  const told = await tryHook({ ...app, triggers }, { key: 'user_entered_cohort_webhook', forged: true, again: true });
  expect(told.map(({ outcome, items }) => [outcome, items.map((item) => item.respondent_email)])).toEqual([
    ['triggered', ['ada@example.com', 'ben@example.com']],
    ['ignored', []],
    ['triggered', ['ada@example.com', 'ben@example.com']],
  ]);
});
