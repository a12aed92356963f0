/** Koji's list of interviews. No public page documents it; where the API has none, every function here gives null. */
import { DAY } from '../boundary/durations.ts';
import { failureByRow, tooLargeRow } from '../boundary/error-table.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { callKoji, dataOf, type Koji } from './api.ts';
import {
  ANALYZED_STATUS,
  MISSING_ENDPOINT,
  paths,
  permissions,
  REFUSED_FILTER,
  wireInterview,
  wireInterviewList,
} from './contract.ts';
import { kojiFindings } from './errors.ts';
import { type Interview, toInterview } from './interview.ts';

/** How much one reading takes at most. Pages are limited too, because Koji may give fewer interviews a page than asked for. */
type Bounds = { interviews: number; pages: number };

/** The limits of the longest reading: twenty requests are a third of what a key may make in a minute. */
export const furthest: Bounds = { interviews: 500, pages: 20 };

type Filter = { status?: string; respondent_email?: string; external_id?: string; study_id?: string | undefined };
/** `entries`: how many there are, readable or not. */
type Page = { interviews: Interview[]; entries: number; next: string | null };
/** What became of asking for a page: `refused` for its study, or null where the API has no list. */
type Answer = Page | 'refused' | null;
/** Where a page begins, and how many interviews it may have. */
type Place = { cursor: string | null; size: number };

/** How many interviews a page has at most; fewer are asked for where so many are too large together. */
const PAGE_SIZE = 50;

/**
 * Milliseconds that one page and a whole reading may take (a step on Zapier has 30 seconds), and that must be left to ask
 * for another page.
 */
const limits = { page: 10_000, whole: 24_000, least: 1_000 } as const;

/** One page, without entries that can't be read as an interview. `left`: for how many milliseconds there is time. */
const readPage = async (
  koji: Koji,
  { study_id, ...others }: Filter,
  { cursor, size }: Place,
  left: () => number,
): Promise<Answer> => {
  const query = new URLSearchParams({
    ...others,
    ...(study_id === undefined ? {} : { study_id }),
    limit: String(size),
    ...(cursor === null ? {} : { cursor }),
  });
  const reply = await callKoji(koji, 'GET', `${paths.list}?${query}`, {
    timeoutMilliseconds: Math.min(limits.page, left()),
  });
  if (study_id !== undefined && REFUSED_FILTER.has(reply.status)) return 'refused';
  if (MISSING_ENDPOINT.has(reply.status)) {
    if (cursor === null) return null;
    throw failureByRow('Koji', kojiFindings.listBrokeOff, { status: String(reply.status) });
  }
  const { interviews, next_cursor } = dataOf(koji, reply, wireInterviewList, permissions.read);
  return {
    interviews: interviews.flatMap((entry) => {
      const interview = wireInterview.safeParse(entry);
      return interview.success ? [toInterview(interview.data)] : [];
    }),
    entries: interviews.length,
    next: next_cursor,
  };
};

/** What was taken from the pages that were read, and what ended reading before its aim. */
type Reading<Taken> = { pages: Taken[][]; cutBy: 'bounds' | 'time' | null };

/** What to read, what to keep of each interview (null: nothing), and after which page to stop before the list's end. */
type Plan<Taken> = {
  filter: Filter;
  bounds: Bounds;
  take: (interview: Interview) => Taken | null;
  isEnough?: (page: Interview[]) => boolean;
  /** Whether the newest are on the pages that are still to come, whatever was taken so far. */
  isOldestFirst?: () => boolean;
};

/**
 * Reads page after page, looking at each interview once; of all studies where Koji refuses the one, because whoever asks
 * for one looks at each interview again. Stops when `isEnough` says so of a page, at the end of the list, at the bounds, at
 * a cursor that came before, or when time is up. Throws where there are entries and not one can be read: nothing found
 * would be untrue.
 */
