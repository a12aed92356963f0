/** Koji's list of interviews. No public page documents it; where the API has none, every function here gives null. */
import { failureByRow } from '../boundary/error-table.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { callKoji, dataOf, type Koji } from './api.ts';
import { ANALYZED_STATUS, MISSING_ENDPOINT, paths, permissions, wireInterview, wireInterviewList } from './contract.ts';
import { kojiFindings } from './errors.ts';
import { type Interview, toInterview } from './interview.ts';

/** How much one reading takes at most. Pages are limited too, because Koji may give fewer interviews a page than asked for. */
export type Bounds = { interviews: number; pages: number };

/** The limits of the longest reading: twenty requests are a third of what a key may make in a minute. */
export const furthest: Bounds = { interviews: 500, pages: 20 };

type Filter = { status?: string; respondent_email?: string; external_id?: string };
type Page = { interviews: Interview[]; next: string | null };

const PAGE_SIZE = 50;

/**
 * Milliseconds that one page and a whole reading may take (a step on Zapier has 30 seconds), and that must be left to ask
 * for another page.
 */
const limits = { page: 10_000, whole: 24_000, least: 1_000 } as const;

/** One page, without entries that can't be read as an interview; null where the API has no list (404, 405). */
const readPage = async (
  koji: Koji,
  filter: Filter,
  cursor: string | null,
  timeoutMilliseconds: number,
): Promise<Page | null> => {
  const query = new URLSearchParams({
    ...filter,
    limit: String(PAGE_SIZE),
    ...(cursor === null ? {} : { cursor }),
  });
  const reply = await callKoji(koji, 'GET', `${paths.list}?${query}`, { timeoutMilliseconds });
  if (cursor === null && MISSING_ENDPOINT.has(reply.status)) return null;
  const { interviews, next_cursor } = dataOf(reply, wireInterviewList, permissions.read);
  return {
    interviews: interviews.flatMap((entry) => {
      const interview = wireInterview.safeParse(entry);
      return interview.success ? [toInterview(interview.data)] : [];
    }),
    next: next_cursor,
  };
};

/** The pages that were read. `timeIsUp` when time ran out before the end of the list. */
type Reading = { pages: Interview[][]; timeIsUp: boolean };

/**
 * Reads page after page, keeping each interview once. Stops when `isEnough` says so of a page, at the end of the list, at
 * the bounds, at a cursor that came before, or when time is up.
 */
const readPages = async (
  koji: Koji,
  filter: Filter,
  bounds: Bounds,
  isEnough: (page: Interview[]) => boolean,
  now: () => number,
): Promise<Reading | null> => {
  const deadline = now() + limits.whole;
  const left = (): number => deadline - now();
  const pages: Interview[][] = [];
  const known = new Set<string>();
  const cursors = new Set<string | null>();
  let cursor: string | null = null;
  do {
    if (left() < limits.least) return { pages, timeIsUp: true };
    let page: Page | null;
    try {
      page = await readPage(koji, filter, cursor, Math.floor(Math.min(limits.page, left())));
    } catch (error) {
      const gaveUp = error instanceof VendorFailure && error.details.status === 0 && left() < limits.least;
      if (gaveUp) return { pages, timeIsUp: true };
      throw error;
    }
    if (page === null) return null;
    const fresh = page.interviews.filter(({ id }) => !known.has(id) && known.add(id));
    pages.push(fresh);
    if (isEnough(fresh) || pages.length >= bounds.pages || known.size >= bounds.interviews) break;
    cursors.add(cursor);
    cursor = page.next;
  } while (cursor !== null && !cursors.has(cursor));
  return { pages, timeIsUp: false };
};

/** The pages of a complete reading. Throws a `VendorFailure` of kind `retry` when time ran out before the end. */
const wholeOf = ({ pages, timeIsUp }: Reading): Interview[][] => {
  if (!timeIsUp) return pages;
  throw failureByRow('Koji', kojiFindings.listTooSlow, { status: 0 }, { seconds: String(limits.whole / 1_000) });
};

/** The latest analyzed interviews, newest first, one page of them. `now` in milliseconds, here and below. */
export const latestInterviews = (koji: Koji, now: () => number): Promise<Interview[] | null> =>
  interviewPage(koji, 0, now);

/**
 * One page of the analyzed interviews by its number, counted from 0. The pages before it are read to get there. When time
 * runs out it is empty: whoever scrolls a dropdown can scroll again.
 */
export const interviewPage = async (koji: Koji, number: number, now: () => number): Promise<Interview[] | null> => {
  if (number >= furthest.pages) return [];
  const bounds = { interviews: Number.POSITIVE_INFINITY, pages: number + 1 };
  const reading = await readPages(koji, { status: ANALYZED_STATUS }, bounds, () => false, now);
  return reading === null ? null : (reading.pages[number] ?? []);
};

/**
 * The interviews analyzed since `since` (milliseconds), newest first, with those that do not say when they were analyzed.
 * The list has the newest first, so reading stops at the first older one.
 *
 * Throws a `VendorFailure` of kind `retry` when time runs out, and never gives a part: what a part leaves out after an
 * outage might be too old for the next poll, and nobody would notice. A failed poll is noticed, and the next one reads
 * everything again. While a Zap is turned on, what a part leaves out would count as new later.
 */
export const analyzedSince = async (
  koji: Koji,
  since: number,
  bounds: Bounds,
  now: () => number,
): Promise<Interview[] | null> => {
  const isOlder = ({ analyzed_at }: Interview): boolean => analyzed_at !== null && Date.parse(analyzed_at) < since;
  // The last one of a page decides: a single wrong date further up hides nothing.
  const endsBefore = (page: Interview[]): boolean => page.slice(-1).some(isOlder);
  const reading = await readPages(koji, { status: ANALYZED_STATUS }, bounds, endsBefore, now);
  if (reading === null) return null;
  const interviews = wholeOf(reading)
    .flat()
    .filter((interview) => !isOlder(interview));
  return interviews.slice(0, bounds.interviews);
};

/**
 * A respondent's interviews, analyzed or not, the last one started first. Koji is asked for theirs alone; should it give
 * others as well, `isTheirs` drops them and reading goes on until one fits. Throws a `VendorFailure` of kind `retry` when
 * time runs out, because "nobody found" would be untrue.
 */
export const interviewsOf = async (
  koji: Koji,
  respondent: Pick<Filter, 'respondent_email' | 'external_id'>,
  isTheirs: (interview: Interview) => boolean,
  now: () => number,
): Promise<Interview[] | null> => {
  const reading = await readPages(koji, respondent, furthest, (page) => page.some(isTheirs), now);
  return reading === null ? null : wholeOf(reading).flat().filter(isTheirs).sort(byStart);
};

const startOf = ({ started_at }: Interview): number => (started_at === null ? 0 : Date.parse(started_at));
const byStart = (one: Interview, other: Interview): number => startOf(other) - startOf(one);

/** The failure where Koji has no list. `instead` says what to use. */
export const noList = (instead: string): VendorFailure =>
  failureByRow('Koji', kojiFindings.noList, { status: 0 }, { instead });
