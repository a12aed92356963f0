import { jsonOf, retryAfterSeconds } from '../../boundary/send.ts';

test.each([
  ['an object', '{"a":1}', { a: 1 }],
  ['a list', '[1]', [1]],
  ['a text', '"a"', 'a'],
  ['null', 'null', null],
  ['nothing', '', undefined],
  ['a web page', '<html></html>', undefined],
  ['an object that is cut off', '{"a":', undefined],
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
