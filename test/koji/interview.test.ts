import { outputFields } from '../../boundary/output-fields.ts';
import { wireInterview } from '../../koji/contract.ts';
import { anonymized, interviewSchema, toInterview } from '../../koji/interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { processorTimeOf } from '../support/processor-time.ts';

/** An interview that differs from the sample in these wire fields, in the product's vocabulary. */
const read = (overrides: object = {}) => toInterview(wireInterview.parse({ ...sampleWireInterview, ...overrides }));

test('an interview comes out flat, in the words of the product', () => {
  expect(read()).toEqual({
    id: 'int_sample_4f9d2c81',
    interview_id: 'int_sample_4f9d2c81',
    study_id: 'stu_6b1e07',
    study_name: 'Why trials end',
    status: 'analysis_ready',
    is_analyzed: true,
    mode: 'text',
    language: 'en',
    duration_seconds: 737,
    started_at: '2026-05-24T11:29:05.000Z',
    completed_at: '2026-05-24T11:41:22.000Z',
    analyzed_at: '2026-05-24T11:41:27.000Z',
    respondent_email: 'ada@example.com',
    respondent_id: 'user_10042',
    respondent_name: 'Ada Example',
    is_anonymous: false,
    metadata: { cohort: 'Trials ending this week' },
    quality_score: 4,
    sentiment: 'negative',
    themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
    theme_top_1: 'pricing confusion',
    theme_top_2: 'onboarding friction',
    theme_top_3: 'missing invoices',
    summary:
      'Liked the product, but could not tell what the second seat would cost and gave up at the invoice settings.',
    key_quotes: ['I never found out what a second seat costs.', 'I looked for the invoices for ten minutes.'],
    transcript_url: 'https://koji.so/interviews/int_sample_4f9d2c81/transcript',
    answers: [
      {
        question_id: 'reason_for_leaving',
        question: 'What made you stop?',
        type: 'open_ended',
        value: 'I never found out what a second seat costs.',
      },
      { question_id: 'ease', question: 'How easy was it to set up?', type: 'scale', value: '2' },
    ],
    answers_by_question: { reason_for_leaving: 'I never found out what a second seat costs.', ease: '2' },
  });
});

test('every key is there, and null, when nothing but the id is known', () => {
  const bare = toInterview(wireInterview.parse({ interview_id: 'int_1' }));
  expect(Object.keys(bare)).toEqual(Object.keys(interviewSchema.shape));
  expect(bare).toEqual({
    id: 'int_1',
    interview_id: 'int_1',
    study_id: null,
    study_name: null,
    status: null,
    is_analyzed: false,
    mode: null,
    language: null,
    duration_seconds: null,
    started_at: null,
    completed_at: null,
    analyzed_at: null,
    respondent_email: null,
    respondent_id: null,
    respondent_name: null,
    is_anonymous: true,
    metadata: {},
    quality_score: null,
    sentiment: null,
    themes: [],
    theme_top_1: null,
    theme_top_2: null,
    theme_top_3: null,
    summary: null,
    key_quotes: [],
    transcript_url: null,
    answers: [],
    answers_by_question: {},
  });
});

test('odd values of optional fields count as absent and fail nothing', () => {
  const odd = read({
    study_id: { id: 7 },
    status: ['analysis_ready'],
    mode: true,
    summary: '',
    duration_seconds: -5,
    respondent: 'Ada',
    answers: 'none',
    themes: 7,
    a_field_of_next_year: { x: 1 },
  });
  expect(odd).toMatchObject({
    study_id: null,
    status: null,
    is_analyzed: true,
    mode: null,
    summary: null,
    duration_seconds: null,
    respondent_id: null,
    respondent_name: null,
    answers: [],
    themes: [],
  });
  expect(odd).not.toHaveProperty('a_field_of_next_year');
});

test('numbers where text belongs are read as their digits', () => {
  expect(read({ study_id: 12, respondent: { external_id: 10042 } })).toMatchObject({
    study_id: '12',
    respondent_id: '10042',
  });
});

test.each([
  [737, 737],
  [0, 0],
  ['737', 737],
  ['12:17', null],
  [' 737 ', 737],
  [12.5, 12.5],
  ['9'.repeat(400), null],
  ['9007199254740993', null],
  [Number.POSITIVE_INFINITY, null],
  [null, null],
])('a duration of %p', (duration_seconds, expected) => {
  expect(read({ duration_seconds }).duration_seconds).toBe(expected);
});

