import { sampleInterview, sampleWireInterview } from '../../koji/sample.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import hook, { performList } from '../../triggers/interview_analysis_ready.ts';
import trigger, { perform } from '../../triggers/new_interview_analysis.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';
import { openStage } from './stage.ts';

const KOJI = 'https://koji.so/api/v1';
const LIST = '/interviews?status=analysis_ready&limit=50';
const HOUR = 3_600_000;

const entry = (id: string, hoursAgo = 1, more: object = {}) => ({
  ...sampleWireInterview,
  interview_id: id,
  started_at: null,
  completed_at: null,
  analyzed_at: new Date(Date.now() - hoursAgo * HOUR).toISOString(),
  ...more,
});
const koji = () => nock(KOJI, { reqheaders: { authorization: `Bearer ${connected.koji_api_key}` } });
const listing = (...interviews: unknown[]) => koji().get(LIST).reply(200, { interviews, next_cursor: null });

const poll = (inputData: Record<string, unknown> = {}, meta: object = {}) =>
  run(perform, { authData: connected, inputData, meta });
const idsOf = (interviews: { id: string }[]) => interviews.map(({ id }) => id);

describe('a poll', () => {
  test('gives the interviews of the last week that pass the gate', async () => {
    listing(
      entry('good'),
      entry('poor', 2, { quality_score: 2 }),
      entry('friday', 7 * 24 - 1),
      entry('old', 7 * 24 + 1),
    );
    expect(idsOf(await poll())).toEqual(['good', 'friday']);
  });

  test('gives each in the shape of the sample and of the hook', async () => {
    listing(entry('int_1'));
    listing(entry('int_1'));
    const [[polled], [listed]] = [await poll(), await run(performList, { authData: connected, inputData: {} })];
    expect(Object.keys(polled ?? {})).toEqual(Object.keys(sampleInterview));
    expect({ ...polled, analyzed_at: '' }).toEqual({ ...listed, analyzed_at: '' });
  });

  test('has the gate of the hook', async () => {
    expect(trigger.operation.inputFields).toBe(hook.operation.inputFields);
    listing(
      entry('mixed', 1, { sentiment: 'mixed' }),
      entry('negative'),
      entry('nobody', 1, { respondent_email: null }),
    );
    expect(idsOf(await poll({ sentiments: ['negative'], skip_anonymous: true, minimum_quality: 4 }))).toEqual([
      'negative',
    ]);
  });

  test('pages back until it meets an interview of the week before', async () => {
    koji()
      .get(LIST)
      .reply(200, { interviews: [entry('a')], next_cursor: 'p/2' });
    koji()
      .get(`${LIST}&cursor=p%2F2`)
      .reply(200, { interviews: [entry('b', 2), entry('old', 169)], next_cursor: 'p3' });
    expect(idsOf(await poll())).toEqual(['a', 'b']);
  });

  test('shows nothing of an interview that is flagged anonymous but what was said', async () => {
    listing(
      entry('hidden', 1, { is_anonymous: 'yes', respondent: { external_id: 'user_1', metadata: { plan: 'pro' } } }),
    );
    await expect(poll()).resolves.toMatchObject([
      { is_anonymous: true, respondent_email: null, respondent_id: null, respondent_name: null, metadata: {} },
    ]);
  });
});

describe('of one study', () => {
  const of = (study_id: string) => koji().get(`/interviews?status=analysis_ready&study_id=${study_id}&limit=50`);

  test.each([
    ['a poll', {}],
    ['the test in the editor', { isLoadingSample: true }],
  ])('%s asks Koji for its interviews, and looks again at what comes', async (_name, meta) => {
    of('stu_6b1e07').reply(200, { interviews: [entry('hers'), entry('other', 1, { study_id: 'stu_9c44d2' })] });
    expect(idsOf(await poll({ study_id: 'stu_6b1e07' }, meta))).toEqual(['hers']);
  });

  test('that was deleted, or that nobody knows, gives none', async () => {
    of('stu_gone').reply(200, { interviews: [] });
    await expect(poll({ study_id: 'stu_gone' })).resolves.toEqual([]);
  });

  test('that Koji says it does not have gives none as well: the list is there', async () => {
    of('stu_gone').reply(404, { error: 'not_found', message: 'The study was not found.' });
    listing(entry('other'));
    await expect(poll({ study_id: 'stu_gone' })).resolves.toEqual([]);
  });

  test('turning on knows the interviews of all, so that another study chosen later makes none new', async () => {
    const [hers, other] = [entry('hers'), entry('other', 1, { study_id: 'stu_9c44d2' })];
    listing(hers, other);
    of('stu_6b1e07').reply(200, { interviews: [hers] });
    expect(idsOf(await poll({ study_id: 'stu_6b1e07' }, { isPopulatingDedupe: true }))).toEqual(['hers', 'other']);
  });

  test('turning on knows whatever a poll may meet of it, though the other studies fill the list of all', async () => {
    const week = Array.from({ length: 1_000 }, (_, index) =>
      entry(`int_${index}`, index / 6, { study_id: index % 5 === 0 ? 'stu_6b1e07' : 'stu_9c44d2' }),
    );
    nock(KOJI)
      .persist()
      .get('/interviews')
      .query(true)
      .reply((uri) => {
        const { searchParams } = new URL(uri, KOJI);
        const study = searchParams.get('study_id');
        const start = Number(searchParams.get('cursor') ?? 0);
        const listed = week.filter(({ study_id }) => study === null || study_id === study);
        const next = start + 50 < listed.length ? String(start + 50) : null;
        return [200, { interviews: listed.slice(start, start + 50), next_cursor: next }];
      });
    const known = new Set(idsOf(await poll({ study_id: 'stu_6b1e07' }, { isPopulatingDedupe: true })));
    const polled = idsOf(await poll({ study_id: 'stu_6b1e07' }));
    expect(polled).toHaveLength(200);
    expect(polled.filter((id) => !known.has(id))).toEqual([]);
  });
});

