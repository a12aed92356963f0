import type { OutgoingRequest, Reply } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { findInput, findInterview, interviewById } from '../../koji/find-interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { clockAt } from '../support/clock.ts';
import { expectToBeReadInFull, failureOf } from '../support/failures.ts';
import { errorReply, kojiAnswering } from '../support/koji.ts';
import { reply } from '../support/wire.ts';

const isList = ({ url }: OutgoingRequest) => new URL(url).pathname.endsWith('/interviews');

/** Searches a Koji that has this one interview, and gives it whatever it is asked for. */
const find = async (input: Record<string, unknown>, interview: object = {}) => {
  const known = { ...sampleWireInterview, ...interview };
  const { koji, requests } = kojiAnswering((request) =>
    reply(200, isList(request) ? { interviews: [known], next_cursor: null } : known),
  );
  const found = await findInterview(koji, readInput('Koji', findInput, input));
  return { found: found?.map(({ id }) => id), urls: requests.map(({ url }) => url) };
};

const HERS = 'int_sample_4f9d2c81';

describe('by interview id', () => {
  test('is asked for directly, so that it needs no list', async () => {
    await expect(find({ interview_id: ` ${HERS} ` })).resolves.toEqual({
      found: [HERS],
      urls: [`https://koji.so/api/v1/interviews/${HERS}`],
    });
  });

  test('one that is not analyzed yet is found', async () => {
    const { koji } = kojiAnswering(reply(200, { ...sampleWireInterview, status: 'in_progress', quality_score: null }));
    await expect(findInterview(koji, { interview_id: HERS })).resolves.toMatchObject([
      { id: HERS, is_analyzed: false, quality_score: null },
    ]);
  });

  test('an unknown one is a miss', async () => {
    const { koji } = kojiAnswering(errorReply(404, 'not_found'));
    await expect(findInterview(koji, { interview_id: 'int_of_another_project' })).resolves.toEqual([]);
  });

  test('the answer has to be the interview that was asked for', async () => {
    await expect(find({ interview_id: 'int_other' })).resolves.toMatchObject({ found: [] });
  });

  test.each(['.', '..', '../webhooks'])('%s reaches no endpoint and is a miss', async (interview_id) => {
    await expect(find({ interview_id })).resolves.toEqual({ found: [], urls: [] });
  });

  test.each([
    ['fits', { respondent_email: 'ada@example.com' }, [HERS]],
    ['is of somebody else', { respondent_email: 'eve@example.com' }, []],
    ['is of another id', { respondent_id: 'user_1' }, []],
  ])('with a respondent beside it, the interview %s', async (_name, respondent, found) => {
    await expect(find({ interview_id: HERS, ...respondent })).resolves.toMatchObject({ found });
  });
});

describe('by respondent', () => {
  test.each([
    ['as it is', 'ada@example.com', [HERS]],
    ['with spaces around it', '  ada@example.com ', [HERS]],
    ['in capital letters', 'Ada@Example.COM', [HERS]],
    ['of somebody else', 'eve@example.com', []],
    ['that only begins alike', 'ada@example.co', []],
  ])('an email %s', async (_name, respondent_email, found) => {
    await expect(find({ respondent_email })).resolves.toMatchObject({ found });
  });

  test.each([
    ['as it is', 'user_10042', [HERS]],
    ['with a space behind it', 'user_10042 ', []],
    ['in capital letters', 'USER_10042', []],
  ])('an id %s', async (_name, respondent_id, found) => {
    await expect(find({ respondent_id })).resolves.toMatchObject({ found });
  });

  test('an id that is a number is its digits', async () => {
    await expect(
      find({ respondent_id: 10042 }, { respondent: { ...sampleWireInterview.respondent, external_id: 10042 } }),
    ).resolves.toMatchObject({ found: [HERS] });
  });

  describe('started under an email in capitals', () => {
    const earlier = {
      respondent_email: 'Ada@Example.com',
      respondent: { ...sampleWireInterview.respondent, external_id: 'Ada@Example.com' },
    };

    test.each([
      ['is found by the email in small letters', { respondent_email: 'ada@example.com' }, [HERS]],
      ['is found by an id that is this email', { respondent_id: 'ada@example.com' }, [HERS]],
      ['is not found by another email', { respondent_id: 'eve@example.com' }, []],
    ])('%s', async (_name, input, found) => {
      await expect(find(input, earlier)).resolves.toMatchObject({ found });
    });

    test.each([
      ['respondent_email', { respondent_email: 'Ada@Example.com' }],
      ['external_id', { respondent_id: 'Ada@Example.com' }],
    ])(
      'and searched for likewise, is asked for as typed and as Start Interview spells it (%s)',
      async (name, input) => {
        const { found, urls } = await find(input, earlier);
        expect(found).toEqual([HERS]);
        expect(urls).toEqual(
          ['Ada%40Example.com', 'ada%40example.com'].map(
            (email) => `https://koji.so/api/v1/interviews?${name}=${email}&limit=50`,
          ),
        );
      },
    );
  });

  test('an email and an id have to fit both, and Koji is asked for both', async () => {
    await expect(find({ respondent_email: 'ada@example.com', respondent_id: 'a b&c' })).resolves.toEqual({
      found: [],
      urls: ['https://koji.so/api/v1/interviews?respondent_email=ada%40example.com&external_id=a+b%26c&limit=50'],
    });
  });

  test('an email alone is all that Koji is asked for', async () => {
    const { urls } = await find({ respondent_email: 'ada@example.com' });
    expect(urls).toEqual(['https://koji.so/api/v1/interviews?respondent_email=ada%40example.com&limit=50']);
  });

  test('where Koji has no list, that is said', async () => {
    const { koji } = kojiAnswering(reply(405));
    await expect(findInterview(koji, { respondent_email: 'ada@example.com' })).resolves.toBeNull();
  });
});

