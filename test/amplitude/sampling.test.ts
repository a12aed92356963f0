import { isSampled } from '../../amplitude/sampling.ts';

/** The first 4 hex digits of the hash, as `printf '<cohort>:<user>' | sha256sum` shows them, and what they mean. */
test.each([
  ['7khm89cz', 'user_10042', '23fb', 14.05, 14.06],
  ['7khm89cz', 'user_one@example.com', '7d04', 48.83, 48.84],
  ['', 'ada', '2f8c', 18.57, 18.58],
  ['c', 'ünï💶', 'f204', 94.53, 94.54],
])('in cohort %p, %p (%s) is left out of %d percent and in %d percent', (cohort, user, _digits, out, inside) => {
  expect(isSampled(cohort, user, out)).toBe(false);
  expect(isSampled(cohort, user, inside)).toBe(true);
});

test('one who stands exactly between two halves is in the second one', () => {
  // 8000 in hex is half of all there are.
  expect(isSampled('7khm89cz', 'user_117854', 50)).toBe(false);
  expect(isSampled('7khm89cz', 'user_117854', 50.01)).toBe(true);
});

test('everybody is in 100 percent, and nobody in 0', () => {
  const users = Array.from({ length: 500 }, (_, index) => `user_${index}`);
  expect(users.every((user) => isSampled('c', user, 100))).toBe(true);
  expect(users.some((user) => isSampled('c', user, 0))).toBe(false);
});

test('of 10,000 people about a tenth is in 10 percent', () => {
  const users = Array.from({ length: 10_000 }, (_, index) => `user_${index}`);
  expect(users.filter((user) => isSampled('c', user, 10))).toHaveLength(994);
});
