/** An address whose secret is not set is closed to everybody. */
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';

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
