import { MakeError, UnknownToRunner } from '../../../sandbox/make/error.ts';
import { evaluate, evaluateAll } from '../../../sandbox/make/iml.ts';

const scope = {
  body: {
    list: ['a', 'b', 'c'],
    people: [
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Eve' },
    ],
    'odd-key': 5,
    no: null,
    text: 'Ada Example',
    sooner: new Date('2026-05-24T11:41:22.000Z'),
  },
  now: new Date('2026-05-24T11:41:22.500Z'),
};

test.each<[string, unknown]>([
  ['plain text', 'plain text'],
  ['{{1 + 2 * 3}}', 7],
  ['{{(1 + 2) * 3}}', 9],
  ['{{10 - 4 - 3}}', 3],
  ["{{1 + '2'}}", '12'],
  ['{{body.no + 3}}', 3],
  ['sum: {{1 + 2}}, {{body.text}}', 'sum: 3, Ada Example'],
  ['{{body.list[1]}}', 'a'],
  ['{{body.list[]}}', 'a'],
  ['{{body.list[9]}}', undefined],
  ['{{body.people[2].name}}', 'Eve'],
  ['{{body.`odd-key`}}', 5],
  ['{{body.nothing.deeper}}', undefined],
  ["{{'1' = 1}}", true],
  ["{{'1' === 1}}", true],
  ['{{1 != 2 & 2 >= 2}}', true],
  ['{{!true | 1 < 2}}', true],
  ['{{true | true & false}}', true],
  ['{{1 = 2 < 3}}', true],
  ["{{body.no | 'else'}}", 'else'],
  ["{{4 < '4.5'}}", true],
  ["{{'10' - 4}}", 6],
  ['{{1 ++ 2}}', 3],
  ['{{body.sooner < now}}', true],
  ['{{now - body.sooner}}', 500],
  ['{{now = null}}', false],
  ['{{ignore}}', undefined],
  ['{{erase}}', null],
  ['{{emptyarray}}', []],
  ["{{if(body.no, 'yes', 'no')}}", 'no'],
  ["{{if(true, 'yes', unknownName)}}", 'yes'],
  ["{{ifempty(body.no, 'else')}}", 'else'],
  ['{{ifempty(emptyarray, 1)}}', []],
  ['{{length(body.list)}}', 3],
  ["{{lower('ÄB')}}{{upper('c')}}", 'äbC'],
  ["{{trim('  a ')}}", 'a'],
  ["{{substring('abcdef', 1, 3)}}", 'bc'],
  ["{{indexOf('abc', 'c')}}", 2],
  ["{{contains(body.list, 'b')}}", true],
  ["{{contains('abc', 'd')}}", false],
  ["{{replace('a1b22', '/[0-9]+/g', '#')}}", 'a#b#'],
  ["{{split('a,b', ',')}}", ['a', 'b']],
  ["{{split(' a ,, b', ',')}}", ['a', 'b']],
  ["{{split(' a ,, b', ',', true)}}", [' a ', '', ' b']],
  [
    '{{toArray(body.people[1])}}',
    [
      { key: 'id', value: 1 },
      { key: 'name', value: 'Ada' },
    ],
  ],
  ["{{join(body.list, '-')}}", 'a-b-c'],
  ["{{base64('a:b')}}", 'YTpi'],
  ["{{sha256('abc')}}", 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    "{{sha256('what do ya want for nothing?', 'hex', 'Jefe')}}",
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  ["{{encodeURL('a b+c@d')}}", 'a%20b%2Bc%40d'],
  ["{{parseNumber('4.5', '.')}}", 4.5],
  ["{{formatDate(now, 'YYYY-MM-DDTHH:mm:ss.SSS', 'UTC')}}", '2026-05-24T11:41:22.500'],
  ["{{formatDate(now, 'X')}}", '1779622882'],
  ["{{formatDate(now, 'D MMMM YYYY', 'UTC')}}", '24 May 2026'],
  ["{{parseDate('1779622882.5', 'X')}}", scope.now],
  ["{{parseDate('1779622882500', 'x')}}", scope.now],
  ["{{parseDate('2026-05-24T13:41:22.5+02:00')}}", scope.now],
  ["{{parseDate('2026-05-24 11:41-0330')}}", new Date('2026-05-24T15:11:00Z')],
  ["{{map(body.people, 'name')}}", ['Ada', 'Eve']],
  ["{{map(body.people, 'name', 'id', '2')}}", ['Eve']],
  ["{{toCollection(body.people, 'name', 'id')}}", { Ada: 1, Eve: 2 }],
  ["{{omit(body.people[1], 'id')}}", { name: 'Ada' }],
  ["{{pick(body.people[1], 'name', 'age')}}", { name: 'Ada' }],
  ["{{get(body.people[1], 'name')}}", 'Ada'],
  ['{{get(body.list, 2)}}', 'b'],
  ['{{first(body.list)}}', 'a'],
  ['{{slice(body.list, 1, 2)}}', ['b']],
  ['{{merge(body.list, body.list)}}', ['a', 'b', 'c', 'a', 'b', 'c']],
  ['{{add(emptyarray, 1, 2)}}', [1, 2]],
  ['{{createJSON(body.people)}}', '[{"id":1,"name":"Ada"},{"id":2,"name":"Eve"}]'],
  ["{{parseJSON('[1]')}}", [1]],
  ['{{isArray(body.list)}}', true],
  ['{{toString(body.people[1])}}', '{object}'],
  ['{{keys(body.people[1])}}', ['id', 'name']],
])('%s', (template, expected) => {
  expect(evaluate(template, scope)).toEqual(expected);
});

test.each([
  ['{{unknown(1)}}', 'a function that is not known'],
  ['{{nowhere.x}}', 'a variable that is not there'],
  ['{{1 + 2', 'braces that do not close'],
  ['1 + 2}}', 'braces that do not open'],
  ["{{['a']}}", 'a literal of a list'],
  ["{{{'a': 1}}}", 'a literal of an object'],
  ['{{body.list[0]}}', 'a place that is none'],
  ["{{'a\\n'}}", 'a backslash'],
  ["{{replace('a', 'b', 'c')}}", 'replace without a regular expression'],
  ["{{formatDate(now, 'dddd')}}", 'a format that is not known'],
  ['{{if(true; 1; 2)}}', 'the separator of scenarios in an app'],
  ["{{formatDate(now, 'YYYY')}}", 'a format in the scenario’s own zone'],
  ["{{formatDate(now, 'YYYY', 'Europe/Prague')}}", 'a format in a zone that is not known'],
  ['{{formatDate(now)}}', 'no format'],
  ["{{parseDate('2026-05-24T11:41:22')}}", 'a time without a zone, which is in the scenario’s'],
  ["{{parseDate('2026-05-24')}}", 'a day, which begins at midnight in the scenario’s zone'],
  ["{{parseDate('24.5.2026 11:41:22+02:00')}}", 'a date that Make reads in a way of its own'],
  ["{{parseDate('2026-02-30T00:00:00Z')}}", 'a day that is none'],
  ["{{parseDate('2026-05-24T24:00:00Z')}}", 'a time that is none'],
  ["{{parseDate('1779622882')}}", 'a count without its unit'],
  ["{{get(body.people[1], 'name.first')}}", 'a key that may be a path'],
  ["{{get(body, 'list[1]')}}", 'a key that may be a place in a list'],
  ["{{map(body.people, 'name.first')}}", 'the same in a list'],
  ["{{parseNumber('0x10', '.')}}", 'a number that is not written in digits'],
  ['{{emptystring}}', 'an empty text that is not empty to Make'],
])('%s is refused: %s', (template) => {
  expect(() => evaluate(template, scope)).toThrow(UnknownToRunner);
});

const notNumbers = ['body.no', 'body.nothing', 'true', "'ten'", "' '", "'0x10'", 'body.list', 'body.people[1]'];
test.each(['<', '<=', '>', '>=', '-', '*', '/', '%', '++'])('%s is refused with anything but numbers', (operator) => {
  for (const value of notNumbers) {
    expect(() => evaluate(`{{1 ${operator} ${value}}}`, scope)).toThrow(UnknownToRunner);
    expect(() => evaluate(`{{${value} ${operator} 1}}`, scope)).toThrow(UnknownToRunner);
  }
});

test.each([
  ["{{'10' < '9'}}", 'two texts, which JavaScript compares by their letters'],
  ["{{'10' - '9'}}", 'two texts'],
  ["{{now > '1'}}", 'a text beside a date'],
  ['{{1 / 0}}', 'no number as the result'],
  ['{{now = body.sooner}}', 'two dates, which may never be equal'],
  ['{{true + 1}}', 'a sum of yes and a number'],
  ['{{body.list + body.list}}', 'a sum of lists'],
])('%s is refused: %s', (template) => {
  expect(() => evaluate(template, scope)).toThrow(UnknownToRunner);
});

test.each(['{{false & nowhere}}', '{{true | nowhere}}'])('both sides of %s are evaluated', (template) => {
  expect(() => evaluate(template, scope)).toThrow('There is no variable nowhere');
});

test('in a scenario a semicolon stands between values, and modules are numbers', () => {
  expect(evaluate('{{if(1.ok; 1.name; 2)}}', { 1: { ok: true, name: 'Ada' } }, ';')).toBe('Ada');
  expect(evaluate('{{`1`}}', { 1: { ok: true } }, ';')).toEqual({ ok: true });
});

test('half of a character can’t be part of an address', () => {
  expect(() => evaluate('{{encodeURL(body.half)}}', { body: { half: 'a\ud83d' } })).toThrow(MakeError);
});

test('a key that comes to nothing is gone, null stays, and {{...}} puts a collection in its place', () => {
  expect(
    evaluateAll({ a: '{{ignore}}', b: '{{erase}}', '{{...}}': '{{body.people[1]}}', c: ['{{1}}'] }, scope),
  ).toEqual({
    b: null,
    id: 1,
    name: 'Ada',
    c: [1],
  });
});

test.each<[string, unknown]>([
  ['a list', '{{body.list}}'],
  ['a text', '{{body.text}}'],
  ['a date', '{{now}}'],
  ['nothing', '{{body.nothing}}'],
])('{{...}} with %s is refused', (_what, value) => {
  expect(() => evaluateAll({ '{{...}}': value }, scope)).toThrow(UnknownToRunner);
});

test.each(['{{body.text}}', 'a {{body.text}}', '{{... }}', 'a}}'])('the key %j is refused', (key) => {
  expect(() => evaluateAll({ [key]: 1 }, scope)).toThrow(UnknownToRunner);
});

test('a last value that is left empty is nothing', () => {
  expect(evaluate("{{if(false, 'yes', )}}", {})).toBeUndefined();
  expect(evaluate("{{if(true, 'yes', )}}", {})).toBe('yes');
});
