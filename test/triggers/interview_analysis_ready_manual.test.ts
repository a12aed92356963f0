import { createHmac } from 'node:crypto';
import app from '../../index.ts';
import { sampleInterview, sampleWireInterview } from '../../koji/sample.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { startKoji } from '../../sandbox/koji/server.ts';
import { startZapier } from '../../sandbox/zapier/platform.ts';
import ready, * as readyFunctions from '../../triggers/interview_analysis_ready.ts';
import manual, * as manualFunctions from '../../triggers/interview_analysis_ready_manual.ts';
import polling from '../../triggers/new_interview_analysis.ts';
import { performSubscribe } from '../../zapier/interview-hook.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const SECRET = 'made_up_for_settings';
const withSecret = { ...connected, koji_webhook_secret: SECRET };
const content = JSON.stringify({ event: 'interview.analysis_ready', data: sampleWireInterview });

const receive = (body: string, authData: Record<string, string>, secret = SECRET, inputData = {}) =>
  run(manualFunctions.perform, {
    authData,
    inputData,
    rawRequest: {
      headers: { 'Http-X-Koji-Signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` },
      content: body,
    },
    cleanedRequest: {},
  });

test("a delivery signed with the connection's secret triggers, in the shape of the sample", async () => {
  const [interview] = await receive(content, withSecret);
  expect(Object.keys(interview ?? {})).toEqual(Object.keys(sampleInterview));
  expect(interview?.id).toBe(sampleWireInterview.interview_id);
});

test.each([
  ['a forged delivery', content, 'guess', {}],
  ["Koji's check of the address", JSON.stringify({ event: 'webhook.verification' }), SECRET, {}],
  ['an interview below the gate', content, SECRET, { minimum_quality: 5 }],
])('%s starts nothing', async (_name, body, secret, inputData) => {
  await expect(receive(body, withSecret, secret, inputData)).resolves.toEqual([]);
});

test('without a secret each delivery is an error that says where to set it', async () => {
  await expect(zapierErrorOf(receive(content, connected))).resolves.toMatchObject({
    kind: 'AppError',
    code: 'no_webhook_secret',
    message:
      'There is no secret to check this delivery with. Copy it from Koji (Settings → Integrations → Webhooks) into Koji Webhook Secret of the connection.',
  });
});

test('a delivery that comes again triggers again, because no cache tells two Zaps apart', async () => {
  await receive(content, withSecret);
  await expect(receive(content, withSecret)).resolves.toHaveLength(1);
});

test('the editor is given real interviews', async () => {
  nock('https://koji.so/api/v1')
    .get('/interviews?status=analysis_ready&limit=50')
    .reply(200, { interviews: [sampleWireInterview], next_cursor: null });
  await expect(run(manualFunctions.performList, { authData: connected, inputData: {} })).resolves.toMatchObject([
    { id: sampleWireInterview.interview_id },
  ]);
});

test('it subscribes to nothing, and says where to put its address and the secret', () => {
  expect(manual.operation).not.toHaveProperty('performSubscribe');
  expect(manual.operation).not.toHaveProperty('performUnsubscribe');
  expect(manual.display.directions).toMatch(/Settings → Integrations → Webhooks.*Koji Webhook Secret/);
});

test('no function is shared with the other hook, because core would take one trigger for the other', () => {
  expect(manualFunctions.perform).not.toBe(readyFunctions.perform);
  expect(manualFunctions.performList).not.toBe(readyFunctions.performList);
  expect(manual.operation.inputFields).toBe(ready.operation.inputFields);
});

test('two Zaps whose addresses were added in Settings both trigger, and leave no mark in the cache', async () => {
  const clock = new VirtualClock(Date.now() - 3_600_000);
  const koji = await startKoji({ clock });
  const zapier = await startZapier({
    app: { ...app, triggers: { ...app.triggers, [manual.key]: manual } },
    clock,
    authData: { koji_api_key: sandboxKeys.full, koji_webhook_secret: SECRET },
    environment: { KOJI_API_URL: koji.url },
  });
  try {
    const zaps = [zapier.zap({ trigger: { key: manual.key } }), zapier.zap({ trigger: { key: manual.key } })];
    for (const zap of zaps) {
      await zap.turnOn();
      await koji.addWebhookInSettings(zap.targetUrl() ?? '', SECRET);
    }
    const interviewId = koji.openLink();
    koji.respond(interviewId);
    await clock.advance(60_000);

    expect(zaps.map((zap) => zap.runs().map(({ trigger }) => trigger?.id))).toEqual([[interviewId], [interviewId]]);
    expect(zaps.map((zap) => zap.deliveries.map(({ outcome }) => outcome))).toEqual([
      ['ignored', 'triggered'],
      ['ignored', 'triggered'],
    ]);
    expect(zapier.cache.counts).toEqual({ get: 0, set: 0, delete: 0 });
  } finally {
    await Promise.all([zapier.close(), koji.close()]);
  }
});

describe('an account that can not subscribe is told of the triggers of this build', () => {
  const before = process.env.KOJI_BUILD;
  afterEach(() => {
    if (before === undefined) delete process.env.KOJI_BUILD;
    else process.env.KOJI_BUILD = before;
  });

  const refusal = async (build: string) => {
    process.env.KOJI_BUILD = build;
    const message = 'very long words '.repeat(20);
    nock('https://koji.so/api/v1').post('/webhooks').reply(403, { error: 'plan_upgrade_required', message });
    const failure = await zapierErrorOf(
      run(performSubscribe, { authData: connected, targetUrl: 'https://hooks.zapier.com/hooks/standard/1/abc/' }),
    );
    return failure.message;
  };

  test('the public one', async () => {
    const message = await refusal('public');
    expect(message.endsWith(`Use the trigger ${polling.display.label} instead.`)).toBe(true);
    expect(message.length).toBeLessThan(250);
  });

  test('the private one', async () => {
    const message = await refusal('private');
    expect(message.endsWith(`Use the trigger ${polling.display.label} or ${manual.display.label} instead.`)).toBe(true);
    expect(message.length).toBeLessThan(250);
  });
});
