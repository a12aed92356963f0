import { expectations, fieldChecks } from '../../doctor/fields.ts';
import { valuesAt } from '../../doctor/shape.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { checkOf, idsWith } from './patient.ts';

test('the sample is as the doctor expects it, and no field of it goes unasked', () => {
  const checks = fieldChecks([sampleWireInterview]);
  expect(idsWith(checks, 'wrong')).toEqual([]);
  expect(idsWith(checks, 'unknown')).toEqual(['K14']);
  const asked = Object.keys(expectations).map((path) => path.split(/[.[]/)[0]);
  expect(new Set(asked)).toEqual(new Set(Object.keys(sampleWireInterview)));
});

test.each([
  ['an interview without an id', { interview_id: undefined }, 'K11', '0 of 1; no other fields'],
  ['a score as text', { quality_score: '4' }, 'K11.quality_score', 'in 1 of 1: text in 1'],
  [
    'a score on another scale',
    { quality_score: 87 },
    'K11.quality_score',
    'in 1 of 1: a whole number in 1, from 87 to 87',
  ],
  ['a sentiment by another word', { sentiment: 'furious' }, 'K11.sentiment', 'in 1 of 1: furious'],
  ['a sentiment in a sentence', { sentiment: 'She was not amused' }, 'K11.sentiment', 'in 1 of 1: •••'],
  ['themes as one text', { themes: 'pricing, speed' }, 'K11.themes', 'in 1 of 1: text in 1'],
  ['a date without its zone', { completed_at: '2026-05-24T11:41:22' }, 'K11.completed_at', 'in 1 of 1: text in 1'],
  ['answers by question', { answers: { Ada: 'yes' } }, 'K11.answers', 'in 1 of 1: an object in 1'],
  ['an answer type that no page names', { answers: [{ type: 'video' }] }, 'K11.answers[].type', 'in 1 of 1: video'],
])('%s is wrong', (_name, change, id, saw) => {
  const checks = fieldChecks([{ ...sampleWireInterview, ...change }]);
  expect(checkOf(checks, id)).toMatchObject({ verdict: 'wrong', saw });
});

test('what is null everywhere is unknown, and so is what hangs on an empty list', () => {
  const checks = fieldChecks([{ ...sampleWireInterview, summary: null, answers: [] }]);
  expect(checkOf(checks, 'K11.summary').verdict).toBe('unknown');
  expect(checkOf(checks, 'K11.answers').verdict).toBe('confirmed');
  expect(checkOf(checks, 'K11.answers[].value')).toMatchObject({ verdict: 'unknown', saw: 'none to look at' });
});

test('fields that K11 does not have are named, wherever they stand', () => {
  const { saw } = checkOf(
    fieldChecks([
      {
        ...sampleWireInterview,
        id: 'x',
        'ada@example.com': 1,
        respondent: { email: 'ada@example.com' },
        answers: [{ answer_text: 'too dear' }],
      },
    ]),
    'K11',
  );
  expect(saw).toBe('1 of 1; also id, •••, respondent.email, answers.answer_text, which are not read');
});

test.each([
  ['on the interview', { anonymous: true }, 'confirmed'],
  ['on the respondent', { respondent: { is_anonymous: false } }, 'confirmed'],
  ['as a word', { anonymous: 'full' }, 'unknown'],
  ['under another name', { anonymity: 'full' }, 'wrong'],
])('a flag of anonymity %s', (_name, change, verdict) => {
  expect(checkOf(fieldChecks([{ ...sampleWireInterview, ...change }]), 'K14').verdict).toBe(verdict);
});

test('a path gives each value once, and nothing where there is none', () => {
  const value = { list: [{ name: 1 }, { name: null }, 'text'], other: 'text' };
  expect(valuesAt(value, 'list[].name')).toEqual([1, null]);
  expect(valuesAt(value, 'other[].name')).toEqual([]);
  expect(valuesAt(value, 'missing.name')).toEqual([]);
});
