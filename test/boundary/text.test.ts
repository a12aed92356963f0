import { durationInWords, fingerprint } from '../../boundary/text.ts';

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