const readPages = async <Taken>(
  koji: Koji,
  { filter, bounds, take, isEnough, isOldestFirst }: Plan<Taken>,
): Promise<Reading<Taken> | null> => {
  const deadline = koji.now() + limits.whole;
  const left = (): number => deadline - koji.now();
  const pages: Taken[][] = [];
  const known = new Set<string>();
  const cursors = new Set<string | null>();
  let cursor: string | null = null;
  let size = PAGE_SIZE;
  let asked = filter;
  let count = 0;
  let entries = 0;
  const ended = (cutBy: Reading<Taken>['cutBy']): Reading<Taken> => {
    if (entries > 0 && known.size === 0) throw failureByRow('Koji', kojiFindings.unreadableList);
    return { pages, cutBy };
  };
  do {
    if (left() < limits.least) return ended('time');
    let page: Answer;
    try {
      page = await readPage(koji, asked, { cursor, size }, left);
    } catch (error) {
      if (size > 1 && error instanceof VendorFailure && error.details.code === tooLargeRow.code) {
        size = Math.floor(size / 2);
        continue;
      }
      const gaveUp = error instanceof VendorFailure && error.details.status === 0 && left() < limits.least;
      if (gaveUp) return ended('time');
      throw error;
    }
    if (page === null) return null;
    if (page === 'refused') {
      asked = { ...filter, study_id: undefined };
      continue;
    }
    entries += page.entries;
    const fresh = page.interviews.filter(({ id }) => !known.has(id) && known.add(id));
    const taken = fresh.map(take).filter((value) => value !== null);
    count += taken.length;
    pages.push(taken);
    if (isEnough?.(fresh)) return ended(null);
    cursors.add(cursor);
    cursor = page.next;
    // At its end the list gives the cursor that it began with: none.
    if (cursors.has(cursor)) return ended(null);
  } while (pages.length < bounds.pages && (count < bounds.interviews || isOldestFirst?.()));
  return ended('bounds');
};

/** The pages of a complete reading. Throws a `VendorFailure` of kind `retry` when time ran out before the end. */
const wholeOf = <Taken>({ pages, cutBy }: Reading<Taken>): Taken[] => {
  if (cutBy !== 'time') return pages.flat();
  throw failureByRow('Koji', kojiFindings.listTooSlow, { seconds: String(limits.whole / 1_000) });
};

/** Analyzed interviews, of one study where one is chosen. */
const analyzedOf = (study_id?: string): Filter => ({ status: ANALYZED_STATUS, study_id });

const itself = (interview: Interview): Interview => interview;

/** Somebody waits in the editor: so many pages are looked through for something to show. */
const PAGES_FOR_SAMPLES = 5;

/**
 * The latest analyzed interviews that are wanted, at most `count`, of the first pages; fewer when time runs out. Koji is
 * asked for one study's alone where `studyId` is given; whether it gave these is left to `isWanted`.
 */
export const latestWanted = async (
  koji: Koji,
  isWanted: (interview: Interview) => boolean,
  count: number,
  studyId?: string,
): Promise<Interview[] | null> => {
  const plan = {
    filter: analyzedOf(studyId),
    bounds: { interviews: count, pages: PAGES_FOR_SAMPLES },
    take: (interview: Interview) => (isWanted(interview) ? interview : null),
  };
  const reading = await readPages(koji, plan);
  return reading === null ? null : reading.pages.flat().slice(0, count);
};

/**
 * One page of the analyzed interviews by its number, counted from 0. The pages before it are read to get there. When time
 * runs out it is empty: whoever scrolls a dropdown can scroll again.
 */
export const interviewPage = async (koji: Koji, number: number): Promise<Interview[] | null> => {
  if (number >= furthest.pages) return [];
  const bounds = { interviews: Number.POSITIVE_INFINITY, pages: number + 1 };
  const plan = { filter: analyzedOf(), bounds, take: itself };
  const reading = await readPages(koji, plan);
  return reading === null ? null : (reading.pages[number] ?? []);
};

const timeOf = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));

/** When an interview was analyzed, else the latest moment that is known of it. */
const analysisOf = ({ analyzed_at, completed_at, started_at }: Interview): number | null =>
  timeOf(analyzed_at ?? completed_at ?? started_at);

/** An interview that began so long before its analysis is not looked for. */
const LONGEST_UNDER_WAY = 21 * DAY;

/**
 * Watches in which order a list comes. It has the newest analysis first, unless a later one follows an earlier one; `rises`
 * is how much more often that is so than the contrary. That it is not sorted by start is known once a later start follows an
 * earlier one.
 */
const orderOf = () => {
  let latest: number | null = null;
  let analysis = Number.POSITIVE_INFINITY;
  let start = Number.POSITIVE_INFINITY;
  const order = { isNewestFirst: true, rises: 0, isByStart: true };
  const look = (interview: Interview): void => {
    const moment = analysisOf(interview);
    if (moment !== null) {
      order.rises += Math.sign(moment - (latest ?? moment));
      latest = moment;
    }
    const analyzed = timeOf(interview.analyzed_at);
    if (analyzed === null) return;
    const started = timeOf(interview.started_at) ?? start;
    if (analyzed > analysis) order.isNewestFirst = false;
    if (started > start) order.isByStart = false;
    [analysis, start] = [analyzed, started];
  };
  return { order, look };
};

