import { jsonOf, retryAfterSeconds } from '../../boundary/send.ts';

test.each([
  ['an object', '{"a":1}', { a: 1 }],
  ['a list', '[1]', [1]],
  ['a text', '"a"', 'a'],
  ['null', 'null', null],
  ['nothing', '', undefined],
  ['a web page', '<html></html>', undefined],
  ['an object that is cut off', '{"a":', undefined],
  ['a byte order mark before an object', '\uFEFF{"a":1}', { a: 1 }],
  [
    'whole numbers that JavaScript knows',
    '[9007199254740991,-9007199254740991]',
    [9007199254740991, -9007199254740991],
  ],
  ['the first whole number that it does not', '[9007199254740992]', ['9007199254740992']],
  ['a longer one, deep in an object', '{"a":[{"b":12345678901234567890}]}', { a: [{ b: '12345678901234567890' }] }],
  ['a negative one', '-12345678901234567890', '-12345678901234567890'],
  ['many digits behind the point', '0.1234567890123456', 0.1234567890123456],
  ['many digits in a text', '["12345678901234567890", 1]', ['12345678901234567890', 1]],
])('%s as JSON', (_name, body, expected) => {
  expect(jsonOf(body)).toEqual(expected);
});

test.each([
  ['30', 30],
  [' 30 ', 30],
  ['0', 0],
  ['999999', 14_400],
  ['1000000', null],
  ['1.5', null],
  ['-5', null],
  ['soon', null],
  ['', null],
  ['Sun, 24 May 2026 11:42:00 GMT', null],
  [null, null],
])('Retry-After: %p is %p seconds', (value, seconds) => {
  const header = (name: string) => (name === 'retry-after' ? value : null);
  expect(retryAfterSeconds({ status: 429, header, body: '' })).toBe(seconds);
});