describe('whether it is analyzed (K12)', () => {
  test.each([
    ['analysis_ready', true],
    ['completed', false],
    ['in_progress', false],
    [undefined, false],
  ])('by a status of %p', (status, is_analyzed) => {
    expect(read({ status, quality_score: null }).is_analyzed).toBe(is_analyzed);
  });

  test.each(['analyzed', 'completed', undefined])(
    'by what stands there, where the status is %p: a score, when it was completed, and what was found',
    (status) => {
      expect(read({ status }).is_analyzed).toBe(true);
      expect(read({ status, themes: [] }).is_analyzed).toBe(true);
      expect(read({ status, sentiment: null }).is_analyzed).toBe(true);
      expect(read({ status, themes: [], sentiment: null }).is_analyzed).toBe(false);
      expect(read({ status, completed_at: null }).is_analyzed).toBe(false);
      expect(read({ status, completed_at: 'soon' }).is_analyzed).toBe(false);
      expect(read({ status, quality_score: 6 }).is_analyzed).toBe(false);
    },
  );

  test('the news of its analysis counts for more than its status', () => {
    const wire = wireInterview.parse({ ...sampleWireInterview, status: 'completed', completed_at: null });
    expect(toInterview(wire, true)).toMatchObject({ status: 'completed', is_analyzed: true });
  });
});

describe('quality score', () => {
  test.each([
    [1, 1],
    [5, 5],
    ['4', 4],
    [' 4 ', 4],
    [3.5, 3.5],
    [0, null],
    [6, null],
    [5.1, null],
    [0.9, null],
    [null, null],
    [undefined, null],
    ['', null],
    ['four', null],
    [true, null],
    [[4], null],
  ])('%p', (quality_score, expected) => {
    expect(read({ quality_score }).quality_score).toBe(expected);
  });
});

describe('sentiment', () => {
  test.each([
    ['mixed', 'mixed'],
    ['frustrated', 'frustrated'],
    [' Very negative ', 'Very negative'],
    ['  ', null],
    ['', null],
    [null, null],
    [{ label: 'negative' }, null],
  ])('%p', (sentiment, expected) => {
    expect(read({ sentiment }).sentiment).toBe(expected);
  });
});

test('without the person, an interview is the same but for who it was', () => {
  expect(anonymized(read())).toEqual({
    ...read(),
    respondent_email: null,
    respondent_id: null,
    respondent_name: null,
    is_anonymous: true,
    metadata: {},
  });
});

test('each field has the name that people read when they map it', () => {
  const fields = outputFields(interviewSchema);
  expect(fields.map(({ label, type }) => `${label}: ${type}`)).toEqual([
    'Interview ID (Again): text',
    'Interview ID: text',
    'Study ID: text',
    'Study Name: text',
    'Status: text',
    'Is Analyzed: boolean',
    'Mode: text',
    'Language: text',
    'Duration in Seconds: number',
    'Started At: date',
    'Completed At: date',
    'Analyzed At: date',
    'Respondent Email: text',
    'Respondent ID: text',
    'Respondent Name: text',
    'Is Anonymous: boolean',
    'Metadata: object',
    'Quality Score: number',
    'Sentiment: text',
    'Themes: text',
    'Top Theme 1: text',
    'Top Theme 2: text',
    'Top Theme 3: text',
    'Summary: text',
    'Key Quotes: text',
    'Transcript URL: text',
    'Answers: object',
    'Answers by Question: object',
  ]);
  const answer = fields.find(({ key }) => key === 'answers')?.fields?.map(({ label }) => label);
  expect(answer).toEqual(['Question ID', 'Question', 'Type', 'Value']);
});

