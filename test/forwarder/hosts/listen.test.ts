/** Where the service listens, and what is said where it can't. */
import dns from 'node:dns';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { readConfig } from '../../../forwarder/config.ts';
import { StartError } from '../../../forwarder/fault.ts';
import { listen } from '../../../forwarder/hosts/listen.ts';

const settings = {
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
  AMPLITUDE_API_KEY: 'a'.repeat(32),
};
const answer = async (): Promise<Response> => new Response('heard');

test.each([
  // An address of nobody's (RFC 5737), and a name of nobody's (RFC 2606).
  { host: '192.0.2.1', why: 'this machine has no such address' },
  { host: 'nobody.invalid', code: 'ENOTFOUND', why: 'nobody knows that name' },
  { host: 'unanswered.invalid', code: 'EAI_AGAIN', why: 'no name server answers' },
])('a host that can’t be listened on is named: $host', async ({ host, code, why }) => {
  if (code !== undefined) {
    // No name server is asked.
    jest.spyOn(dns, 'lookup').mockImplementation((...given: unknown[]) => {
      const done = given.at(-1);
      if (typeof done === 'function') process.nextTick(() => done(Object.assign(new Error(), { code })));
    });
  }
  await expect(listen(answer, { host, port: 8787 })).rejects.toThrow(
    new StartError(
      `Port 8787 of ${host} can't be listened to: ${why}. Set PORT to a free one above 1023, and HOST to an address of this machine, or to 0.0.0.0 for all.`,
    ),
  );
  jest.restoreAllMocks();
});

test.each([
  { HOST: '', hears: false },
  { HOST: '0.0.0.0', hears: true },
])('with HOST=$HOST another address than 127.0.0.1 is listened on: $hears', async ({ HOST, hears }) => {
  const { url, close } = await listen(answer, readConfig({ ...settings, HOST, PORT: '0' }));
  // A test may connect to 127.0.0.1 alone, but it may see whether the same port is taken on another address.
  const other = createServer().listen(Number(new URL(url).port), '127.0.0.2');
  const heard = await once(other, 'listening').then(
    () => false,
    () => true,
  );
  other.close();
  expect(heard).toBe(hears);
  expect(await (await fetch(url)).text()).toBe('heard');
  await close();
});

test('three hundred connections are kept open at once, and another is closed: each may hold a body in the memory', async () => {
  const { url, close } = await listen(answer, readConfig({ ...settings, PORT: '0' }));
  const open = async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const heard = [];
  for (let many = 0; many < 300; many++) heard.push(await open());
  const another = await open();
  if (!another.closed) await once(another, 'close');
  expect(heard.filter(({ closed }) => closed)).toEqual([]);
  for (const socket of heard) socket.destroy();
  await close();
});
