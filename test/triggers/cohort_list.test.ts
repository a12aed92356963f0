import trigger, { perform } from '../../triggers/cohort_list.ts';
import { connected, run } from '../support/app.ts';
import nock from '../support/nock.ts';

const listing = (...cohorts: object[]) =>
  nock('https://amplitude.com')
    .get('/api/3/cohorts')
    .reply(200, { cohorts: cohorts.map((more) => ({ id: 'c1', name: 'Trials', ...more })) });
const choices = (page = 0) => run(perform, { authData: connected, inputData: {}, meta: { page } });

test.each([
  ['its size', { size: 1_240 }, 'Trials (1,240 people, not computed yet)'],
  ['one person in it', { size: 1 }, 'Trials (1 person, not computed yet)'],
  ['nobody in it', { size: 0 }, 'Trials (0 people, not computed yet)'],
  ['when it was computed', { lastComputed: 1_692_206_763 }, 'Trials (computed 16 Aug 2023, 17:26 UTC)'],
  ['neither', {}, 'Trials (not computed yet)'],
])('a cohort is shown with %s', async (_what, cohort, name) => {
  listing(cohort);
  await expect(choices()).resolves.toEqual([{ id: 'c1', name }]);
});

test('scrolling on shows 250 cohorts, 100 at a time', async () => {
  expect(trigger.operation).toMatchObject({ canPaginate: true });
  const shown = [];
  for (const page of [0, 1, 2, 3]) {
    listing(...Array.from({ length: 250 }, (_, index) => ({ id: `c${index}` })));
    const ids = (await choices(page)).map(({ id }) => id);
    shown.push([ids.length, ids[0], ids.at(-1)]);
  }
  expect(shown).toEqual([
    [100, 'c0', 'c99'],
    [100, 'c100', 'c199'],
    [50, 'c200', 'c249'],
    [0, undefined, undefined],
  ]);
});
