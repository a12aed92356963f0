import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { ZObject } from 'zapier-platform-core';
import { type CohortFile, downloadMembers } from '../../amplitude/cohort-file.ts';
import { type LocalServer, type ServiceEnv, serveRoutes } from '../../sandbox/server.ts';
import { amplitudeThrough } from '../../zapier/middleware.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';

/** How the storage behaves, by the last part of the path. */
const FILE = `amplitude_id,user_id\n${Array.from({ length: 5_000 }, (_, index) => `${index},user-${index}\n`).join('')}`;
const packed = gzipSync(FILE);
const cut = (response: ServerResponse, bytes: Buffer, headers: Record<string, string>) => {
  response.writeHead(200, headers);
  response.write(bytes, () => response.destroy());
};
const answers: Record<string, (response: ServerResponse) => void> = {
  plain: (response) => response.end(FILE),
  packed: (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
  'packed-without-a-word': (response) =>
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(packed),
  // Well-formed as HTTP, so that only the packing can tell.
  'cut-off-while-packed': (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.subarray(0, -2_000)),
  // At a line's end, so that only the promised length can tell; node-fetch waits for the rest until the time is up.
  'shorter-than-promised': (response) =>
    cut(response, Buffer.from('amplitude_id,user_id\n1,user-1\n'), { 'content-length': String(FILE.length) }),
  // In the last column, where the row is whole but for its id.
  'cut-off-in-its-last-column': (response) =>
    cut(response, Buffer.from('amplitude_id,user_id\n1,user-1\n2,us'), { 'content-length': String(FILE.length) }),
  'cut-off-between-chunks': (response) => cut(response, Buffer.from('amplitude_id,user_id\n1,user-1\n'), {}),
  refused: (response) => response.writeHead(403).end(),
  throttled: (response) => response.writeHead(429).end(),
  hangs: (response) => {
    response.writeHead(200);
    response.write('amplitude_id,user_id\n1,user-1\n');
  },
};

/** As they were asked for, nothing decoded. */
let fileAddresses: (string | undefined)[];
/** What the storage's address ends with. */
let tail: string;
let storage: LocalServer;
let amplitude: LocalServer;
beforeEach(async () => {
  fileAddresses = [];
  tail = '';
  storage = await serveRoutes(
    new Hono<ServiceEnv>().get('/bucket/:name', ({ req, env, var: { reply } }) => {
      fileAddresses.push(env.incoming.url);
      reply('hang');
      answers[req.param('name')]?.(env.outgoing);
      return RESPONSE_ALREADY_SENT;
    }),
  );
  amplitude = await serveRoutes(
    new Hono<ServiceEnv>().get('/api/5/cohorts/request/:name/file', ({ req, var: { reply } }) => {
      const location = `${storage.url}/bucket/${req.param('name')}?X-Amz-Signature=abc%2Fdef&list=a&list=b`;
      return reply({ status: 302, headers: { location: `${location}${tail}` } });
    }),
  );
  process.env.AMPLITUDE_REST_URL = amplitude.url;
});
afterEach(async () => {
  delete process.env.AMPLITUDE_REST_URL;
  await Promise.all([storage.close(), amplitude.close()]);
});

const download = (
  name: string,
  milliseconds = 10_000,
  authData: Record<string, string> = connected,
): Promise<CohortFile | null> =>
  run(
    (z: ZObject, bundle) =>
      downloadMembers(
        amplitudeThrough(z, bundle),
        name,
        {
          properties: [],
          isWanted: () => true,
          most: { people: 60_000, characters: 1_000_000 },
          listed: null,
        },
        () => milliseconds,
      ),
    { authData },
  );

test.each(['plain', 'packed', 'packed-without-a-word'])(
  'a file that is %s is read through Zapier to its end',
  async (name) => {
    expect((await download(name))?.members).toHaveLength(5_000);
  },
);

test.each(['cut-off-while-packed', 'shorter-than-promised', 'cut-off-in-its-last-column', 'cut-off-between-chunks'])(
  'a file that arrives %s is refused as a whole',
  async (name) => {
    expect(await zapierErrorOf(download(name, 1_000))).toMatchObject({
      message: expect.stringContaining('incomplete'),
    });
  },
);

test.each([
  ['refused', 403],
  ['throttled', 429],
])('a file that is %s is fetched again at the next poll', async (name, status) => {
  expect(await zapierErrorOf(download(name))).toMatchObject({
    message: expect.stringContaining(`refused it (${status}). It is fetched again at the next poll.`),
  });
});

test('a file that stops arriving is given up when the time is up', async () => {
  expect(await zapierErrorOf(download('hangs', 300))).toMatchObject({ message: expect.stringContaining('incomplete') });
});

test("Amplitude's keys go to Amplitude and not to the storage, whose address is left as it is", async () => {
  await download('plain');
  expect(amplitude.calls[0]?.call.headers.authorization).toMatch(/^Basic /);
  expect(storage.calls[0]?.call.headers).not.toHaveProperty('authorization');
  expect(fileAddresses).toEqual(['/bucket/plain?X-Amz-Signature=abc%2Fdef&list=a&list=b']);
});

test.each(Object.entries(connected).filter(([field, value]) => /key|secret/.test(field) && value !== ''))(
  'an address of the storage with the connection’s %s in it is not followed',
  async (_field, secret) => {
    tail = `&api=${encodeURIComponent(secret)}`;
    expect(await zapierErrorOf(download('plain'))).toMatchObject({
      message: expect.stringContaining("can't be trusted"),
    });
    expect(storage.calls).toEqual([]);
  },
);

test.each([
  [
    'both keys as the authorization has them',
    Buffer.from(`${connected.amplitude_api_key}:${connected.amplitude_secret_key}`).toString('base64'),
  ],
  ['a key in base64 before a sign', Buffer.from(`${connected.amplitude_api_key}.`).toString('base64')],
  ['a key in base64 behind a letter', Buffer.from(`x${connected.amplitude_secret_key}y`).toString('base64')],
  ['a key in base64 behind two letters', Buffer.from(`xy${connected.amplitude_api_key}`).toString('base64')],
  ['a key in the place of a user', `&as=https://u:${connected.amplitude_api_key}@host`],
])('an address of the storage with %s in it is not followed', async (_name, spelled) => {
  tail = `&auth=${spelled}`;
  expect(await zapierErrorOf(download('plain'))).toMatchObject({
    message: expect.stringContaining("can't be trusted"),
  });
  expect(storage.calls).toEqual([]);
});

test('an address of the storage may hold the word that people chose for the cohort webhook', async () => {
  tail = '&of=cohort';
  const file = await download('plain', 10_000, { ...connected, amplitude_webhook_secret: 'cohort' });
  expect(file?.members).toHaveLength(5_000);
});
