import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { downloadMembers, type MembersWanted, readMembers } from '../../amplitude/cohort-file.ts';
import type { Download, OutgoingRequest } from '../../boundary/send.ts';
import { expectToBeReadInFull, failureOf } from '../support/failures.ts';

async function* inPieces(content: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const everybody = {
  properties: ['email'],
  isWanted: () => true,
  most: { people: 60_000, characters: 19_000_000 },
  listed: null,
};
const inTime = () => 20_000;
const read = (content: string | Uint8Array, size?: number, wanted: Partial<MembersWanted> = {}) =>
  readMembers(inPieces(content, size), { ...everybody, ...wanted }, inTime);
const idsIn = async (content: string | Uint8Array, size?: number) =>
  (await read(content, size)).members.map(({ userId }) => userId);

const FILE = '"amplitude_id","user_id","email"\n"1","ada","ada@example.com"\n"2","bob",""\n';

describe('a file', () => {
  test('gives its members with the properties that were asked for', async () => {
    await expect(read(FILE)).resolves.toEqual({
      members: [
        { userId: 'ada', properties: { email: 'ada@example.com' } },
        { userId: 'bob', properties: { email: null } },
      ],
      withoutUserId: 0,
      missingProperties: [],
      badRows: [],
      isCutOff: false,
    });
  });

  test.each([1, 2, 3, 1_000])('packed or not, is read in pieces of %i bytes', async (size) => {
    await expect(idsIn(FILE, size)).resolves.toEqual(['ada', 'bob']);
    await expect(idsIn(gzipSync(FILE), size)).resolves.toEqual(['ada', 'bob']);
  });

  test.each([
    ['a byte-order mark', `\uFEFF${FILE}`, ['ada', 'bob']],
    ['lines ended as on Windows', FILE.replaceAll('\n', '\r\n'), ['ada', 'bob']],
    ['no last line end', FILE.trimEnd(), ['ada', 'bob']],
    ['empty lines', FILE.replaceAll('\n', '\n\n'), ['ada', 'bob']],
    ['nothing in quotes', FILE.replaceAll('"', ''), ['ada', 'bob']],
    ['quotes, commas and line breaks in ids', '"amplitude_id","user_id"\n1,"a ""b"",\nc"\n', ['a "b",\nc']],
    ['ids with spaces around them, which count', '"amplitude_id","user_id"\n1," ada "\n', [' ada ']],
    ['somebody twice', '"amplitude_id","user_id"\n1,ada\n2,ada\n', ['ada']],
    ['a header alone', '"amplitude_id","user_id"\n', []],
    ['letters beyond ASCII', '"amplitude_id","user_id"\n1,ünï💶\n', ['ünï💶']],
  ])('with %s is read as it is meant', async (_name, content, ids) => {
    await expect(idsIn(content, 3)).resolves.toEqual(ids);
  });

  test('counts members without a user id and leaves them out', async () => {
    const file = await read('"amplitude_id","user_id","email"\n1,"",a@example.com\n2," ",b@example.com\n3,ada,\n');
    expect(file).toMatchObject({ withoutUserId: 2, members: [{ userId: 'ada' }] });
  });

  test('leaves out who is not wanted', async () => {
    const file = await read(FILE, 7, { properties: [], isWanted: (userId) => userId === 'bob' });
    expect(file).toMatchObject({ members: [{ userId: 'bob', properties: {} }], withoutUserId: 0 });
  });

  test('finds a column whatever its capitals, and names those it has not', async () => {
    const content = '"amplitude_id","User_ID","gp:Email"\n1,ada,ada@example.com\n';
    await expect(read(content, 7, { properties: ['email', 'plan'] })).resolves.toMatchObject({
      members: [{ userId: 'ada', properties: { email: 'ada@example.com', plan: null } }],
      missingProperties: ['plan'],
    });
  });

  test.each([
    ['amplitude_id,user_id,user_id\n1,ada,prop\n', 'ada'],
    ['amplitude_id,user_id,gp:user_id\n1,ada,prop\n', 'ada'],
    ['amplitude_id,User_ID,user_id\n1,prop,ada\n', 'ada'],
    ['amplitude_id,gp:user_id,user_id\n1,,ada\n', 'ada'],
  ])('%j has the user id in its own column, whatever a property is called', async (content, id) => {
    await expect(idsIn(content)).resolves.toEqual([id]);
  });

  test('gives a property the first of two columns of its name', async () => {
    const { members } = await read('amplitude_id,user_id,email,email\n1,ada,first@example.com,second@example.com\n');
    expect(members).toEqual([{ userId: 'ada', properties: { email: 'first@example.com' } }]);
  });

  test('prefers the column spelled exactly as the property was asked for', async () => {
    const { members } = await read('user_id,Email,email\nada,other@example.com,exact@example.com\n');
    expect(members).toEqual([{ userId: 'ada', properties: { email: 'exact@example.com' } }]);
  });

  test('counts rows with a placeholder for a user id among those without one', async () => {
    const file = await read('user_id\nnull\nN/A\n[object Object]\n#REF!\n{{id}}\nada\n');
    expect(file).toMatchObject({ withoutUserId: 5, members: [{ userId: 'ada' }] });
  });

  /** Row 1 is the header, so person 0 stands in row 2. */
  const people = (count: number, rowOf: (person: number) => string = (person) => `user_${person},a`) =>
    `user_id,email\n${Array.from({ length: count }, (_, person) => `${rowOf(person)}\n`).join('')}`;

  test.each([
    ['too many values', 'user_40,a,b'],
    ['too few values', 'user_40'],
    ['quotes in a quoted value', '"user_40","say "hi" there"'],
    ['a quote in a quoted value', '"user_40","5" wide"'],
    ['a quote in a value without', 'user_40,5" wide'],
    ['a quote and a comma in a value', 'user_40,"a "b", c"'],
    ['a value that is not closed, before one that is', '"user_40,"a"'],
  ])('leaves out a row with %s, and gives its number', async (_name, row) => {
    const { members, badRows } = await read(
      people(100, (person) => (person === 40 ? row : `user_${person},a`)),
      4_000,
    );
    expect(members).toHaveLength(99);
    expect(members).not.toContainEqual(expect.objectContaining({ userId: 'user_40' }));
    expect(badRows).toEqual([42]);
  });

  test('leaves out rows with a stray quote one after the other, each with its number', async () => {
    const odd = (person: number) => person > 39 && person < 43;
    const { members, badRows } = await read(
      people(400, (person) => (odd(person) ? `user_${person},"a"b"` : `user_${person},a`)),
      4_000,
    );
    expect(members).toHaveLength(397);
    expect(badRows).toEqual([42, 43, 44]);
  });

  test.each([
    ['\n', 'lines'],
    ['\r\n', 'lines ended as on Windows'],
  ])('takes values with line breaks (%j) for no bad rows, beside one with a stray quote', async (end, _name) => {
    const rowOf = (person: number) => (person === 40 ? 'user_40,"a"b"' : `user_${person},"a${end}${end}b"`);
    const { members, badRows } = await read(people(100, rowOf).replaceAll(/(?<!\r)\n/g, end), 4_000);
    expect(members).toHaveLength(99);
    expect(badRows).toEqual([42]);
  });

  test('counts each of many rows that a quote swallows which is never closed', async () => {
    const rowOf = (person: number) => {
      if (person === 40) return 'user_40,"a';
      return person === 60 ? 'user_60,"b"' : `user_${person},a`;
    };
    const swallowed = Array.from({ length: 21 }, (_, place) => 42 + place);
    await expect(read(people(2_100, rowOf), 4_000)).resolves.toMatchObject({ badRows: swallowed });
    const failure = await failureOf(read(people(2_099, rowOf), 4_000));
    expect(failure.message).toMatch(/^21 of the 2099 rows /);
  });

  test.each([
    ['\n', 'ahead of its quote', 'a|b|c|d "x" e'],
    ['\n', 'behind it', 'a "x" b|c|d|e'],
    ['\r\n', 'ahead of its quote', 'a|b|c|d "x" e'],
    ['\r\n', 'behind it', 'a "x" b|c|d|e'],
  ])('takes a bad row with three line breaks (%j) %s for one row', async (end, _where, value) => {
    const rowOf = (person: number) => {
      if (person === 40) return `user_40,"${value.replaceAll('|', '\n')}"`;
      return person === 60 ? 'user_60,a,b' : `user_${person},a`;
    };
    const { members, badRows } = await read(people(200, rowOf).replaceAll('\n', end), 4_000);
    expect(members).toHaveLength(198);
    expect(badRows).toEqual([42, 62]);
  });

  test.each(['\n', '\r\n'])(
    'counts bad rows of up to 20 lines (%j) one after the other, each for one row',
    async (end) => {
      const odd = (person: number) => person > 39 && person < 43;
      const rowOf = (person: number) => (odd(person) ? `user_${person},"a"b${'\n'.repeat(19)}"` : `user_${person},a`);
      const file = people(300, rowOf).replaceAll('\n', end);
      await expect(read(file, 4_000)).resolves.toMatchObject({ badRows: [42, 43, 44] });
    },
  );

  test.each(['user_200,"a"b', 'user_200,"a"b"', 'user_200'])(
    'whose last row is %j may have been cut in it, and starts nobody',
    async (row) => {
      const failure = await failureOf(read(`${people(200)}${row}`, 4_000));
      expect(failure.details.code).toBe('unreadable_file');
    },
  );

  test.each(['user_200,"a"b"\n', 'user_200,"a"b"\r\n', 'user_200,"a"b"\n\n', 'user_200\n', 'user_200\r\n'])(
    'whose last row is %j was not cut: the row is bad, and left out',
    async (row) => {
      const end = row.includes('\r') ? '\r\n' : '\n';
      const { members, badRows } = await read(`${people(200).replaceAll('\n', end)}${row}`, 4_000);
      expect(members).toHaveLength(200);
      expect(badRows).toEqual([202]);
    },
  );

  test.each([
    ['ends in a line end', ''],
    ['may have been cut', 'user_300,"a"b"'],
  ])('of bad rows alone says so, where it %s', async (_how, last) => {
    const failure = await failureOf(read(`${people(300, (person) => `user_${person},"a"b"`)}${last}`, 4_000));
    expect(failure.details.code).toBe('bad_rows');
  });

  test.each([
    ['nothing', ''],
    ['nothing, packed', gzipSync('')],
    ['line ends alone', '\n\n'],
  ])('of %s has no members where Amplitude lists nobody in the cohort', async (_name, content) => {
    await expect(read(content, 7, { listed: 0 })).resolves.toEqual({
      members: [],
      withoutUserId: 0,
      missingProperties: [],
      badRows: [],
      isCutOff: false,
    });
    expect((await failureOf(read(content))).details.code).toBe('unreadable_file');
  });

  test.each(['"a"b"', '"', '<html></html>\n', 'amplitude_id\n', 'user_id,email\nada'])(
    'that says %j is none of an empty cohort',
    async (content) => {
      const failure = await failureOf(read(content, 7, { listed: 0 }));
      expect(failure.details.code).toBe('unreadable_file');
    },
  );

  test.each([
    [100, true],
    [99, false],
  ])('with 1 bad row of %i is read: %p', async (count, isRead) => {
    const file = people(count, (person) => (person === 40 ? 'user_40' : `user_${person},a`));
    await (isRead ? expect(read(file)).resolves.toMatchObject({ badRows: [42] }) : failureOf(read(file)));
  });

  test.each([
    [0, true],
    [null, true],
    [1, false],
  ])('of a header alone is read where Amplitude lists %p people: %p', async (listed, isRead) => {
    const file = read('amplitude_id,user_id\n', 7, { listed });
    await (isRead ? expect(file).resolves.toMatchObject({ members: [] }) : failureOf(file));
  });

  test('with fewer members than Amplitude lists is read', async () => {
    await expect(read(FILE, 7, { listed: 1_000 })).resolves.toMatchObject({ members: [{}, {}] });
  });

  test('is read no further than the 1,000,000 characters of one row', async () => {
    let given = 0;
    const open = async function* () {
      yield Buffer.from('user_id,email\nada,"');
      for (; given < 1_000; given += 1) yield Buffer.from('a'.repeat(10_000));
    };
    expect((await failureOf(readMembers(open(), everybody, inTime))).details.code).toBe('unreadable_file');
    expect(given).toBeLessThan(150);
  });

  test('of which more than 1 row in 100 is bad starts nobody, and says how many', async () => {
    const file = people(200, (person) => (person < 3 ? `user_${person},a,b` : `user_${person},a`));
    const failure = await failureOf(read(file, 4_000));
    expect(failure.details).toMatchObject({ kind: 'retry', code: 'bad_rows' });
    expect(failure.message).toMatch(/^3 of the 200 rows /);
    expectToBeReadInFull(failure.message);
  });

  test.each([
    ['people', { people: 100, characters: 1_000_000 }],
    ['characters', { people: 1_000_000, characters: 1_000 }],
  ])('is read no further than the %s that can be handed on', async (_name, most) => {
    let given = 0;
    const endless = async function* () {
      yield Buffer.from('user_id,email\n');
      for (; ; given += 1) yield Buffer.from(`user_${given},a\n`);
    };
    const file = await readMembers(endless(), { ...everybody, most }, inTime);
    expect(file.isCutOff).toBe(true);
    expect(file.members.length).toBeLessThan(150);
    expect(given).toBeLessThan(20_000);
  });

  test.each([
    ['two people', { people: 2 }, false],
    ['one of two people', { people: 1 }, true],
    ['the 21 characters of two ids and an email', { characters: 21 }, false],
    ['20 of these 21 characters', { characters: 20 }, true],
  ])('of which %s can be handed on is cut off just there', async (_name, most, isCutOff) => {
    const wanted = { most: { people: 60_000, characters: 19_000_000, ...most } };
    await expect(read(FILE, 7, wanted)).resolves.toMatchObject({ isCutOff });
  });

  test('is read no further than 1 in 100 bad rows of the most that Amplitude exports', async () => {
    let given = 0;
    const bad = async function* () {
      yield Buffer.from('user_id,email\n');
      for (; given < 100; given += 1) yield Buffer.from('ada\n'.repeat(1_000));
    };
    const failure = await failureOf(readMembers(bad(), everybody, inTime));
    expect(failure.message).toMatch(/^20001 of the 20001 rows read /);
    expect(given).toBeLessThan(60);
  });

  test('keeps nothing in memory but what is handed on', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const memory = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const nobody = 'nobody in particular,a\n'.repeat(20_000);
    const large = async function* () {
      yield Buffer.from('user_id,email\n');
      for (let person = 0; person < 50; person += 1) {
        yield Buffer.from(`${nobody}person number ${person},person_${person}@example.com\n`);
      }
    };
    const isWanted = (userId: string) => userId.startsWith('person');
    const before = memory();
    const file = await readMembers(large(), { ...everybody, isWanted }, inTime);
    expect(memory() - before).toBeLessThan(5_000_000);
    expect(file.members).toHaveLength(50);
  });

  test('is read as long as a millisecond is left, and no longer', async () => {
    const left = (milliseconds: number) => readMembers(inPieces(FILE), everybody, () => milliseconds);
    await expect(left(1)).resolves.toMatchObject({ isCutOff: false });
    expect((await failureOf(left(0))).details.code).toBe('endless_file');
  });

  test('that unpacks without end stops when the time is up', async () => {
    const empty = gzipSync('\n'.repeat(1_000_000));
    let left = 50;
    const failure = await failureOf(
      readMembers(
        (async function* () {
          yield gzipSync('user_id\n');
          for (;;) yield empty;
        })(),
        everybody,
        () => {
          left -= 1;
          return left;
        },
      ),
    );
    expect(failure.details).toMatchObject({ kind: 'retry', code: 'endless_file' });
    expectToBeReadInFull(failure.message);
  });

  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(FILE);
    throw new Error('Premature close');
  }

  test.each<[string, AsyncIterable<Uint8Array>]>([
    ['is empty', inPieces('')],
    ['has one byte', inPieces('"')],
    ['is cut within a quoted field', inPieces(FILE.slice(0, -8))],
    ['is cut within a row', inPieces(`${FILE}"3","carol"`)],
    ['is cut within a character', inPieces(Buffer.from('user_id\nJosé').subarray(0, -1))],
    ['was written in another encoding than UTF-8', inPieces(Buffer.from('user_id\nJosé\nJosè\n', 'latin1'))],
    ['is cut within its header', inPieces('"amplitude_id","user_id')],
    ['has a stray quote in its header', inPieces('user_id,5" wide\nada,a\n')],
    ['is cut while packed', inPieces(gzipSync(FILE).subarray(0, -9))],
    ['is damaged while packed', inPieces(gzipSync(FILE).fill(0, 20, 30))],
    ['breaks off', breaking()],
    ['has no user ids', inPieces('"amplitude_id","email"\n1,a@example.com\n')],
    ['is a web page', inPieces('<!doctype html>\n<html><body>Down</body></html>\n')],
    ['opens a quote and never closes it', inPieces(`"amplitude_id","user_id"\n1,"${'a'.repeat(1_100_000)}`, 65_536)],
  ])('that %s starts nobody, and is read again later', async (_name, bytes) => {
    const failure = await failureOf(readMembers(bytes, everybody, inTime));
    expect(failure.details).toMatchObject({ service: 'Amplitude', kind: 'retry', code: 'unreadable_file' });
    expectToBeReadInFull(failure.message);
  });
});

type Answered = { status: number; body?: string; location?: string; breaks?: boolean };

/** A network of files: what each address answers, in order of the calls. */
const files = (...answers: Answered[]) => {
  const requests: OutgoingRequest[] = [];
  const download = async (request: OutgoingRequest): Promise<Download> => {
    const { status, body = '', location = null, breaks = false } = answers[requests.length] ?? { status: 500 };
    requests.push(request);
    const bytes = async function* () {
      yield* inPieces(body, 4_000);
      if (breaks) throw new Error('Premature close');
    };
    return { status, header: (name) => (name === 'location' ? location : null), bytes: bytes() };
  };
  const send = () => Promise.reject(new Error('Nothing but files is asked for here.'));
  const holdsSecret = (address: string) => address.includes('the-key');
  return { amplitude: { host: 'https://amplitude.com', send, download, holdsSecret }, requests };
};
const downloaded = (network: ReturnType<typeof files>) =>
  downloadMembers(network.amplitude, 'r 1', everybody, () => 20_000.7);

describe('the download', () => {
  const STORAGE = 'https://bucket.s3.amazonaws.com/file.csv.gz?X-Amz-Signature=abc';

  test('of a small file comes at once', async () => {
    const network = files({ status: 200, body: FILE });
    await expect(downloaded(network)).resolves.toMatchObject({ members: [{ userId: 'ada' }, { userId: 'bob' }] });
    expect(network.requests).toEqual([
      {
        method: 'GET',
        url: 'https://amplitude.com/api/5/cohorts/request/r%201/file',
        headers: { accept: 'text/csv, application/json, */*', 'accept-encoding': 'gzip' },
        timeoutMilliseconds: 20_000,
      },
    ]);
  });

  test('of a large file follows the redirect, without anything that authorizes', async () => {
    const network = files({ status: 302, location: STORAGE }, { status: 200, body: FILE });
    await expect(downloaded(network)).resolves.toMatchObject({ members: [{ userId: 'ada' }, { userId: 'bob' }] });
    expect(network.requests[1]).toMatchObject({ url: STORAGE });
    expect(Object.keys(network.requests[1]?.headers ?? {})).toEqual(['accept', 'accept-encoding']);
  });

  test.each([301, 302, 303, 307, 308])('follows a redirect of status %i', async (status) => {
    const network = files({ status, location: STORAGE }, { status: 200, body: FILE });
    await expect(downloaded(network)).resolves.toMatchObject({ isCutOff: false });
  });

  test('follows three redirects and not a fourth', async () => {
    const redirects = (count: number) => Array.from({ length: count }, () => ({ status: 302, location: STORAGE }));
    const found = { status: 200, body: FILE };
    await expect(downloaded(files(...redirects(3), found))).resolves.toMatchObject({ isCutOff: false });
    expect((await failureOf(downloaded(files(...redirects(4), found)))).details.code).toBe('redirects');
  });

  test('is led on without encryption only where it began without, as at a local Amplitude', async () => {
    const network = files({ status: 302, location: '/files/1.csv' }, { status: 200, body: FILE });
    const local = { ...network.amplitude, host: 'http://127.0.0.1:4001' };
    await expect(downloadMembers(local, 'r1', everybody, inTime)).resolves.toMatchObject({ isCutOff: false });
    expect(network.requests[1]?.url).toBe('http://127.0.0.1:4001/files/1.csv');
    const away = files({ status: 302, location: STORAGE }, { status: 200, body: FILE });
    const fromLocal = { ...away.amplitude, host: 'http://127.0.0.1:4001' };
    await expect(downloadMembers(fromLocal, 'r1', everybody, inTime)).resolves.toMatchObject({ isCutOff: false });
  });

  test('reads no more of an error than its first 10,000 bytes', async () => {
    let pieces = 0;
    const network = files();
    const bytes = async function* () {
      for (; pieces < 100; pieces += 1) yield Buffer.alloc(2_500, 'a');
    };
    const download = async (): Promise<Download> => ({ status: 503, header: () => null, bytes: bytes() });
    await failureOf(downloadMembers({ ...network.amplitude, download }, 'r1', everybody, inTime));
    expect(pieces).toBe(3);
  });

  test.each([400, 404, 410])('of a file that Amplitude no longer has (%i) gives null', async (status) => {
    const body = JSON.stringify({ error: { http_code: status, metadata: { details: 'File not found' } } });
    await expect(downloaded(files({ status, body }))).resolves.toBeNull();
  });

  test.each<[string, Answered[], string, string]>([
    [
      'keys that were changed',
      [{ status: 403, body: '{"error":{"metadata":{"details":"Invalid API Key"}}}' }],
      'connection',
      'invalid_api_key',
    ],
    ['an overloaded Amplitude, in many words', [{ status: 503, body: 'a'.repeat(20_000) }], 'retry', 'http_503'],
    ['an answer that breaks off', [{ status: 500, body: 'a', breaks: true }], 'retry', 'http_500'],
    ...['<html></html>', '{"error":"Not Found"}', ''].map((body): [string, Answered[], string, string] => [
      `what any host on the way may answer (${body})`,
      [{ status: 404, body }],
      'connection',
      'blocked',
    ]),
    [
      'an address that has expired',
      [
        { status: 302, location: STORAGE },
        { status: 403, body: '<Error/>' },
      ],
      'retry',
      'storage',
    ],
    ['a file that the storage has not', [{ status: 302, location: STORAGE }, { status: 404 }], 'retry', 'storage'],
    ['a redirect without an address', [{ status: 302 }], 'connection', 'redirect'],
    ['a redirect to an address that is none', [{ status: 302, location: 'http://[' }], 'retry', 'redirect'],
    [
      'a redirect to a place without encryption',
      [{ status: 302, location: 'http://bucket.example.com/' }],
      'retry',
      'redirect',
    ],
    [
      'a redirect to an address with a key of the connection in it',
      [
        { status: 302, location: 'https://bucket.example.com/?key=the-key' },
        { status: 200, body: FILE },
      ],
      'retry',
      'redirect',
    ],
    [
      'redirects without end',
      Array.from({ length: 9 }, () => ({ status: 302, location: STORAGE })),
      'retry',
      'redirects',
    ],
  ])('fails for %s', async (_name, answers, kind, code) => {
    const failure = await failureOf(downloaded(files(...answers)));
    expect(failure.details).toMatchObject({ kind, code });
    expectToBeReadInFull(failure.message);
  });

  test('that the storage refuses keeps its status', async () => {
    const network = files({ status: 302, location: STORAGE }, { status: 403, body: '<Error/>' });
    expect((await failureOf(downloaded(network))).details.status).toBe(403);
  });

  test('fails when no answer comes', async () => {
    const network = files();
    const timeouts: number[] = [];
    const download = ({ timeoutMilliseconds }: OutgoingRequest) => {
      timeouts.push(timeoutMilliseconds);
      return Promise.reject(new Error('connect ETIMEDOUT'));
    };
    const unreachable = { ...network.amplitude, download };
    const failure = await failureOf(downloadMembers(unreachable, 'r1', everybody, () => -5));
    expect(failure.details).toMatchObject({ service: 'Amplitude', kind: 'retry', code: 'unreachable' });
    expect(timeouts).toEqual([1]);
  });
});
