import { sampleWireInterview } from '../../koji/sample.ts';
import search from '../../searches/find_interview.ts';
import hook from '../../triggers/interview_analysis_ready.ts';
import { perform } from '../../triggers/study_list.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';

const KOJI = 'https://koji.so/api/v1';
const LIST = '/interviews?status=analysis_ready&limit=50';

const choices = () => run(perform, { authData: connected, inputData: {}, meta: { isFillingDynamicDropdown: true } });
const listing = (...interviews: object[]) =>
  nock(KOJI)
    .get(LIST)
    .reply(200, {
      interviews: interviews.map((more, index) => ({ ...sampleWireInterview, interview_id: `int_${index}`, ...more })),
      next_cursor: null,
    });

test('studies are shown by name, number of interviews and the day of the last one', async () => {
  listing({}, {}, { study_id: 'stu_9c44d2', study_name: 'Why teams stay', completed_at: '2026-05-01T10:00:00Z' });
  await expect(choices()).resolves.toEqual([
    { id: 'stu_6b1e07', name: 'Why trials end (latest interviews: 2 of 3, last one 24 May 2026)' },
    { id: 'stu_9c44d2', name: 'Why teams stay (latest interviews: 1 of 3, last one 1 May 2026)' },
  ]);
});

test('one without a name is shown by its id, and without a day where none is known', async () => {
  listing({ study_name: '', completed_at: null, started_at: null });
  await expect(choices()).resolves.toEqual([{ id: 'stu_6b1e07', name: 'stu_6b1e07 (latest interviews: 1 of 1)' }]);
});

test.each([404, 405])('there are none where Koji has no list (%d), so that an id can be typed in', async (status) => {
  nock(KOJI).get(LIST).reply(status, '');
  await expect(choices()).resolves.toEqual([]);
});

test('a key that may not read is an error that names the permission', async () => {
  nock(KOJI).get(LIST).reply(403, { error: 'forbidden', message: '' });
  await expect(zapierErrorOf(choices())).resolves.toMatchObject({
    message: expect.stringContaining('interview:read'),
  });
});

test('a study can be chosen from the list in each step that takes one', () => {
  const fields = [hook.operation.inputFields, search.operation.inputFields].map((all) =>
    all?.find((field) => 'key' in field && field.key === 'study_id'),
  );
  expect(fields).toMatchObject([
    { dynamic: 'study_list.id.name', required: false },
    { dynamic: 'study_list.id.name', required: false },
  ]);
});
