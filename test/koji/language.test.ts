import { commonLanguages, languageCode } from '../../koji/language.ts';

const codeOf = (given: unknown) => languageCode.safeParse(given).data;

test.each([
  ['en', 'en'],
  [' en ', 'en'],
  ['EN', 'en'],
  ['de_DE', 'de-DE'],
  ['DE-de', 'de-DE'],
  ['zh-hant-tw', 'zh-Hant-TW'],
  ['es-419', 'es-419'],
  ['fil', 'fil'],
])('%s is read as %s', (given, code) => {
  expect(codeOf(given)).toBe(code);
});

test.each(['english', 'English please', 'e', 'en-', '-en', 'en--US', 'en US', 'de-DE-1996', 'ge_1', 7])(
  '%s is no code of a language',
  (given) => {
    expect(codeOf(given)).toBeUndefined();
  },
);

test('each common language is chosen by its code as it is spelled', () => {
  for (const code of Object.keys(commonLanguages)) expect(codeOf(code)).toBe(code);
});
