import { jsonOf, retryAfterSeconds } from '../../boundary/send.ts';
import { processorTimeOf } from '../support/processor-time.ts';

test.each([
  ['an object', '{"a":1}', { a: 1 }],
  ['a list', '[1]', [1]],
  ['a text', '"a"', 'a'],
  ['null', 'null', null],
  ['nothing', '', undefined],
  ['a web page', '<html></html>', undefined],
  ['an object that is cut off', '{"a":', undefined],
  ['a byte order mark before an object', '\uFEFF{"a":1}', { a: 1 }],
  ['a byte order mark in a text', '{"a":"x\uFEFFy"}', { a: 'x\uFEFFy' }],
  [
    'whole numbers that JavaScript knows',
    '[9007199254740991,-9007199254740991]',
    [9007199254740991, -9007199254740991],
  ],
  ['the first whole number that it does not', '[9007199254740992]', ['9007199254740992']],
  ['the same behind a space', '{"a": 9007199254740992}', { a: '9007199254740992' }],
  ['a longer one, deep in an object', '{"a":[{"b":12345678901234567890}]}', { a: [{ b: '12345678901234567890' }] }],
  ['a negative one', '-12345678901234567890', '-12345678901234567890'],
  ['many digits behind the point', '0.1234567890123456', 0.1234567890123456],
  ['many digits in a text', '["12345678901234567890", 1]', ['12345678901234567890', 1]],
  [
    'many digits in a text and behind it',
    '["a 12345678901234567890",12345678901234567890]',
    ['a 12345678901234567890', '12345678901234567890'],
  ],
  ['many digits behind a quotation mark in a text', '["a\\" 12345678901234567890"]', ['a" 12345678901234567890']],
  ['many digits behind a backslash in a text', '["a\\\\",12345678901234567890]', ['a\\', '12345678901234567890']],
  ['many digits as a name', '{" 12345678901234567890":1}', { ' 12345678901234567890': 1 }],
  ['a power of ten that is rounded', '[1e17,1234567890123456789]', ['1e17', '1234567890123456789']],
  ['powers of ten among few digits', '[1e2,1e22]', [100, '1e22']],
  ['a power of ten of many digits behind the point', '9.007199254740993e15', '9.007199254740993e15'],
  ['many digits with a short power of ten', '{"a": 123456789012345e3}', { a: '123456789012345e3' }],
  ['a number larger than any that JavaScript has', '{"a":1e999,"b":-2E+400}', { a: '1e999', b: '-2E+400' }],
  ['many digits in what is no JSON', '{"a":12345678901234567890', undefined],
])('%s as JSON', (_name, body, expected) => {
  expect(jsonOf(body)).toEqual(expected);
});

describe('JSON nested 50,000 deep', () => {
  const nested = (inside: string) => `${'[{"a":'.repeat(25_000)}${inside}${'}]'.repeat(25_000)}`;

  test.each(['1', '"text"', '12345678901234567890'])('is read with %s in it', (inside) => {
    expect(jsonOf(`{"id":1,"deep":${nested(inside)}}`)).toHaveProperty('id', 1);
  });

  test('takes time that grows with its length alone', async () => {
    const json = `[${Array.from({ length: 20 }, () => nested('12345678901234567890')).join(',')}]`;
    expect(await processorTimeOf(() => jsonOf(json))).toBeLessThan(3_000);
  });
});

test.each([
  ['30', 30],
  [' 30 ', 30],
  ['0', 0],
  ['999999', 14_400],
  ['99999999999', 14_400],
  ['1.5', 2],
  ['1.25', 2],
  ['5s', null],
  ['-5', null],
  ['soon', null],
  ['', null],
  ['Sun, 24 May 2026 11:42:00 GMT', 90],
  ['Sun, 24 May 2026 11:40:00 GMT', 0],
  ['Sun, 31 May 2026 11:42:00 GMT', 14_400],
  [null, null],
])('Retry-After: %p is %p seconds', (value, seconds) => {
  const date = 'Sun, 24 May 2026 11:40:30 GMT';
  const header = (name: string) => ({ 'retry-after': value, date })[name] ?? null;
  expect(retryAfterSeconds({ status: 429, header, body: '' })).toBe(seconds);
});

test('Retry-After: a date counts from the answer’s own, so without that it says nothing', () => {
  const header = (name: string) => (name === 'retry-after' ? 'Sun, 24 May 2026 11:42:00 GMT' : null);
  expect(retryAfterSeconds({ status: 429, header, body: '' })).toBeNull();
});
