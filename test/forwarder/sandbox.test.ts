/** `npm run forwarder -- --sandbox`: the whole loop on this machine. */
import { ended, type Service, spawnForwarder, until } from '../support/forwarder.ts';

let service: Service;
afterAll(() => service.child.kill('SIGKILL'));

test('somebody who is sent is interviewed and written to Amplitude, and the printed command does it', async () => {
  service = await spawnForwarder({}, '--sandbox');
  await until(() => service.printed().includes('\ncurl '), 20);
  const [, url = '', authorization = '', body = ''] =
    /\ncurl (\S+) -H 'Authorization: ([^']+)' -d '([^']+)'/.exec(service.printed()) ?? [];
  expect((await fetch(url, { method: 'POST', headers: { authorization }, body })).status).toBe(202);
  await until(() => /# Amplitude has the event koji:interview_completed:int_/.test(service.printed()), 40);
  service.child.kill('SIGTERM');
  expect(await ended(service)).toBe(0);
});
