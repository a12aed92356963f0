/** The folders that `npm run forwarder:build` makes, each run by its host's own runtime. */
import { SIGNATURE_HEADER } from '../../koji/contract.ts';
import { sign } from '../../koji/signature.ts';
import { interview, type Loop, type Store, secrets, startLoop, stores, until } from '../support/forwarder.ts';

type Host = { name: string; store: Store; clock: ((loop: Loop) => Promise<Response>) | null };

const CRON_SECRET = 'a-cron-secret-of-the-test';
const WORK_MILLISECONDS = '1500';

const hosts: Host[] = [
  { name: 'lambda', store: 'Postgres', clock: (loop) => loop.post('/clock', '') },
  {
    name: 'vercel',
    store: 'Postgres',
    clock: ({ service }) => fetch(`${service.url}/work`, { headers: { authorization: `Bearer ${CRON_SECRET}` } }),
  },
  // Cloudflare's queues call the consumer themselves.
  { name: 'cloudflare', store: 'a folder', clock: null },
];

/** Lambda and Vercel keep nothing, so they need a Postgres. */
const runnable = hosts.filter(({ store }) => stores.includes(store));

describe.each(runnable)('on $name', ({ name, store, clock }) => {
  let loop: Loop;
  beforeAll(async () => {
    loop = await startLoop(store, { CRON_SECRET, WORK_MILLISECONDS }, `test/hosts/${name}-host.ts`);
  }, 60_000);
  afterAll(() => loop.end());

  /** The host's clock, as often as it takes. */
  const allWorkedOn = (): Promise<void> =>
    until(async () => {
      if ((await loop.alive()).waiting === 0) return true;
      await clock?.(loop);
      return false;
    }, 30);

  test('an analyzed interview is written, its bytes as they were signed', async () => {
    const one = interview({ summary: 'なぜ – “quoted” 🙂 \u2028', respondent: { email: 'ana@example.com' } });
    const answer = await loop.deliver(one);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'written' }]);
    expect(loop.eventsOf(one)).toHaveLength(1);
  });

  test('a forged delivery is refused', async () => {
    const one = interview();
    expect((await loop.deliver(one, 'another_secret_of_somebody')).status).toBe(401);
    expect(loop.eventsOf(one)).toEqual([]);
  });

  test('Koji’s verification request is answered', async () => {
    const signature = `sha256=${sign(secrets.koji, '').toString('hex')}`;
    expect((await loop.post('/koji/webhook', '', { [SIGNATURE_HEADER]: signature })).status).toBe(200);
  });

  test('people are taken at once, started once, and known when they come again', async () => {
    const people = Array.from({ length: 25 }, (_, index) => ({ external_id: `${name}_${index}` }));
    expect(await (await loop.rows(people)).json()).toMatchObject({ accepted: 25 });
    await allWorkedOn();
    expect(loop.started().sort()).toEqual(people.map(({ external_id }) => external_id).sort());
    expect(await (await loop.rows(people)).json()).toMatchObject({ accepted: 0, duplicates: 25 });
  });

  test('somebody with as much about them as a request may hold is started like everybody', async () => {
    const more = 'x'.repeat(990_000);
    const answer = await loop.rows({ external_id: `${name}_large`, metadata: { more } });
    expect(answer.status).toBe(202);
    await allWorkedOn();
    expect(loop.koji.interviews().find(({ respondent }) => respondent.external_id === `${name}_large`)).toMatchObject({
      respondent: { metadata: { more } },
    });
  });

  test('an interview that Amplitude asks to wait for is queued and written later', async () => {
    const one = interview();
    loop.amplitude.failNext(() => true, { status: 429, headers: { 'retry-after': '1' }, body: { code: 429 } });
    expect(await (await loop.deliver(one)).json()).toEqual({ status: 'queued' });
    await allWorkedOn();
    expect(loop.eventsOf(one)).toHaveLength(1);
  });

  test('somebody whom Koji can never start is kept among the dead', async () => {
    loop.koji.failNext(() => true, { status: 422, body: { error: 'unprocessable', message: 'No.' } });
    await loop.rows({ external_id: `${name}_dead` });
    await allWorkedOn();
    expect((await loop.alive()).dead).toBe(1);
  });

  test('a secret that is wrong opens nothing, the clock’s address included', async () => {
    expect((await loop.rows({ external_id: 'u_1' }, 'wrong')).status).toBe(401);
    expect((await fetch(`${loop.service.url}/work`)).ok).toBe(false);
  });

  test('no secret and nobody’s name is in what it prints', () => {
    const printed = loop.service.printed();
    for (const secret of [...Object.values(secrets), CRON_SECRET, 'ana@example.com']) {
      expect(printed).not.toContain(secret);
    }
  });
});
