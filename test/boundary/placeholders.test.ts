import { isPlaceholder, isUnresolved, PLACEHOLDERS, saysNothing } from '../../boundary/placeholders.ts';
import { processorTimeOf } from '../support/processor-time.ts';

test.each([
  // Ids that Amplitude refuses (A3, A23).
  ...['anonymous', 'nil', 'none', 'null', 'N/A', 'NA', 'undefined', 'unknown', '00000000-0000-0000-0000-000000000000'],
  ...['{}', 'lmy47d', '0', '-1'],
  // What programs, spreadsheets and reports write instead of nothing.
  ...['NaN', 'true', 'false', '[object Object]', '{object}', '[]', '-', '--', 'n.a.'],
  ...['#N/A', '#REF!', '#VALUE!', '#NAME?', '#ERROR!', '#DIV/0!'],
  ...['(none)', '(null)', '(not set)', '(empty)', 'REDACTED', '[redacted]', '(redacted)', '<redacted>'],
])('%s stands for nobody, however it is written', (word) => {
  for (const written of [
    word,
    word.toLowerCase(),
    word.toUpperCase(),
    ` ${word}\u00a0`,
    `"${word}"`,
    `'${word}'`,
    `“${word}”`,
    `«${word}»`,
  ]) {
    expect(isPlaceholder(written)).toBe(true);
  }
});

test.each([
  ['a comma behind it', 'null,'],
  ['the same thing twice', 'n/a, n/a'],
  ['different ones', 'null;undefined'],
  ['one in each line', 'null\nnull'],
  ['quotes inside of a list', '"null","none"'],
  ['no width between the letters', 'nu\u200bll\u2060'],
  ['a byte order mark', '\ufeffnull'],
  ['wide letters', 'ＮＵＬＬ'],
  ['an email of two', 'null@null'],
  ['an email cut off', 'redacted@'],
  ['nothing but signs between', ' , ; @ '],
  ['nothing but quotes', '""'],
  ['nothing that is seen', '\u200b\u200d'],
  ['nothing', ''],
  ['a reference', 'user_{{1__id}}'],
  ['a reference cut off', '{{1__id'],
])('%s changes nothing about that', (_what, value) => {
  expect(isPlaceholder(value)).toBe(true);
});

test.each([
  'user_10042',
  'ada@example.com',
  'null@example.com',
  '@ada',
  'null_pointer',
  'unknown-soldier',
  'nullnull',
  '10,5',
  'null, ada',
  '{1}',
  'Nadia',
  '"42"',
])('%s is somebody', (value) => {
  expect(isPlaceholder(value)).toBe(false);
});

test.each([
  ['{{123__id}}', true],
  ['x{{', true],
  ['{id}', false],
  ['id}}', false],
])('%s holds a reference that was not filled: %p', (value, expected) => {
  expect(isUnresolved(value)).toBe(expected);
});

test('none holds a quote or a comma, between which Make writes them', () => {
  expect([...PLACEHOLDERS].filter((word) => /[",;]/.test(word))).toEqual([]);
});

test('a text of a million characters is looked at once', async () => {
  const texts = [`${' '.repeat(1e6)}a`, '"'.repeat(1e6), '@'.repeat(1e6)];
  await expect(processorTimeOf(() => texts.forEach(isPlaceholder))).resolves.toBeLessThan(2_000);
});

describe('a text that people read', () => {
  test.each(['null', 'N/A', '[object Object]', '{{123__id}}', '{{123__', '{{1__a}}, {{1__b}}', 'null {{1__a}}'])(
    'says nothing where it is %s',
    (text) => {
      expect(saysNothing(text)).toBe(true);
    },
  );

  test.each(['so {{so}}', '{{x}} too dear', 'too dear {{123__', 'a null result', 'Nulle', 'pricing, none of it clear'])(
    'says something where it is %s',
    (text) => {
      expect(saysNothing(text)).toBe(false);
    },
  );
});
