import { createHmac } from 'node:crypto';
import { sampleWireInterview } from '../../koji/sample.ts';
import type { Forgery } from '../../sandbox/koji/forgeries.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import type { Call, LocalServer } from '../../sandbox/server.ts';
import { call, closeAll, objectIn, openKoji, openReceiver, startFor, subscribe } from './koji-helpers.ts';

afterEach(closeAll);

const signed = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** The request that arrived as number `index`. */
const arrived = ({ calls }: LocalServer, index: number): Call => {
  const entry = calls[index];
  if (entry === undefined) throw new Error(`Only ${calls.length} requests arrived.`);
  return entry.call;
};

/** A Koji with a subscribed receiver and one open interview. */
const openLoop = async (options: Parameters<typeof openKoji>[0] = {}) => {
  const { koji, clock } = await openKoji(options);
  const receiver = await openReceiver();
  const webhook = await subscribe(koji, receiver.hook);
  const interviewId = await startFor(koji, 'ada');
  return { koji, clock, receiver, webhook, interviewId };
};

describe('subscribing over the API (K7)', () => {
  it('answers 201 with id and secret, and sends nothing', async () => {
    const { koji, clock } = await openKoji();
    const receiver = await openReceiver();
    const reply = await call(koji, '/webhooks', {
      method: 'POST',
      body: { url: receiver.hook, events: ['interview.analysis_ready'] },
    });
    expect(reply.status).toBe(201);
    expect(reply.json).toEqual({ id: expect.any(String), secret: expect.any(String) });
    await clock.runUntilIdle();
    expect(receiver.calls).toEqual([]);
    expect(koji.webhooks()).toEqual([
      {
        ...reply.json,
        projectId: 'prj_sandbox',
        url: receiver.hook,
        events: ['interview.analysis_ready'],
      },
    ]);
  });

  it('gives each webhook a secret of its own, also at the same address', async () => {
    const { koji } = await openKoji();
    const receiver = await openReceiver();
    const one = await subscribe(koji, receiver.hook);
    const other = await subscribe(koji, receiver.hook);
    expect(one.id).not.toBe(other.id);
    expect(one.secret).not.toBe(other.secret);
  });

  it('can keep the secret to itself', async () => {
    const { koji } = await openKoji({ behavior: { givesSecret: false } });
    const reply = await call(koji, '/webhooks', {
      method: 'POST',
      body: { url: 'https://hooks.example.com/1', events: ['interview.analysis_ready'] },
    });
    expect(reply.status).toBe(201);
    expect(reply.json).toEqual({ id: expect.any(String) });
    expect(koji.webhooks()[0]?.secret).toMatch(/^\w{64}$/);
  });

  it.each([
    ['plain http', { url: 'http://hooks.example.com', events: ['interview.analysis_ready'] }],
    ['no address', { events: ['interview.analysis_ready'] }],
    ['no events', { url: 'https://hooks.example.com', events: [] }],
    ['an unknown event', { url: 'https://hooks.example.com', events: ['interview.dreamed'] }],
  ])('refuses %s', async (_, body) => {
    const { koji } = await openKoji();
    expect((await call(koji, '/webhooks', { method: 'POST', body })).status).toBe(422);
    expect(koji.webhooks()).toEqual([]);
  });

  it('answers 403 with a plan code, 404 or 405 where the plan has no webhooks', async () => {
    const { koji } = await openKoji();
    const body = { url: 'https://hooks.example.com', events: ['interview.analysis_ready'] };
    const ask = () => call(koji, '/webhooks', { method: 'POST', body, key: sandboxKeys.smallPlan });
    const refused = await ask();
    expect(refused.status).toBe(403);
    expect(refused.json).toEqual({ error: 'plan_upgrade_required', message: expect.stringContaining('plans') });

    koji.behave({ withoutWebhooks: 404 });
    expect((await ask()).status).toBe(404);
    koji.behave({ withoutWebhooks: 405 });
    expect((await ask()).status).toBe(405);
  });

  it('asks for a key that may read interviews', async () => {
    const { koji } = await openKoji();
    const body = { url: 'https://hooks.example.com', events: ['interview.analysis_ready'] };
    const reply = await call(koji, '/webhooks', { method: 'POST', body, key: sandboxKeys.startOnly });
    expect(reply.status).toBe(403);
    expect(reply.json.error).toBe('forbidden');
  });

  it('can ask the receiver first, and refuses one that does not answer 200', async () => {
    const { koji } = await openKoji({ behavior: { verifiesOnSubscribe: true } });
    const receiver = await openReceiver();
    await subscribe(koji, receiver.hook);
    receiver.answerWith({ status: 404 });
    const refused = await call(koji, '/webhooks', {
      method: 'POST',
      body: { url: receiver.hook, events: ['interview.analysis_ready'] },
    });
    expect(refused.json.error).toBe('webhook_verification_failed');
    expect(koji.webhooks()).toHaveLength(1);
  });

  it('unsubscribes once: 204, then 404, and delivers no more', async () => {
    const { koji, clock, receiver, webhook, interviewId } = await openLoop();
    koji.respond(interviewId);
    expect((await call(koji, `/webhooks/${webhook.id}`, { method: 'DELETE' })).status).toBe(204);
    const again = await call(koji, `/webhooks/${webhook.id}`, { method: 'DELETE' });
    expect(again.status).toBe(404);
    expect(again.json.error).toBe('not_found');
    await clock.runUntilIdle();
    expect(receiver.calls).toEqual([]);
  });

  it("does not delete another project's webhook", async () => {
    const { koji, webhook } = await openLoop();
    for (const project of koji.projects) project.plan.webhooks = true;
    const reply = await call(koji, `/webhooks/${webhook.id}`, { method: 'DELETE', key: sandboxKeys.smallPlan });
    expect(reply.status).toBe(404);
    expect(koji.webhooks()).toHaveLength(1);
  });
});

