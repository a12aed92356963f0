import { isDeepStrictEqual } from 'node:util';
import { momentOf } from '../boundary/values.ts';
import type { Koji } from '../koji/api.ts';
import { ANALYZED_STATUS, paths, wireInterviewList } from '../koji/contract.ts';
import { sampleWireInterview } from '../koji/sample.ts';
import { asking, type Check, edits } from './check.ts';
import { describe, isGood, isSame, type Reading, read } from './reading.ts';
import { type JsonObject, kindOf, objectOf, valuesAt, words } from './shape.ts';

const NOTHING = 'no list to look at';
const TOO_FEW = 'fewer than two interviews to tell by';
/** How many interviews are read: enough to see their order, few enough for one answer. */
const PAGE = 50;

type Query = Record<string, string>;

/** The interview in an entry or an answer, bare or as `{interview}` (K12). */
export const bareOf = (value: unknown): JsonObject | null => {
  const entry = objectOf(value);
  return entry === null ? null : (objectOf(entry.interview) ?? entry);
};

/** The interviews of a list, also where the list has another name than the assumed one, so that the rest can be seen. */
const entriesOf = (reading: Reading): JsonObject[] => {
  if (!isGood(reading)) return [];
  const places = [reading.json, ...Object.values(objectOf(reading.json) ?? {})];
  const list: unknown[] = places.find((place) => Array.isArray(place)) ?? [];
  return list.flatMap((entry) => {
    const bare = bareOf(entry);
    return bare === null ? [] : [bare];
  });
};

const idOf = (interview: JsonObject | undefined): string | null => {
  const id = interview?.interview_id ?? interview?.id;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
};

const listed = (koji: Koji, query: Query): Promise<Reading> => {
  const asked = new URLSearchParams(query).toString();
  return read(koji, asked === '' ? paths.list : `${paths.list}?${asked}`);
};

const exists = (all: Reading, nowhere: Reading): Check => {
  const answer = asking('K6', `Is there a list of interviews, at ${paths.list}?`, edits.list);
  const saw = describe(all);
  if (isGood(all)) return answer('confirmed', saw);
  const isMissing = all.status === 405 || (all.status === 404 && isSame(all, nowhere));
  return answer(isMissing ? 'wrong' : 'unknown', isMissing ? `${saw}, as where there is no endpoint` : saw);
};

const shape = (all: Reading): Check => {
  const answer = asking('K6.shape', 'Does it answer {"interviews": […], "next_cursor": …}?', edits.listShape);
  if (!isGood(all)) return answer('unknown', NOTHING);
  const isAsAssumed =
    wireInterviewList.safeParse(all.json).success && Object.hasOwn(objectOf(all.json) ?? {}, 'next_cursor');
  const lists = Object.entries(objectOf(all.json) ?? {}).filter(([, value]) => Array.isArray(value));
  const saw = [kindOf(all.json), ...lists.map(([name, value]) => `${words([name])} is ${kindOf(value)}`)].join('; ');
  return answer(isAsAssumed ? 'confirmed' : 'wrong', saw);
};

const statusesOf = (entries: JsonObject[]): string[] =>
  entries.flatMap(({ status }) => (typeof status === 'string' ? [status] : []));

const statusFilter = (all: Reading, analyzed: Reading): Check => {
  const question = `Does ?status=${ANALYZED_STATUS} give the analyzed interviews and no others?`;
  const answer = asking('K6.status', question, edits.analyzedStatus);
  if (!isGood(all)) return answer('unknown', NOTHING);
  if (!isGood(analyzed))
    return answer(analyzed.status >= 400 && analyzed.status < 429 ? 'wrong' : 'unknown', describe(analyzed));
  const [unfiltered, filtered] = [entriesOf(all), entriesOf(analyzed)];
  const statuses = `statuses: ${words(statusesOf(unfiltered)) || 'none'}`;
  const saw = `${filtered.length} with the filter, ${unfiltered.length} without; ${statuses}`;
  if (filtered.some(({ status }) => status !== ANALYZED_STATUS)) return answer('wrong', saw);
  const scored = unfiltered.filter(({ quality_score }) => quality_score !== null && quality_score !== undefined);
  if (filtered.length === 0) return answer(scored.length > 0 ? 'wrong' : 'unknown', saw);
  const isTold = unfiltered.some(({ status }) => status !== ANALYZED_STATUS);
  return answer(isTold ? 'confirmed' : 'unknown', isTold ? saw : `${saw}; none that the filter would keep out`);
};

