import fc from 'fast-check';

/** The same cases at each run. A failure says this seed, the shortest case and how to come back to it. */
const SEED = 20_261_126;
const RUNS = 300;

/** That something is so in every case. */
export const always = async <Case>(
  cases: fc.Arbitrary<Case>,
  isSo: (one: Case) => unknown,
  runs = RUNS,
): Promise<void> => {
  const property = fc.asyncProperty(cases, async (one) => {
    await isSo(one);
  });
  await fc.assert(property, { seed: SEED, numRuns: runs });
};

const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'valueOf', 'toJSON', 'length', 'email', 'interview', ''),
  fc.string({ maxLength: 6 }),
);

/** A whole number that JavaScript would round. */
export const longNumber = fc.bigInt({ min: 2n ** 53n + 1n, max: 10n ** 30n });

/** What stands in JSON where something else was meant. Whole numbers of any length are bigints. */
export const odd: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      false,
      '',
      ' ',
      'null',
      'yes',
      '4',
      '{{1__id}}',
      '2026-02-30T00:00:00Z',
      Number.POSITIVE_INFINITY,
      1e22,
    ),
    fc.integer(),
    fc.double(),
    longNumber,
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** JSON as anybody could send it: whole numbers with all their digits, and numbers that are too large for any. */
export const jsonText = (value: unknown): string => {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Math.abs(value) === Number.POSITIVE_INFINITY) return value > 0 ? '1e999' : '-1e999';
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${jsonText(entry)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
};

/** Objects with some of these keys, each with what it should hold or with something odd. */
export const roughly = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      Object.entries(shape).map(([key, good]) => [
        key,
        fc.oneof({ arbitrary: good, weight: 3 }, { arbitrary: odd, weight: 1 }),
      ]),
    ),
    { requiredKeys: [] },
  );

/** Whatever was read holds no number that is none, or that may have been rounded. */
export const expectExact = (value: unknown): void => {
  if (typeof value === 'number') {
    const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    expect({ value, isExact }).toEqual({ value, isExact: true });
  } else if (typeof value === 'string') {
    expect(value).not.toMatch(/NaN|Infinity|undefined|\[object/);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, entry] of Object.entries(value)) {
      expectExact(name);
      expectExact(entry);
    }
  }
};