describe('adding a webhook in Settings (K10)', () => {
  it('sends a verification request without an interview and saves the webhook on 200', async () => {
    const { koji } = await openKoji();
    const receiver = await openReceiver();
    const webhook = await koji.addWebhookInSettings(receiver.hook, 'my secret');
    expect(webhook.secret).toBe('my secret');
    const body = '{"event":"webhook.verification"}';
    expect(receiver.calls.map((entry) => entry.call)).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/hook',
        body,
        headers: expect.objectContaining({ 'x-koji-signature': signed('my secret', body) }),
      }),
    ]);
    expect(koji.webhooks()).toHaveLength(1);
  });

  it.each([{ status: 404 }, { status: 204 }])('does not save it on $status', async (answer) => {
    const { koji } = await openKoji();
    const receiver = await openReceiver();
    receiver.answerWith(answer);
    await expect(koji.addWebhookInSettings(receiver.hook)).rejects.toThrow(`got ${answer.status}, not 200`);
    expect(koji.webhooks()).toEqual([]);
  });

  it('can send it empty, unsigned, and again later', async () => {
    const { koji, receiver, webhook } = await openLoop({
      behavior: { verificationBody: 'empty', verificationSigned: false },
    });
    expect(await koji.sendVerification(webhook.id)).toMatchObject({ kind: 'verification', outcome: 'accepted' });
    expect(receiver.calls[0]?.call.body).toBe('');
    expect(receiver.calls[0]?.call.headers).not.toHaveProperty('x-koji-signature');
  });

  it('is not there where the plan has no webhooks', async () => {
    const { koji } = await openKoji();
    await expect(
      koji.addWebhookInSettings('http://127.0.0.1:1/', 'secret', { projectId: 'prj_small' }),
    ).rejects.toThrow('has no webhooks');
  });

  it('delivers the events that were chosen there', async () => {
    const { koji, clock } = await openKoji();
    const receiver = await openReceiver();
    await koji.addWebhookInSettings(receiver.hook, 'secret', { events: ['interview.completed'] });
    koji.respond(koji.openLink());
    await clock.runUntilIdle();
    expect(koji.deliveries().map(({ event }) => event)).toEqual(['webhook.verification', 'interview.completed']);
  });
});

