import { UnknownToRunner } from '../../../sandbox/make/error.ts';
import { fetchTo, type MakeHttp, toOwnersOnly } from '../../../sandbox/make/network.ts';
import { startServer } from '../../../sandbox/server.ts';

const answering: MakeHttp = async () => ({ status: 200, headers: {}, body: '' });

const sending = async (real: string, url: string) => {
  const paths: string[] = [];
  const server = await startServer(({ path, query }) => {
    paths.push(`${path} ${query}`);
    return { status: 200, body: '' };
  });
  try {
    await fetchTo({ [real]: server.url })({ method: 'GET', url, headers: {}, body: undefined });
    return paths;
  } finally {
    await server.close();
  }
};
const [host, part] = ['https://amplitude.com', 'https://koji.so/api'];

test.each([
  [host, 'https://amplitude.com', '/ '],
  [host, 'https://amplitude.com/2/users?a=b', '/2/users a=b'],
  [part, 'https://koji.so/api', '/ '],
  [part, 'https://koji.so/api/things/', '/things/ '],
  [part, 'https://koji.so/api?a=b', '/ a=b'],
])('%s is local, and with it %s', async (real, url, arrived) => {
  expect(await sending(real, url)).toEqual([arrived]);
});

const others = [
  [host, 'https://amplitude.com.evil/x'],
  [host, 'https://amplitude.com@evil/x'],
  [host, 'https://amplitude.com:8443/x'],
  [host, 'http://amplitude.com/x'],
  [part, 'https://koji.so/apiary'],
  [part, 'https://koji.so/api/../x'],
  [part, 'https://koji.so/'],
] as const;
test.each(others)('%s is local, and %s is not', async (real, url) => {
  await expect(sending(real, url)).rejects.toThrow(UnknownToRunner);
});

test.each(others)('a secret for %s is seen when it goes to %s', async (real, url) => {
  const http = toOwnersOnly(answering, [{ secrets: ['k_secret_1'], hosts: [real] }]);
  const request = { method: 'GET', headers: { authorization: 'Bearer k_secret_1' }, body: undefined };
  await expect(http({ ...request, url })).rejects.toThrow('A secret for');
  await expect(http({ ...request, url: `${real}/things` })).resolves.toMatchObject({ status: 200 });
});
