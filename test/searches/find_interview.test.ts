import sendInterviewEvent from '../../creates/send_interview_event.ts';
import { sampleInterview, sampleWireInterview } from '../../koji/sample.ts';
import search, { perform } from '../../searches/find_interview.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const KOJI = 'https://koji.so/api/v1';
const koji = () => nock(KOJI, { reqheaders: { authorization: `Bearer ${connected.koji_api_key}` } });
const find = (inputData: Record<string, unknown>) => run(perform, { authData: connected, inputData });

test('an interview is found by its id, in the shape of the sample', async () => {
  koji()
    .get('/interviews/int_1')
    .reply(200, { ...sampleWireInterview, interview_id: 'int_1' });
  const [interview] = await find({ interview_id: 'int_1' });
  expect(Object.keys(interview ?? {})).toEqual(Object.keys(sampleInterview));
  expect(interview).toMatchObject({ id: 'int_1', is_analyzed: true });
});

test('of one started under capitals and one since, the newest comes first', async () => {
  const started = (interview_id: string, respondent_email: string, started_at: string) => ({
    ...sampleWireInterview,
    interview_id,
    respondent_email,
    started_at,
  });
  const lists = {
    'Ada@example.com': [started('under_capitals', 'Ada@example.com', '2026-01-01T00:00:00Z')],
    'ada@example.com': [started('since', 'ada@example.com', '2026-06-01T00:00:00Z')],
  };
  for (const [respondent_email, interviews] of Object.entries(lists))
    koji().get('/interviews').query({ respondent_email, limit: 50 }).reply(200, { interviews });
  expect((await find({ respondent_email: 'Ada@example.com' })).map(({ id }) => id)).toEqual([
    'since',
    'under_capitals',
  ]);
});

test('the newest of a person is found by email, and comes first', async () => {
  const interviews = [
    { ...sampleWireInterview, interview_id: 'older', started_at: '2026-01-01T00:00:00Z' },
    { ...sampleWireInterview, interview_id: 'newest', status: 'in_progress' },
    { ...sampleWireInterview, interview_id: 'of_eve', respondent_email: 'eve@example.com' },
  ];
  koji().get('/interviews').query({ respondent_email: 'ada@example.com', limit: 50 }).reply(200, { interviews });
  expect((await find({ respondent_email: 'ada@example.com' })).map(({ id }) => id)).toEqual(['newest', 'older']);
});

test('what people type reaches Koji as it is, and changes nothing else of the request', async () => {
  koji().get('/interviews').query({ external_id: 'ü&limit=1#?/%20', limit: 50 }).reply(200, { interviews: [] });
  await expect(find({ respondent_id: 'ü&limit=1#?/%20' })).resolves.toEqual([]);
});

test('a person who may stand further on in a list of everybody is no miss, and the search says so', async () => {
  let page = 0;
  koji()
    .get('/interviews')
    .query(({ respondent_email }) => respondent_email === 'ada@example.com')
    .times(20)
    .reply(() => {
      page += 1;
      const others = { ...sampleWireInterview, interview_id: `of_eve_${page}`, respondent_email: 'eve@example.com' };
      return [200, { interviews: [others], next_cursor: `page ${page + 1}` }];
    });
  await expect(zapierErrorOf(find({ respondent_email: 'ada@example.com' }))).resolves.toEqual({
    kind: 'HaltedError',
    message:
      "Koji lists other people's interviews, too, and none of this person's in the part that one search can read. There may be one further on: search by Interview ID instead, mapped from Start Interview.",
  });
});

test('an interview of another project is a miss', async () => {
  koji().get('/interviews/int_x').reply(404, { error: 'not_found', message: 'No such interview.' });
  await expect(find({ interview_id: 'int_x' })).resolves.toEqual([]);
});

test.each([
  ['nothing', {}, 'There is nothing to search for'],
  ['an empty value', { respondent_email: '' }, 'There is nothing to search for'],
  ['a placeholder', { respondent_id: 'null' }, 'Respondent ID holds a placeholder'],
  ['half a character in the id', { interview_id: 'int_\ud83d' }, 'Interview ID holds a broken character'],
  ['half a character in the email', { respondent_email: '\udc00a@b.co' }, 'Respondent Email holds a broken character'],
  ["half a character in the respondent's id", { respondent_id: 'u\ud83d' }, 'Respondent ID holds a broken character'],
  ['a value that was mapped and is not there', { interview_id: '{{123__id}}' }, 'Interview ID is mapped to something'],
])('a search for %s halts, and asks Koji nothing', async (_name, inputData, says) => {
  await expect(zapierErrorOf(find(inputData))).resolves.toMatchObject({
    kind: 'HaltedError',
    message: expect.stringContaining(says),
  });
});

test('a 404 that Koji did not write is no miss', async () => {
  koji().get('/interviews/int_1').reply(404, '<!doctype html>');
  await expect(zapierErrorOf(find({ interview_id: 'int_1' }))).resolves.toMatchObject({ kind: 'AppError' });
});

test.each([404, 405])('by respondent, where Koji has no list (%d), it says what to search by', async (status) => {
  koji().get('/interviews?respondent_email=ada%40example.com&limit=50').reply(status, '');
  await expect(zapierErrorOf(find({ respondent_email: 'ada@example.com' }))).resolves.toMatchObject({
    kind: 'AppError',
    message:
      'Koji does not list interviews for this account. Search by Interview ID instead: map it from Start Interview.',
  });
});

test.each([
  ['a wrong key', 401, { error: 'unauthorized', message: '' }, { kind: 'ExpiredAuthError' }],
  [
    'a key that may not read',
    403,
    { error: 'forbidden', message: '' },
    { message: expect.stringContaining('interview:read') },
  ],
  ['a throttled search', 429, '', { kind: 'ThrottledError', delay: 60 }],
  ['an answer of another shape', 200, { ok: true }, { kind: 'AppError' }],
])('%s is an error, not a miss', async (_name, status, body, failure) => {
  koji().get('/interviews/int_1').reply(status, body);
  await expect(zapierErrorOf(find({ interview_id: 'int_1' }))).resolves.toMatchObject(failure);
});

test('an interview can be picked from a list or found by a step, and the search does not point to itself', () => {
  const field = (fields: readonly unknown[] | undefined) => fields?.[0];
  expect(field(sendInterviewEvent.operation.inputFields)).toMatchObject({
    key: 'interview_id',
    dynamic: 'interview_list.id.name',
    search: 'find_interview.id',
  });
  expect(field(search.operation.inputFields)).toMatchObject({ key: 'interview_id', dynamic: 'interview_list.id.name' });
  expect(field(search.operation.inputFields)).not.toHaveProperty('search');
});
