import { isOneOfSecrets, key } from '../../boundary/secrets.ts';

test.each([
  ['pk_live_4f9d', true],
  [' pk_live_4f9d\n', true],
  ['pk live', false],
  ['pk_live\u00a04f9d', false],
  ['pk_l\u00efve', false],
  ['', false],
])('%j can be a key: %s', (given, fits) => {
  expect(key.safeParse(given).success).toBe(fits);
});

test.each([
  ['sesame', ['sesame'], true],
  ['sesame', ['open', 'sesame'], true],
  ['Sesame', ['sesame'], false],
  ['sesam', ['sesame'], false],
  ['', [], false],
])('%j is one of %j: %s', (given, secrets, fits) => {
  expect(isOneOfSecrets(given, secrets)).toBe(fits);
});
