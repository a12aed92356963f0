/** Koji's list of interviews (K6). No public page documents it: where it is not there, everything here gives null. */
import { VendorFailure } from '../boundary/failure.ts';
import { callKoji, dataOf, type Koji } from './api.ts';
import { ANALYSED_STATUS, MISSING_ENDPOINT, paths, permissions, wireInterview, wireInterviewList } from './contract.ts';
import { type Interview, toInterview } from './interview.ts';

/** How far a reading goes at most. Pages are counted too, because Koji may give fewer on one than it is asked for. */
export type Bounds = { interviews: number; pages: number };

/** Nothing of ours reads further: twenty requests are a third of what a key may ask in a minute. */
export const furthest: Bounds = { interviews: 500, pages: 20 };

type Filter = { status?: string; respondent_email?: string; external_id?: string };
type Page = { interviews: Interview[]; next: string | null };

const PAGE_SIZE = 50;

/** One page, without the entries that are no interview; null where the API has no list (404, 405). */
const readPage = async (koji: Koji, filter: Filter, cursor: string | null): Promise<Page | null> => {
  const query = new URLSearchParams({
    ...filter,
    limit: String(PAGE_SIZE),
    ...(cursor === null ? {} : { cursor }),
  });
  const reply = await callKoji(koji, 'GET', `${paths.list}?${query}`);
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

/** Page after page, each interview once, until one is enough, the list or its bounds end, or a cursor comes again. */
const readPages = async (
  koji: Koji,
  filter: Filter,
  bounds: Bounds,
  isEnough: (page: Interview[]) => boolean,
): Promise<Interview[][] | null> => {
  const pages: Interview[][] = [];
  const known = new Set<string>();
  const cursors = new Set<string | null>();
  let cursor: string | null = null;
  do {
    const page = await readPage(koji, filter, cursor);
    if (page === null) return null;
    const fresh = page.interviews.filter(({ id }) => !known.has(id) && known.add(id));
    pages.push(fresh);
    if (isEnough(fresh) || pages.length >= bounds.pages || known.size >= bounds.interviews) break;
    cursors.add(cursor);
    cursor = page.next;
  } while (cursor !== null && !cursors.has(cursor));
  return pages;
};

/** The latest analysed interviews, newest first, one page of them. */
export const latestInterviews = (koji: Koji): Promise<Interview[] | null> => interviewPage(koji, 0);

/** One page of the analysed interviews by its number, from 0; to get there, those before it are read. */
export const interviewPage = async (koji: Koji, number: number): Promise<Interview[] | null> => {
  if (number >= furthest.pages) return [];
  const bounds = { interviews: Number.POSITIVE_INFINITY, pages: number + 1 };
  const pages = await readPages(koji, { status: ANALYSED_STATUS }, bounds, () => false);
  return pages === null ? null : (pages[number] ?? []);
};

/**
 * The interviews analysed from this moment on (in milliseconds), newest first. One that does not say when it was
 * analysed is among them. K6: the list has the newest analysed first, so nothing is looked for behind an older one.
 */
export const analysedSince = async (koji: Koji, since: number, bounds: Bounds): Promise<Interview[] | null> => {
  const isOlder = ({ analyzed_at }: Interview): boolean => analyzed_at !== null && Date.parse(analyzed_at) < since;
  // The last one of a page decides: a single wrong date further up hides nothing.
  const endsBefore = (page: Interview[]): boolean => page.slice(-1).some(isOlder);
  const pages = await readPages(koji, { status: ANALYSED_STATUS }, bounds, endsBefore);
  if (pages === null) return null;
  const interviews = pages.flat().filter((interview) => !isOlder(interview));
  return interviews.slice(0, bounds.interviews);
};

/**
 * A respondent's interviews, analysed or not, the last one started first. Koji is asked for theirs alone, and should it
 * give others all the same, `isTheirs` sorts them out and the reading goes on until one fits.
 */
export const interviewsOf = async (
  koji: Koji,
  respondent: Pick<Filter, 'respondent_email' | 'external_id'>,
  isTheirs: (interview: Interview) => boolean,
): Promise<Interview[] | null> => {
  const pages = await readPages(koji, respondent, furthest, (page) => page.some(isTheirs));
  return pages === null ? null : pages.flat().filter(isTheirs).sort(byStart);
};

const startOf = ({ started_at }: Interview): number => (started_at === null ? 0 : Date.parse(started_at));
const byStart = (one: Interview, other: Interview): number => startOf(other) - startOf(one);

/** What to say where Koji has no list. `instead` names what there is to use. */
export const noList = (instead: string): VendorFailure =>
  new VendorFailure(`Koji does not list interviews for this account. ${instead}`, {
    service: 'Koji',
    kind: 'connection',
    code: 'no_list',
    status: 0,
  });
