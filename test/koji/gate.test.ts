import { readInput } from '../../boundary/values.ts';
import { wireInterview } from '../../koji/contract.ts';
import { gate, gateReasons, gateRules, minimumQuality, qualityGate } from '../../koji/gate.ts';
import { toInterview } from '../../koji/interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { thrownBy } from '../support/failures.ts';

/** Why an interview that differs from the sample in these wire fields stays out, for a step filled in like this. */
const reasonOf = (overrides: object, filledIn: object = {}) =>
  gate(toInterview(wireInterview.parse({ ...sampleWireInterview, ...overrides })), gateRules.parse(filledIn));

describe('quality', () => {
  test.each([
    [1, 'below_quality'],
    [2, 'below_quality'],
    [2.9, 'below_quality'],
    [3, null],
    [3.5, null],
    [4, null],
    [5, null],
    ['4', null],
    ['2', 'below_quality'],
  ])('a step left as it is: a score of %p', (quality_score, reason) => {
    expect(reasonOf({ quality_score })).toBe(reason);
  });

  test.each([[0], [6], [-1], [null], [undefined], ['good'], ['']])('a score of %p is no score', (quality_score) => {
    expect(reasonOf({ quality_score })).toBe('no_quality_score');
  });

  test('a score of 6 is no score even where 1 is enough', () => {
    expect(reasonOf({ quality_score: 6 }, { minimum_quality: 1 })).toBe('no_quality_score');
  });

  test.each([
    [1, 1, null],
    [5, 4, 'below_quality'],
    [5, 5, null],
    [4, 3.5, 'below_quality'],
    ['5', 4, 'below_quality'],
  ])('a minimum of %p and a score of %p', (minimum_quality, quality_score, reason) => {
    expect(reasonOf({ quality_score }, { minimum_quality })).toBe(reason);
  });

  test.each([
    ['completed', 'not_analyzed'],
    ['in_progress', 'not_analyzed'],
    [null, 'not_analyzed'],
    ['analysis_ready', null],
  ])('an interview with the status %p', (status, reason) => {
    expect(reasonOf({ status, themes: [], sentiment: null })).toBe(reason);
  });

  test('before the analysis nothing else counts', () => {
    expect(reasonOf({ status: 'completed', quality_score: null, respondent_email: null })).toBe('not_analyzed');
  });

  test('quality alone can be asked for, of an analysis and a score', () => {
    expect(qualityGate({ is_analyzed: true, quality_score: 3 }, 3)).toBeNull();
    expect(qualityGate({ is_analyzed: true, quality_score: 2 }, 3)).toBe('below_quality');
  });
});

describe('sentiments', () => {
  test.each([
    ['none chosen', [], null],
    ['the one chosen', ['negative'], null],
    ['one of two chosen', ['mixed', 'negative'], null],
    ['chosen in capitals', ['Negative'], null],
    ['chosen as one text with commas', 'mixed, negative', null],
    ['another one chosen', ['positive'], 'sentiment_not_chosen'],
    ['two others chosen', 'positive,mixed', 'sentiment_not_chosen'],
  ])('a negative interview, with %s', (_name, sentiments, reason) => {
    expect(reasonOf({ sentiment: 'negative' }, { sentiments })).toBe(reason);
  });

  test('an interview whose sentiment is written with a capital is found', () => {
    expect(reasonOf({ sentiment: 'Negative' }, { sentiments: ['negative'] })).toBeNull();
  });

  test('a sentiment that Koji does not document can be chosen too', () => {
    expect(reasonOf({ sentiment: 'frustrated' }, { sentiments: ['frustrated'] })).toBeNull();
  });

  test('an interview without a sentiment passes only where none is chosen', () => {
    expect(reasonOf({ sentiment: null })).toBeNull();
    expect(reasonOf({ sentiment: null }, { sentiments: ['negative'] })).toBe('sentiment_not_chosen');
  });
});

