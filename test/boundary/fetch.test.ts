import { fetchSend } from '../../boundary/fetch.ts';
import { type LocalServer, startServer } from '../../sandbox/server.ts';

let home: LocalServer;
let elsewhere: LocalServer;
beforeEach(async () => {
  home = await startServer(() => ({ status: 201, headers: { 'x-said': 'hello' }, body: 'taken' }));
  elsewhere = await startServer(() => ({ status: 200, body: '' }));
});
afterEach(() => Promise.all([home.close(), elsewhere.close()]));

const to = (url: string) => ({ url, headers: { accept: 'text/plain' }, timeoutMilliseconds: 5_000 });

test('gives status, headers and body as they came', async () => {
  const answer = await fetchSend(null, [])({ method: 'POST', body: 'given', ...to(home.url) });
  expect([answer.status, answer.header('X-Said'), answer.header('x-none'), answer.body]).toEqual([
    201,
    'hello',
    null,
    'taken',
  ]);
  expect(home.calls[0]?.call).toMatchObject({ method: 'POST', body: 'given', headers: { accept: 'text/plain' } });
});

test('the authorization goes to its home and nowhere else', async () => {
  const send = fetchSend('Bearer key', [home.url]);
  await send({ method: 'GET', ...to(`${home.url}/there`) });
  await send({ method: 'GET', ...to(elsewhere.url) });
  expect(home.calls[0]?.call.headers.authorization).toBe('Bearer key');
  expect(elsewhere.calls[0]?.call.headers.authorization).toBeUndefined();
});

test('without an authorization none is sent', async () => {
  await fetchSend(null, [home.url])({ method: 'GET', ...to(home.url) });
  expect(home.calls[0]?.call.headers.authorization).toBeUndefined();
});

test('of several homes each gets the authorization', async () => {
  const send = fetchSend('Bearer key', [home.url, elsewhere.url]);
  await send({ method: 'GET', ...to(home.url) });
  await send({ method: 'GET', ...to(elsewhere.url) });
  expect([home, elsewhere].map(({ calls }) => calls[0]?.call.headers.authorization)).toEqual([
    'Bearer key',
    'Bearer key',
  ]);
});
