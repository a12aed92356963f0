import { AnswerTooLarge, type OutgoingRequest, type Reply } from '../../boundary/send.ts';
import type { Interview } from '../../koji/interview.ts';
import { analyzedSince, furthest, interviewPage, interviewsOf, latestWanted, noList } from '../../koji/list.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { failureOf } from '../support/failures.ts';
import { errorReply, htmlReply, kojiAnswering } from '../support/koji.ts';
import { reply } from '../support/wire.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-05-24T12:00:00Z');

const entry = (id: string, hoursAgo: number | null = 0, more: object = {}) => ({
  ...sampleWireInterview,
  interview_id: id,
  started_at: null,
  completed_at: null,
  analyzed_at: hoursAgo === null ? null : new Date(NOW - hoursAgo * HOUR).toISOString(),
  ...more,
});

const cursorOf = ({ url }: OutgoingRequest) => new URL(url).searchParams.get('cursor');

/** A Koji whose list has these pages; the cursor is the number of the next one. */
const kojiListing = (...pages: unknown[][]) =>
  kojiAnswering((request) => {
    const number = Number(cursorOf(request) ?? 0);
    return reply(200, {
      interviews: pages[number] ?? [],
      next_cursor: number + 1 < pages.length ? String(number + 1) : null,
    });
  });

const itself = <Value>(value: Value): Value => value;
const latest = (koji: Parameters<typeof latestWanted>[0]) => latestWanted(koji, () => true, 50);

const idsOf = (interviews: { id: string }[] | null) => interviews?.map(({ id }) => id);

