import { belongsTo, belongsToEither, hostFromEnvironment, redirectedTwin } from '../../boundary/host.ts';

const hostOf = (replacement: string | undefined) =>
  hostFromEnvironment({ KOJI_API_URL: replacement }, 'KOJI_API_URL', 'https://koji.so/api/v1');

describe('where a service is', () => {
  test.each([
    ['not there', undefined],
    ['empty', ''],
  ])('the documented address, when the variable is %s', (_name, replacement) => {
    expect(hostOf(replacement)).toBe('https://koji.so/api/v1');
  });

  test.each([
    ['https', 'https://koji.example.com/api/v1', 'https://koji.example.com/api/v1'],
    ['https with a port', 'https://koji.example.com:8443', 'https://koji.example.com:8443'],
    ['a slash at the end', 'https://koji.example.com/api/', 'https://koji.example.com/api'],
    ['several slashes at the end', 'https://koji.example.com//', 'https://koji.example.com'],
    ['localhost', 'http://localhost:4010', 'http://localhost:4010'],
    ['127.0.0.1', 'http://127.0.0.1:4010/api/v1', 'http://127.0.0.1:4010/api/v1'],
    ['::1', 'http://[::1]:4010', 'http://[::1]:4010'],
  ])('what the variable says: %s', (_name, replacement, host) => {
    expect(hostOf(replacement)).toBe(host);
  });

  test.each([
    ['http on another machine', 'http://koji.so/api/v1'],
    ['http on a name that begins like this machine', 'http://localhost.example.com'],
    ['http on a name that begins like an address of this machine', 'http://127.0.0.1.example.com'],
    ['another protocol', 'ftp://localhost/'],
    ['a file', 'file:///etc/passwd'],
    ['a name without a protocol', 'koji.so/api/v1'],
    ['a name and a password in it', 'https://ada:secret@koji.so/api/v1'],
    ['a name in it', 'https://koji.so@example.com/api/v1'],
    ['a password in it', 'https://:secret@koji.so/api/v1'],
    ['a query', 'https://koji.so/api/v1?key=1'],
    ['a fragment', 'https://koji.so/api/v1#x'],
    ['words', 'the usual one'],
  ])('%s is refused, because keys would travel there', (_name, replacement) => {
    expect(() => hostOf(replacement)).toThrow(
      'KOJI_API_URL must be an https address, or http on this machine (localhost, 127.0.0.1, [::1]).',
    );
  });
});

describe('whether a request goes to the service', () => {
  test.each([
    ['https://koji.so/api/v1/interviews', true],
    ['https://koji.so/api/v1', true],
    ['https://koji.so/api/v1?limit=1', true],
    ['https://KOJI.so:443/api/v1/interviews', true],
    ['https://koji.so/api/v1/../v1/interviews', true],
    ['https://koji.so/api/v10/interviews', false],
    ['https://koji.so/', false],
    ['https://koji.so/api/v1/../../admin', false],
    ['https://koji.so/api/v1/%2e%2e/%2e%2e/admin', false],
    ['http://koji.so/api/v1/interviews', false],
    ['https://koji.so:8443/api/v1/interviews', false],
    ['https://www.koji.so/api/v1/interviews', false],
    ['https://koji.so.example.com/api/v1/interviews', false],
    ['https://koji.so@example.com/api/v1/interviews', false],
    ['https://example.com/https://koji.so/api/v1', false],
    ['https://example.com/?x=https://koji.so/api/v1/', false],
    ['/api/v1/interviews', false],
    ['nonsense', false],
  ])('%s to https://koji.so/api/v1: %p', (url, expected) => {
    expect(belongsTo(url, 'https://koji.so/api/v1')).toBe(expected);
  });

  test.each([
    ['http://127.0.0.1:4010/interviews', true],
    ['http://127.0.0.1:4010', true],
    ['http://127.0.0.1:4011/interviews', false],
  ])('%s to a service without a path of its own: %p', (url, expected) => {
    expect(belongsTo(url, 'http://127.0.0.1:4010')).toBe(expected);
  });

  test('a slash at the end of the service makes no difference', () => {
    expect(belongsTo('https://koji.so/api/v1/interviews', 'https://koji.so/api/v1/')).toBe(true);
    expect(belongsTo('https://koji.so/api/v10', 'https://koji.so/api/v1/')).toBe(false);
  });
});

test.each([
  ['https://koji.so/api/v1/interviews', true],
  ['https://www.koji.so/api/v1/interviews', true],
  ['http://www.koji.so/api/v1/interviews', false],
  ['https://www.www.koji.so/api/v1/interviews', false],
  ['https://www.koji.so/api/v2/interviews', false],
  ['https://www.koji.so.example/api/v1/interviews', false],
  ['https://www.koji.so:8443/api/v1/interviews', false],
  ['nonsense', false],
])('%s belongs to https://koji.so/api/v1 under either name: %p', (url, expected) => {
  expect(belongsToEither(url, 'https://koji.so/api/v1')).toBe(expected);
});

test('a local service has no other name', () => {
  expect(belongsToEither('http://www.localhost:4010/interviews', 'http://localhost:4010')).toBe(false);
  expect(belongsToEither('http://localhost:4010/interviews', 'http://www.localhost:4010')).toBe(false);
});

test.each([
  ['https://koji.so/a', 'https://www.koji.so/a', 'https://www.koji.so/a'],
  ['https://www.koji.so/a', 'https://koji.so/a', 'https://koji.so/a'],
  ['https://koji.so/a?x=1', '//www.koji.so/a', 'https://www.koji.so/a?x=1'],
  ['https://koji.so/a', '/a', null],
  ['https://koji.so/a', 'https://www.koji.so/b', null],
  ['https://koji.so/a', 'https://example.com/a', null],
  ['http://koji.so/a', 'http://www.koji.so/a', null],
  ['https://koji.so/a', 'https://', null],
  ['https://koji.so/a', null, null],
])('from %s a redirect to %s leads to %s', (url, location, target) => {
  expect(redirectedTwin(url, location)).toBe(target);
});
