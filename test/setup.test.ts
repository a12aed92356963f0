import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { connect } from 'node:net';
import { startServer } from '../sandbox/server.ts';

const REFUSED = 'it may reach this machine alone';
const causeOf = (address: string): Promise<string> =>
  fetch(address).then(
    () => 'It was answered.',
    ({ cause }: Error) => String(cause),
  );
const errorOf = (open: () => { once: (event: 'error', heard: (error: Error) => void) => unknown }): Promise<string> =>
  new Promise((resolve) => {
    try {
      open().once('error', (error) => resolve(error.message));
    } catch (error) {
      resolve(String(error));
    }
  });

describe('a test that wants to reach another machine is refused', () => {
  test.each(['https://koji.so/api/v1', 'http://203.0.113.7:8080'])('by fetch: %s', async (address) => {
    expect(await causeOf(address)).toContain(REFUSED);
  });

  test.each<[string, Parameters<typeof errorOf>[0]]>([
    ['http', () => get('http://koji.so')],
    ['https', () => getSecurely('https://api2.amplitude.com/2/httpapi')],
    ['a socket by its options', () => connect({ host: '203.0.113.7', port: 5432 })],
    ['a socket by its port and host', () => connect(5432, 'db.example.com')],
  ])('by %s', async (_client, open) => {
    expect(await errorOf(open)).toContain(REFUSED);
  });
});

test('a stand-in on this machine is reached', async () => {
  const server = await startServer(() => ({ status: 200, body: 'here' }));
  expect(await (await fetch(server.url)).text()).toBe('here');
  await server.close();
});