test('turning on gives ids alone, however large the interviews are', async () => {
  listing(entry('good'), entry('poor', 2, { quality_score: 1 }));
  await expect(poll({}, { isPopulatingDedupe: true })).resolves.toEqual([{ id: 'good' }, { id: 'poor' }]);
});

/** What the app wrote to its log. */
const log = jest.spyOn(console, 'log');
const logged = (): string => log.mock.calls.flat().join('\n');
beforeEach(() => log.mockClear());

test('the log says since when a poll looks, and of no interview that is left where all were handed on', async () => {
  listing(entry('good'));
  await poll();
  expect(logged()).toContain('Looked at what was analyzed since ');
  expect(logged()).not.toContain('interviews left');
});

describe('interviews that together are larger than Zapier takes', () => {
  /** Seven of 3 MB on two pages. */
  const listLarge = () => {
    const large = Array.from({ length: 7 }, (_, index) => entry(`int_${index}`, 1, { summary: 'x'.repeat(3_000_000) }));
    koji()
      .get(LIST)
      .reply(200, { interviews: large.slice(0, 4), next_cursor: 'two' });
    koji()
      .get(`${LIST}&cursor=two`)
      .reply(200, { interviews: large.slice(4), next_cursor: null });
  };
  const pollLarge = (inputData: Record<string, unknown>, zap = { id: 'zap_1' }) => {
    listLarge();
    return poll(inputData, { zap });
  };

  test('come in as many as fit, and the rest with the next poll of the same Zap, not of a copy, which the log says', async () => {
    const first = await pollLarge({ minimum_quality: 4 });
    expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThan(20_000_000);
    expect(idsOf(first)).toEqual(['int_0', 'int_1', 'int_2', 'int_3', 'int_4', 'int_5']);
    expect(logged()).toContain('One poll holds 20 MB; interviews left for the next one: 1');
    expect(idsOf(await pollLarge({ minimum_quality: 3 }))).toEqual(idsOf(first));
    expect(idsOf(await pollLarge({ minimum_quality: 4 }, { id: 'zap_2' }))).toEqual(idsOf(first));
    expect(idsOf(await pollLarge({ minimum_quality: 4 }))).toEqual(['int_6']);
  });
});

describe('turning on reads further than any poll, so that no poll meets an old interview for the first time', () => {
  const analyzed_at = new Date(Date.now() - HOUR).toISOString();
  /** A list without end, in pages of so many. */
  const listEndlessly = (interviewsOnPage: number) =>
    nock(KOJI)
      .persist()
      .get('/interviews')
      .query(true)
      .reply((uri) => {
        const page = Number(new URL(uri, KOJI).searchParams.get('cursor') ?? 0);
        const interviews = Array.from({ length: interviewsOnPage }, (_, index) =>
          entry(`int_${page}_${index}`, 1, { analyzed_at }),
        );
        return [200, { interviews, next_cursor: String(page + 1) }];
      });

  test.each([
    ['pages of 50', 50],
    ['pages of one', 1],
  ])('in %s', async (_name, interviewsOnPage) => {
    listEndlessly(interviewsOnPage);
    const known = idsOf(await poll({}, { isPopulatingDedupe: true }));
    const polled = idsOf(await poll());
    expect(known.slice(0, polled.length)).toEqual(polled);
    expect(known.length).toBeGreaterThan(polled.length);
  });
});

test.each(['refusing', 'rateLimited', 'hanging'] as const)(
  "with Zapier's cache %s a poll triggers all the same, and soon",
  async (mood) => {
    const clock = new VirtualClock(Date.now() - 72 * HOUR);
    const stage = await openStage(clock);
    try {
      const zap = await stage.turnedOn(trigger.key);
      const answered = stage.answered();
      await clock.advance(HOUR);
      stage.zapier.cache.setMood(mood);
      const began = performance.now();
      expect((await zap.poll()).failure).toBeNull();
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(zap.runs().map((zapRun) => zapRun.trigger?.id)).toEqual([answered]);
    } finally {
      await stage.close();
    }
  },
);