describe('the latest analyzed interviews', () => {
  test('are those that Koji calls analyzed', async () => {
    const { koji, requests } = kojiListing([entry('int_2'), entry('int_1')]);
    expect(idsOf(await latest(koji))).toEqual(['int_2', 'int_1']);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://koji.so/api/v1/interviews?status=analysis_ready&limit=50',
    ]);
  });

  test('that are wanted are looked for on five pages, no longer than until there are enough', async () => {
    const pages = Array.from({ length: 9 }, (_, page) => [entry(`odd_${page}`), entry(`even_${page}`)]);
    const wanted = async (isWanted: (id: string) => boolean, count: number) => {
      const { koji, requests } = kojiListing(...pages);
      const found = await latestWanted(koji, ({ id }) => isWanted(id), count);
      return { found: idsOf(found), pages: requests.length };
    };
    await expect(wanted((id) => id.startsWith('even'), 2)).resolves.toEqual({ found: ['even_0', 'even_1'], pages: 2 });
    await expect(wanted((id) => id === 'odd_4', 2)).resolves.toEqual({ found: ['odd_4'], pages: 5 });
    await expect(wanted((id) => id === 'odd_5', 2)).resolves.toEqual({ found: [], pages: 5 });
  });

  test('are no more than asked for, though a page has more', async () => {
    const { koji } = kojiListing([entry('int_3'), entry('int_2'), entry('int_1')]);
    expect(idsOf(await latestWanted(koji, () => true, 2))).toEqual(['int_3', 'int_2']);
  });

  test('whose ids are numbers too long to be exact are told apart by every digit', async () => {
    const json = JSON.stringify({ interviews: [entry('ONE'), entry('TWO')], next_cursor: null });
    const body = json.replace('"ONE"', '9007199254740993').replace('"TWO"', '9007199254740992');
    const { koji } = kojiAnswering(reply(200, body));
    expect(idsOf(await latest(koji))).toEqual(['9007199254740993', '9007199254740992']);
  });

  test.each([400, 404, 422])('are looked for among all where Koji refuses the study (%d)', async (status) => {
    const { koji, requests } = kojiAnswering(({ url }) =>
      new URL(url).searchParams.has('study_id')
        ? errorReply(status, 'study_not_found')
        : reply(200, { interviews: [entry('int_2', 0, { study_id: 'stu_2' }), entry('int_1')] }),
    );
    const found = await latestWanted(koji, ({ study_id }) => study_id === 'stu_2', 50, 'stu_2');
    expect(idsOf(found)).toEqual(['int_2']);
    expect(requests.map(({ url }) => new URL(url).search)).toEqual([
      '?status=analysis_ready&study_id=stu_2&limit=50',
      '?status=analysis_ready&limit=50',
    ]);
  });

  test('are asked for once with a study that Koji refuses, and not again on each page', async () => {
    const { koji, requests } = kojiAnswering((request) => {
      const number = Number(cursorOf(request) ?? 0);
      return new URL(request.url).searchParams.has('study_id')
        ? errorReply(400, 'unknown_filter')
        : reply(200, { interviews: [entry(`int_${number}`)], next_cursor: number < 2 ? String(number + 1) : null });
    });
    expect(idsOf(await latestWanted(koji, () => true, 50, 'stu_2'))).toEqual(['int_0', 'int_1', 'int_2']);
    expect(requests.map(({ url }) => new URL(url).searchParams.has('study_id'))).toEqual([true, false, false, false]);
  });

  test('of a study are not there where Koji has no list at all', async () => {
    const { koji, requests } = kojiAnswering(errorReply(404, 'not_found'));
    await expect(latestWanted(koji, () => true, 50, 'stu_2')).resolves.toBeNull();
    expect(requests).toHaveLength(2);
  });

  test('come without what is no interview', async () => {
    const { koji } = kojiListing([entry('int_2'), null, { study_id: 'stu_1' }, 'int_7', entry('int_1')]);
    expect(idsOf(await latest(koji))).toEqual(['int_2', 'int_1']);
  });

  test.each([
    ['404', errorReply(404, 'not_found')],
    ['404 of a web page', htmlReply(404)],
    ['405', reply(405)],
    ['410', errorReply(410, 'gone')],
  ])('%s means that Koji has no list', async (_name, answer) => {
    await expect(latest(kojiAnswering(answer).koji)).resolves.toBeNull();
    await expect(interviewPage(kojiAnswering(answer).koji, 0)).resolves.toBeNull();
    await expect(analyzedSince(kojiAnswering(answer).koji, () => 0, furthest, itself)).resolves.toBeNull();
    await expect(interviewsOf(kojiAnswering(answer).koji, [{}], () => true)).resolves.toBeNull();
  });

  test.each<[string, Reply, string]>([
    ['a list that is none', reply(200, { interviews: 'none' }), 'retry'],
    ['a bare list', reply(200, [sampleWireInterview]), 'retry'],
    ['a list under another name', reply(200, { data: [sampleWireInterview] }), 'retry'],
    ['a web page', htmlReply(200), 'retry'],
    ['a wrong key', errorReply(401, 'unauthorized'), 'connection'],
    ['a key that may not read', errorReply(403, 'forbidden'), 'connection'],
    ['too many requests', reply(429), 'wait'],
  ])('%s is a failure, not an empty list', async (_name, answer, kind) => {
    const failure = await failureOf(() => latest(kojiAnswering(answer).koji));
    expect(failure.details.kind).toBe(kind);
  });
});

describe('a list in which not one entry can be read as an interview', () => {
  const odd = [{ uuid: 'int_1' }, 'int_2'];
  const readings: [string, (koji: Parameters<typeof latestWanted>[0]) => Promise<unknown>][] = [
    ['the latest', latest],
    ['a page of a dropdown', (koji) => interviewPage(koji, 0)],
    ['a poll', (koji) => analyzedSince(koji, () => 0, furthest, itself)],
    ["a respondent's", (koji) => interviewsOf(koji, [{ external_id: 'user_1' }], () => true)],
  ];

  test.each(readings)('is said to be one, where it would look empty: %s', async (_name, read) => {
    const failure = await failureOf(() => read(kojiListing(odd, odd).koji));
    expect(failure.details).toMatchObject({ kind: 'connection', code: 'unreadable_list' });
  });

  test.each(readings)('is none while one entry can be: %s', async (_name, read) => {
    const found = await read(kojiListing(['odd', entry('int_1')], odd).koji);
    expect(found).not.toBeNull();
  });
});

