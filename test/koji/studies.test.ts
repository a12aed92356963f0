import { wireInterview } from '../../koji/contract.ts';
import { toInterview } from '../../koji/interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { latestStudies, studiesAmong } from '../../koji/studies.ts';
import { kojiAnswering } from '../support/koji.ts';
import { reply } from '../support/wire.ts';

const wire = (id: string, more: object = {}) => ({ ...sampleWireInterview, interview_id: id, ...more });
const among = (...interviews: object[]) =>
  studiesAmong(interviews.map((more, index) => toInterview(wireInterview.parse(wire(`int_${index}`, more)))));

test('each study comes once, in the order of its latest interview, with how many it has and the day of the last', () => {
  expect(
    among(
      { study_id: 'b', study_name: 'Why teams stay', completed_at: '2026-05-24T10:00:00Z' },
      { study_id: 'a', study_name: 'Why trials end', completed_at: '2026-05-23T10:00:00Z' },
      { study_id: 'b', study_name: 'Why teams stay, first draft', completed_at: '2026-05-22T10:00:00Z' },
    ),
  ).toEqual([
    { id: 'b', name: 'Why teams stay', interviews: 2, last: '2026-05-24T10:00:00.000Z' },
    { id: 'a', name: 'Why trials end', interviews: 1, last: '2026-05-23T10:00:00.000Z' },
  ]);
});

test('what a later interview leaves out is taken from an earlier one', () => {
  const bare = { study_name: null, completed_at: null, started_at: null };
  expect(among(bare, {})).toMatchObject([{ name: 'Why trials end', interviews: 2, last: '2026-05-24T11:41:22.000Z' }]);
  expect(among(bare)).toMatchObject([{ name: null, interviews: 1, last: null }]);
});

test('an interview that names no study belongs to none', () => {
  expect(among({ study_id: null })).toEqual([]);
});

describe('the latest studies', () => {
  test('are those of the latest 250 interviews', async () => {
    const { koji, requests } = kojiAnswering(({ url }) => {
      const page = Number(new URL(url).searchParams.get('cursor') ?? 0);
      const interviews = Array.from({ length: 50 }, (_, index) =>
        wire(`int_${page}_${index}`, { study_id: `s${page}` }),
      );
      return reply(200, { interviews, next_cursor: String(page + 1) });
    });
    const latest = await latestStudies(koji);
    expect(latest?.among).toBe(250);
    expect(latest?.studies.map(({ id, interviews }) => [id, interviews])).toEqual(
      [0, 1, 2, 3, 4].map((page) => [`s${page}`, 50]),
    );
    expect(requests).toHaveLength(5);
  });

  test('are not known where Koji has no list', async () => {
    await expect(latestStudies(kojiAnswering(reply(404)).koji)).resolves.toBeNull();
  });
});
