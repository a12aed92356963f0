import { createHmac } from 'node:crypto';
import type { Bundle, ZObject } from 'zapier-platform-core';
import type { Call, LocalServer } from '../../../sandbox/server.ts';
import { startServer } from '../../../sandbox/server.ts';

/** A vendor of notes: it can be subscribed to, asked, and told to fail. */
export const startVendor = async () => {
  const notes: { id: string; text: string }[] = [];
  const subscriptions = new Map<string, string>();
  const server: LocalServer = await startServer(({ method, path, body, query }: Call) => {
    if (path === '/hooks' && method === 'POST') {
      const { url } = JSON.parse(body);
      const id = `sub-${subscriptions.size + 1}`;
      subscriptions.set(id, url);
      return { status: 201, body: { id, secret: 'hook-secret' } };
    }
    if (path.startsWith('/hooks/') && method === 'DELETE') {
      subscriptions.delete(path.slice('/hooks/'.length));
      return { status: 204 };
    }
    if (path === '/notes') {
      const text = query.get('text');
      return { status: 200, body: notes.filter((note) => text === null || note.text === text) };
    }
    if (path === '/me') return { status: 200, body: { workspace_name: 'Acme' } };
    return { status: 200, body: { id: 'sent' } };
  });
  return { notes, subscriptions, server };
};

export const sign = (body: string): string => createHmac('sha256', 'hook-secret').update(body).digest('hex');

const failWith = (z: ZObject, kind: unknown): never => {
  const leaky = (error: Error): Error => Object.assign(error, { doNotContextify: true });
  if (kind === 'halted') throw leaky(new z.errors.HaltedError('This person is blocked.'));
  if (kind === 'expired') throw leaky(new z.errors.ExpiredAuthError('The key was revoked.'));
  if (kind === 'throttled') throw new z.errors.ThrottledError('Slow down.', 90);
  if (kind === 'throttled-for-long') throw new z.errors.ThrottledError('Come back much later.', 900);
  if (kind === 'throttled-without-delay') throw new z.errors.ThrottledError('Slow down.');
  if (kind === 'contextified') throw new z.errors.HaltedError('Told with its bundle.');
  if (kind === 'plain') throw new Error('Something broke.');
  throw new z.errors.Error('Koji said no.', 'NotFound', 404);
};

