/** What is told of an error that ends a request: the queue's is the queue's, and a mistake of ours has its place in the log. */
import { readConfig } from '../../forwarder/config.ts';
import type { Engine } from '../../forwarder/engine.ts';
import { factsOf, StoreFault } from '../../forwarder/fault.ts';
import { createForwarder } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';

const config = readConfig({
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
  AMPLITUDE_API_KEY: 'a'.repeat(32),
  ETL_SECRET: 'an-etl-secret-of-the-test',
});
const person = 'ada@example.com';

/** What is answered and logged where the queue ends in an error. */
const meet = async (error: unknown, path: string, body: object) => {
  const lines: string[] = [];
  const engine: Engine = { ...startQueue(new VirtualClock(0), 1), counts: () => Promise.reject(error) };
  const handle = createForwarder(config, engine, servicesOf(config), (...line) => lines.push(JSON.stringify(line)));
  const answer = await handle(
    new Request(`http://forwarder${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${config.etlSecrets[0]}` },
      body: JSON.stringify(body),
    }),
  );
  return { status: answer.status, body: await answer.text(), log: lines.join('\n') };
};
const asRow = (error: unknown) => meet(error, '/etl/respondents', { email: person });
const asCall = (error: unknown) =>
  meet(error, '/etl/rpc', {
    jsonrpc: '2.0',
    id: 1,
    method: 'add',
    params: { configuration: { identifierMapping: { from: 'email', to: 'email' } }, rows: [{ email: person }] },
  });

describe.each([
  { as: 'a row', send: asRow, status: 500 },
  { as: 'a call', send: asCall, status: 200 },
])('a mistake of ours, met by $as', ({ send, status }) => {
  test('is told as a fault of the forwarder, and its place is in the log without what was sent', async () => {
    const met = await send(new TypeError(`${person} is not iterable\n    at ${person}`));
    expect(met.status).toBe(status);
    expect(met.body).toContain('This is a fault of the forwarder; its log says where.');
    expect(met.log).toContain('"error":"TypeError"');
    expect(met.log).toMatch(/ at .*fault\.test\.ts:\d+:\d+/);
    expect(met.log).toMatch(/"error"\]$/);
    expect(met.log).not.toContain(person);
  });
});

test('a mistake of ours within a ledger of Cloudflare’s is ours', async () => {
  expect((await asRow(Object.assign(new TypeError('no'), { remote: true }))).status).toBe(500);
});

test.each([
  ['a folder that is on a full disk', new StoreFault('ENOSPC'), 'its disk is full'],
  [
    'a Postgres that can not be reached',
    Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
    'it does not answer',
  ],
  [
    'a queue of Cloudflare’s that takes nothing',
    Object.assign(new Error('no'), { remote: true }),
    'Cloudflare has a fault',
  ],
  ['a ledger that is moved', Object.assign(new Error('no'), { durableObjectReset: true }), 'Cloudflare has a fault'],
  ['a ledger that can not be reached', Object.assign(new Error('no'), { retryable: true }), 'Cloudflare has a fault'],
  ['a ledger that is asked too much', Object.assign(new Error('no'), { overloaded: true }), 'Cloudflare has a fault'],
  ['a Postgres without our tables', Object.assign(new Error('no'), { code: '42P01' }), '42P01'],
])('%s is told as the queue’s, without a place in the log', async (_what, error, reason) => {
  const met = await asRow(error);
  expect([met.status, met.body]).toEqual([503, expect.stringContaining(`The queue can not be used: ${reason}.`)]);
  expect(met.log).not.toContain('stack');
});

test('a fault of the queue that pg-boss hands on in parts is still the queue’s', () => {
  expect(factsOf({ ...new StoreFault('ENOSPC') })).toMatchObject({
    code: 'ENOSPC',
    why: 'The queue can not be used: its disk is full.',
  });
});
