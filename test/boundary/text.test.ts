import { cut, durationInWords, fingerprint, shorten, spelledOut } from '../../boundary/text.ts';

test.each([
  [3, 'ada'],
  [2, 'ad'],
  [0, ''],
])('of “ada” the first %s units are “%s”', (units, kept) => {
  expect(cut('ada', units)).toBe(kept);
});

test('a cut that would go through an emoji comes before it', () => {
  expect([cut('a👍', 2), cut('a👍', 3), cut('👍a', 2)]).toEqual(['a', 'a👍', '👍']);
});

test('a text that was shortened ends in an ellipsis, and fits', () => {
  expect([shorten('pricing', 7), shorten('pricing', 6), shorten('a👍b', 3)]).toEqual(['pricing', 'prici…', 'a…']);
});

test.each([
  ['respondent_id', 'Respondent ID'],
  ['amplitude_api_key', 'Amplitude API Key'],
  ['transcript_url', 'Transcript URL'],
  ['min_id_length', 'Minimum ID Length'],
  ['minutes_ago', 'Minutes Ago'],
])('the key %s spells %s', (key, name) => {
  expect(spelledOut(key)).toBe(name);
});

test.each([
  [1, '1 second'],
  [30, '30 seconds'],
  [60, 'a minute'],
  [61, '61 seconds'],
  [119, '119 seconds'],
  [120, '2 minutes'],
  [121, '3 minutes'],
  [900, '15 minutes'],
  [3_600, 'an hour'],
  [3_601, '61 minutes'],
  [7_200, '2 hours'],
  [7_201, '3 hours'],
  [14_400, '4 hours'],
])('%s seconds are said as %s, and never as less', (seconds, words) => {
  expect(durationInWords(seconds)).toBe(words);
});

test('a fingerprint is the SHA-256 of the text', () => {
  // FIPS 180-2, appendix B.1
  expect(fingerprint('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
