/** What the app does once Koji documents its list (K6) and its webhooks (K7), which one constant each turns on. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { appOf } from '../../make/build/apps.ts';
import { filesOf, readmeOf } from '../../make/build/files.ts';
import { kojiConnection, kojiConnectionOf } from '../../make/koji/connection.ts';
import { analyzedWebhook, analyzedWebhookOf } from '../../make/koji/watch-analyzed-interviews.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { startKoji } from '../../sandbox/koji/server.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { fetchTo } from '../../sandbox/make/network.ts';
import { testConnection } from '../../sandbox/make/run.ts';

/** The app for Make's review, with the connection that tries its key. */
const confirmed = () => {
  const folder = mkdtempSync(join(tmpdir(), 'make-confirmed-'));
  for (const [path, content] of filesOf({ ...appOf('koji'), connections: [kojiConnectionOf(true)] }, [])) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return readApp(folder);
};

test('neither is turned on today', () => {
  expect(kojiConnection).toEqual(kojiConnectionOf(false));
  expect(kojiConnection.communication.url).toBeUndefined();
  expect(analyzedWebhook).toEqual(analyzedWebhookOf(false));
  expect(analyzedWebhook).not.toHaveProperty('attach');
});

test('with the list, a wrong key is seen when the connection is saved', async () => {
  const koji = await startKoji({ clock: new VirtualClock(Date.now()) });
  const http = fetchTo({ 'https://koji.so/api/v1': koji.url });
  const save = (koji_api_key: string) =>
    testConnection(confirmed(), 'koji', { koji_api_key }, { connections: {}, parameters: {}, http, now: Date.now });
  try {
    await expect(save(sandboxKeys.full)).resolves.toMatch(/^Key /);
    await expect(save('pk_live_wrong')).rejects.toMatchObject({ type: 'InvalidAccessTokenError' });
    expect(koji.calls.map(({ call }) => `${call.method} ${call.path}?${call.query}`)).toContain(
      'GET /api/v1/interviews?limit=1',
    );
  } finally {
    await koji.close();
  }
});

test('with webhooks, Make adds its address at Koji, and removes the very webhook that it added', () => {
  const { attach, detach } = analyzedWebhookOf(true);
  expect(attach).toMatchObject({
    url: 'https://koji.so/api/v1/webhooks',
    method: 'POST',
    body: { url: '{{webhook.url}}', events: ['interview.analysis_ready'] },
    response: { data: { externalHookId: '{{body.id}}' } },
  });
  expect(detach).toMatchObject({
    url: 'https://koji.so/api/v1/webhooks/{{encodeURL(webhook.externalHookId)}}',
    method: 'DELETE',
  });
});

test('the documentation says how people add the address at Koji, as long as Make does not', () => {
  const koji = appOf('koji');
  const adding = /\*\*Watch analyzed interviews\*\*: .*Add Webhook Endpoint, paste the address/;
  expect(readmeOf(koji)).toMatch(adding);
  expect(readmeOf({ ...koji, webhooks: [analyzedWebhookOf(true)] })).not.toMatch(adding);
});