describe('themes', () => {
  test.each([
    ['texts', ['pricing', 'speed'], ['pricing', 'speed']],
    ['objects with a name', [{ name: 'pricing', count: 3 }, { name: 'speed' }], ['pricing', 'speed']],
    ['texts and objects together', ['pricing', { name: 'speed' }], ['pricing', 'speed']],
    ['one text with commas', 'pricing, speed ,support', ['pricing', 'speed', 'support']],
    ['a theme that holds a comma, in a list', ['pricing, seats', 'speed'], ['pricing, seats', 'speed']],
    ['spaces around them', ['  pricing ', '\nspeed'], ['pricing', 'speed']],
    ['null', null, []],
    ['nothing', undefined, []],
    ['an empty list', [], []],
    ['an empty text', '', []],
    ['empty entries between', ['', 'pricing', '  ', null, { label: 'x' }, true], ['pricing']],
    ['an object instead of a list', { first: 'pricing' }, []],
    ['numbers', [2026, { name: 42 }], ['2026', '42']],
  ])('%s', (_name, themes, expected) => {
    expect(read({ themes }).themes).toEqual(expected);
  });

  test('fifty of them all come through, the first three by name', () => {
    const themes = Array.from({ length: 50 }, (_, index) => `theme ${index + 1}`);
    const interview = read({ themes });
    expect(interview.themes).toHaveLength(50);
    expect(interview.themes[49]).toBe('theme 50');
    expect(interview).toMatchObject({ theme_top_1: 'theme 1', theme_top_2: 'theme 2', theme_top_3: 'theme 3' });
  });

  test('one theme leaves the second and third place empty', () => {
    expect(read({ themes: ['pricing'] })).toMatchObject({
      theme_top_1: 'pricing',
      theme_top_2: null,
      theme_top_3: null,
    });
  });
});

describe('dates', () => {
  test.each([
    ['with a zone', '2026-05-24T13:41:22+02:00', '2026-05-24T11:41:22.000Z'],
    ['without a zone, which is another moment in each place', '2026-05-24T11:41:22', null],
    ['a day alone', '2026-05-24', null],
    ['in seconds', 1_779_622_882, '2026-05-24T11:41:22.000Z'],
    ['in milliseconds', 1_779_622_882_123, '2026-05-24T11:41:22.123Z'],
    ['in the future', '2036-05-24T11:41:22Z', '2036-05-24T11:41:22.000Z'],
    ['nonsense', 'last Tuesday', null],
    ['month first or day first, which nobody can tell', '05/06/2026', null],
    ['an object', { seconds: 1_779_622_882 }, null],
    ['missing', undefined, null],
  ])('%s', (_name, completed_at, expected) => {
    const interview = read({ started_at: completed_at, completed_at, analyzed_at: completed_at });
    expect(interview).toMatchObject({ started_at: expected, completed_at: expected, analyzed_at: expected });
  });
});

