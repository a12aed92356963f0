import { sampleRegistered } from '../../amplitude/taxonomy.ts';
import registerInterviewEvent, { perform } from '../../creates/register_interview_event.ts';
import sendInterviewEvent from '../../creates/send_interview_event.ts';
import app from '../../index.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startZapier, type ZapierSandbox } from '../../sandbox/zapier/platform.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const US = 'https://amplitude.com';
const PLAN = '/api/2/taxonomy';
const register = (inputData: object = {}, authData: Record<string, string> = connected) =>
  run(perform, { authData, inputData });

const listsNothing = () => {
  for (const path of ['category', 'event', 'user-property', 'event-property']) {
    nock(US).get(`${PLAN}/${path}`).query(true).reply(200, { success: true, data: [] });
  }
};

test('a plan without taxonomy halts, and says that sending works without it', async () => {
  nock(US)
    .get(`${PLAN}/category`)
    .reply(403, { error: { http_code: 403, metadata: { details: 'Taxonomy is not available on your plan' } } });
  await expect(zapierErrorOf(register())).resolves.toEqual({
    kind: 'HaltedError',
    message:
      "Amplitude's plan of this project has no Taxonomy API (it is part of Enterprise), so nothing was registered. Sending interviews works without it.",
  });
});

test('Amplitude asking for a pause (429) makes the run wait', async () => {
  listsNothing();
  nock(US).post(`${PLAN}/category`).reply(429, '', { 'retry-after': '5' });
  await expect(zapierErrorOf(register())).resolves.toMatchObject({ kind: 'ThrottledError', delay: 5 });
});

test('a missing secret key says where to add it', async () => {
  await expect(zapierErrorOf(register({}, { ...connected, amplitude_secret_key: ' ' }))).resolves.toMatchObject({
    kind: 'AppError',
    message: expect.stringMatching(/no Amplitude Secret Key\. Add it under Apps/),
  });
});

describe('against the sandbox', () => {
  const { apiKey, secretKey } = sandboxProject;
  let amplitude: AmplitudeSandbox;
  let zapier: ZapierSandbox;

  const start = async (taxonomy: boolean) => {
    const clock = new VirtualClock(Date.now());
    amplitude = await startAmplitude({ now: clock.now, projects: [{ ...sandboxProject, taxonomy }] });
    zapier = await startZapier({
      app: {
        ...app,
        creates: {
          [registerInterviewEvent.key]: registerInterviewEvent,
          [sendInterviewEvent.key]: sendInterviewEvent,
        },
      },
      clock,
      authData: { koji_api_key: 'pk_made_up', amplitude_api_key: apiKey, amplitude_secret_key: secretKey },
      environment: { AMPLITUDE_REST_URL: amplitude.url, AMPLITUDE_INGESTION_URL: amplitude.url },
    });
  };
  const runOnce = (inputData = {}) => zapier.runSteps({}, [{ key: registerInterviewEvent.key, inputData }]);

  afterEach(async () => {
    await Promise.all([zapier.close(), amplitude.close()]);
  });

  test('the event is registered once, and running it again changes nothing', async () => {
    await start(true);
    const everything = sampleRegistered.created;
    await expect(runOnce()).resolves.toMatchObject({ status: 'success', outputs: [sampleRegistered] });
    const plan = amplitude.trackingPlan(apiKey);
    await expect(runOnce()).resolves.toMatchObject({ outputs: [{ created: [], already_there: everything }] });
    expect(amplitude.trackingPlan(apiKey)).toEqual(plan);
    expect(plan.events).toMatchObject([{ event_type: 'koji.interview_completed', category: 'Koji' }]);
    expect(plan.eventProperties).toHaveLength(5);
    expect(plan.userProperties).toHaveLength(4);
  });

  test('a second event brings its own properties and shares the rest', async () => {
    await start(true);
    await runOnce();
    const [outcome] = (await runOnce({ event_type: 'Interview Done' })).outputs;
    expect(outcome).toEqual({
      id: 'Interview Done',
      created: ['Interview Done', 'theme_top_1', 'theme_top_2', 'sentiment', 'quality_score', 'transcript_url'],
      already_there: [
        'Koji',
        'last_interview_at',
        'last_interview_sentiment',
        'last_interview_themes',
        'last_interview_quality',
      ],
    });
  });

  test('what is sent afterwards has no property that is not in the plan', async () => {
    await start(true);
    await runOnce();
    await zapier.runSteps({}, [
      {
        key: sendInterviewEvent.key,
        inputData: {
          interview_id: 'int_1',
          completed_at: new Date().toISOString(),
          amplitude_user_id: 'user_1',
          respondent_email: 'ada@example.com',
          is_anonymous: 'false',
          themes: ['a', 'b', 'c'],
          sentiment: 'mixed',
          quality_score: '5',
          transcript_url: 'https://koji.so/t/1',
        },
      },
    ]);
    const plan = amplitude.trackingPlan(apiKey);
    const [event] = amplitude.events(apiKey);
    expect(Object.keys(event?.eventProperties ?? {})).toEqual(
      plan.eventProperties.map((entry) => entry.event_property),
    );
    expect(Object.keys(event?.userProperties ?? {})).toEqual(plan.userProperties.map((entry) => entry.user_property));
  });

  test('a plan without taxonomy halts the run', async () => {
    await start(false);
    await expect(runOnce()).resolves.toMatchObject({ status: 'halted', outputs: [] });
  });
});