describe('deliveries', () => {
  it('tells each subscribed webhook of the project once, 2–5 seconds after completion (K8)', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop();
    const second = await openReceiver();
    await subscribe(koji, second.hook);
    koji.respond(interviewId, { quality_score: 2, summary: 'Café – 5/5' });
    await clock.advance(1_999);
    expect(receiver.calls).toEqual([]);
    await clock.advance(3_001);

    expect(receiver.calls).toHaveLength(1);
    expect(second.calls).toHaveLength(1);
    const delivered = objectIn(receiver.calls[0]?.call.body ?? '');
    expect(delivered).toEqual({
      event: 'interview.analysis_ready',
      id: expect.stringMatching(/^evt_/),
      created_at: expect.stringMatching(/^2026-05-24T09:00:0[2-5]/),
      data: (await call(koji, `/interviews/${interviewId}`)).json,
    });
    expect(delivered.data).toMatchObject({ quality_score: 2, summary: 'Café – 5/5' });
    expect(Object.keys(delivered.data ?? {}).sort()).toEqual(Object.keys(sampleWireInterview).sort());
    expect(koji.deliveries().map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  it('tells nobody of another project', async () => {
    const { koji, clock, receiver } = await openLoop();
    koji.respond(koji.openLink({}, 'prj_small'));
    await clock.runUntilIdle();
    expect(receiver.calls).toEqual([]);
  });

  it('signs the raw bytes, which writing the JSON again would not give (K9)', async () => {
    const { koji, clock, receiver, webhook, interviewId } = await openLoop();
    koji.respond(interviewId, { summary: 'Café' });
    await clock.runUntilIdle();
    const { body, headers } = arrived(receiver, 0);
    expect(headers['x-koji-signature']).toBe(signed(webhook.secret, body));
    expect(JSON.stringify(objectIn(body))).not.toBe(body);
  });

  it.each([
    ['type', { type: 'interview.analysis_ready', data: { status: 'analysis_ready' } }],
    ['flat', { event: 'interview.analysis_ready', status: 'analysis_ready' }],
    ['id', { event: 'interview.analysis_ready', data: { interview_id: expect.any(String) } }],
  ] as const)('can be of the shape “%s” (K8)', async (deliveryShape, expected) => {
    const { koji, clock, receiver, interviewId } = await openLoop({ behavior: { deliveryShape, spelling: 'plain' } });
    koji.respond(interviewId);
    await clock.runUntilIdle();
    expect(objectIn(receiver.calls[0]?.call.body ?? '')).toMatchObject(expected);
  });

  it('signs as Standard Webhooks with a whsec_ secret', async () => {
    const { koji, clock, receiver, webhook, interviewId } = await openLoop({ behavior: { scheme: 'standard' } });
    expect(webhook.secret).toMatch(/^whsec_/);
    koji.respond(interviewId);
    await clock.runUntilIdle();
    const { body, headers } = arrived(receiver, 0);
    const seconds = Math.floor((koji.deliveries()[0]?.at ?? 0) / 1000);
    const content = `${objectIn(body).id}.${seconds}.${body}`;
    const key = Buffer.from(webhook.secret.slice('whsec_'.length), 'base64');
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  });

  it('signs with both secrets once the secret was changed', async () => {
    const { koji, clock, receiver, webhook, interviewId } = await openLoop();
    const next = koji.rotateSecret(webhook.id);
    expect(next).not.toBe(webhook.secret);
    koji.respond(interviewId);
    await clock.runUntilIdle();
    const { body, headers } = arrived(receiver, 0);
    expect(headers['x-koji-signature']).toBe(`${signed(next, body)},${signed(webhook.secret, body)}`);
  });
});

describe('retries', () => {
  it('tries up to three times more, each time waiting longer, with the same bytes', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop();
    receiver.answerWith({ status: 500 });
    koji.respond(interviewId);
    await clock.runUntilIdle();
    const log = koji.deliveries();
    expect(log.map(({ attempt, status, outcome }) => [attempt, status, outcome])).toEqual([
      [1, 500, 'will-retry'],
      [2, 500, 'will-retry'],
      [3, 500, 'will-retry'],
      [4, 500, 'given-up'],
    ]);
    const waits = log.slice(1).map(({ at }, index) => at - (log[index]?.at ?? 0));
    expect(waits).toEqual([30_000, 60_000, 120_000]);
    expect(new Set(receiver.calls.map((entry) => entry.call.body)).size).toBe(1);
    expect(koji.webhooks()).toHaveLength(1);
  });

  it('stops once the receiver accepts', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop();
    receiver.failNext(() => true, { status: 503 });
    koji.respond(interviewId);
    await clock.runUntilIdle();
    expect(koji.deliveries().map(({ outcome }) => outcome)).toEqual(['will-retry', 'accepted']);
  });

  it('signs the time of each attempt where the time is signed', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop({ behavior: { scheme: 'timestamped' } });
    receiver.failNext(() => true, { status: 503 });
    koji.respond(interviewId);
    await clock.runUntilIdle();
    const [first, second] = koji.deliveries().map(({ headers }) => Number(headers['X-Koji-Signature']?.slice(2, 12)));
    expect((second ?? 0) - (first ?? 0)).toBe(30);
  });

  it('tries again when nobody answers, in time or at all', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop({ answerTimeoutMilliseconds: 50 });
    receiver.failNext(() => true, 'hang');
    koji.respond(interviewId);
    await clock.advance(5_000);
    expect(koji.deliveries().at(-1)).toMatchObject({ status: null, outcome: 'will-retry' });
    await receiver.close();
    await clock.advance(30_000);
    expect(koji.deliveries().at(-1)).toMatchObject({ attempt: 2, status: null, outcome: 'will-retry' });
  });

  it('follows no redirect', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop();
    receiver.failNext(() => true, { status: 302, headers: { location: receiver.hook } });
    koji.respond(interviewId);
    await clock.advance(5_000);
    expect(receiver.calls).toHaveLength(1);
    expect(koji.deliveries()[0]).toMatchObject({ status: 302, outcome: 'will-retry' });
  });

  it('removes the webhook on 410 and tries no more', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop();
    receiver.answerWith({ status: 410 });
    koji.respond(interviewId);
    await clock.runUntilIdle();
    expect(koji.deliveries().map(({ outcome }) => outcome)).toEqual(['webhook-removed']);
    expect(koji.webhooks()).toEqual([]);
  });

  it('tries no more once the webhook is unsubscribed', async () => {
    const { koji, clock, receiver, webhook, interviewId } = await openLoop();
    receiver.answerWith({ status: 500 });
    koji.respond(interviewId);
    await clock.advance(5_000);
    await call(koji, `/webhooks/${webhook.id}`, { method: 'DELETE' });
    await clock.runUntilIdle();
    expect(receiver.calls).toHaveLength(1);
  });

  it('never sends anything off this machine', async () => {
    const { koji, clock } = await openKoji();
    await subscribe(koji, 'https://hooks.example.com/1');
    const sent = jest.spyOn(globalThis, 'fetch');
    koji.respond(koji.openLink());
    await clock.runUntilIdle();
    expect(sent).not.toHaveBeenCalled();
    sent.mockRestore();
    expect(koji.deliveries().at(-1)).toMatchObject({ status: null, outcome: 'given-up' });
  });
});

