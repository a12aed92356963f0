/** Koji's list of interviews. No public page documents it: where it is not there, everything here gives null. */
import { failureByRow } from '../boundary/error-table.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { callKoji, dataOf, type Koji } from './api.ts';
import { ANALYZED_STATUS, MISSING_ENDPOINT, paths, permissions, wireInterview, wireInterviewList } from './contract.ts';
import { kojiFindings } from './errors.ts';
import { type Interview, toInterview } from './interview.ts';

/** How far a reading goes at most. Pages are counted too, because Koji may give fewer on one than it is asked for. */
export type Bounds = { interviews: number; pages: number };

/** Nothing of ours reads further: twenty requests are a third of what a key may ask in a minute. */
export const furthest: Bounds = { interviews: 500, pages: 20 };

type Filter = { status?: string; respondent_email?: string; external_id?: string };
type Page = { interviews: Interview[]; next: string | null };

const PAGE_SIZE = 50;

/**
 * In milliseconds: what one page and a whole reading may take, because Zapier gives a step 30 seconds, and what has to be
 * left of the whole to ask for another page.
 */
const limits = { page: 10_000, whole: 24_000, least: 1_000 } as const;

/** One page, without the entries that are no interview; null where the API has no list (404, 405). */
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

/** What was read, page by page; `timeIsUp` when there may be more, for which the time did not suffice. */
type Reading = { pages: Interview[][]; timeIsUp: boolean };

/**
 * Page after page, each interview once, until one is enough, the list or its bounds end, a cursor comes again, or the
 * time is up.
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

/** The pages of a reading that must not be a part. Throws a `VendorFailure` of kind `retry` when the time was up before. */
const wholeOf = ({ pages, timeIsUp }: Reading): Interview[][] => {
  if (!timeIsUp) return pages;
  throw failureByRow('Koji', kojiFindings.listTooSlow, { status: 0 }, { seconds: String(limits.whole / 1_000) });
};

/** The latest analyzed interviews, newest first, one page of them. `now` in milliseconds, here and below. */
export const latestInterviews = (koji: Koji, now: () => number): Promise<Interview[] | null> =>
  interviewPage(koji, 0, now);

/**
 * One page of the analyzed interviews by its number, from 0; to get there, those before it are read. One that the time
 * does not suffice for is empty: somebody who scrolls may scroll again.
 */
export const interviewPage = async (koji: Koji, number: number, now: () => number): Promise<Interview[] | null> => {
  if (number >= furthest.pages) return [];
  const bounds = { interviews: Number.POSITIVE_INFINITY, pages: number + 1 };
  const reading = await readPages(koji, { status: ANALYZED_STATUS }, bounds, () => false, now);
  return reading === null ? null : (reading.pages[number] ?? []);
};

/**
 * The interviews analyzed from this moment on (in milliseconds), newest first. One that does not say when it was
 * analyzed is among them. The list has the newest analyzed first, so nothing is looked for behind an older one.
 *
 * All of them or a `VendorFailure`, of kind `retry` when the time is up before. A part, the newest, would do for most
 * polls. But what came while polls failed stands behind it, and would stay unseen until it is older than any poll looks,
 * without a word; a failed poll is seen, and the next one that gets through has everything. While a Zap is turned on,
 * what a part leaves out would be new to a later poll.
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
 * A respondent's interviews, analyzed or not, the last one started first. Koji is asked for theirs alone, and should it
 * give others all the same, `isTheirs` sorts them out and the reading goes on until one fits. Throws a `VendorFailure`,
 * of kind `retry` when the time is up before: that nobody was found would be untrue.
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

/** What to say where Koji has no list. `instead` names what there is to use. */
export const noList = (instead: string): VendorFailure =>
  failureByRow('Koji', kojiFindings.noList, { status: 0 }, { instead });
