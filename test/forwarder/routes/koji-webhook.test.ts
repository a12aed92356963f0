/** Koji's webhook: several deliveries of one interview while it can't be written, and what anybody may send. */
import { gzipSync } from 'node:zlib';
import { ANALYSIS_READY_EVENT } from '../../../koji/contract.ts';
import { write } from '../../../sandbox/server.ts';
import { interview, type Loop, startLoop, stores, until } from '../../support/forwarder.ts';
import { processorTimeUsedBy } from '../../support/processor-time.ts';

describe.each(stores)('with its queue in %s', (store) => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop(store);
  }, 60_000);
  afterAll(() => loop.end());

  const heard = async (data: object) => (await loop.deliver(data)).json();
  const scoresOf = (one: { interview_id: string }) =>
    loop.eventsOf(one).map(({ eventProperties }) => eventProperties.quality_score);
  /** Amplitude gives this answer to the delivery, and when the queue looks for the first time. */
  const meet = async (one: object, answer: { status: number; headers?: Record<string, string> }) => {
    const calls = loop.amplitude.calls.length;
    loop.amplitude.failNext(() => true, { body: {}, ...answer }, 2);
    expect(await heard(one)).toEqual({ status: 'queued' });
    await until(() => loop.amplitude.calls.length === calls + 2);
  };
  /** The next look is in twenty seconds. */
  const fail = (one: object) => meet(one, { status: 500 });
  /** The next look is in a moment; until then Amplitude is left alone. */
  const hold = async (one: object) => {
    await meet(one, { status: 429, headers: { 'retry-after': '3' } });
    await until(async () =>
      /amplitude_paused_seconds":[1-9]/.test(await (await fetch(`${loop.service.url}/healthz`)).text()),
    );
  };

  test('of two that wait, the newer one is written', async () => {
    const one = interview();
    await hold(one);
    expect(await heard({ ...one, quality_score: 5 })).toEqual({ status: 'queued' });
    await loop.nothingWaits();
    expect(scoresOf(one)).toEqual([5]);
  });

  test('one that is written leaves no older one behind', async () => {
    const one = interview();
    await fail(one);
    expect(await heard({ ...one, quality_score: 5 })).toEqual({ status: 'written' });
    expect([(await loop.alive()).waiting, scoresOf(one)]).toEqual([0, [5]]);
  });

  test('one that is skipped leaves no older one behind', async () => {
    const one = interview();
    await fail(one);
    expect(await heard({ ...one, quality_score: 2 })).toEqual({ status: 'skipped: below_quality' });
    expect([(await loop.alive()).waiting, scoresOf(one)]).toEqual([0, []]);
  });

  test.each(['before it', 'after it'])('one that is anonymous keeps one out that comes %s', async (order) => {
    const one = interview();
    const anonymous = { ...one, anonymous: true };
    await hold(interview());
    if (order === 'after it') expect(await heard(anonymous)).toEqual({ status: 'skipped: anonymous' });
    await heard(one);
    if (order === 'before it') expect(await heard(anonymous)).toEqual({ status: 'skipped: anonymous' });
    await loop.nothingWaits();
    expect(await heard(one)).toEqual({ status: 'skipped: anonymous' });
    expect(loop.eventsOf(one)).toEqual([]);
  });

  test('one that is anonymous keeps one out that was given up', async () => {
    const one = interview();
    loop.amplitude.failNext(() => true, { status: 400, body: { code: 400, error: 'No.' } }, 2);
    await heard(one);
    await until(async () => (await loop.alive()).dead === 1);
    await heard({ ...one, anonymous: true });
    expect((await loop.alive()).dead).toBe(0);
  });

  test.each([
    ['an id that is flagged', { anonymous: true }],
    ['an interview that names nobody', { sentiment: 'negative', respondent: {}, respondent_email: null }],
  ])('%s is not asked for at Koji, and keeps one out whose id waits to be', async (_what, more) => {
    const { interview_id } = interview();
    loop.koji.failNext(() => true, 'reset', 2);
    expect(await heard({ interview_id })).toEqual({ status: 'queued' });
    const asked = loop.koji.calls.length;
    await until(() => loop.koji.calls.length > asked);
    expect(await heard({ interview_id, ...more })).toEqual({ status: 'skipped: anonymous' });
    expect([(await loop.alive()).waiting, loop.koji.calls.length]).toEqual([0, asked + 1]);
  });

  test('one that is anonymous ends what the queue has in hand: it is not tried again', async () => {
    const one = interview();
    let answer = (): void => {};
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    let calls = 0;
    loop.amplitude.interfere(() => {
      calls += 1;
      const waits = calls === 2 ? answered : Promise.resolve();
      return { takesIn: false, answer: (outgoing) => waits.then(() => write(outgoing, { status: 429, body: {} })) };
    });
    await heard(one);
    await until(() => calls === 2);
    expect(await heard({ ...one, anonymous: true })).toEqual({ status: 'skipped: anonymous' });
    answer();
    loop.amplitude.interfere(() => undefined);
    await new Promise((done) => setTimeout(done, 1_000));
    expect([(await loop.alive()).waiting, loop.eventsOf(one)]).toEqual([0, []]);
  });

  test('a delivery without a signature that unpacks to 330,000 answers is refused before anything of it is read', async () => {
    const answers = Array.from({ length: 330_000 }, () => ({}));
    const body = gzipSync(JSON.stringify({ event: ANALYSIS_READY_EVENT, data: interview({ answers }) }));
    const before = processorTimeUsedBy(loop.service.child);
    const refused = await loop.post('/koji/webhook', new Uint8Array(body), { 'content-encoding': 'gzip' });
    expect(refused.status).toBe(401);
    expect(processorTimeUsedBy(loop.service.child) - before).toBeLessThan(400);
  });
});
