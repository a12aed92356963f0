import { failure, quote, VendorFailure } from '../../boundary/failure.ts';

describe('a message', () => {
  const shown = (message: string): string => failure('Koji', 'data', 'odd', message).message;

  test('of 249 characters is left as it is', () => {
    expect(shown('x'.repeat(249))).toBe('x'.repeat(249));
  });

  test('of 250 characters is cut to the 249 that Zapier shows whole', () => {
    expect(shown('x'.repeat(250))).toBe(`${'x'.repeat(248)}…`);
  });

  test('is cut between characters, never through one', () => {
    expect(shown(`${'x'.repeat(247)}💸💸`)).toBe(`${'x'.repeat(247)}…`);
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

  test.each([
    ['an email', 'Nobody is ada@example.com here', '“Nobody is ••• here”'],
    ['a word of 20 signs with a digit, which may be a key', 'key a23fb4c5-d6e7_f80912 is off', '“key ••• is off”'],
  ])('are quoted without %s', (_name, words, quoted) => {
    expect(quote(words, '')).toBe(quoted);
  });

  test.each([
    ['a shorter word with a digit', 'key a23fb4c5d6e7f809123 is off'],
    ['a long word without one', 'no Donaudampfschifffahrtsgesellschaft'],
  ])('are quoted with %s', (_name, words) => {
    expect(quote(words, '')).toBe(`“${words}”`);
  });

  test.each([[null], [undefined], [''], [' \n ']])('that are %p are replaced', (words) => {
    expect(quote(words, 'status 404')).toBe('status 404');
  });
});

describe('a failure', () => {
  const broken = failure('Koji', 'retry', 'broken', 'Koji has a problem.', { status: 502 });

  test('is an error with its details', () => {
    expect(broken).toBeInstanceOf(VendorFailure);
    expect(broken).toBeInstanceOf(Error);
    expect(broken.name).toBe('VendorFailure');
    expect(broken.message).toBe('Koji has a problem.');
    expect(broken.details).toStrictEqual({ service: 'Koji', kind: 'retry', code: 'broken', status: 502 });
  });

  test('has status 0 where nothing was answered', () => {
    expect(failure('Amplitude', 'data', 'no_id', 'Nothing was sent.').details.status).toBe(0);
  });

  test('says how long to wait where a pause is asked for', () => {
    const pause = failure('Amplitude', 'wait', 'throttled', 'Amplitude asks for a pause.', { waitSeconds: 30 });
    expect(pause.details).toEqual({
      service: 'Amplitude',
      kind: 'wait',
      code: 'throttled',
      status: 0,
      waitSeconds: 30,
    });
  });

  test('never says more than Zapier shows', () => {
    expect(failure('Koji', 'retry', 'broken', 'x'.repeat(1000)).message).toHaveLength(249);
  });
});
