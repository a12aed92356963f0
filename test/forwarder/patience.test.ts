/** With Amplitude's secret key it is asked what the person has, and Koji waits meanwhile: its answer comes in time. */
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { write } from '../../sandbox/server.ts';
import { interview, type Loop, startLoop, until } from '../support/forwarder.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop('a folder', { AMPLITUDE_SECRET_KEY: sandboxProject.secretKey });
});
afterAll(() => loop.end());

test('an older interview that comes later leaves the newer one on the person', async () => {
  const respondent = { external_id: 'user_in_another_order' };
  await loop.deliver(interview({ respondent, sentiment: 'positive', completed_at: '2026-05-24T11:41:22Z' }));
  const older = interview({ respondent, sentiment: 'negative', completed_at: '2026-05-23T11:41:22Z' });
  await loop.deliver(older);
  expect(loop.eventsOf(older)).toMatchObject([{ eventProperties: { sentiment: 'negative' } }]);
  expect(loop.amplitude.user(sandboxProject.apiKey, respondent.external_id)?.properties).toMatchObject({
    last_interview_at: '2026-05-24T11:41:22',
    last_interview_sentiment: 'positive',
  });
});

const expectQueuedInTime = async (delivery: object): Promise<void> => {
  const began = performance.now();
  const answer = await loop.deliver(delivery);
  const took = performance.now() - began;
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }]);
  // A Koji that hangs takes 10 seconds, and an Amplitude that slow would have written it.
  expect(took).toBeLessThan(9_000);
};

test('Koji has its answer in time, though it hangs itself when it is asked for an interview of which only the id came', async () => {
  const id = loop.koji.openLink({
    respondent: { external_id: 'u_hung', metadata: {} },
    respondent_email: 'h@example.com',
  });
  loop.koji.respond(id, { quality_score: 4 });
  await loop.advance(10_000);
  loop.koji.failNext(({ method }) => method === 'GET', 'hang');
  await expectQueuedInTime({ interview_id: id });
  await loop.nothingWaits();
  expect(loop.eventsOf({ interview_id: id })).toHaveLength(1);
});

test('Koji has its answer in time, though Amplitude is slow with every answer, and is asked for the person’s last interview first', async () => {
  const one = interview({ completed_at: new Date(Date.now() - 3 * 86_400_000).toISOString() });
  loop.amplitude.interfere(() => ({
    takesIn: true,
    answer: async (outgoing, truth) => {
      await new Promise((done) => setTimeout(done, 2_000));
      write(outgoing, truth);
    },
  }));
  await expectQueuedInTime(one);
  loop.amplitude.interfere(() => undefined);
  await loop.nothingWaits();
  expect(loop.eventsOf(one)).toHaveLength(1);
});

test.each([
  ['a delivery is heard', 0],
  ['the queue has one in hand', 1],
])(
  'an interview that turns out to be anonymous while %s, and Amplitude is asked for the person’s last one, is not written',
  async (_when, failures) => {
    const replaced = async () => {
      const metrics = await (await fetch(`${loop.service.url}/metrics`)).text();
      return Number(/\{what="replaced by a newer delivery"\} (\d+)\n/.exec(metrics)?.[1] ?? 0);
    };
    const before = await replaced();
    const one = interview({ completed_at: new Date(Date.now() - 3 * 86_400_000).toISOString() });
    let answer = (): void => {};
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    let looked = 0;
    loop.amplitude.failNext(({ method }) => method === 'POST', { status: 500, body: {} }, failures);
    loop.amplitude.interfere(({ method }) => {
      looked += method === 'GET' ? 1 : 0;
      const waits = method === 'GET' && looked > failures ? answered : Promise.resolve();
      return { takesIn: true, answer: (outgoing, truth) => waits.then(() => write(outgoing, truth)) };
    });
    const heard = loop.deliver(one);
    await until(() => looked === failures + 1);
    expect(await (await loop.deliver({ ...one, anonymous: true })).json()).toEqual({ status: 'skipped: anonymous' });
    answer();
    await heard;
    loop.amplitude.interfere(() => undefined);
    await until(async () => (await replaced()) === before + 1);
    expect([(await loop.alive()).waiting, loop.eventsOf(one)]).toEqual([0, []]);
  },
);
