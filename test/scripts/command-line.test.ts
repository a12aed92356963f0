import * as z from 'zod';
import { commandLineOf, usageOf } from '../../scripts/command-line.ts';

const command = {
  called: 'npm run thing',
  does: 'Does a thing.',
  takes: z.object({
    target: z.enum(['koji', 'koji-amplitude']),
    people: z.coerce.number().int().min(20).max(1_000).default(40),
    apply: z.boolean().default(false).describe('really does it'),
  }),
};
const read = (...words: string[]) => commandLineOf(command, words);

test('what is left out takes its default', () => {
  expect(read('--target', 'koji')).toEqual({ values: { target: 'koji', people: 40, apply: false } });
  expect(read('--target', 'koji', '--people=50', '--apply')).toEqual({
    values: { target: 'koji', people: 50, apply: true },
  });
});

const koji = ['--target', 'koji'];

test.each([
  ['an option that there is not', [...koji, '--aply'], 'There is no option --aply.'],
  ['an option in one letter', [...koji, '-a'], 'There is no option -a.'],
  ['an option without its value', ['--target'], '--target needs a value: koji or koji-amplitude.'],
  ['an option in the place of a value', ['--target', '--apply'], '--target needs a value: koji or koji-amplitude.'],
  ['a value where none belongs', [...koji, '--apply=no'], '--apply takes no value.'],
  ['a word that belongs to no option', [...koji, 'amplitude'], 'It takes no word "amplitude".'],
  ['a value that can’t be', ['--target', 'kojix'], '--target takes koji or koji-amplitude, not "kojix".'],
  ['what is needed and missing', [], '--target is needed: koji or koji-amplitude.'],
  ['a number that is too small', [...koji, '--people', '3'], '--people takes a whole number from 20 to 1000, not "3".'],
  [
    'a number that is none',
    [...koji, '--people', 'many'],
    '--people takes a whole number from 20 to 1000, not "many".',
  ],
])('%s is named in plain words', (_what, words, problem) => {
  expect(read(...words)).toEqual({ problems: [problem] });
});

test('everything that is wrong is said at once', () => {
  expect(read('--aply', 'amplitude')).toEqual({
    problems: ['There is no option --aply.', 'It takes no word "amplitude".'],
  });
});

test('the usage shows each option with what it takes and its default', () => {
  expect(usageOf(command).split('\n')).toEqual([
    'Usage: npm run thing -- --target <koji|koji-amplitude> [--people <…>] [--apply]',
    'Does a thing.',
    '  --target              koji or koji-amplitude',
    '  --people              a whole number from 20 to 1000; 40 if left out',
    '  --apply               really does it',
  ]);
});