describe('who it was (K14)', () => {
  test('an email comes without the spaces around it, its capitals kept', () => {
    expect(read({ respondent_email: '  Ada@Example.COM ' })).toMatchObject({
      respondent_email: 'Ada@Example.COM',
      is_anonymous: false,
    });
  });

  const flagged = {
    respondent_email: null,
    respondent_id: null,
    respondent_name: null,
    is_anonymous: true,
    metadata: {},
  };
  const person = { external_id: 'user_10042', display_name: 'Ada Example', metadata: { plan: 'pro' } };

  test.each([
    ['anonymous beside the interview', { anonymous: true, respondent: person }],
    ['is_anonymous beside the interview', { is_anonymous: true, respondent: person }],
    ['isAnonymous beside the interview', { isAnonymous: true, respondent: person }],
    ['anonymized at the respondent', { respondent: { ...person, anonymized: 'yes' } }],
    ['anonymous at the respondent', { respondent: { ...person, anonymous: true } }],
    ['is_anonymous at the respondent', { respondent: { ...person, is_anonymous: true } }],
    ['a flag written as text', { anonymous: 'true', respondent: person }],
    ['a flag written as a number', { anonymous: 1, respondent: person }],
    ['a flag that nobody understands', { anonymous: 'perhaps', respondent: person }],
    ['a flag with something in it', { is_anonymous: { since: 'May' }, respondent: person }],
    ['a respondent called anonymous', { respondent: 'anonymous' }],
    ['a respondent called anon', { respondent: 'Anon' }],
    ['a respondent who is a number among the anonymous', { respondent: ' Anonymous participant 7 ' }],
    ['a respondent of whom nothing is known', { respondent: 'Unknown', respondent_id: 'user_10042' }],
    ['a respondent whose name was taken out', { respondent: 'redacted' }],
    [
      'a flag at the respondent and a denial beside the interview',
      {
        is_anonymous: false,
        respondent: { ...person, is_anonymous: true },
      },
    ],
  ])('%s: nothing about the person and no metadata comes through', (_name, overrides) => {
    expect(read(overrides)).toMatchObject(flagged);
    expect(JSON.stringify(read(overrides))).not.toMatch(/ada@example|user_10042|Ada Example|pro"/);
  });

  test.each([
    ['said to be no', { anonymous: false, is_anonymous: false, isAnonymous: false, anonymized: false }],
    ['of a name that only begins so', { anonymous_id: 'a1', anonymity: 'none' }],
    ['written as text', { anonymous: 'false' }],
    ['empty', { anonymous: '', is_anonymous: null }],
    ['zero', { anonymous: 0, is_anonymous: '0' }],
    ['a no in words', { anonymous: ' No ', is_anonymous: 'FALSE' }],
    ['a word for nothing', { anonymous: 'null', is_anonymous: 'undefined' }],
  ])('a flag %s leaves the person there', (_name, overrides) => {
    expect(read(overrides)).toMatchObject({ respondent_email: 'ada@example.com', is_anonymous: false });
  });

  test.each([
    '',
    'null',
    'Ada',
    'Manon Dupont',
    'ada@canon.com',
    'anon@example.com',
    'ada@example.com',
    '{"anonymous": false}',
    '[object Object]',
    '["unknown"]',
    7,
    ['anonymous'],
  ])('a respondent of %p says nothing of being nobody, and names nobody else', (respondent) => {
    expect(read({ respondent })).toMatchObject({
      respondent_email: 'ada@example.com',
      respondent_id: null,
      respondent_name: null,
      is_anonymous: false,
    });
  });

  test.each([[null], [undefined], [''], ['   ']])(
    'with an email of %p it is anonymous, and the id that the caller gave stays',
    (respondent_email) => {
      expect(read({ respondent_email })).toMatchObject({
        respondent_email: null,
        respondent_id: 'user_10042',
        is_anonymous: true,
      });
    },
  );

  test('without an email, an id with @ is the withheld email and does not come through', () => {
    const interview = read({ respondent_email: null, respondent: { external_id: 'ada@example.com' } });
    expect(interview).toMatchObject({ respondent_email: null, respondent_id: null, is_anonymous: true });
  });

  test('with an email, an id with @ stays what it is', () => {
    const interview = read({ respondent: { external_id: 'ada@example.com' } });
    expect(interview).toMatchObject({ respondent_email: 'ada@example.com', respondent_id: 'ada@example.com' });
  });

  test('without an email and without an id there is nobody', () => {
    expect(read({ respondent_email: null, respondent: null })).toMatchObject(flagged);
  });

  test('the email that we ourselves put into the metadata is taken out, the rest stays', () => {
    const respondent = { external_id: 'user_10042', metadata: { email: 'ada@example.com', plan: 'pro', seats: 3 } };
    expect(read({ respondent }).metadata).toEqual({ plan: 'pro', seats: 3 });
  });

  test('of an interview without an email, the one in the metadata does not come through either', () => {
    const respondent = { external_id: 'user_10042', metadata: { email: 'ada@example.com', plan: 'pro' } };
    const interview = read({ respondent_email: null, respondent });
    expect(interview.metadata).toEqual({ plan: 'pro' });
    expect(JSON.stringify(interview)).not.toContain('ada@example.com');
  });

  test.each(['redacted@', 'null@null', 'ada', '"Ada" <ada@example.com>', 'ada@example.com, bob@example.com'])(
    'an email that is none (%s) names nobody, so the interview is anonymous',
    (respondent_email) => {
      expect(read({ respondent_email })).toMatchObject({ respondent_email: null, is_anonymous: true });
    },
  );

  test.each(['ada@example.com', 'redacted@', 'ada@intranet'])(
    'with an email that is none, an id with @ (%s) is withheld',
    (external_id) => {
      const interview = read({ respondent_email: 'redacted@', respondent: { external_id } });
      expect(interview).toMatchObject({ respondent_email: null, respondent_id: null, is_anonymous: true });
    },
  );
});

describe('answers', () => {
  test.each([
    ['open_ended', 'Too expensive.', 'Too expensive.'],
    ['scale', 4, '4'],
    ['scale', 0, '0'],
    ['single_choice', 'Monthly', 'Monthly'],
    ['multiple_choice', ['Invoices', 'Seats'], 'Invoices, Seats'],
    ['multiple_choice', [], ''],
    ['ranking', ['Price', null, 'Speed'], 'Price, , Speed'],
    ['yes_no', true, 'yes'],
    ['yes_no', false, 'no'],
    ['a type of next year', { x: 1, y: ['z'] }, '{"x":1,"y":["z"]}'],
    ['open_ended', null, null],
    ['open_ended', undefined, null],
  ])('%s: %j is given as text', (type, value, expected) => {
    const answers = [{ question_id: 'q', question: 'Q?', type, value }];
    expect(read({ answers })).toMatchObject({
      answers: [{ question_id: 'q', question: 'Q?', type, value: expected }],
      answers_by_question: { q: expected },
    });
  });

  test.each([
    ['lists', '[', ']'],
    ['objects', '{"x":', '}'],
  ])('an answer of %s within each other is given down to the depth that anybody needs', (_name, open, close) => {
    const nested = (depth: number) => JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);
    const { answers } = read({ answers: [{ value: nested(32) }, { value: nested(33) }, { value: nested(20_000) }] });
    expect(answers.map(({ value }) => value === null)).toEqual([false, true, true]);
  });

  test('an answer without its question is still an answer', () => {
    expect(read({ answers: [{ value: 'Yes' }] })).toMatchObject({
      answers: [{ question_id: null, question: null, type: null, value: 'Yes' }],
      answers_by_question: { question: 'Yes' },
    });
  });

  test('one entry that is no answer does not cost the others', () => {
    const answers = [null, { question_id: 'ease', question: 'Easy?', type: 'scale', value: 2 }];
    expect(read({ answers }).answers_by_question).toEqual({ ease: '2' });
  });
});

