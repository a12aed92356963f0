import { kojiAuthorization, paths, wireInterview } from '../../koji/contract.ts';
import { sampleInterview, sampleWireInterview } from '../../koji/sample.ts';

test('the sample interview is read as it is', () => {
  expect(wireInterview.parse(sampleWireInterview)).toMatchObject({ interview_id: 'int_sample_4f9d2c81' });
});

test('an interview of which only the id is known is read, the rest counting as absent', () => {
  const interview = wireInterview.parse({ interview_id: 'int_1' });
  expect(interview).toMatchObject({ interview_id: 'int_1', study_id: null, themes: [], duration_seconds: null });
});

test.each([{}, { interview_id: 'int_sample_4f9d2c81' }])(
  'an interview wrapped in {"interview": …}, with %j beside it, is read as the bare one is (K12)',
  (beside) => {
    const wrapped = { ...beside, interview: sampleWireInterview };
    expect(wireInterview.parse(wrapped)).toEqual(wireInterview.parse(sampleWireInterview));
  },
);

test.each([null, 'int_1', {}, []])('%j in the place of the wrapped interview leaves the bare one', (interview) => {
  expect(wireInterview.parse({ ...sampleWireInterview, interview })).toMatchObject({ status: 'analysis_ready' });
});

test.each([
  ['in a respondent', { respondent: { external_id: 'user_7' } }],
  ['under the other name', { respondent: { respondent_id: 'user_7' } }],
  ['by itself', { respondent_id: 'user_7' }],
])('whose a wrapped interview is may stand beside it, the id %s', (_where, whose) => {
  const { respondent: _respondent, respondent_email: _email, ...interview } = sampleWireInterview;
  const beside = { interview, ...whose, respondent_email: 'ada@example.com' };
  const { respondent, respondent_email } = wireInterview.parse(beside);
  expect([respondent.external_id, respondent_email]).toEqual(['user_7', 'ada@example.com']);
  const inside = wireInterview.parse({
    ...beside,
    interview: sampleWireInterview,
    respondent_email: 'eve@example.com',
  });
  expect(inside).toEqual(wireInterview.parse(sampleWireInterview));
});

test('an interview id that is a number is read as its digits', () => {
  expect(wireInterview.parse({ interview_id: 1042 }).interview_id).toBe('1042');
});

test.each([
  ['alone', { id: 'int_1' }],
  ['where there is no other', { id: 'int_1', interview_id: null }],
  ['in the interview of an answer', { interview: { id: 'int_1' } }],
  ['as the other of two', { id: 'evt_9', interview_id: 'int_1' }],
])('an id may stand as `id`, %s', (_where, body) => {
  expect(wireInterview.parse(body).interview_id).toBe('int_1');
});

test.each([
  ['nothing', null],
  ['a list', [sampleWireInterview]],
  ['a text', 'int_1'],
  ['an object without an id', { ...sampleWireInterview, interview_id: undefined }],
  ['an object with an empty id', { ...sampleWireInterview, interview_id: '' }],
  ['an object whose id stands for nothing', { ...sampleWireInterview, interview_id: 'null' }],
])('%s is no interview', (_name, body) => {
  expect(wireInterview.safeParse(body).success).toBe(false);
});

test('the API key travels as a bearer token', () => {
  expect(kojiAuthorization('pk_live_51c8e2')).toBe('Bearer pk_live_51c8e2');
});

test('an id with unusual characters stays one part of the path', () => {
  expect(paths.interview('int/1?x=ä#')).toBe('/interviews/int%2F1%3Fx%3D%C3%A4%23');
  expect(paths.webhook('wh/1')).toBe('/webhooks/wh%2F1');
});

test('the sample that people see shows two answers, each under its question as well, and an entry of the metadata', () => {
  expect(Object.keys(sampleInterview.answers_by_question)).toEqual(
    sampleInterview.answers.map(({ question_id }) => question_id),
  );
  expect(sampleInterview.answers).toHaveLength(2);
  expect(Object.keys(sampleInterview.metadata)).toEqual(['cohort']);
});