describe('one page by its number', () => {
  test('is found through those before it', async () => {
    const { koji, requests } = kojiListing([entry('int_3')], [entry('int_2')], [entry('int_1')]);
    expect(idsOf(await interviewPage(koji, 1))).toEqual(['int_2']);
    expect(requests.map(cursorOf)).toEqual([null, '1']);
  });

  test('is empty behind the end of the list', async () => {
    expect(await interviewPage(kojiListing([entry('int_1')]).koji, 3)).toEqual([]);
  });

  test('is empty further back than anything reads, without a request', async () => {
    const { koji, requests } = kojiListing([entry('int_1')]);
    expect(await interviewPage(koji, furthest.pages)).toEqual([]);
    expect(requests).toEqual([]);
  });
});

describe('what was analyzed since a moment', () => {
  const since = NOW - 24 * HOUR;
  const readSinceYesterday = (koji: Parameters<typeof analyzedSince>[0], bounds = furthest) =>
    analyzedSince(koji, () => since, bounds, itself);
  const sinceYesterday = async (...given: Parameters<typeof readSinceYesterday>) =>
    (await readSinceYesterday(...given))?.kept ?? null;

  test('is one request where the first page reaches further back', async () => {
    const { koji, requests } = kojiListing([entry('new', 1), entry('old', 25)], [entry('older', 48)]);
    expect(idsOf(await sinceYesterday(koji))).toEqual(['new']);
    expect(requests).toHaveLength(1);
  });

  test('is paged back to until an older one is met', async () => {
    const { koji, requests } = kojiListing([entry('a', 1)], [entry('b', 23)], [entry('old', 25)], [entry('older', 48)]);
    expect(idsOf(await sinceYesterday(koji))).toEqual(['a', 'b']);
    expect(requests).toHaveLength(3);
  });

  test('is without what the reader has no use for', async () => {
    const { koji } = kojiListing([entry('a', 1), entry('b', 2)]);
    const keep = (interview: Interview) => (interview.id === 'a' ? null : interview.id);
    const analyzed = await analyzedSince(koji, () => since, furthest, keep);
    expect(analyzed?.kept).toEqual(['b']);
  });

  test('counts from the newest one, wherever in the list it stands', async () => {
    const { koji } = kojiListing([entry('b', 110), entry('newest', 100)], [entry('c', 123), entry('old', 125)]);
    const analyzed = await analyzedSince(koji, (newest) => newest - 24 * HOUR, furthest, itself);
    expect(analyzed).toMatchObject({
      kept: [{ id: 'b' }, { id: 'newest' }, { id: 'c' }],
      notes: ['Looked at what was analyzed since 2026-05-19T08:00:00.000Z.', expect.any(String)],
    });
  });

  test('has the one analyzed at that very moment', async () => {
    expect(idsOf(await sinceYesterday(kojiListing([entry('edge', 24)]).koji))).toEqual(['edge']);
  });

  test('has an interview that began long ago and was analyzed today', async () => {
    const { koji } = kojiListing([entry('late', 1, { started_at: '2026-01-02T08:00:00Z' })]);
    expect(idsOf(await sinceYesterday(koji))).toEqual(['late']);
  });

  test('has interviews that do not say when they were analyzed, and looks on behind them', async () => {
    const { koji, requests } = kojiListing([entry('undated', null)], [entry('b', 2)]);
    expect(idsOf(await sinceYesterday(koji))).toEqual(['undated', 'b']);
    expect(requests).toHaveLength(2);
  });

  test('is not cut short by one wrong date in the middle of a page', async () => {
    const { koji } = kojiListing([entry('a', 1), entry('wrong', 9_000), entry('b', 2)], [entry('c', 3)]);
    expect(idsOf(await sinceYesterday(koji))).toEqual(['a', 'b', 'c']);
  });

  const at = (hoursAgo: number) => new Date(NOW - hoursAgo * HOUR).toISOString();
  const IN_ANOTHER_ORDER = "Koji's list does not have the newest analyses first, so more of it was read.";

  test('is found in a list that has the oldest first, and the order is said', async () => {
    const { koji } = kojiListing([entry('oldest', 90), entry('old', 50)], [entry('older', 25), entry('new', 1)]);
    await expect(readSinceYesterday(koji)).resolves.toMatchObject({
      kept: [{ id: 'new' }],
      notes: ['Looked at what was analyzed since 2026-05-23T12:00:00.000Z.', IN_ANOTHER_ORDER],
    });
  });

  test.each([
    ['an undated one between two of the right order', [entry('new', 1), entry('undated', null), entry('old', 25)]],
    ['two of one moment', [entry('new', 1), entry('old', 25), entry('twin', 25)]],
  ])('is not looked for further back because of %s', async (_name, page) => {
    const { koji, requests } = kojiListing(page, [entry('older', 48)]);
    const { notes } = (await readSinceYesterday(koji)) ?? {};
    expect(notes).not.toContain(IN_ANOTHER_ORDER);
    expect(requests).toHaveLength(1);
  });

  test('is found in a list that has the oldest first, though an undated one stands between', async () => {
    const { koji } = kojiListing([entry('oldest', 90), entry('undated', null), entry('old', 50)], [entry('new', 1)]);
    expect(idsOf(await sinceYesterday(koji))).toEqual(['undated', 'new']);
  });

  test.each([
    ['one after the other', 41],
    ['at one moment', 31],
  ])('is found on page two of a list sorted by start, where it was analyzed late (%s)', async (_name, first) => {
    const { koji } = kojiListing(
      [entry('second', 30, { started_at: at(31) }), entry('first', 40, { started_at: at(first) })],
      [entry('late', 1, { started_at: at(200) })],
    );
    expect(idsOf(await sinceYesterday(koji))).toEqual(['late']);
  });

  test('is looked for in a list that may be sorted by start up to three weeks further back', async () => {
    const pages = [30, 200, 24 + 21 * 24 + 1, 900].map((hours) => [
      entry(`int_${hours}`, hours, { started_at: at(hours) }),
    ]);
    const { koji, requests } = kojiListing(...pages);
    await expect(readSinceYesterday(koji)).resolves.toMatchObject({ kept: [], notes: [expect.any(String)] });
    expect(requests).toHaveLength(3);
  });

  test('is not looked for further back in a list that is not sorted by start', async () => {
    const { koji, requests } = kojiListing(
      [entry('new', 1, { started_at: at(3) }), entry('old', 25, { started_at: at(2) })],
      [entry('older', 48)],
    );
    expect(idsOf(await sinceYesterday(koji))).toEqual(['new']);
    expect(requests).toHaveLength(1);
  });

  test.each(['0001-01-01T00:00:00Z', '05/06/2026 10:00', null])(
    'has an interview whose analysis is dated %p by its end instead',
    async (analyzed_at) => {
      const { koji } = kojiListing([
        entry('new', 1, { analyzed_at, completed_at: at(1) }),
        entry('old', 1, { analyzed_at, completed_at: at(25) }),
      ]);
      expect(idsOf(await sinceYesterday(koji))).toEqual(['new']);
    },
  );

  test('says where there was more than it may read', async () => {
    const page = (from: number) => Array.from({ length: 50 }, (_, index) => entry(`int_${from + index}`, 1));
    const { koji } = kojiListing(page(0), page(50), page(100));
    const analyzed = await readSinceYesterday(koji, { interviews: 70, pages: 20 });
    expect(analyzed?.notes).toContain("70 interviews or 20 pages are read at most; Koji's list goes on behind.");
  });

  test('has each interview once, though pages overlap', async () => {
    const { koji } = kojiListing([entry('a', 1), entry('b', 2)], [entry('b', 2), entry('c', 3)], [entry('c', 3)]);
    expect(idsOf(await sinceYesterday(koji))).toEqual(['a', 'b', 'c']);
  });

  test('goes on behind a page that holds nothing of use', async () => {
    expect(idsOf(await sinceYesterday(kojiListing([], [null], [entry('a', 1)]).koji))).toEqual(['a']);
  });

  test('ends after the page on which there are as many as are wanted', async () => {
    const page = (from: number) => Array.from({ length: 50 }, (_, index) => entry(`int_${from + index}`, 1));
    const { koji, requests } = kojiListing(page(0), page(50), page(100));
    expect(await sinceYesterday(koji, { interviews: 70, pages: 20 })).toHaveLength(100);
    expect(requests).toHaveLength(2);
  });

  describe('in a list that has the oldest first', () => {
    const oldestFirst = (count: number, more = {}) =>
      Array.from({ length: count }, (_, index) => [entry(`int_${index}`, count - index, more)]);

    test('is read on for the newest, however many there are before them', async () => {
      const { koji } = kojiListing(...oldestFirst(20));
      expect(idsOf(await sinceYesterday(koji, { interviews: 5, pages: 20 }))?.at(-1)).toBe('int_19');
    });

    test('is read on where its first page has one old interview, or several of the same moment', async () => {
      for (const old of [[entry('old', 48)], [entry('old', 48), entry('as_old', 48)]]) {
        const { koji } = kojiListing(old, [entry('older', 30)], [entry('newest', 1)]);
        expect(idsOf(await sinceYesterday(koji))).toEqual(['newest']);
      }
    });

    test('is found, though none says when it was analyzed', async () => {
      const ended = (id: string, hoursAgo: number) =>
        entry(id, null, { completed_at: at(hoursAgo), started_at: at(900) });
      const [oldest, old, newest] = [ended('oldest', 700), ended('old', 25), ended('new', 1)];
      expect(idsOf(await sinceYesterday(kojiListing([oldest, old], [newest]).koji))).toEqual(['new']);
      const { koji } = kojiListing([oldest, entry('undated', null), old], [newest]);
      expect(idsOf(await sinceYesterday(koji))).toEqual(['undated', 'new']);
    });

    test('fails rather than stay silent where the newest lie behind the last page', async () => {
      const failure = await failureOf(() => sinceYesterday(kojiListing(...oldestFirst(21)).koji));
      expect(failure.details).toMatchObject({ service: 'Koji', kind: 'connection', code: 'newest_last' });
      expect(failure.message).toBe(
        "Koji's list begins with the oldest interviews, and the newest lie behind the part that one step can read. Use the trigger Interview Analysis Ready, or Start Interview, then Delay, then Find Interview by its Interview ID.",
      );
    });

    test('does not look so for one wrong date', async () => {
      const others = Array.from({ length: 21 }, (_, index) => [entry(`int_${index}`, index + 2)]);
      const { koji } = kojiListing([entry('wrong', 9_000), entry('newest', 1)], ...others);
      expect(idsOf(await sinceYesterday(koji))?.at(0)).toBe('newest');
    });
  });

  test('ends where a cursor comes again', async () => {
    const { koji, requests } = kojiAnswering((request) =>
      reply(200, { interviews: [entry(`int_${cursorOf(request)}`, 1)], next_cursor: 'same' }),
    );
    expect(idsOf(await sinceYesterday(koji))).toEqual(['int_null', 'int_same']);
    expect(requests).toHaveLength(2);
  });

  test('ends after so many pages where there is always another cursor', async () => {
    let next = 0;
    const { koji, requests } = kojiAnswering(() => {
      next += 1;
      return reply(200, { interviews: [entry('int_1', 1)], next_cursor: `cursor ${next}` });
    });
    expect(idsOf(await sinceYesterday(koji))).toEqual(['int_1']);
    expect(requests).toHaveLength(furthest.pages);
  });

  test.each<[string, Reply, string]>([
    ['a breakdown', htmlReply(502), 'retry'],
    ['too many requests', reply(429), 'wait'],
    ['a cursor that Koji has forgotten', errorReply(404, 'not_found'), 'retry'],
  ])('%s on a later page is a failure, because a part would look like the whole', async (_name, answer, kind) => {
    const { koji } = kojiAnswering((request) =>
      cursorOf(request) === null ? reply(200, { interviews: [entry('a', 1)], next_cursor: 'next' }) : answer,
    );
    const failure = await failureOf(() => sinceYesterday(koji));
    expect(failure.details.kind).toBe(kind);
  });

  test.each([404, 405, 410])('says what happened where a later page is answered %i', async (status) => {
    const { koji } = kojiAnswering((request) =>
      cursorOf(request) === null
        ? reply(200, { interviews: [entry('a', 1)], next_cursor: 'next' })
        : errorReply(status, 'not_found'),
    );
    const failure = await failureOf(() => sinceYesterday(koji));
    expect(failure.details).toMatchObject({ service: 'Koji', code: 'list_broke_off' });
    expect(failure.message).toBe(
      `Koji gave the beginning of its list of interviews and then found no more of it (${status}). Try again in a few minutes; a Zap that is on does so by itself.`,
    );
  });
});

