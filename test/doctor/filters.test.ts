import { examineKoji } from '../../doctor/checks.ts';
import type { Call } from '../../sandbox/server.ts';
import { checkOf, idsWith, kojiWithInterviews, MADE_UP, patientAt } from './patient.ts';

type Koji = Awaited<ReturnType<typeof kojiWithInterviews>>;
let koji: Koji;
beforeEach(async () => {
  koji = await kojiWithInterviews();
});
afterEach(() => koji.close());

const examine = () => examineKoji(patientAt(koji.url));
const listWith =
  (name: string, value?: string) =>
  ({ path, query }: Call): boolean =>
    path.endsWith('/interviews') && query.has(name) && (value === undefined || query.get(name) === value);
const page = (interviews: unknown[], next_cursor: string | null = null) => ({
  status: 200,
  body: { interviews, next_cursor },
});

test('a filter that finds nothing is no filter to rely on', async () => {
  koji.failNext(listWith('respondent_email'), page([]), 9);
  expect(checkOf(await examine(), 'K6.respondent_email')).toMatchObject({
    verdict: 'wrong',
    saw: '0 for a value that is there, 0 for one that is made up',
  });
});

test('a filter that is not looked at shows itself by a value that nobody has', async () => {
  koji.failNext(listWith('external_id', MADE_UP), page(koji.interviews()), 9);
  expect(checkOf(await examine(), 'K6.external_id')).toMatchObject({
    verdict: 'wrong',
    saw: '1 for a value that is there, 4 for one that is made up',
  });
});

test('a filter that is refused is wrong; one that breaks down is unknown', async () => {
  koji.failNext(listWith('study_id'), { status: 422, body: { error: 'validation_error', message: '' } });
  koji.failNext(listWith('external_id'), { status: 503 });
  const checks = await examine();
  expect(checkOf(checks, 'K6.study_id')).toMatchObject({ verdict: 'wrong', saw: 'refused: 422 validation_error' });
  expect(checkOf(checks, 'K6.external_id')).toMatchObject({ verdict: 'unknown', saw: '503 without JSON' });
});

test('a status that Koji calls otherwise is seen by its word', async () => {
  const renamed = koji
    .interviews()
    .map((interview) => ({ ...interview, status: interview.analyzed_at === null ? 'open' : 'analyzed' }));
  koji.failNext(listWith('status', 'analysis_ready'), page([]), 9);
  koji.failNext(({ path, query }) => path.endsWith('/interviews') && query.size === 0, page(renamed));
  const checks = await examine();
  expect(checkOf(checks, 'K6.status')).toMatchObject({
    verdict: 'wrong',
    saw: '0 with the filter, 4 without; statuses: analyzed, open',
    edit: 'koji/contract.ts → ANALYZED_STATUS',
  });
});

test('a status that is refused is wrong', async () => {
  koji.failNext(listWith('status'), { status: 400, body: { error: 'invalid_request', message: '' } }, 9);
  expect(checkOf(await examine(), 'K6.status')).toMatchObject({ verdict: 'wrong', saw: '400 invalid_request' });
});

test('a filter is not confirmed where there is nothing it would keep out', async () => {
  const analyzed = koji.interviews().filter(({ analyzed_at }) => analyzed_at !== null);
  koji.failNext(({ path, query }) => path.endsWith('/interviews') && query.size === 0, page(analyzed));
  const checks = await examine();
  expect(checkOf(checks, 'K6.status').verdict).toBe('unknown');
  expect(checkOf(checks, 'K12.before').verdict).toBe('unknown');
});

test('a mixed order is wrong, and a single interview shows none', async () => {
  const [first, second, third] = koji.interviews();
  koji.failNext(listWith('limit', '50'), page([second, third, first]));
  expect(checkOf(await examine(), 'K6.order')).toMatchObject({ verdict: 'wrong', saw: '3, in another order' });
  koji.failNext(listWith('limit', '50'), page([first]));
  const checks = await examine();
  expect(idsWith(checks, 'unknown')).toEqual(expect.arrayContaining(['K6.order', 'K6.limit', 'K6.cursor']));
});

test.each([
  ['no cursor though there are more', 1, null, 'next_cursor is null, though there are more'],
  ['a cursor that leads back to the same page', 2, 'again', '1, not another one'],
])('paging: %s', async (_name, times, cursor, saw) => {
  koji.failNext(listWith('limit', '1'), page(koji.interviews().slice(0, 1), cursor), times);
  expect(checkOf(await examine(), 'K6.cursor')).toMatchObject({ verdict: 'wrong', saw });
});

test('a cursor that is refused is wrong; a limit that breaks down is unknown', async () => {
  koji.failNext(listWith('cursor'), { status: 400, body: { error: 'invalid_cursor', message: '' } });
  expect(checkOf(await examine(), 'K6.cursor')).toMatchObject({ verdict: 'wrong', saw: '400 invalid_cursor' });
  koji.failNext(listWith('limit', '1'), { status: 500 });
  const checks = await examine();
  expect(idsWith(checks, 'unknown')).toEqual(expect.arrayContaining(['K6.limit', 'K6.cursor']));
});

test('an interview with a score before its analysis is wrong', async () => {
  const odd = koji.interviews().map((interview) => ({ ...interview, quality_score: 3 }));
  koji.failNext(({ path, query }) => path.endsWith('/interviews') && query.size === 0, page(odd));
  expect(checkOf(await examine(), 'K12.before')).toMatchObject({
    verdict: 'wrong',
    saw: '0 of 1; statuses: in_progress',
  });
});

test('entries in a wrapping are read as well', async () => {
  const wrapped = koji
    .interviews()
    .slice(0, 3)
    .reverse()
    .map((interview) => ({ interview }));
  koji.failNext(listWith('limit', '50'), page([...wrapped, 'no interview']));
  const checks = await examine();
  expect(checkOf(checks, 'K11').saw).toBe('3 of 3; no other fields');
  expect(checkOf(checks, 'K12.same').verdict).toBe('confirmed');
});
