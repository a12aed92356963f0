/** What an answer to Koji waits for: a process that lives on need not have told the queue yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder, type Defer } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER } from '../../koji/contract.ts';
import { sign } from '../../koji/signature.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';
import { interview } from '../support/forwarder.ts';
import { reply } from '../support/wire.ts';

const secret = 'a-secret-that-koji-gave';
const config = readConfig({
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: secret,
  AMPLITUDE_API_KEY: 'a'.repeat(32),
});

test.each<[where: string, defer: Defer | undefined, order: string[]]>([
  ['lives on', () => undefined, ['answered', 'told']],
  ['may end with the answer', undefined, ['told', 'answered']],
])('a process that %s: what happened first of an interview that was written', async (_where, defer, order) => {
  const happened: string[] = [];
  const queue = {
    ...startQueue(new VirtualClock(0), 1_000),
    over: async () => {
      await sleep(100);
      happened.push('told');
    },
  };
  const { amplitude, ...services } = servicesOf(config);
  const send = async () => reply(200, { code: 200, events_ingested: 1 });
  const forwarder = createForwarder(
    config,
    queue,
    { ...services, amplitude: { ...amplitude, send } },
    () => {},
    undefined,
    defer,
  );
  const body = JSON.stringify({ event: ANALYSIS_READY_EVENT, data: interview() });
  const headers = { [SIGNATURE_HEADER]: `sha256=${sign(secret, body).toString('hex')}` };
  const answer = await forwarder(new Request('http://forwarder/koji/webhook', { method: 'POST', body, headers }));
  happened.push('answered');
  expect(await answer.json()).toEqual({ status: 'written' });
  await sleep(200);
  expect(happened).toEqual(order);
});
