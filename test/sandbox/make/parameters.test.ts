import type { Parameter } from '../../../sandbox/make/app.ts';
import { UnknownToRunner } from '../../../sandbox/make/error.ts';
import { coercedAll } from '../../../sandbox/make/parameters.ts';

const fields = {
  text: { type: 'text' },
  'letters and digits': { type: 'text', validate: { pattern: '^[a-z0-9]*$' } },
  number: { type: 'number' },
  integer: { type: 'integer' },
  uinteger: { type: 'uinteger' },
  percent: { type: 'number', validate: { min: 1, max: 100 } },
  boolean: { type: 'boolean' },
  date: { type: 'date' },
  select: { type: 'select', options: [1, 2].map((value) => ({ label: String(value), value })) },
  'several choices': { type: 'select', multiple: true, options: ['a', 'b'].map((value) => ({ label: value, value })) },
  'choice of an RPC': { type: 'select', options: { store: 'rpc://things' } },
  'list of texts': { type: 'array', spec: { type: 'text' } },
  'list of pairs': {
    type: 'array',
    spec: [
      { name: 'name', label: 'Name', type: 'text' },
      { name: 'value', label: 'Value', type: 'text' },
    ],
  },
} satisfies Record<string, Omit<Parameter, 'name' | 'label'>>;
type Field = keyof typeof fields;

const formOf = (field: Field, more: Partial<Parameter> = {}): Parameter[] => [
  { name: 'it', label: 'It', ...fields[field], ...more },
];
const fill = (field: Field, given: unknown, more: Partial<Parameter> = {}) =>
  coercedAll(formOf(field, more), { it: given }).it;

const MOMENT = new Date('2026-05-24T11:41:22.500Z');

test.each<[Field, unknown, unknown]>([
  ['text', 'a', 'a'],
  ['text', 42, '42'],
  ['text', true, 'true'],
  ['text', MOMENT, '2026-05-24T11:41:22.500Z'],
  ['number', 1.5, 1.5],
  ['number', '-1.5', -1.5],
  ['integer', '-2', -2],
  ['uinteger', '4', 4],
  ['uinteger', 0, 0],
  ['percent', 1, 1],
  ['percent', '100', 100],
  ['boolean', false, false],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['boolean', 'no', true],
  ['boolean', 0, true],
  ['date', MOMENT, MOMENT],
  ['date', MOMENT.getTime(), MOMENT],
  ['date', '2026-05-24T13:41:22.5+02:00', MOMENT],
  ['select', 2, 2],
  ['select', '2', '2'],
  ['select', 'none of them', 'none of them'],
  ['several choices', ['b', 'a'], ['b', 'a']],
  ['several choices', 'a', ['a']],
  ['choice of an RPC', 'typed in', 'typed in'],
  ['list of texts', ['a', 1], ['a', '1']],
  ['list of texts', 'a', ['a']],
  ['list of pairs', { name: 'a', value: 'b' }, [{ name: 'a', value: 'b' }]],
])('a field of the kind %s makes of %j: %j', (field, given, expected) => {
  expect(fill(field, given)).toEqual(expected);
});

test.each<[Field, unknown]>([
  ['letters and digits', 'UPPER'],
  ...(['number', 'integer', 'uinteger'] as const).flatMap((field) =>
    ['many', ' ', ' 1', '0x10', '1e3', [7], true, {}, Number.NaN, Number.POSITIVE_INFINITY].map(
      (given): [Field, unknown] => [field, given],
    ),
  ),
  ['integer', 1.5],
  ['uinteger', '1.5'],
  ['uinteger', -1],
  ['percent', 0.9],
  ['percent', '100.1'],
  ['date', 'soon'],
  ['date', true],
  ['date', {}],
  ['select', [1]],
  ['several choices', [['a']]],
  ['list of pairs', 'a=b'],
  ['list of pairs', [{ name: 'a' }, 'b']],
])('a field of the kind %s refuses %j', (field, given) => {
  expect(() => fill(field, given)).toThrow(expect.objectContaining({ type: 'BundleValidationError' }));
});

test.each<[Field, unknown, string]>([
  ['text', {}, 'Make has written collections as JSON and has refused them'],
  ['text', ['a'], 'which lists become text is not said'],
  ['list of texts', [{}], 'the same within a list'],
  ['boolean', 'False', 'whether capitals count is not said'],
  ['date', '24.5.2026', 'Make reads more dates than we know'],
  ['date', '1779622882', 'it may be a count'],
  ['date', '2026-02-30', 'there is no such day'],
])('what a field of the kind %s makes of %j is not known: %s', (field, given) => {
  expect(() => fill(field, given)).toThrow(UnknownToRunner);
});

test('a date without a zone is taken for one in UTC, as if these were the person’s settings', () => {
  expect(fill('date', '2026-05-24')).toEqual(new Date('2026-05-24T00:00:00Z'));
  expect(fill('date', '2026-05-24 11:41:22.5')).toEqual(MOMENT);
});

test.each([undefined, null, ''])(
  'where %j is given, the default counts, and without one there is no value',
  (given) => {
    expect(coercedAll(formOf('uinteger', { default: 10 }), { it: given })).toEqual({ it: 10 });
    expect(coercedAll(formOf('uinteger'), { it: given })).toEqual({});
  },
);

test.each<[Field, unknown]>([
  ['text', undefined],
  ['text', null],
  ['text', ''],
  ['several choices', []],
  ['list of texts', []],
])('a required field of the kind %s refuses %j', (field, given) => {
  expect(() => fill(field, given, { required: true })).toThrow('Missing value of required parameter');
});

test('a list without an entry is a value where none is required', () => {
  expect(fill('several choices', [])).toEqual([]);
});

test('within the entries of a list nothing is checked or changed', () => {
  const spec: Parameter['spec'] = [{ name: 'name', label: 'Name', type: 'text', required: true }];
  expect(fill('list of pairs', [{ other: 5 }, { name: '' }], { spec })).toEqual([{ other: 5 }, { name: '' }]);
});

test.each(['url', 'collection', 'any'] as const)(
  'a form’s field of the type %s, which ours have not, is refused',
  (type) => {
    expect(() => coercedAll([{ name: 'it', label: 'It', type }], { it: 'a' })).toThrow(UnknownToRunner);
  },
);