/** What was kept of the interviews analyzed since a moment, and what people should know of the reading. */
type Analyzed<Kept> = { kept: Kept[]; notes: string[] };

/**
 * Of the interviews analyzed since a moment what `keep` makes of them, in the list's order, with those that say nothing of
 * when. `since` gives the moment by the newest one on the pages read so far, both in milliseconds; infinity: none yet. The
 * list should have the newest analysis first; where that is not seen, or it may be sorted by start, the first older one
 * proves nothing, and reading goes on. Koji is asked for one study's alone where `studyId` is given; `keep` looks again.
 *
 * Throws a `VendorFailure` of kind `retry` when time runs out, and never gives a part: what a part leaves out after an
 * outage might be too old for the next poll, and nobody would notice. A failed poll is noticed, and the next one reads
 * everything again. While a Zap is turned on, what a part leaves out would count as new later. For the same reason it
 * throws one of kind `connection` where the oldest come first and the newest lie behind the last page that may be read.
 */
export const analyzedSince = async <Kept>(
  koji: Koji,
  since: (newest: number) => number,
  bounds: Bounds,
  keep: (interview: Interview) => Kept | null,
  studyId?: string,
): Promise<Analyzed<Kept> | null> => {
  const isBefore = (moment: number | null, limit: number): boolean => moment !== null && moment < limit;
  let newest = Number.POSITIVE_INFINITY;
  const isOlder = (interview: Interview): boolean => isBefore(analysisOf(interview), since(newest));
  const { order, look } = orderOf();
  const isEnough = (page: Interview[]): boolean => {
    page.forEach(look);
    const last = page.at(-1);
    if (last === undefined || !isOlder(last) || !order.isNewestFirst || order.rises >= 0) return false;
    const longAgo = since(newest) - LONGEST_UNDER_WAY;
    return !order.isByStart || last.started_at === null || isBefore(timeOf(last.started_at), longAgo);
  };
  const take = (interview: Interview): { kept: Kept | null } | null => {
    const moment = analysisOf(interview) ?? newest;
    newest = Number.isFinite(newest) ? Math.max(newest, moment) : moment;
    return isOlder(interview) ? null : { kept: keep(interview) };
  };
  const isOldestFirst = (): boolean => order.rises > 0;
  const reading = await readPages(koji, { filter: analyzedOf(studyId), bounds, take, isEnough, isOldestFirst });
  if (reading === null) return null;
  const kept = wholeOf(reading);
  if (reading.cutBy === 'bounds' && isOldestFirst()) throw failureByRow('Koji', kojiFindings.newestLast);
  const notes = [`Looked at what was analyzed since ${new Date(since(newest)).toISOString()}.`];
  if (!order.isNewestFirst) notes.push("Koji's list does not have the newest analyses first, so more of it was read.");
  if (reading.cutBy === 'bounds') {
    notes.push(
      `${bounds.interviews} interviews or ${bounds.pages} pages are read at most; Koji's list goes on behind.`,
    );
  }
  return { kept: kept.flatMap((entry) => (entry.kept === null ? [] : [entry.kept])), notes };
};

/**
 * A respondent's interviews, analyzed or not, the last one started first. Koji is asked for theirs alone, under each
 * spelling of who they are; should it give others as well, `isTheirs` drops them and reading goes on until one fits. Throws
 * a `VendorFailure` when time runs out, or the bounds before one did, because "nobody found" would be untrue.
 */
export const interviewsOf = async (
  koji: Koji,
  spellings: Omit<Filter, 'status'>[],
  isTheirs: (interview: Interview) => boolean,
): Promise<Interview[] | null> => {
  const plan = { bounds: furthest, take: itself, isEnough: (page: Interview[]) => page.some(isTheirs) };
  const readings = await Promise.all(spellings.map((filter) => readPages(koji, { ...plan, filter })));
  const lists = readings.filter((reading) => reading !== null);
  if (lists.length < readings.length) return null;
  const theirs = new Map(
    lists
      .flatMap(wholeOf)
      .filter(isTheirs)
      .map((interview) => [interview.id, interview]),
  );
  const isCutShort = lists.some(({ cutBy }) => cutBy === 'bounds');
  if (theirs.size === 0 && isCutShort) throw failureByRow('Koji', kojiFindings.notAmongFirst);
  return [...theirs.values()].sort(byStart);
};

const startOf = ({ started_at }: Interview): number => (started_at === null ? 0 : Date.parse(started_at));
const byStart = (one: Interview, other: Interview): number => startOf(other) - startOf(one);

/** The failure where Koji has no list. `instead` says what to use. */
export const noList = (instead: string): VendorFailure => failureByRow('Koji', kojiFindings.noList, { instead });