describe('interviews so large that a page of fifty is more than a step takes', () => {
  /** So many interviews, and so many of them in one answer at most. */
  const kojiOfLarge = (total: number, fit: number) =>
    kojiAnswering((request) => {
      const { searchParams } = new URL(request.url);
      const [from, size] = [Number(cursorOf(request) ?? 0), Number(searchParams.get('limit'))];
      if (Math.min(size, total - from) > fit) throw new AnswerTooLarge(20);
      const interviews = Array.from({ length: Math.min(size, total - from) }, (_, index) =>
        entry(`int_${from + index}`, 1),
      );
      return reply(200, { interviews, next_cursor: from + size < total ? String(from + size) : null });
    });
  const since = (koji: Parameters<typeof analyzedSince>[0]) =>
    analyzedSince(koji, () => NOW - 24 * HOUR, furthest, itself);
  const sizesOf = (requests: OutgoingRequest[]) => requests.map(({ url }) => new URL(url).searchParams.get('limit'));

  test('are asked for in smaller pages, each of them once', async () => {
    const { koji, requests } = kojiOfLarge(60, 20);
    expect((await since(koji))?.kept.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, i) => `int_${i}`));
    expect(sizesOf(requests)).toEqual(['50', '25', '12', '12', '12', '12', '12']);
  });

  test('are read within the same bounds, and what lies behind is said', async () => {
    const { koji } = kojiOfLarge(500, 12);
    const analyzed = await since(koji);
    expect(analyzed?.kept).toHaveLength(240);
    expect(analyzed?.notes).toContain("500 interviews or 20 pages are read at most; Koji's list goes on behind.");
  });

  test('are named where one alone is too large', async () => {
    const { koji, requests } = kojiOfLarge(60, 0);
    const failure = await failureOf(() => since(koji));
    expect(failure.details.code).toBe('answer_too_large');
    expect(sizesOf(requests)).toEqual(['50', '25', '12', '6', '3', '1']);
  });
});

