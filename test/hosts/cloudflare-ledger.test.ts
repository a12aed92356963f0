/** What the ledger of a Worker keeps, and what is told of it when Cloudflare fails. */
import { type Loop, secrets, startLoop, until } from '../support/forwarder.ts';

describe('the ledger', () => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop(
      'a folder',
      { PAGE_PASSWORD: secrets.page, NOT_AGAIN_DAYS: '30' },
      'test/hosts/cloudflare-host.ts',
    );
  }, 60_000);
  afterAll(() => loop.end());

  test('while Cloudflare takes no message, senders hear that the queue can not be used, and start everybody later', async () => {
    const rows = ['one', 'two'].map((external_id) => ({ external_id }));
    await loop.post('/host/takes', '0');
    const answer = await loop.rows(rows);
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      503,
      '30',
      { error: 'unavailable', message: 'The queue can not be used: Cloudflare has a fault. Send it again.' },
    ]);
    await loop.post('/host/takes', 'null');
    expect(await (await loop.rows(rows)).json()).toMatchObject({ accepted: 2 });
    await until(async () => (await loop.alive()).waiting === 0, 20);
    expect(loop.started().sort()).toEqual(['one', 'two']);
  }, 60_000);

  test('somebody who was started is asked for again when NOT_AGAIN_DAYS are over', async () => {
    const acceptedAfter = async (days: number) => {
      await loop.post('/host/hours', String(days * 24));
      return (await loop.rows({ external_id: 'asked_again' })).json();
    };
    expect(await acceptedAfter(0)).toMatchObject({ accepted: 1 });
    await until(async () => (await loop.alive()).waiting === 0, 20);
    expect(await acceptedAfter(28)).toMatchObject({ duplicates: 1 });
    expect(await acceptedAfter(30)).toMatchObject({ accepted: 1 });
    await until(async () => (await loop.alive()).waiting === 0, 20);
  }, 60_000);

  test('somebody who was given up is there until somebody has it tried again, for 360 days', async () => {
    const dead = async () => (await loop.alive()).dead;
    const daysLater = async (days: number) => {
      await loop.post('/host/hours', String(days * 24));
      const authorization = `Basic ${btoa(`me:${secrets.page}`)}`;
      expect((await fetch(`${loop.service.url}/`, { headers: { authorization } })).status).toBe(200);
    };
    loop.koji.failNext(() => true, { status: 422, body: { error: 'unprocessable', message: 'No.' } });
    await loop.rows({ external_id: 'given_up' });
    await until(async () => (await dead()) === 1, 20);
    // A month has passed above.
    await daysLater(370);
    expect(await dead()).toBe(1);
    await daysLater(400);
    await until(async () => (await dead()) === 0, 20);
  }, 60_000);

  test('of many at once the queue has those that it took before it refused one: the next try sends the rest', async () => {
    const rows = Array.from({ length: 450 }, (_, index) => ({ external_id: `many_${index}` }));
    const statuses: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      await loop.post('/host/takes', '2');
      statuses.push((await loop.rows(rows)).status);
    }
    expect(statuses).toEqual([503, 503, 202]);
  }, 60_000);
});
