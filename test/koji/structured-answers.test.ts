import { MOST_STRUCTURED_ANSWERS, structuredAnswers } from '../../koji/structured-answers.ts';

const answer = (question_id: string | null, type: string | null, value: unknown) => ({
  question_id,
  question: 'How was it?',
  type,
  value,
});

describe('the structured answers of an interview', () => {
  it.each([
    ['scale', 7, 7],
    ['scale', '7', 7],
    ['single_choice', 'Price', 'Price'],
    ['multiple_choice', ['Price', 'Speed, mostly'], ['Price', 'Speed, mostly']],
    ['ranking', ['Speed', 'Price'], ['Speed', 'Price']],
    ['yes_no', false, false],
    ['yes_no', 'yes', true],
  ])('keeps the type of a %s: %j', (type, value, expected) => {
    expect(structuredAnswers([answer('q1', type, value)])).toEqual({ q1: expected });
  });

  it.each([
    ['open text', answer('q1', 'open_ended', 'I left because')],
    ['a type nobody knows', answer('q1', 'essay', 'I left because')],
    ['a type that is the name of a method', answer('q1', 'toString', 'I left because')],
    ['no type', answer('q1', null, 5)],
    ['no id', answer(null, 'scale', 5)],
    ['an empty id', answer(' ', 'scale', 5)],
    ['words for a scale', answer('q1', 'scale', 'I left because')],
    ['a list for a single choice', answer('q1', 'single_choice', ['Price'])],
    ['a text for a multiple choice', answer('q1', 'multiple_choice', 'I left, because')],
    ['an object for a ranking', answer('q1', 'ranking', { first: 'Price' })],
    ['a number for yes or no', answer('q1', 'yes_no', 7)],
    ['nothing', answer('q1', 'scale', null)],
  ])('leaves out %s', (_what, given) => {
    expect(structuredAnswers([given])).toStrictEqual({});
  });

  it('keeps the first 20 of 60', () => {
    const sixty = Array.from({ length: 60 }, (_, index) => answer(`q_${index}`, 'scale', index));
    expect(Object.keys(structuredAnswers(sixty))).toEqual(
      sixty.slice(0, MOST_STRUCTURED_ANSWERS).map(({ question_id }) => question_id),
    );
    expect(MOST_STRUCTURED_ANSWERS).toBe(20);
  });

  it('counts the first of two answers to one question', () => {
    expect(structuredAnswers([answer('q1', 'scale', 1), answer('q1', 'scale', 2)])).toEqual({ q1: 1 });
  });
});