describe('anonymous interviews', () => {
  test.each([
    ['left as it is', {}, null],
    ['that skips them', { skip_anonymous: true }, 'anonymous'],
    ['that skips them, said in a word', { skip_anonymous: 'yes' }, 'anonymous'],
    ['that does not skip them', { skip_anonymous: false }, null],
  ])('in a step %s', (_name, filledIn, reason) => {
    expect(reasonOf({ respondent_email: null }, filledIn)).toBe(reason);
  });

  test('a step that skips them lets the others through', () => {
    expect(reasonOf({}, { skip_anonymous: true })).toBeNull();
  });

  test('an anonymous interview of low quality is kept out for its quality', () => {
    expect(reasonOf({ respondent_email: null, quality_score: 1 }, { skip_anonymous: true })).toBe('below_quality');
  });
});

describe('a study', () => {
  test.each([
    ['that is chosen', 'stu_6b1e07', null],
    ['that is typed in with spaces', ' stu_6b1e07 ', null],
    ['left empty', '', null],
    ['that was deleted, or that nobody knows', 'stu_gone', 'other_study'],
    ['in capital letters', 'STU_6B1E07', 'other_study'],
    ['by its name', 'Why trials end', 'other_study'],
  ])('%s', (_how, study_id, reason) => {
    expect(reasonOf({}, { study_id })).toBe(reason);
  });

  test('of which an interview says nothing is another one', () => {
    expect(reasonOf({ study_id: null }, { study_id: 'stu_6b1e07' })).toBe('other_study');
  });

  test("is looked at first: what else is wrong with an interview of another one is nobody's concern", () => {
    expect(reasonOf({ quality_score: 1, status: 'completed' }, { study_id: 'stu_gone' })).toBe('other_study');
  });

  test.each([
    ['{{123__study_id}}', 'is mapped to something that an earlier step did not give'],
    ['undefined', 'holds a placeholder such as null or n/a: an earlier step had no value for it'],
    [['stu_1', 'stu_2'], 'must be the ID of a study'],
  ])('%j is refused', (study_id, message) => {
    expect(gateRules.safeParse({ study_id }).error?.issues[0]?.message).toBe(message);
  });
});

describe('what a step is filled in with', () => {
  test.each([
    ['nothing', {}],
    ['empty fields', { minimum_quality: '', sentiments: [], skip_anonymous: null }],
    ['fields of spaces', { minimum_quality: ' ', sentiments: ' ', skip_anonymous: ' ' }],
  ])('%s means a quality of 3, any sentiment, and anonymous ones too', (_name, filledIn) => {
    expect(gateRules.parse(filledIn)).toEqual({ minimum_quality: 3, sentiments: [], skip_anonymous: false });
  });

  test.each([[0], [6], [3.5], [-3], ['three'], [Number.NaN], [[3]]])('a minimum of %p is refused', (minimum) => {
    expect(minimumQuality.safeParse(minimum).error?.issues[0]?.message).toBe('must be a whole number from 1 to 5');
  });

  test.each([
    [{ sentiments: { negative: true } }, 'must be a list of words'],
    [{ skip_anonymous: 'perhaps' }, 'must be yes or no'],
  ])('%j is refused', (filledIn, message) => {
    expect(gateRules.safeParse(filledIn).error?.issues[0]?.message).toBe(message);
  });

  test.each([
    [{ study_id: ['stu_1', 'stu_2'] }, 'Study'],
    [{ minimum_quality: 9 }, 'Minimum Quality'],
    [{ skip_anonymous: 'perhaps' }, 'Skip Anonymous Interviews'],
  ])('refusing %j names the field as the form does', (filledIn, field) => {
    expect(thrownBy(() => readInput('Koji', gateRules, filledIn)).message).toContain(`the field ${field} must be`);
  });
});

test('every reason has a sentence for people', () => {
  expect(gateReasons).toEqual({
    other_study: 'The interview belongs to another study than the one chosen in this step.',
    not_analyzed: 'Koji has not analyzed this interview yet.',
    no_quality_score: 'The interview has no quality score from 1 to 5.',
    below_quality: 'The quality score is below the minimum quality.',
    sentiment_not_chosen: 'The sentiment is not one of those chosen in this step.',
    anonymous:
      'The interview is anonymous, so it belongs to no person: Koji has no email for it, or marks it as anonymous.',
  });
});
