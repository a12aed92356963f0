import * as z from 'zod';
import { commandLineOf } from '../../scripts/command-line.ts';

const schema = z.object({
  target: z.enum(['koji', 'koji-amplitude']),
  people: z.coerce.number().int().min(20).default(40),
  apply: z.boolean().default(false),
});
const read = (...words: string[]) => commandLineOf(schema, words);

test('what is left out takes its default', () => {
  expect(read('--target', 'koji')).toEqual({ values: { target: 'koji', people: 40, apply: false } });
  expect(read('--target', 'koji', '--people', '50', '--apply')).toEqual({
    values: { target: 'koji', people: 50, apply: true },
  });
});

test.each([
  ['an option that there is not', ['--target', 'koji', '--aply'], "Unknown option '--aply'"],
  ['an option without its value', ['--target'], "Option '--target <value>' argument missing"],
  ['a word that belongs to no option', ['koji-amplitude'], "Unexpected argument 'koji-amplitude'."],
  ['a value that can’t be', ['--target', 'kojix'], '--target: Invalid option: expected one of "koji"|"koji-amplitude"'],
  ['what is needed and missing', [], '--target: Invalid option: expected one of "koji"|"koji-amplitude"'],
  [
    'a number that is too small',
    ['--target', 'koji', '--people', '3'],
    '--people: Too small: expected number to be >=20',
  ],
])('%s is named', (_what, words, problem) => {
  expect(read(...words)).toEqual({ problems: [problem] });
});