/** A Zapier app of one hook trigger, two polling triggers, three creates and one search. */
export const createFakeApp = (vendorUrl: string) => {
  const given: { method: string; bundle: Bundle }[] = [];
  /** What the next performs throw, one after another; undefined lets one through. */
  const failures: { hook: unknown[]; send: unknown[]; poll: unknown[] } = { hook: [], send: [], poll: [] };
  const note = (method: string, bundle: Bundle): void => {
    given.push({ method, bundle: JSON.parse(JSON.stringify(bundle)) });
  };
  const sample = { id: 'sample', text: 'Hello' };

  const list = async (z: ZObject) => (await z.request(`${vendorUrl}/notes`)).data;
  const poll = async (z: ZObject, bundle: Bundle) => {
    note('poll', bundle);
    const failure = failures.poll.shift();
    if (failure !== undefined) failWith(z, failure);
    return list(z);
  };

  const app = {
    version: '1.0.0',
    platformVersion: '19.1.0',
    flags: { cleanInputData: false },
    authentication: {
      type: 'custom',
      fields: [
        { key: 'api_key', type: 'password', required: true },
        { key: 'region', type: 'string', default: 'us' },
      ],
      test: async (z: ZObject, bundle: Bundle) => {
        if (bundle.authData.api_key === 'revoked') throw new z.errors.Error('Your key is wrong.', 'Auth', 401);
        return (await z.request(`${vendorUrl}/me`)).data;
      },
      connectionLabel: '{{workspace_name}} ({{region}})',
    },
    triggers: {
      new_note: {
        key: 'new_note',
        noun: 'Note',
        display: { label: 'New Note', description: 'Triggers when a note is written.' },
        operation: {
          type: 'hook',
          inputFields: [{ key: 'study', default: 'all' }],
          performSubscribe: async (z: ZObject, bundle: Bundle) => {
            note('subscribe', bundle);
            return (await z.request({ url: `${vendorUrl}/hooks`, method: 'POST', body: { url: bundle.targetUrl } }))
              .data;
          },
          performUnsubscribe: async (z: ZObject, bundle: Bundle) => {
            note('unsubscribe', bundle);
            await z.request({ url: `${vendorUrl}/hooks/${bundle.subscribeData?.id}`, method: 'DELETE' });
            return {};
          },
          perform: async (z: ZObject, bundle: Bundle) => {
            note('perform', bundle);
            const failure = failures.hook.shift();
            if (failure !== undefined) failWith(z, failure);
            const notes: unknown = bundle.cleanedRequest?.notes;
            return Array.isArray(notes) ? notes : [];
          },
          performList: async (z: ZObject, bundle: Bundle) => {
            note('performList', bundle);
            return list(z);
          },
          sample,
        },
      },
      pasted_hook: {
        key: 'pasted_hook',
        noun: 'Call',
        display: { label: 'Pasted Hook', description: 'Triggers when somebody calls.' },
        operation: { type: 'hook', perform: (_z: ZObject, bundle: Bundle) => [bundle.cleanedRequest], sample },
      },
      polled_note: {
        key: 'polled_note',
        noun: 'Note',
        display: { label: 'Polled Note', description: 'Triggers when a note is found.' },
        operation: { type: 'polling', perform: poll, sample },
      },
      polled_version: {
        key: 'polled_version',
        noun: 'Note',
        display: { label: 'Polled Version', description: 'Triggers when a note changes.' },
        operation: {
          type: 'polling',
          perform: async (z: ZObject) => list(z),
          sample,
          outputFields: [
            { key: 'id', primary: true },
            { key: 'text', primary: true },
          ],
        },
      },
    },
    creates: {
      send: {
        key: 'send',
        noun: 'Message',
        display: { label: 'Send Message', description: 'Sends a message.' },
        operation: {
          inputFields: [
            { key: 'to', label: 'Recipient', required: true },
            { key: 'text', type: 'text' },
            { key: 'score', type: 'integer' },
            { key: 'weight', type: 'number' },
            { key: 'urgent', type: 'boolean' },
            { key: 'at', type: 'datetime' },
            { key: 'tags', list: true },
            { key: 'mode', default: 'text' },
          ],
          perform: async (z: ZObject, bundle: Bundle) => {
            note('send', bundle);
            const failure = failures.send.shift();
            if (failure !== undefined) failWith(z, failure);
            return { id: `message-${given.length}`, to: bundle.inputData.to };
          },
          sample,
        },
      },
      remember: {
        key: 'remember',
        noun: 'Key',
        display: { label: 'Remember Key', description: 'Remembers a key.' },
        operation: {
          inputFields: [{ key: 'key', required: true }],
          perform: async (z: ZObject, bundle: Bundle) => {
            const key = String(bundle.inputData.key);
            const isFirst = await z.cache.set(key, { seen: true }, 60, ['auth'], true);
            return { id: key, is_first: isFirst, known: await z.cache.get(key) };
          },
          sample,
        },
      },
      talk: {
        key: 'talk',
        noun: 'Talk',
        display: { label: 'Talk', description: 'Talks.' },
        operation: {
          perform: async (z: ZObject, bundle: Bundle) => {
            z.console.log(`the key is ${bundle.authData.api_key}, hello`);
            await z.request(`${vendorUrl}/talk`);
            return { id: '1' };
          },
          sample,
        },
      },
      slow: {
        key: 'slow',
        noun: 'Wait',
        display: { label: 'Wait', description: 'Waits.' },
        operation: {
          perform: () => new Promise((resolve) => setTimeout(() => resolve({ id: 'late' }), 300)),
          sample,
        },
      },
      limited: {
        key: 'limited',
        noun: 'Limited',
        display: { label: 'Limited', description: 'Is limited.' },
        operation: {
          inputFields: [{ key: 'person' }],
          throttle: { window: 60, limit: 2, key: 'vendor', scope: ['auth'] },
          perform: () => ({ id: 'limited' }),
          sample,
        },
      },
      also_limited: {
        key: 'also_limited',
        noun: 'Limited',
        display: { label: 'Also Limited', description: 'Is limited.' },
        operation: {
          throttle: { window: 60, limit: 2, key: 'vendor', scope: ['auth'] },
          perform: () => ({ id: 'also limited' }),
          sample,
        },
      },
      dynamic: {
        key: 'dynamic',
        noun: 'Form',
        display: { label: 'Fill Form', description: 'Fills a form.' },
        operation: {
          inputFields: [
            { key: 'kind' },
            (_z: ZObject, bundle: Bundle) => [{ key: `${bundle.inputData.kind}_count`, type: 'integer' }],
          ],
          perform: (_z: ZObject, bundle: Bundle) => ({ id: '1', ...bundle.inputData }),
          sample,
        },
      },
    },
    searches: {
      find_note: {
        key: 'find_note',
        noun: 'Note',
        display: { label: 'Find Note', description: 'Finds a note.' },
        operation: {
          inputFields: [{ key: 'text' }],
          perform: async (z: ZObject, bundle: Bundle) =>
            (await z.request({ url: `${vendorUrl}/notes`, params: { text: bundle.inputData.text } })).data,
          sample,
        },
      },
    },
  };
  return { app, given, failures };
};
