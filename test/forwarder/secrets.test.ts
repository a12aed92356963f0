/** An address whose secret is not set is closed to everybody, and one whose secret is replaced is open for both. */
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { handlerOf } from '../../forwarder/work.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';
import { write } from '../../sandbox/server.ts';
import { interview, senders, startServices } from '../support/forwarder.ts';

const config = readConfig({
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
  AMPLITUDE_API_KEY: 'a'.repeat(32),
});
const queue = startQueue(new VirtualClock(0), 1_000);
const forwarder = createForwarder(config, queue, servicesOf(config), () => {});

const carried: [what: string, headers: Record<string, string>][] = [
  ['none', {}],
  ['an empty one', { [SECRET_HEADER]: '', authorization: 'Bearer ' }],
  ['the word undefined', { [SECRET_HEADER]: 'undefined', authorization: 'Bearer undefined' }],
  ['an empty password', { authorization: `Basic ${btoa('anybody:')}` }],
];
describe.each(carried)('with no secrets set, a request that carries %s', (_what, headers) => {
  const user = '{"user_id":"somebody"}';
  test.each([
    ['/amplitude/cohort', `{"cohort_id":"c","in_cohort":true,"users":[${user}]}`],
    ['/etl/respondents', '{"external_id":"somebody"}'],
    ['/etl/rpc', '{"jsonrpc":"2.0","id":1,"method":"add","params":{"rows":[{"external_id":"somebody"}]}}'],
    ['/again', 'id=all'],
  ])('is refused by %s', async (path, body) => {
    const answer = await forwarder(new Request(`http://forwarder${path}`, { method: 'POST', body, headers }));
    expect([answer.status, (await queue.counts()).waiting.start]).toEqual([401, 0]);
  });
});

test('while a secret is replaced both are taken, then the old one is refused, and what was queued under it is written', async () => {
  const old = 'whsec_the_old_secret_of_koji';
  const fresh = 'whsec_the_new_secret_of_koji';
  const { amplitude, clock, closeBoth, eventsOf, settings } = await startServices();
  const queue = startQueue(clock, 5);
  /** The process that takes the place of the one before. */
  const startWith = (KOJI_WEBHOOK_SECRET: string) => {
    const config = readConfig({ ...settings, KOJI_WEBHOOK_SECRET });
    const services = servicesOf(config);
    queue.work(handlerOf(services, config));
    const forwarder = createForwarder(config, queue, services, () => {});
    const { deliver } = senders((path, init) => forwarder(new Request(`http://forwarder${path}`, init)));
    const statuses = async () => [(await deliver(interview(), old)).status, (await deliver(interview(), fresh)).status];
    return { deliver, statuses };
  };
  const first = startWith(old);
  expect(await first.statuses()).toEqual([200, 401]);
  const pause = { status: 429, headers: { 'retry-after': '1' }, body: { code: 429 } };
  amplitude.interfere(() => ({ takesIn: false, answer: (outgoing) => write(outgoing, pause) }));
  const waiting = interview();
  expect(await (await first.deliver(waiting, old)).json()).toEqual({ status: 'queued' });
  expect(await startWith(`${old} ${fresh}`).statuses()).toEqual([200, 200]);
  expect(await startWith(fresh).statuses()).toEqual([401, 200]);
  amplitude.interfere(() => undefined);
  await clock.runUntilIdle();
  expect(eventsOf(waiting)).toHaveLength(1);
  await closeBoth();
});