describe('the names in answers_by_question', () => {
  const nameOf = (question_id: string | null, question: string | null) =>
    Object.keys(read({ answers: [{ question_id, question, value: 'x' }] }).answers_by_question);

  test.each([
    ['the id', 'reason_for_leaving', 'What made you stop?', 'reason_for_leaving'],
    ['the question where there is no id', null, 'What made you stop?', 'what_made_you_stop'],
    ['the question where the id is empty', '', 'What made you stop?', 'what_made_you_stop'],
    ['the question where the id is only signs', '???', 'Why?', 'why'],
    ['small letters', 'ReasonForLeaving', null, 'reasonforleaving'],
    ['plain letters for those with marks', 'Was hat Zoë gestört?', null, 'was_hat_zoe_gestort'],
    ['plain letters for those with two marks', 'Một lần', null, 'mot_lan'],
    ['underscores for signs, none at the ends', ' (C++) / C#! ', null, 'c_c'],
    ['letters of any script', null, 'なぜ解約しましたか', 'なぜ解約しましたか'],
    ['letters with the marks that make another letter of them', null, 'がか?', 'がか'],
    ['sixty characters at most', 'a'.repeat(60), null, 'a'.repeat(60)],
    ['told apart by the whole wording where they are cut', 'a'.repeat(80), null, `${'a'.repeat(51)}_0f45e858`],
    [
      'with one underscore where they are cut behind one',
      `bb ${'a '.repeat(39)}a`,
      null,
      `bb_${'a_'.repeat(24)}be0e9f5c`,
    ],
    ['the wording’s fingerprint where it is only signs', null, '😀', 'question_f0443a34'],
    ['the fingerprint of what stands between spaces', null, ' 😀 ', 'question_f0443a34'],
    ['the id’s fingerprint where the wording is empty', ' 😀 ', ' ', 'question_f0443a34'],
  ])('are %s', (_name, question_id, question, expected) => {
    expect(nameOf(question_id, question)).toEqual([expected]);
  });

  const named = (ids: (string | null)[]) =>
    read({ answers: ids.map((question_id, index) => ({ question_id, value: `answer ${index + 1}` })) })
      .answers_by_question;

  test('a name that is taken gets its place in the list behind it', () => {
    expect(named(['ease', 'Ease', 'ease!'])).toEqual({ ease: 'answer 1', ease_2: 'answer 2', ease_3: 'answer 3' });
  });

  test.each([
    ['letters of Japanese', 'なぜ解約しましたか', '満足度'],
    ['signs', '😀', '😞'],
    ['the same sixty letters', `${'a'.repeat(60)} b`, `${'a'.repeat(60)} c`],
  ])('a question of %s has the same key alone as after another one', (_name, first, second) => {
    const keysOf = (...questions: string[]) =>
      Object.keys(read({ answers: questions.map((question) => ({ question, value: 'x' })) }).answers_by_question);
    expect(keysOf(first, second)[1]).toBe(keysOf(second)[0]);
  });

  test('answers of which nothing says the question are all kept', () => {
    expect(named([null, null])).toEqual({ question: 'answer 1', question_2: 'answer 2' });
  });

  test('a number behind a name takes no other question’s name', () => {
    expect(named(['plan', 'plan_1'])).toEqual({ plan: 'answer 1', plan_1: 'answer 2' });
    expect(named(['ease', 'ease', 'ease_2'])).toEqual({ ease: 'answer 1', ease_3: 'answer 2', ease_2: 'answer 3' });
  });

  test('of 16,000 answers whose names collide, none is lost, in a moment', async () => {
    const time = await processorTimeOf(() =>
      expect(Object.keys(named(Array.from({ length: 16_000 }, () => 'ease')))).toHaveLength(16_000),
    );
    expect(time).toBeLessThan(1_500);
  });

  test('names that mean something to JavaScript are names like others', () => {
    expect(Object.entries(named(['constructor', '__proto__']))).toEqual([
      ['constructor', 'answer 1'],
      ['proto', 'answer 2'],
    ]);
  });
});

