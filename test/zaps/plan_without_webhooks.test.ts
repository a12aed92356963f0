import app from '../../index.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type KojiSandbox, startKoji } from '../../sandbox/koji/server.ts';
import type { Item } from '../../sandbox/zapier/definition.ts';
import { startZapier, type ZapierSandbox } from '../../sandbox/zapier/platform.ts';

/** The Zap of docs/zaps/plan-without-webhooks.md, with a key whose plan has neither webhooks nor a list. */
const DAY = 86_400_000;

let clock: VirtualClock;
let koji: KojiSandbox;
let amplitude: AmplitudeSandbox;
let zapier: ZapierSandbox;

beforeEach(async () => {
  clock = new VirtualClock(Date.now() - 3 * DAY);
  koji = await startKoji({ clock });
  amplitude = await startAmplitude({ now: clock.now });
  zapier = await startZapier({
    app,
    clock,
    authData: {
      koji_api_key: sandboxKeys.smallPlan,
      amplitude_api_key: sandboxProject.apiKey,
      amplitude_secret_key: sandboxProject.secretKey,
    },
    environment: {
      KOJI_API_URL: koji.url,
      AMPLITUDE_INGESTION_URL: amplitude.url,
      AMPLITUDE_REST_URL: amplitude.url,
    },
  });
});

afterEach(async () => {
  await Promise.all([zapier.close(), koji.close(), amplitude.close()]);
});

const ada = { user_id: 'user_10042', email: 'ada@example.com' };

const started = async (person: Item = ada) => {
  const run = await zapier.runSteps(person, [
    {
      key: 'start_interview',
      inputData: { respondent_email: '{{trigger.email}}', respondent_id: '{{trigger.user_id}}' },
    },
  ]);
  expect(run.status).toBe('success');
  return run.outputs[0] ?? {};
};

const find = { key: 'find_interview', inputData: { interview_id: '{{trigger.interview_id}}' } };
const send = {
  key: 'send_interview_event',
  inputData: { interview_id: '{{steps.0.interview_id}}' },
};

test('Start Interview, Delay, Find Interview, Send Interview Event writes the interview', async () => {
  const interview = await started();
  koji.respond(String(interview.interview_id));
  await clock.advance(2 * DAY);

  const run = await zapier.runSteps(interview, [find, send]);
  expect(run).toMatchObject({
    status: 'success',
    outputs: [{ is_analyzed: true }, { status: 'written', user_id: ada.user_id }],
  });
  expect(amplitude.events(sandboxProject.apiKey)).toHaveLength(1);
});

test('who has not answered by then is found with Is Analyzed false, where the Filter step ends the Zap', async () => {
  const interview = await started();
  await clock.advance(2 * DAY);
  const run = await zapier.runSteps(interview, [find]);
  expect(run.outputs).toMatchObject([{ id: interview.interview_id, is_analyzed: false, completed_at: null }]);
});

test('without the Filter step nothing is written of such an interview', async () => {
  const interview = await started();
  await clock.advance(2 * DAY);
  const run = await zapier.runSteps(interview, [find, send]);
  expect(run).toMatchObject({ status: 'success', outputs: [{}, { status: 'skipped', reason: 'not_analyzed' }] });
  expect(amplitude.events(sandboxProject.apiKey)).toEqual([]);
});

test('a start that told no interview id ends at Find Interview, and nobody else is found in its place', async () => {
  await started();
  koji.behave({ existing: 'conflict' });
  const again = await started();
  expect(again.interview_id).toBeNull();
  const run = await zapier.runSteps(again, [find, send]);
  expect(run).toMatchObject({ status: 'halted', failure: { name: 'HaltedError' } });
});

test('an anonymous interview and a poor one are not written', async () => {
  const anonymous = await started();
  const poor = await started({ user_id: 'user_2', email: 'grace@example.com' });
  koji.respond(String(anonymous.interview_id), { anonymous: true });
  koji.respond(String(poor.interview_id), { quality_score: 2 });
  await clock.advance(2 * DAY);
  const runs = [await zapier.runSteps(anonymous, [find, send]), await zapier.runSteps(poor, [find, send])];
  expect(runs.map(({ outputs }) => outputs[1])).toMatchObject([
    { status: 'skipped', reason: 'anonymous' },
    { status: 'skipped', reason: 'below_quality' },
  ]);
});

test('of the triggers, the hook names the poll and the poll names this Zap', async () => {
  const hook = zapier.zap({ trigger: { key: 'interview_analysis_ready' } });
  const poll = zapier.zap({ trigger: { key: 'new_interview_analysis' } });
  await expect(hook.turnOn()).rejects.toThrow('Use the trigger New Interview Analysis');
  await expect(poll.turnOn()).rejects.toThrow('Use Start Interview, then Delay, then Find Interview');
});
