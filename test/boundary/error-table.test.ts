import {
  type ErrorRow,
  type Facts,
  failureFrom,
  fill,
  piecesOf,
  rowsOf,
  tooLarge,
  unreachable,
  type When,
} from '../../boundary/error-table.ts';

const row = (when: When, more: Partial<ErrorRow> = {}): ErrorRow => ({ when, kind: 'data', says: 'fits', ...more });
const otherwise = row({}, { says: 'otherwise' });

const meaningOf = (when: When, facts: Facts): string =>
  failureFrom('Koji', { rows: [row(when)], otherwise }, facts, {}).message;

describe('a row fits', () => {
  test.each<[string, When, Facts]>([
    ['its status', { status: [404, 410] }, { status: 410 }],
    ['every status of its class', { status: [408, '5xx'] }, { status: 504 }],
    ["any status where it names none, and the service's own answer", { itself: true }, { status: 200, itself: true }],
    ["the service's code", { code: /^forbidden$/ }, { status: 403, code: 'forbidden' }],
    ["the service's words, in whatever capitals", { words: 'invalid key' }, { status: 403, words: 'Invalid Key: x' }],
    ['a part of the body that holds something', { holds: ['users', 'devices'] }, { status: 429, holds: ['devices'] }],
    ['a field that is missing', { misses: 'api_key' }, { status: 400, misses: 'api_key' }],
    [
      'one of two ways to say the same',
      { words: 'too short', holds: ['short_ids'] },
      { status: 400, words: 'Too short' },
    ],
    ['the other of the two', { words: 'too short', holds: ['short_ids'] }, { status: 400, holds: ['short_ids'] }],
  ])('%s', (_name, when, facts) => {
    expect(meaningOf(when, facts)).toBe('fits');
  });
});

describe('a row does not fit', () => {
  test.each<[string, When, Facts]>([
    ['another status', { status: [404] }, { status: 400 }],
    ['a status of another class', { status: ['5xx'] }, { status: 499 }],
    ['an answer that a host on the way gave', { status: [404], itself: true }, { status: 404 }],
    ['another code', { code: /^forbidden$/ }, { status: 403, code: 'plan_required' }],
    ['an answer without a code', { code: /^[a-z]+$/ }, { status: 403 }],
    ['other words', { words: 'invalid key' }, { status: 403, words: 'No.' }],
    ['an answer without words', { words: 'invalid key' }, { status: 403 }],
    ['a part that is empty', { holds: ['users'] }, { status: 429, holds: [] }],
    ['an answer without parts', { holds: ['users'] }, { status: 429 }],
    ['another field that is missing', { misses: 'api_key' }, { status: 400, misses: 'events' }],
    [
      'the right words with the wrong status',
      { status: [403], words: 'invalid key' },
      { status: 400, words: 'invalid key' },
    ],
  ])('%s', (_name, when, facts) => {
    expect(meaningOf(when, facts)).toBe('otherwise');
  });
});

test('a table is read to its end: its rows in their order, then what is left', () => {
  const rows = [row({ status: [404] }), row({ status: ['4xx'] })];
  expect(rowsOf({ rows, otherwise })).toEqual([...rows, otherwise]);
});

describe('the failure that a row stands for', () => {
  const from = (rows: ErrorRow[], facts: Facts, gaps = {}) =>
    failureFrom('Amplitude', { rows, otherwise }, facts, gaps);

  test('is that of the first row that fits', () => {
    const rows = [row({ status: [404] }, { says: 'first' }), row({ status: ['4xx'] }, { says: 'second' })];
    expect(from(rows, { status: 404 }).message).toBe('first');
    expect(from(rows, { status: 405 }).message).toBe('second');
  });

  test('has the kind and the code of its row, and the status of the answer', () => {
    const { details } = from([row({}, { kind: 'connection', code: 'wrong_key' })], { status: 403, code: 'forbidden' });
    expect(details).toEqual({ service: 'Amplitude', kind: 'connection', code: 'wrong_key', status: 403 });
  });

  test.each([
    ["the service's own code where the row has none", 'not_found', 'not_found'],
    ['the status where neither has one', undefined, 'http_404'],
    ['the status where the code is empty', '', 'http_404'],
    ['the status where the code may quote a key', 'pk_live_51c8e2aa90d7', 'http_404'],
    ['the status where the code only ends like one', '51c8e2 not_found', 'http_404'],
  ])('has %s', (_name, code, expected) => {
    expect(from([row({})], { status: 404, code }).details.code).toBe(expected);
  });

  test.each([
    ["the row's pause where the service asks for none", { waitSeconds: 60 }, null, 60],
    ['the pause that the service asks for', { waitSeconds: 60 }, 17, 17],
    ['at least a second', { waitSeconds: 60 }, 0, 1],
    ['no pause where the row has none', {}, 17, undefined],
  ])('has %s', (_name, more, retryAfterSeconds, expected) => {
    expect(from([row({}, more)], { status: 429, retryAfterSeconds }).details.waitSeconds).toBe(expected);
  });

  test.each([
    ['the row’s own where the service asks for none', null, 'Again in 30 seconds.'],
    ['the one that the service asks for', 900, 'Again in 15 minutes.'],
  ])('says how long the pause is: %s', (_name, retryAfterSeconds, words) => {
    const paused = row({}, { says: 'Again in {pause}.', waitSeconds: 30 });
    expect(from([paused], { status: 429, retryAfterSeconds }).message).toBe(words);
  });

  test('says what its row says, with the status and what else is given in its gaps', () => {
    const says = 'Refused ({status}): {said} Check {field:api_key}.';
    const gaps = { said: '“No.”', 'field:api_key': 'API Key' };
    expect(from([row({}, { says })], { status: 403 }, gaps).message).toBe('Refused (403): “No.” Check API Key.');
  });
});

describe('a sentence with gaps', () => {
  test('is filled as it is, whatever is put in', () => {
    expect(fill('{said}{said}', { said: '$& {status}' })).toBe('$& {status}$& {status}');
  });

  test('is refused where nothing is given for a gap', () => {
    expect(() => fill('Check {field:api_key}.', { said: 'no' })).toThrow(
      'Nothing is given for the gap {field:api_key} of: Check {field:api_key}.',
    );
  });

  test('comes in pieces for a platform that has expressions', () => {
    expect(piecesOf('{said} ({status})')).toEqual([{ gap: 'said' }, { text: ' (' }, { gap: 'status' }, { text: ')' }]);
  });
});

describe('a request that got no answer', () => {
  test('names the service and its host, and is to be tried again', () => {
    const failure = unreachable('Amplitude', 'api2.amplitude.com');
    expect(failure.message).toBe(
      'Amplitude could not be reached at api2.amplitude.com: no answer came in time or the connection broke. Try again in a few minutes.',
    );
    expect(failure.details).toEqual({ service: 'Amplitude', kind: 'retry', code: 'unreachable', status: 0 });
  });

  test('stays within 249 characters for the longest host there can be', () => {
    expect(unreachable('Koji', `${'a'.repeat(250)}.so`).message.length).toBeLessThan(250);
  });
});

test('an answer that is too large names the service, its host and the most there may be, and says to ask for less', () => {
  const failure = tooLarge('Amplitude', 'amplitude.com', 5);
  expect(failure.message).toBe(
    'Amplitude at amplitude.com answered with more than the 5 MB that one step can take. Ask for less: a narrower search, or fewer properties.',
  );
  expect(failure.details).toEqual({ service: 'Amplitude', kind: 'data', code: 'answer_too_large', status: 0 });
});