const order = (analyzed: Reading): Check => {
  const answer = asking('K6.order', 'Is the newest analyzed interview first?', edits.listShape);
  if (!isGood(analyzed)) return answer('unknown', NOTHING);
  const moments = entriesOf(analyzed).flatMap(({ analyzed_at }) => momentOf(analyzed_at) ?? []);
  if (new Set(moments).size < 2) return answer('unknown', `${TOO_FEW} (by analyzed_at)`);
  const pairs = moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment));
  if (pairs.every((step) => step <= 0)) return answer('confirmed', `${moments.length}, newest first`);
  return answer(
    'wrong',
    `${moments.length}, ${pairs.every((step) => step >= 0) ? 'oldest first' : 'in another order'}`,
  );
};

/** K6: pages. Each page of one, so that two interviews are enough to see it. */
const paging = async (koji: Koji, analyzed: Reading): Promise<Check[]> => {
  const limit = asking('K6.limit', 'Is ?limit= kept to?', edits.query);
  const cursor = asking('K6.cursor', 'Does ?cursor= with next_cursor give the next page?', edits.listShape);
  if (entriesOf(analyzed).length < 2) return [limit('unknown', TOO_FEW), cursor('unknown', TOO_FEW)];
  const query = { status: ANALYZED_STATUS, limit: '1' };
  const first = await listed(koji, query);
  if (!isGood(first)) return [limit('unknown', describe(first)), cursor('unknown', describe(first))];
  const onFirst = entriesOf(first);
  const keptTo = limit(onFirst.length === 1 ? 'confirmed' : 'wrong', `asked for 1, got ${onFirst.length}`);
  const { next_cursor: next } = objectOf(first.json) ?? {};
  if (onFirst.length !== 1) return [keptTo, cursor('unknown', 'no page to turn')];
  if (typeof next !== 'string' && typeof next !== 'number') {
    return [keptTo, cursor('wrong', `next_cursor is ${kindOf(next)}, though there are more`)];
  }
  const second = await listed(koji, { ...query, cursor: String(next) });
  if (!isGood(second))
    return [keptTo, cursor(second.status === 0 || second.status >= 429 ? 'unknown' : 'wrong', describe(second))];
  const onSecond = entriesOf(second);
  const isNext = onSecond.length === 1 && idOf(onSecond[0]) !== idOf(onFirst[0]);
  return [
    keptTo,
    cursor(isNext ? 'confirmed' : 'wrong', isNext ? 'another interview' : `${onSecond.length}, not another one`),
  ];
};

/** K6's filters, and where their value stands on an interview. */
const filters = { respondent_email: 'respondent_email', external_id: 'respondent.external_id', study_id: 'study_id' };

/** A filter with a value that is there must find it, and with one that is made up, nothing. */
const filter = async (
  koji: Koji,
  name: string,
  path: string,
  analyzed: JsonObject[],
  madeUp: string,
): Promise<Check> => {
  const answer = asking(`K6.${name}`, `Does ?${name}= give that one's interviews and no others?`, edits.list);
  const values = analyzed.flatMap((interview) => valuesAt(interview, path));
  const value = values.find((candidate) => typeof candidate === 'string' && candidate !== '');
  if (typeof value !== 'string') return answer('unknown', `no interview with ${path} to ask for`);
  const found = await listed(koji, { [name]: value });
  const nobody = await listed(koji, { [name]: name === 'respondent_email' ? `${madeUp}@example.com` : madeUp });
  const refused = [found, nobody].find(({ status }) => status === 400 || status === 422);
  if (refused !== undefined) return answer('wrong', `refused: ${describe(refused)}`);
  const isNobody = isGood(nobody) || (nobody.status === 404 && nobody.code !== null);
  if (!isGood(found) || !isNobody) return answer('unknown', describe(isGood(found) ? nobody : found));
  const [hits, misses] = [entriesOf(found), entriesOf(nobody)];
  const saw = `${hits.length} for a value that is there, ${misses.length} for one that is made up`;
  const isFound = hits.length > 0 && hits.every((interview) => valuesAt(interview, path).includes(value));
  return answer(isFound && misses.length === 0 ? 'confirmed' : 'wrong', saw);
};

