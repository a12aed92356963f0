/** What one service asks for is kept by all processes, and holds up nothing that the other could do. */
import * as z from 'zod';
import { interview, type Loop, rowsOf, spawnForwarder, startLoop, stores, until } from '../support/forwarder.ts';

const health = z.object({ waiting: z.number(), paused_seconds: z.number(), amplitude_paused_seconds: z.number() });
const healthOf = async ({ service }: Loop) => health.parse(await (await fetch(`${service.url}/healthz`)).json());

/** Amplitude asks to be left alone for an hour, and everybody knows. */
const pauseAmplitude = async (loop: Loop): Promise<void> => {
  loop.amplitude.failNext(() => true, { status: 429, headers: { 'retry-after': '3600' }, body: { code: 429 } }, 100);
  await loop.deliver(interview());
  await until(async () => (await healthOf(loop)).amplitude_paused_seconds > 0);
};

describe.each(stores)('with its queue in %s, while Amplitude asks to be left alone', (store) => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop(store);
    await pauseAmplitude(loop);
  });
  afterAll(() => loop.end());

  test('a delivery is queued at once, and Amplitude is not asked', async () => {
    const asked = loop.amplitude.calls.length;
    const { waiting } = await healthOf(loop);
    const { service } = loop;
    // Where several processes share the queue, the other one knows, too.
    await using beside = store === 'Postgres' ? await spawnForwarder(loop.environment) : null;
    loop.service = beside ?? service;
    expect(await (await loop.deliver(interview())).json()).toEqual({ status: 'queued' });
    expect([loop.amplitude.calls.length, (await healthOf(loop)).waiting]).toEqual([asked, waiting + 1]);
    loop.service = service;
  });

  test('an interview is read from Koji once, and people are started', async () => {
    const { waiting } = await healthOf(loop);
    const id = loop.koji.openLink({
      respondent: { external_id: 'u_told', metadata: {} },
      respondent_email: 'told@example.com',
    });
    loop.koji.respond(id, { quality_score: 4 });
    await loop.advance(10_000);
    loop.koji.failNext(({ method }) => method === 'GET', 'reset');
    expect(await (await loop.deliver({ interview_id: id })).json()).toEqual({ status: 'queued' });
    await loop.rows(rowsOf(['u_meanwhile']));
    await until(() => loop.started().includes('u_meanwhile'));
    await until(() => loop.koji.calls.filter(({ call }) => call.method === 'GET').length === 2);
    await new Promise((done) => setTimeout(done, 1_500));
    expect(loop.koji.calls.filter(({ call }) => call.method === 'GET')).toHaveLength(2);
    await until(async () => (await healthOf(loop)).waiting === waiting + 1);
    expect(await healthOf(loop)).toMatchObject({ waiting: waiting + 1, paused_seconds: 0 });
  });
});
