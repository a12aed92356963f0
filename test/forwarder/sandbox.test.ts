/** `npm run forwarder -- --sandbox`: the whole loop on this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Service, spawnHost, until } from '../support/forwarder.ts';

const run = promisify(execFile);

let service: Service;
afterAll(() => service.child.kill('SIGKILL'));

test('somebody who is sent is interviewed and written to Amplitude, and the printed commands do it', async () => {
  service = await spawnHost('forwarder/hosts/node.ts', {}, '--sandbox');
  // The one that was asked for, and not that of the settings' own.
  expect(new URL(service.url).port).not.toBe('8787');
  await until(() => service.printed().includes('\ncurl '));
  const [, url = '', authorization = '', body = ''] =
    /\ncurl (\S+) -H 'Authorization: ([^']+)' -d '([^']+)'/.exec(service.printed()) ?? [];
  expect((await fetch(url, { method: 'POST', headers: { authorization }, body })).status).toBe(202);
  const [, cohort = ''] = /^(curl \S+\/amplitude\/cohort .*)$/m.exec(service.printed()) ?? [];
  expect(await run('sh', ['-c', `${cohort} --silent`])).toMatchObject({
    stdout: expect.stringContaining('"accepted":1'),
  });
  await until(() => /# Amplitude has the event koji:interview_completed:int_/.test(service.printed()));
  const [command = ''] = /^KOJI_WEBHOOK_SECRET=.*$/m.exec(service.printed()) ?? [];
  expect(await run('sh', ['-c', command])).toMatchObject({ stdout: expect.stringContaining('{"status":"written"}') });
  service.child.kill('SIGTERM');
  expect((await service.ended).code).toBe(0);
});
