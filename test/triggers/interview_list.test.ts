import { sampleWireInterview } from '../../koji/sample.ts';
import trigger, { perform } from '../../triggers/interview_list.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const KOJI = 'https://koji.so/api/v1';
const LIST = '/interviews?status=analysis_ready&limit=50';

const choices = (page = 0) => run(perform, { authData: connected, inputData: {}, meta: { page } });
const listing = (...interviews: object[]) =>
  nock(KOJI)
    .get(LIST)
    .reply(200, { interviews: interviews.map((more) => ({ ...sampleWireInterview, ...more })), next_cursor: null });

test.each([
  ['name and day', {}, 'Ada Example, 24 May 2026'],
  ['email where there is no name', { respondent: {} }, 'ada@example.com, 24 May 2026'],
  [
    'id where there is neither',
    { respondent: { external_id: 'user_1' }, respondent_email: null },
    'user_1, 24 May 2026',
  ],
  ['day alone where it is anonymous', { anonymous: true }, 'Anonymous, 24 May 2026'],
  [
    'the day it ended, where it went on over midnight',
    { started_at: '2026-05-23T23:50:00Z', completed_at: '2026-05-24T00:10:00Z' },
    'Ada Example, 24 May 2026',
  ],
  [
    'the day it began, where it has no other',
    { completed_at: null, started_at: '2025-09-01T23:59:00Z' },
    'Ada Example, 1 September 2025',
  ],
  ['the name alone, where no day is known', { completed_at: null, started_at: 'soon' }, 'Ada Example'],
])('an interview is shown by %s', async (_name, interview, shown) => {
  listing(interview);
  await expect(choices()).resolves.toEqual([{ id: 'int_sample_4f9d2c81', name: shown }]);
});

test('scrolling on shows the next page, and nothing behind the last', async () => {
  expect(trigger.operation.canPaginate).toBe(true);
  const first = () =>
    nock(KOJI)
      .get(LIST)
      .reply(200, { interviews: [sampleWireInterview], next_cursor: 'two' });
  const second = () =>
    nock(KOJI)
      .get(`${LIST}&cursor=two`)
      .reply(200, { interviews: [{ ...sampleWireInterview, interview_id: 'int_2' }], next_cursor: null });
  first();
  second();
  await expect(choices(1)).resolves.toMatchObject([{ id: 'int_2' }]);
  first();
  second();
  await expect(choices(2)).resolves.toEqual([]);
});

test.each([404, 405])(
  'there are no choices where Koji has no list (%d), so that an id can be typed in',
  async (status) => {
    nock(KOJI).get(LIST).reply(status, '');
    await expect(choices()).resolves.toEqual([]);
  },
);

test('a wrong key is an error', async () => {
  nock(KOJI).get(LIST).reply(401, { error: 'unauthorized', message: '' });
  await expect(zapierErrorOf(choices())).resolves.toMatchObject({ kind: 'ExpiredAuthError' });
});