describe("a respondent's interviews", () => {
  const ofAda = (koji: Parameters<typeof interviewsOf>[0]) =>
    interviewsOf(
      koji,
      [{ respondent_email: 'ada+beta@example.com' }],
      ({ respondent_email }) => respondent_email === 'ada+beta@example.com',
    );
  const adas = (id: string, started_at: string | null) =>
    entry(id, 1, { respondent_email: 'ada+beta@example.com', started_at });

  test('are asked for with their email as it is, encoded', async () => {
    const { koji, requests } = kojiListing([]);
    await expect(ofAda(koji)).resolves.toEqual([]);
    expect(requests.map(({ url }) => url)).toEqual([
      'https://koji.so/api/v1/interviews?respondent_email=ada%2Bbeta%40example.com&limit=50',
    ]);
  });

  test('come with the last one started first; one without a date comes last', async () => {
    const { koji } = kojiListing([
      adas('undated', null),
      adas('first', '2026-05-01T10:00:00Z'),
      adas('last', '2026-05-20T10:00:00Z'),
    ]);
    expect(idsOf(await ofAda(koji))).toEqual(['last', 'first', 'undated']);
  });

  test("are found, and nobody else's, where Koji pays no heed to the filter", async () => {
    const { koji, requests } = kojiListing(
      [entry('of_somebody')],
      [adas('hers', null), entry('of_another')],
      [entry('x')],
    );
    expect(idsOf(await ofAda(koji))).toEqual(['hers']);
    expect(requests).toHaveLength(2);
  });

  test('are no miss where the list goes on behind the last page that is read', async () => {
    const others = (pages: number) => Array.from({ length: pages }, (_, page) => [entry(`of_somebody_${page}`)]);
    const failure = await failureOf(ofAda(kojiListing(...others(furthest.pages + 1)).koji));
    expect(failure.details).toMatchObject({ service: 'Koji', kind: 'data', code: 'not_among_first' });
    await expect(ofAda(kojiListing(...others(furthest.pages)).koji)).resolves.toEqual([]);
  });

  describe('under two spellings, of which Koji knows one', () => {
    /** A Koji that lists one spelling's interviews, and for the other those of others, without an end. */
    const ofEither = (...known: unknown[]) =>
      interviewsOf(
        kojiAnswering((request) =>
          new URL(request.url).searchParams.get('external_id') === 'user_1'
            ? reply(200, { interviews: known, next_cursor: null })
            : reply(200, { interviews: [entry(`of_${cursorOf(request)}`)], next_cursor: `${cursorOf(request)}1` }),
        ).koji,
        [{ external_id: 'user_1' }, { external_id: 'User_1' }],
        ({ id }) => id === 'hers',
      );

    test('are found', async () => {
      expect(idsOf(await ofEither(entry('hers')))).toEqual(['hers']);
    });

    test('are no miss where the list for the other goes on behind the last page that is read', async () => {
      const failure = await failureOf(ofEither());
      expect(failure.details.code).toBe('not_among_first');
    });
  });
});

