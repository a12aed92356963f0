/** What the ledger of a Worker keeps, and what is told of it when Cloudflare fails. */
import { type Loop, startLoop, until } from '../support/forwarder.ts';

describe('the ledger', () => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop('a folder', {}, 'test/hosts/cloudflare-host.ts');
  }, 60_000);
  afterAll(() => loop.end());

  test('while Cloudflare takes no message, senders hear that the queue can not be used, and start everybody later', async () => {
    const rows = ['one', 'two'].map((external_id) => ({ external_id }));
    await loop.post('/host/refuse', 'true');
    const answer = await loop.rows(rows);
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      503,
      '30',
      { error: 'unavailable', message: 'The queue can not be used: Cloudflare has a fault. Send it again.' },
    ]);
    await loop.post('/host/refuse', 'false');
    expect(await (await loop.rows(rows)).json()).toMatchObject({ accepted: 2 });
    await until(async () => (await loop.alive()).waiting === 0, 20);
    expect(loop.started().sort()).toEqual(['one', 'two']);
  }, 60_000);
});