describe('of one study alone', () => {
  test.each([
    ['by its id, of that study', { interview_id: HERS, study_id: 'stu_6b1e07' }, [HERS]],
    ['by its id, of another', { interview_id: HERS, study_id: 'stu_gone' }, []],
    ['by email, of that study', { respondent_email: 'ada@example.com', study_id: ' stu_6b1e07' }, [HERS]],
    ['by email, of another, whatever Koji gives', { respondent_email: 'ada@example.com', study_id: 'stu_gone' }, []],
  ])('%s', async (_name, input, found) => {
    await expect(find(input)).resolves.toMatchObject({ found });
  });

  test('Koji is asked for that one', async () => {
    const { urls } = await find({ respondent_id: 'user_10042', study_id: 'stu_6b1e07' });
    expect(urls).toEqual(['https://koji.so/api/v1/interviews?external_id=user_10042&study_id=stu_6b1e07&limit=50']);
  });

  test('a study alone is nothing to search by', async () => {
    const failure = await failureOf(() => find({ study_id: 'stu_6b1e07' }));
    expect(failure.details.code).toBe('nothing_to_search_for');
  });
});

describe('what an anonymous interview hides can not be found by it (K14)', () => {
  const flagged = { anonymous: true };
  const flaggedRespondent = { respondent: { ...sampleWireInterview.respondent, is_anonymous: true } };
  const withheld = { respondent_email: null, respondent: { external_id: 'ada@example.com', display_name: 'Ada' } };

  test.each([
    ['by email, where it is flagged', { respondent_email: 'ada@example.com' }, flagged],
    ['by id, where it is flagged', { respondent_id: 'user_10042' }, flagged],
    ['by email, where the respondent is flagged', { respondent_email: 'ada@example.com' }, flaggedRespondent],
    ['by an id that is the withheld email', { respondent_id: 'ada@example.com' }, withheld],
    ['by email, where it is withheld', { respondent_email: 'ada@example.com' }, withheld],
    ['by its own id, with the email beside it', { interview_id: HERS, respondent_email: 'ada@example.com' }, flagged],
  ])('%s', async (_name, input, interview) => {
    await expect(find(input, interview)).resolves.toMatchObject({ found: [] });
  });

  test('by its own id it is found, without the person', async () => {
    const { koji } = kojiAnswering(reply(200, { ...sampleWireInterview, ...flagged }));
    await expect(findInterview(koji, { interview_id: HERS })).resolves.toMatchObject([
      { is_anonymous: true, respondent_email: null, respondent_id: null, respondent_name: null, metadata: {} },
    ]);
  });

  test('an id that was given without any email finds its interview', async () => {
    await expect(find({ respondent_id: 'user_10042' }, { respondent_email: null })).resolves.toMatchObject({
      found: [HERS],
    });
  });
});

describe('nothing is asked of Koji', () => {
  const { koji, requests } = kojiAnswering(reply(200, { interviews: [sampleWireInterview] }));
  const attempt = (input: Record<string, unknown>) =>
    failureOf(async () => findInterview(koji, readInput('Koji', findInput, input)));

  afterEach(() => expect(requests).toEqual([]));

  test.each([
    ['nothing at all', {}],
    ['empty fields', { interview_id: '', respondent_email: null, respondent_id: '  ' }],
  ])('in a search for %s', async (_name, input) => {
    const failure = await attempt(input);
    expect(failure.details).toMatchObject({ service: 'Koji', kind: 'data', code: 'nothing_to_search_for' });
    expect(failure.message).toContain('fill in Interview ID, Respondent Email or Respondent ID');
  });

  test.each([
    ['Interview ID', { interview_id: ['int_1'] }],
    ['Respondent Email', { respondent_email: {} }],
    ['Respondent ID', { respondent_id: true }],
  ])('when %s is no text', async (field, input) => {
    const failure = await attempt(input);
    expect(failure.message).toBe(`Nothing was sent to Koji: the field ${field} must be text.`);
  });

  test.each(['ada', 'redacted@ada', '"Ada" <ada@example.com>', 'ada@example.com, bob@example.com'])(
    'when Respondent Email is %s',
    async (respondent_email) => {
      const failure = await attempt({ respondent_email, interview_id: HERS });
      expect(failure.message).toBe(
        'Nothing was sent to Koji: the field Respondent Email must be one email address, such as ada@example.com.',
      );
    },
  );

  test.each([
    ['Interview ID', { interview_id: '{{123__id}}' }],
    ['Respondent Email', { respondent_email: 'x {{123__email}}', interview_id: HERS }],
    ['Respondent ID', { respondent_id: '{{ 123__data__id }}' }],
  ])('when %s is mapped to something that is not there', async (field, input) => {
    const failure = await attempt(input);
    expect(failure.details.kind).toBe('data');
    expect(failure.message).toBe(
      `Nothing was sent to Koji: the field ${field} is mapped to something that an earlier step did not give.`,
    );
  });
});

