import * as z from 'zod';
import { outputFields } from '../../boundary/output-fields.ts';

const fieldOf = (schema: z.ZodType) => outputFields(z.object({ field: schema }))[0];

test.each([
  ['a text', z.string(), 'text'],
  ['a choice of texts', z.enum(['us', 'eu']), 'text'],
  ['a moment', z.iso.datetime({ offset: true }), 'date'],
  ['yes or no', z.boolean(), 'boolean'],
  ['a number', z.number(), 'number'],
  ['a whole number', z.int(), 'integer'],
  ['anything', z.unknown(), 'any'],
] as const)('%s is told by its type, also when it may be null', (_what, schema, type) => {
  expect(fieldOf(schema)).toEqual({ key: 'field', label: 'Field', isList: false, type });
  for (const optional of [schema.nullable(), z.union([z.null(), schema])])
    expect(fieldOf(optional)).toMatchObject({ isList: false, type });
});

test('a field is labeled by what its key spells', () => {
  const labels = outputFields(
    z.object({ amplitude_user_id: z.string(), min_id_length: z.int(), study_url: z.string() }),
  );
  expect(labels.map(({ label }) => label)).toEqual(['Amplitude User ID', 'Minimum ID Length', 'Study URL']);
});

test('a field is labeled by its title where it has one', () => {
  expect(fieldOf(z.string().nullable().meta({ title: 'Study Name' }))).toMatchObject({ label: 'Study Name' });
});

test('a list tells what each item is, also when the list or an item may be null', () => {
  const expected = { key: 'field', label: 'Field', isList: true, type: 'text' };
  expect(fieldOf(z.array(z.string()))).toEqual(expected);
  expect(fieldOf(z.array(z.string().nullable()).nullable())).toEqual(expected);
});

test('an object, or each in a list, tells its own fields in their order', () => {
  const answer = z.object({ question: z.string(), value: z.number() });
  const fields = [
    { key: 'question', label: 'Question', isList: false, type: 'text' },
    { key: 'value', label: 'Value', isList: false, type: 'number' },
  ];
  expect(fieldOf(answer.nullable())).toEqual({ key: 'field', label: 'Field', isList: false, type: 'object', fields });
  expect(fieldOf(z.array(answer))).toEqual({ key: 'field', label: 'Field', isList: true, type: 'object', fields });
});

test('what has other keys for everybody is an object of which no field is told', () => {
  expect(fieldOf(z.record(z.string(), z.string()))).toEqual({
    key: 'field',
    label: 'Field',
    isList: false,
    type: 'object',
  });
});