test('turning on gives what polls may meet later and more, whatever the gate says, and nothing that is still to be analyzed', async () => {
  listing(
    entry('good'),
    entry('poor', 2, { quality_score: 1 }),
    entry('open', 3, { status: 'completed' }),
    entry('old', 14 * 24 - 1),
  );
  expect(idsOf(await poll({}, { isPopulatingDedupe: true }))).toEqual(['good', 'poor', 'old']);
});

test('the test in the editor finds the first that passes on the second page', async () => {
  const poor = Array.from({ length: 50 }, (_, index) => entry(`poor_${index}`, 1, { quality_score: 1 }));
  koji().get(LIST).reply(200, { interviews: poor, next_cursor: 'two' });
  koji()
    .get(`${LIST}&cursor=two`)
    .reply(200, { interviews: [entry('good')], next_cursor: null });
  expect(idsOf(await poll({}, { isLoadingSample: true }))).toEqual(['good']);
});

test('the test in the editor gives at most 3, also old ones', async () => {
  listing(entry('a', 900), entry('poor', 901, { quality_score: 1 }), entry('b', 902), entry('c', 903), entry('d', 904));
  expect(idsOf(await poll({}, { isLoadingSample: true }))).toEqual(['a', 'b', 'c']);
});

describe.each([
  ['a poll', {}],
  ['turning on', { isPopulatingDedupe: true }],
  ['the test in the editor', { isLoadingSample: true }],
])('%s', (_name, meta) => {
  test.each([
    [404, { error: 'not_found', message: 'No route.' }],
    [405, ''],
  ])('says what to do instead where Koji has no list (%d)', async (status, body) => {
    koji().get(LIST).reply(status, body);
    await expect(zapierErrorOf(poll({}, meta))).resolves.toMatchObject({
      kind: 'AppError',
      code: 'no_list',
      message:
        "Koji does not list interviews for this account. So this trigger can't work here. Use Start Interview, then Delay, then Find Interview by its Interview ID.",
    });
  });

  test.each([
    ['an answer of another shape', 200, { data: [] }, { kind: 'AppError' }],
    ['a web page', 200, '<!doctype html>', { kind: 'AppError' }],
    ['a breakdown', 500, '', { kind: 'AppError' }],
    ['a wrong key', 401, { error: 'unauthorized', message: '' }, { kind: 'ExpiredAuthError' }],
    [
      'a key that may not read',
      403,
      { error: 'forbidden', message: '' },
      { message: expect.stringContaining('interview:read') },
    ],
  ])('ends in an error at %s, not in an empty list', async (_what, status, body, failure) => {
    koji().get(LIST).reply(status, body);
    await expect(zapierErrorOf(poll({}, meta))).resolves.toMatchObject(failure);
  });

  test('waits as long as Koji asks', async () => {
    koji().get(LIST).reply(429, { error: 'rate_limited', message: '' }, { 'Retry-After': '17' });
    await expect(zapierErrorOf(poll({}, meta))).resolves.toMatchObject({ kind: 'ThrottledError', delay: 17 });
  });
});

test('a gate that can not be read is an error before anything is asked', async () => {
  await expect(zapierErrorOf(poll({ minimum_quality: '11' }))).resolves.toMatchObject({
    kind: 'HaltedError',
    message: 'Nothing was sent to Koji: the field Minimum Quality must be a whole number from 1 to 5.',
  });
});

test.each([
  ['an hour ahead', HOUR],
  ['an hour back', -HOUR],
])('a clock that is set %s while a list is read changes nothing', async (_how, by) => {
  const clock = jest.spyOn(Date, 'now');
  const { now } = performance;
  koji()
    .get(LIST)
    .reply(() => {
      const set = performance.timeOrigin + by;
      clock.mockImplementation(() => set + now.call(performance));
      return [200, { interviews: [entry('first', 2)], next_cursor: 'two' }];
    });
  koji()
    .get(`${LIST}&cursor=two`)
    .delay(50)
    .reply(200, { interviews: [entry('second', 3)], next_cursor: null });
  const polled = await poll();
  clock.mockRestore();
  expect(idsOf(polled)).toEqual(['first', 'second']);
});

test.each([
  ['a poll', {}],
  ['turning on', { isPopulatingDedupe: true }],
])('%s gives no part of a list that Koji is too slow to show', async (_name, meta) => {
  let time = performance.now();
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => time);
  for (const page of [1, 2, 3]) {
    koji()
      .get('/interviews')
      .query(({ cursor }) => cursor === (page === 1 ? undefined : `p${page}`))
      .reply(() => {
        time += 8_000;
        return [200, { interviews: [entry(`on_${page}`)], next_cursor: `p${page + 1}` }];
      });
  }
  const failure = await zapierErrorOf(poll({}, meta));
  clock.mockRestore();
  expect(failure).toMatchObject({ kind: 'AppError', code: 'list_too_slow' });
  expect(failure.message).toMatch(/^Koji lists interviews so slowly/);
});