describe('a Koji that lists slowly', () => {
  /** Every page has one interview, of the last hour, and takes so long; what takes longer than it may is not answered. */
  const slow = (secondsAPage: number, pages = 100) => {
    let time = NOW;
    const timeouts: number[] = [];
    const koji = {
      url: 'https://koji.so/api/v1',
      now: () => time,
      send: async (request: OutgoingRequest) => {
        const { timeoutMilliseconds } = request;
        timeouts.push(timeoutMilliseconds);
        time += Math.min(secondsAPage * 1_000, timeoutMilliseconds);
        if (secondsAPage * 1_000 > timeoutMilliseconds) throw new Error('This operation was aborted');
        const number = Number(cursorOf(request) ?? 0);
        return reply(200, {
          interviews: [entry(`int_${number}`, 1)],
          next_cursor: number + 1 < pages ? String(number + 1) : null,
        });
      },
    };
    return { koji, timeouts, seconds: () => (time - NOW) / 1_000 };
  };
  const sinceYesterday = async ({ koji }: ReturnType<typeof slow>) =>
    (await analyzedSince(koji, () => NOW - 24 * HOUR, furthest, itself))?.kept ?? null;

  test.each([0.5, 3, 7, 9.9])('is given 24 seconds in all, at %d seconds a page as well', async (secondsAPage) => {
    const stand = slow(secondsAPage);
    await sinceYesterday(stand).catch(() => undefined);
    expect(stand.seconds()).toBeLessThanOrEqual(24);
  });

  test('has 10 seconds for a page, and for the last one what is left', async () => {
    const stand = slow(9);
    await failureOf(() => sinceYesterday(stand));
    expect(stand.timeouts).toEqual([10_000, 10_000, 6_000]);
  });

  test('and refuses the study has for all studies what is left of the 24 seconds', async () => {
    const stand = slow(8);
    const refusing = {
      ...stand.koji,
      send: async (request: OutgoingRequest) => {
        const answer = await stand.koji.send(request);
        return new URL(request.url).searchParams.has('study_id') ? errorReply(404, 'study_not_found') : answer;
      },
    };
    await latestWanted(refusing, () => false, 50, 'stu_1');
    expect(stand.timeouts).toEqual([10_000, 10_000, 8_000]);
  });

  test('is not asked for another page in the last second', async () => {
    const stand = slow(7.8);
    await failureOf(() => sinceYesterday(stand));
    expect(stand.timeouts).toHaveLength(3);
  });

  test('is asked for another page while a second is left', async () => {
    const stand = slow(2.3);
    await failureOf(() => sinceYesterday(stand));
    expect(stand.timeouts.slice(-2)).toEqual([3_300, 1_000]);
  });

  test('and breaks down in the last second has broken down, and is not called slow', async () => {
    const { koji } = slow(7.8);
    const breaking = {
      ...koji,
      send: async (request: OutgoingRequest) => {
        const answer = await koji.send(request);
        return cursorOf(request) === '2' ? reply(503) : answer;
      },
    };
    const failure = await failureOf(analyzedSince(breaking, () => NOW - 24 * HOUR, furthest, itself));
    expect(failure.details).toMatchObject({ code: 'http_503', status: 503 });
  });

  test('is read to the end where the time suffices for that', async () => {
    const stand = slow(7, 3);
    expect(idsOf(await sinceYesterday(stand))).toEqual(['int_0', 'int_1', 'int_2']);
  });

  test.each([7.8, 9])('fails a poll rather than hide what is behind (%d seconds a page)', async (secondsAPage) => {
    const failure = await failureOf(() => sinceYesterday(slow(secondsAPage)));
    expect(failure.details).toMatchObject({ service: 'Koji', kind: 'retry', code: 'list_too_slow' });
    expect(failure.message).toBe(
      'Koji lists interviews so slowly that the 24 seconds of this step were up before the end. Try again in a few minutes; a Zap that is on does so by itself.',
    );
  });

  test("fails the search for a person, because 'not found' would be untrue", async () => {
    const { koji } = slow(9);
    const failure = await failureOf(() => interviewsOf(koji, [{ external_id: 'user_1' }], () => false));
    expect(failure.details).toMatchObject({ kind: 'retry', code: 'list_too_slow' });
  });

  test('finds a person that is on one of the pages for which the time sufficed', async () => {
    const { koji } = slow(9);
    const found = await interviewsOf(koji, [{ external_id: 'user_1' }], ({ id }) => id === 'int_1');
    expect(idsOf(found)).toEqual(['int_1']);
  });

  test('fills a dropdown as far as the time suffices', async () => {
    const page = (number: number) => {
      const { koji } = slow(9);
      return interviewPage(koji, number);
    };
    expect(idsOf(await page(1))).toEqual(['int_1']);
    expect(await page(2)).toEqual([]);
  });

  test('that gives no answer at all within 10 seconds is a failure everywhere', async () => {
    for (const attempt of [sinceYesterday, ({ koji }: ReturnType<typeof slow>) => latest(koji)]) {
      const failure = await failureOf(() => attempt(slow(11)));
      expect(failure.details).toMatchObject({ kind: 'retry', code: 'unreachable' });
    }
  });
});

test('where Koji has no list, what to use instead is said', () => {
  const { details, message } = noList('Use the webhook.');
  expect(details).toMatchObject({ service: 'Koji', kind: 'connection', code: 'no_list' });
  expect(message).toBe('Koji does not list interviews for this account. Use the webhook.');
});