describe('an interview that has to be there', () => {
  const ENDED = Date.parse('2026-05-24T11:41:22Z');
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const there = reply(200, sampleWireInterview);
  const missing = errorReply(404, 'not_found');

  /** Koji, which answers so, asked so long after the interview's end; with what it was waited for. */
  const asked = (answers: Reply[], id = HERS, since = MINUTE, patience = 0) => {
    const left = [...answers];
    const { timing, pauses, advance } = clockAt(ENDED + since);
    const { koji, requests } = kojiAnswering(() => {
      advance(patience);
      return left.shift() ?? missing;
    });
    return { outcome: interviewById(koji, id, timing), requests, pauses };
  };

  test('is given', async () => {
    const { outcome, pauses } = asked([there]);
    await expect(outcome).resolves.toMatchObject({ id: HERS });
    expect(pauses).toEqual([]);
  });

  test.each([
    [1, [2_000]],
    [2, [2_000, 4_000]],
  ])('and that Koji shows only after %i answers without it, too, after a while', async (count, waited) => {
    const { outcome, pauses } = asked([...Array<Reply>(count).fill(missing), there]);
    await expect(outcome).resolves.toMatchObject({ id: HERS });
    expect(pauses).toEqual(waited);
  });

  test.each([
    [1_000, 3],
    [2_000, 2],
    [6_000, 2],
    [6_001, 1],
  ])('is asked for within the time that a step can spare: answers that take %i ms, %i times', async (each, times) => {
    const { outcome, requests } = asked([], HERS, MINUTE, each);
    expect((await failureOf(outcome)).details.code).toBe('no_interview');
    expect(requests).toHaveLength(times);
  });

  test.each([
    ['is not there', missing, 'int_1', 3],
    ['was deleted', errorReply(410, 'gone'), 'int_1', 3],
    ['can be no id', there, '../webhooks', 0],
    ['was not asked for', there, 'int_other', 3],
  ])('and %s is a failure that says what to map', async (_name, answer, id, requested) => {
    const { outcome, requests, pauses } = asked([answer, answer, answer], id);
    const failure = await failureOf(outcome);
    expect(failure.details).toEqual({ service: 'Koji', kind: 'retry', code: 'no_interview', status: 0 });
    expect(requests).toHaveLength(requested);
    expect(pauses).toHaveLength(Math.max(0, requested - 1));
    expectToBeReadInFull(failure.message);
    expect(failure.message).toBe(
      "Koji has no interview of this Interview ID in the API key's project: it was deleted, is another project's, or the id is something else. Map Interview ID from the trigger or Start Interview. If it is new, run this again in a few minutes.",
    );
  });

  const early = reply(200, { ...sampleWireInterview, status: 'completed', quality_score: null });

  test.each([0, MINUTE, HOUR - 1, -MINUTE])('and is not analyzed %i ms after its end is waited for', async (since) => {
    const failure = await failureOf(asked([early], HERS, since).outcome);
    expect(failure.details).toMatchObject({ kind: 'retry', code: 'analysis_pending', waitSeconds: 60 });
    expectToBeReadInFull(failure.message);
  });

  test.each([HOUR, 30 * HOUR, -HOUR])('and is not analyzed %i ms after its end is given so', async (since) => {
    await expect(asked([early], HERS, since).outcome).resolves.toMatchObject({ is_analyzed: false });
  });

  test('and goes on is given so', async () => {
    const goingOn = { ...sampleWireInterview, status: 'in_progress', completed_at: null, quality_score: null };
    await expect(asked([reply(200, goingOn)]).outcome).resolves.toMatchObject({ is_analyzed: false });
  });

  test.each([
    ['a key that may not read', errorReply(403, 'forbidden'), 'forbidden'],
    ['a breakdown', errorReply(500, 'internal'), 'internal'],
  ])('%s is a failure of its own, at once', async (_name, answer, code) => {
    const { outcome, pauses } = asked([answer]);
    expect((await failureOf(outcome)).details.code).toBe(code);
    expect(pauses).toEqual([]);
  });
});
