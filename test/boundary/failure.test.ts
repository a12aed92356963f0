import { clipMessage, quote, unreachable, VendorFailure } from '../../boundary/failure.ts';

const details = { service: 'Koji', kind: 'retry', code: 'unreachable', status: 0 } as const;

describe('a message', () => {
  test('of 249 characters is left as it is', () => {
    expect(clipMessage('x'.repeat(249))).toBe('x'.repeat(249));
  });

  test('of 250 characters is cut to the 249 that Zapier shows whole', () => {
    expect(clipMessage('x'.repeat(250))).toBe(`${'x'.repeat(248)}…`);
  });

  test('is cut between characters, never through one', () => {
    expect(clipMessage(`${'x'.repeat(247)}💸💸`)).toBe(`${'x'.repeat(247)}…`);
  });
});

describe("a vendor's own words", () => {
  test.each([
    ['stand in quotation marks', 'No such interview.', '“No such interview.”'],
    ['stand on one line', '  No such\n\n interview.\t', '“No such interview.”'],
    ['of 90 characters stay whole', 'x'.repeat(90), `“${'x'.repeat(90)}”`],
    ['of 91 characters are cut to 90', 'x'.repeat(91), `“${'x'.repeat(89)}…”`],
    ['are cut between characters, never through one', `${'x'.repeat(88)}💸💸`, `“${'x'.repeat(88)}…”`],
  ])('%s', (_name, words, quoted) => {
    expect(quote(words, 'status 404')).toBe(quoted);
  });

  test.each([[null], [undefined], [''], [' \n ']])('that are %p are replaced', (words) => {
    expect(quote(words, 'status 404')).toBe('status 404');
  });
});

describe('a failure', () => {
  test('is an error with its details', () => {
    const failure = new VendorFailure('Koji has a problem.', details);
    expect(failure).toBeInstanceOf(Error);
    expect(failure.name).toBe('VendorFailure');
    expect(failure.message).toBe('Koji has a problem.');
    expect(failure.details).toEqual({ service: 'Koji', kind: 'retry', code: 'unreachable', status: 0 });
  });

  test('never says more than Zapier shows', () => {
    expect(new VendorFailure('x'.repeat(1000), details).message).toHaveLength(249);
  });

  test('of a request that got no answer names the service and its host, and is to be tried again', () => {
    const failure = unreachable('Amplitude', 'api2.amplitude.com');
    expect(failure.message).toBe(
      'Amplitude could not be reached at api2.amplitude.com: no answer came in time or the connection broke. Try again in a few minutes.',
    );
    expect(failure.details).toEqual({ service: 'Amplitude', kind: 'retry', code: 'unreachable', status: 0 });
  });

  test('of a request that got no answer stays within 249 characters for the longest host there can be', () => {
    expect(unreachable('Koji', `${'a'.repeat(250)}.so`).message.length).toBeLessThan(250);
  });
});