test('metadata that is nested without end is null, and the rest of it is there', () => {
  const metadata = JSON.parse(
    `{"plan": "trial", "team": {"seats": [2]}, "odd": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  );
  expect(read({ respondent: { external_id: 'user_1', metadata } }).metadata).toEqual({
    plan: 'trial',
    team: { seats: [2] },
    odd: null,
  });
});

describe('key quotes (K11)', () => {
  test.each([
    ['texts', ['I gave up.', ' Too dear. '], ['I gave up.', 'Too dear.']],
    ['objects with a text', [{ text: 'I gave up.', at: 3 }], ['I gave up.']],
    ['objects with a quote', [{ quote: 'I gave up.' }], ['I gave up.']],
    ['some that hold none', ['I gave up.', null, 7, {}, ' '], ['I gave up.']],
    ['none', [], []],
    ['no list', 'I gave up.', []],
  ])('of %s', (_what, key_quotes, expected) => {
    expect(read({ key_quotes }).key_quotes).toEqual(expected);
    expect(read({ key_quotes: undefined, quotes: key_quotes }).key_quotes).toEqual(expected);
  });

  test('are those that are called key quotes, where there are others', () => {
    expect(read({ key_quotes: ['This one.'], quotes: ['Another one.'] }).key_quotes).toEqual(['This one.']);
  });
});

describe("a respondent's id under its other name (K11)", () => {
  test.each([
    ['beside the interview', { respondent_id: 'user_7', respondent: { display_name: 'Ada' } }],
    ['beside an interview without a respondent', { respondent_id: 'user_7', respondent: undefined }],
    ['in the respondent', { respondent: { respondent_id: 'user_7' } }],
    ['as a number', { respondent: { respondent_id: 7 } }, '7'],
    ['beside the one that the start was given', { respondent_id: 'c_1', respondent: { external_id: 'user_7' } }],
    ['nearer to the person, and farther', { respondent_id: 'c_1', respondent: { respondent_id: 'user_7' } }],
  ])('%s is read', (_where, interview, expected = 'user_7') => {
    expect(read(interview).respondent_id).toBe(expected);
  });

  test('does not come through of an anonymous interview, nor where it is the email that was withheld', () => {
    expect(read({ anonymous: true, respondent: undefined, respondent_id: 'user_7' }).respondent_id).toBeNull();
    const withheld = { respondent_email: null, respondent: undefined, respondent_id: 'ada@example.com' };
    expect(read(withheld)).toMatchObject({ respondent_id: null, is_anonymous: true });
  });
});
