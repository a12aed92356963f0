import fc from 'fast-check';
import { wireInterview } from '../../koji/contract.ts';
import { toInterview } from '../../koji/interview.ts';
import { metadataIn, questionsIn } from '../../koji/mappable.ts';
import { sampleWireInterview } from '../../koji/sample.ts';

const interview = (more: object) => toInterview(wireInterview.parse({ ...sampleWireInterview, ...more }));
const answer = (question_id: string | null, question: string | null, value: unknown = 'x', type = 'open_ended') => ({
  question_id,
  question,
  type,
  value,
});
const asking = (...answers: object[]) => interview({ answers });
/** The questions of interviews that asked these, the latest first. */
const questions = (...interviews: object[][]) =>
  questionsIn(interviews.map((answers) => asking(...answers))).map(({ key, label }) => [key, label]);

describe('questions', () => {
  test('are labeled with their own words, each under the key that its answer has', () => {
    const asked = [answer('q1', 'Why did you stop?'), answer(null, 'How easy was it?'), answer('2', 'And then?')];
    expect(questions(asked)).toEqual([
      ['q1', 'Why did you stop?'],
      ['how_easy_was_it', 'How easy was it?'],
      ['2', 'And then?'],
    ]);
    const keys = Object.keys(asking(...asked).answers_by_question);
    expect(new Set(questions(asked).map(([key]) => key))).toEqual(new Set(keys));
  });

  test('have a text for an answer, also where several things were chosen', () => {
    const asked = asking(answer('q1', 'Which ones?', ['Price', 'Speed'], 'multiple_choice'));
    expect(questionsIn([asked])).toEqual([{ key: 'q1', label: 'Which ones?', isList: false }]);
    expect(asked.answers_by_question).toEqual({ q1: expect.any(String) });
  });

  test('of several interviews come once, in the words of the latest', () => {
    expect(
      questions(
        [answer('q1', 'Why did you stop?')],
        [answer('q1', 'Why did you leave?'), answer('q2', 'What would bring you back?')],
      ),
    ).toEqual([
      ['q1', 'Why did you stop?'],
      ['q2', 'What would bring you back?'],
    ]);
  });

  test.each([
    ['has empty words, by its id', [answer('q1', '')], [['q1', 'q1']]],
    ['has words of spaces, by its id', [answer('q1', ' \n ')], [['q1', 'q1']]],
    ['has neither words nor an id, by what it is', [answer(null, null)], [['question', 'Question']]],
    ['is written over lines, on one', [answer('q1', ' Why\n  did you stop? ')], [['q1', 'Why did you stop?']]],
  ])('one that %s', (_what, asked, expected) => {
    expect(questions(asked)).toEqual(expected);
  });

  test('of 500 characters are shown by their beginning', () => {
    const [[, label = ''] = []] = questions([answer('q1', 'Why? '.repeat(100))]);
    expect(label).toHaveLength(100);
    expect(label).toMatch(/^Why\? Why\?.*…$/);
  });

  test('of the same words are told apart by their keys', () => {
    expect(questions([answer('q1', 'Anything else?'), answer('q2', 'Anything else?'), answer('q3', 'Why?')])).toEqual([
      ['q1', 'Anything else? (q1)'],
      ['q2', 'Anything else? (q2)'],
      ['q3', 'Why?'],
    ]);
    expect(questions([answer(null, 'Anything else?'), answer(null, 'Anything else?')])).toEqual([
      ['anything_else', 'Anything else? (anything_else)'],
      ['anything_else_2', 'Anything else? (anything_else_2)'],
    ]);
  });

  test('whose answers are of another type than they say are there all the same', () => {
    expect(questions([answer('q1', 'How easy?', ['a', { b: 1 }], 'scale')])).toEqual([['q1', 'How easy?']]);
  });

  test('are at most 200', () => {
    const many = Array.from({ length: 260 }, (_, index) => answer(`q${index}`, `Question ${index}?`));
    expect(questions(many)).toHaveLength(200);
  });

  test('whatever is asked, each has a label and stands for an answer that the interview brings', () => {
    const text = fc.oneof(
      fc.constantFrom(null, '', ' ', 'Why?', 'q1', '7', '__proto__'),
      fc.string({ unit: 'grapheme' }),
    );
    const asked = fc.record({ question_id: text, question: text, type: text, value: fc.jsonValue() });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 30 }), (answers) => {
        const one = asking(...answers);
        const found = questionsIn([one]);
        expect(found.map(({ key }) => key).toSorted()).toEqual(Object.keys(one.answers_by_question).toSorted());
        for (const { label } of found) expect(label.trim()).not.toBe('');
      }),
    );
  });

  test('are none where nobody was interviewed', () => {
    expect(questionsIn([])).toEqual([]);
  });
});

describe('metadata', () => {
  const metadata = (...entries: object[]) =>
    metadataIn(entries.map((given) => interview({ respondent: { metadata: given } })));

  test('is labeled by its names, lists as lists', () => {
    expect(metadata({ cohort: 'Trials', seats: 3, paid: false, none: null, tags: ['a', 'b'] })).toEqual([
      { key: 'cohort', label: 'Metadata: cohort', isList: false },
      { key: 'seats', label: 'Metadata: seats', isList: false },
      { key: 'paid', label: 'Metadata: paid', isList: false },
      { key: 'none', label: 'Metadata: none', isList: false },
      { key: 'tags', label: 'Metadata: tags', isList: true },
    ]);
  });

  test('of several interviews comes once', () => {
    expect(metadata({ cohort: 'Trials' }, { cohort: ['Trials'], plan: 'pro' }).map(({ key }) => key)).toEqual([
      'cohort',
      'plan',
    ]);
  });

  test('that holds objects is left to what the interview brings', () => {
    expect(metadata({ account: { id: 1 }, people: [{ id: 1 }], mixed: ['a', { id: 1 }] })).toEqual([]);
  });

  test('of an interview that was held anonymously names nothing', () => {
    const hidden = interview({ anonymous: true, respondent: { metadata: { account: 'Acme' } } });
    expect(metadataIn([hidden])).toEqual([]);
  });

  test('is at most 50', () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`key_${index}`, index]));
    expect(metadata(many)).toHaveLength(50);
  });
});