/** K12: before the analysis. */
const unanalyzed = (all: JsonObject[]): Check => {
  const question = `Is an interview without analysis not ${ANALYZED_STATUS}, and without a score?`;
  const answer = asking('K12.before', question, edits.analyzedStatus);
  const open = all.filter(({ analyzed_at }) => analyzed_at === null);
  if (open.length === 0) return answer('unknown', 'no interview without analysis to look at');
  const odd = open.filter(
    ({ status, quality_score }) => status === ANALYZED_STATUS || typeof quality_score === 'number',
  );
  const saw = `${open.length - odd.length} of ${open.length}; statuses: ${words(statusesOf(open)) || 'none'}`;
  return answer(odd.length === 0 ? 'confirmed' : 'wrong', saw);
};

const single = (reading: Reading | null): Check => {
  const answer = asking('K12', 'Does get answer the interview, bare or as {"interview": {…}}?', edits.interview);
  if (reading === null) return answer('unknown', 'no interview to ask for; name one with --interview');
  if (!isGood(reading)) return answer('unknown', describe(reading));
  const bare = bareOf(reading.json);
  const isWrapped = objectOf(objectOf(reading.json)?.interview) !== null;
  const saw = `${isWrapped ? 'wrapped' : 'bare'}: ${kindOf(reading.json)}`;
  return answer(bare !== null && Object.hasOwn(bare, 'interview_id') ? 'confirmed' : 'wrong', saw);
};

const sameAsListed = (reading: Reading | null, entry: JsonObject | undefined): Check => {
  const answer = asking('K12.same', 'Is it the same as in the list?', edits.interview);
  const bare = reading !== null && isGood(reading) ? bareOf(reading.json) : null;
  if (bare === null || entry === undefined) return answer('unknown', 'nothing to compare');
  const names = Object.keys(sampleWireInterview);
  const differing = names.filter((name) => !isDeepStrictEqual(bare[name], entry[name]));
  const saw = differing.length === 0 ? `${names.length} fields alike` : `other values in ${words(differing)}`;
  return answer(differing.length === 0 ? 'confirmed' : 'wrong', saw);
};

/**
 * K6 and K12, and the interviews to look at for K11: the analyzed ones of the list, and the one that was asked for.
 * `madeUp` is a text that no account holds.
 */
export const interviewChecks = async (
  koji: Koji,
  { nowhere, madeUp, interviewId }: { nowhere: Reading; madeUp: string; interviewId: string | undefined },
): Promise<{ checks: Check[]; interviews: JsonObject[] }> => {
  const all = await listed(koji, {});
  const analyzed = isGood(all) ? await listed(koji, { status: ANALYZED_STATUS, limit: String(PAGE) }) : all;
  const entries = entriesOf(analyzed).length > 0 ? entriesOf(analyzed) : entriesOf(all);
  const id = interviewId ?? idOf(entries[0]);
  const one = id === null ? null : await read(koji, paths.interview(id));
  const entry = entries.find((candidate) => idOf(candidate) === id);

  const checks = [exists(all, nowhere), shape(all), statusFilter(all, analyzed), order(analyzed)];
  checks.push(...(await paging(koji, analyzed)));
  for (const [name, path] of Object.entries(filters)) checks.push(await filter(koji, name, path, entries, madeUp));
  checks.push(single(one), sameAsListed(one, entry), unanalyzed(entriesOf(all)));

  const asked = one !== null && entry === undefined && isGood(one) ? bareOf(one.json) : null;
  return { checks, interviews: [...entries, ...(asked === null ? [] : [asked])] };
};