describe('scripted deliveries', () => {
  it('delivers the same event again, byte for byte', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop();
    await expect(koji.deliverAgain(interviewId)).rejects.toThrow('Nothing was delivered');
    koji.respond(interviewId);
    await clock.runUntilIdle();
    expect(await koji.deliverAgain(interviewId)).toHaveLength(1);
    const [first, second] = receiver.calls.map((entry) => entry.call);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['x-koji-signature']).toBe(first?.headers['x-koji-signature']);
  });

  it('delivers an event of another kind, truly signed, to webhooks that did not ask for it', async () => {
    const { koji, receiver, webhook, interviewId } = await openLoop();
    await koji.deliverEvent('study.published');
    await koji.deliverEvent('interview.failed_quality_gate', interviewId);
    const [first, second] = receiver.calls.map((entry) => entry.call);
    expect(objectIn(first?.body ?? '')).toMatchObject({ event: 'study.published', data: {} });
    expect(objectIn(second?.body ?? '')).toMatchObject({ data: { interview_id: interviewId } });
    expect(first?.headers['x-koji-signature']).toBe(signed(webhook.secret, first?.body ?? ''));
  });

  const untimed: Forgery[] = ['wrong-secret', 'empty-secret', 'changed-byte', 'unsigned', 'malformed', 'truncated'];

  it.each(untimed)('forges a delivery: %s', async (how) => {
    const { koji, clock, receiver, webhook, interviewId } = await openLoop();
    koji.respond(interviewId);
    await clock.runUntilIdle();
    receiver.answerWith({ status: 401 });
    expect(await koji.deliverForged(interviewId, how)).toMatchObject([{ kind: 'forgery', outcome: 'refused' }]);
    const { body, headers } = arrived(receiver, 1);
    expect(headers['x-koji-signature']).not.toBe(signed(webhook.secret, body));
    expect(objectIn(body).data).toMatchObject({ status: 'analysis_ready' });
    await clock.runUntilIdle();
    expect(receiver.calls).toHaveLength(2);
  });

  it('changes one byte only, and leaves JSON', async () => {
    const { koji, clock, receiver, interviewId } = await openLoop();
    koji.respond(interviewId);
    await clock.runUntilIdle();
    await koji.deliverForged(interviewId, 'changed-byte');
    const data = objectIn(receiver.calls[1]?.call.body ?? '').data;
    expect(data).toMatchObject({ interview_id: expect.not.stringMatching(interviewId) });
    expect(data).toMatchObject({ interview_id: expect.stringMatching(interviewId.slice(0, -1)) });
  });

  it.each([
    ['stale', -172_800],
    ['future', 3_600],
  ] as const)('forges a well signed delivery of another time: %s', async (how, ahead) => {
    const { koji, clock, receiver, webhook, interviewId } = await openLoop({ behavior: { scheme: 'timestamped' } });
    await koji.deliverForged(interviewId, how);
    const { body, headers } = arrived(receiver, 0);
    const seconds = clock.now() / 1000 + ahead;
    const expected = createHmac('sha256', webhook.secret).update(`${seconds}.${body}`).digest('hex');
    expect(headers['x-koji-signature']).toBe(`t=${seconds},v1=${expected}`);
  });

  it('cannot forge the time where none is signed', async () => {
    const { koji, interviewId } = await openLoop();
    await expect(koji.deliverForged(interviewId, 'stale')).rejects.toThrow('needs a scheme that signs the time');
  });
});
