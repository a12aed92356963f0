import { rowsOf } from '../../boundary/error-table.ts';
import type { FailureKind } from '../../boundary/failure.ts';
import type { Reply } from '../../boundary/send.ts';
import { getToldInterview, subscribe, toldInterview } from '../../koji/api.ts';
import { kojiErrors, kojiFindings, startErrors, webhookErrors } from '../../koji/errors.ts';
import { kojiError, kojiFacts, kojiFailure } from '../../koji/failures.ts';
import { interviewById } from '../../koji/find-interview.ts';
import { analyzedSince, furthest, interviewsOf, latestWanted, noList } from '../../koji/list.ts';
import { probeKojiKey } from '../../koji/probe.ts';
import { clockAt } from '../support/clock.ts';
import { unreached } from '../support/error-rows.ts';
import { failureOf } from '../support/failures.ts';
import { errorReply, htmlReply, kojiAnswering } from '../support/koji.ts';
import { reply } from '../support/wire.ts';

const KEY = 'pk_live_51c8e2aa90d7443bb1f0';

const answers: [string, Reply, FailureKind, string][] = [
  ['401 unauthorized', errorReply(401, 'unauthorized', 'Invalid API key'), 'connection', 'unauthorized'],
  ['401 of a web page, which says nothing of the key', htmlReply(401), 'retry', 'blocked'],
  ['401 of a host on the way', reply(401, { error: 'Sign in first', message: 'x' }), 'retry', 'blocked'],
  ['402', errorReply(402, 'payment_required', 'Out of credits'), 'connection', 'payment_required'],
  ['402 of a web page', htmlReply(402), 'connection', 'http_402'],
  ['403 forbidden', errorReply(403, 'forbidden', 'Missing permission'), 'connection', 'forbidden'],
  ['403 with a plan code', errorReply(403, 'plan_required', 'Not on Insights'), 'connection', 'plan_required'],
  ['403 with a code unknown to us', errorReply(403, 'region_blocked', 'No'), 'connection', 'region_blocked'],
  ['403 of a firewall', htmlReply(403), 'retry', 'blocked'],
  ['404', errorReply(404, 'not_found', 'No such interview'), 'data', 'not_found'],
  ['404 of a web page, as where an address has moved', htmlReply(404), 'retry', 'http_404'],
  ['405', errorReply(405, 'method_not_allowed', 'No'), 'connection', 'method_not_allowed'],
  ['410', errorReply(410, 'gone', 'Deleted'), 'data', 'gone'],
  ['410 without words', reply(410), 'retry', 'http_410'],
  ['404 of a host on the way', reply(404, { statusCode: 404, error: 'Not Found', message: 'x' }), 'retry', 'http_404'],
  ['404 with an object for a code', reply(404, { error: { code: 'not_found' } }), 'retry', 'http_404'],
  ['400 of a web page', htmlReply(400), 'retry', 'http_400'],
  ['451 of a web page', htmlReply(451), 'retry', 'http_451'],
  ['400', errorReply(400, 'invalid_request', 'mode is unknown'), 'data', 'invalid_request'],
  ['409', errorReply(409, 'conflict', 'Exists'), 'data', 'conflict'],
  ['422', errorReply(422, 'unprocessable', 'locale is unknown'), 'data', 'unprocessable'],
  ['429', errorReply(429, 'rate_limited', 'Slow down'), 'wait', 'rate_limited'],
  ['408', reply(408), 'retry', 'http_408'],
  ['500', errorReply(500, 'internal', 'Oops'), 'retry', 'internal'],
  ['502 of a web page', htmlReply(502), 'retry', 'http_502'],
  ['503', reply(503), 'retry', 'http_503'],
  ['a redirect', reply(301, '', { location: 'https://www.koji.so/' }), 'connection', 'http_301'],
  ['200 of a web page', htmlReply(200), 'retry', 'http_200'],
];

describe('what an answer of Koji means for the person who owns the Zap', () => {
  test.each(answers)('%s', (_name, answer, kind, code) => {
    const { details } = kojiFailure(answer, 'interview:read');
    expect(details).toMatchObject({ service: 'Koji', kind, code, status: answer.status });
  });
});

const answersToStart: [string, Reply, FailureKind][] = [
  ['404: no study, so it is no fault of this person', errorReply(404, 'not_found', 'No such study'), 'connection'],
  ['410: a study that has ended', errorReply(410, 'study_closed', 'Closed'), 'connection'],
  ['409: a study that has ended', errorReply(409, 'study_closed', 'Closed'), 'connection'],
  ['404 of a web page', htmlReply(404), 'retry'],
  ['422: this person’s data', errorReply(422, 'unprocessable', 'No email'), 'data'],
];

describe('what an answer means where somebody is to be started', () => {
  test.each(answersToStart)('%s', (_name, answer, kind) => {
    expect(kojiFailure(answer, 'interview:start').details.kind).toBe(kind);
  });
});

describe('a refusal for the plan or for credits', () => {
  test.each([
    ...['plan_required', 'no_credit', 'credits_used_up', 'monthly-quota', 'billing', 'upgrade_required'],
    ...['plan.limit', 'payment:required', 'account.credits'],
  ])('is told by the code %s', (code) => {
    const { message } = kojiFailure(errorReply(403, code), 'interview:read');
    expect(message).toMatch(/^Your Koji plan or credits do not allow this\./);
  });

  test.each(['explanation_missing', 'accreditation', 'region_blocked', 'planet_blocked', 'creditor_unknown'])(
    'is not told by the code %s',
    (code) => {
      expect(kojiFailure(errorReply(403, code), 'interview:read').message).toMatch(/^Koji refused this \(403\)\./);
    },
  );
});

describe('how long to wait', () => {
  test.each([
    ['429 that says so', reply(429, '', { 'Retry-After': '17' }), 17],
    ['429 that says nothing', reply(429), 60],
    [
      '429 with a date and no other to count from',
      reply(429, '', { 'Retry-After': 'Sun, 24 May 2026 11:42:00 GMT' }),
      60,
    ],
    ['503 that says so', reply(503, '', { 'retry-after': '5' }), 5],
    ['503 that says nothing', reply(503), 60],
    ['500', reply(500, '', { 'retry-after': '5' }), undefined],
    ['404', reply(404, '', { 'retry-after': '5' }), undefined],
  ])('%s', (_name, answer, seconds) => {
    expect(kojiFailure(answer, 'interview:read').details.waitSeconds).toBe(seconds);
  });
});

describe('what people read', () => {
  test.each([
    [
      'a wrong key',
      errorReply(401, 'unauthorized', 'Invalid API key'),
      'Koji does not accept the API key: it is wrong or was revoked. Create or copy a key in Koji under Settings → Integrations (or Profile → API Keys) and reconnect.',
    ],
    [
      'no credits left',
      errorReply(402, 'insufficient_credits', 'You have 0 credits left.'),
      'Your Koji plan or credits do not allow this. Koji says: “You have 0 credits left.” Check your plan and credits in Koji.',
    ],
    [
      'a plan without the API',
      errorReply(403, 'upgrade_required', 'The API is part of Interviews.'),
      'Your Koji plan or credits do not allow this. Koji says: “The API is part of Interviews.” Check your plan and credits in Koji.',
    ],
    [
      'a missing permission',
      errorReply(403, 'forbidden', 'no'),
      'The Koji API key lacks the permission interview:start. Give it that permission in Koji, or connect a key that has it.',
    ],
    ['another 403', errorReply(403, 'region_blocked'), 'Koji refused this (403). Koji says: status 403.'],
    [
      'a firewall',
      htmlReply(403),
      'Something on the way to Koji blocked the request (403): a firewall, a proxy or a restricted region. The key may be fine. Try again in a few minutes.',
    ],
    [
      'an unknown id',
      errorReply(404, 'not_found', 'Interview not found.'),
      "Koji did not find this in the key's project (404). Koji says: “Interview not found.” Check the id.",
      'interview:read',
    ],
    [
      'a study that has ended',
      errorReply(410, 'study_closed', 'This study is closed.'),
      "Koji starts nobody with this API key (410). Koji says: “This study is closed.” Check that the key is your study's and that the study takes answers.",
    ],
    [
      'too many requests',
      reply(429),
      'Koji takes 60 requests a minute for each key, and this was one too many. It can run again in a minute.',
    ],
    [
      'too many requests, where Koji asks for a longer pause',
      reply(429, '', { 'retry-after': '900' }),
      'Koji takes 60 requests a minute for each key, and this was one too many. It can run again in 15 minutes.',
    ],
    ['an overload', htmlReply(503), 'Koji has a problem right now (503). It can run again in a minute.'],
    ['a breakdown', htmlReply(502), 'Koji has a problem right now (502). Try again in a few minutes.'],
    [
      'a redirect',
      reply(302),
      'Koji answered with a redirect (302), which is not followed because your API key would travel with it. Please tell Koji support.',
    ],
    [
      'a refusal',
      errorReply(422, 'invalid', 'locale “xx” is unknown'),
      'Koji did not take this (422). Koji says: “locale “xx” is unknown”',
    ],
    [
      'an answer that is not data',
      reply(204),
      'Koji answered 204 with something that is not its usual data. Try again in a few minutes.',
    ],
  ])('%s', (_name, answer, message, permission = 'interview:start') => {
    expect(kojiFailure(answer, permission).message).toBe(message);
  });

  const statuses = [200, 204, 301, 400, 401, 402, 403, 404, 408, 409, 410, 422, 429, 500, 502, 503, 504];

  test.each(statuses)('of a %d whose message goes on and on, at most 249 characters', (status) => {
    const answers = ['forbidden', 'plan_required', 'other'].map((code) =>
      errorReply(status, code, 'very long words '.repeat(100)),
    );
    for (const { message } of answers.flatMap((answer) => [
      kojiFailure(answer, 'interview:complete'),
      kojiFailure(answer, 'interview:start'),
    ])) {
      expect(message.length).toBeLessThan(250);
      expect(message).not.toContain('very long words '.repeat(6));
    }
  });

  test('of an answer whose message quotes the API key, everything but the key', () => {
    for (const status of statuses) {
      for (const code of ['forbidden', 'plan_required', 'other']) {
        const said = `The key ${KEY} may not do this.`;
        expect(kojiFailure(errorReply(status, code, said), 'interview:read').message).not.toContain('51c8e2');
      }
    }
  });

  test('not even a part of a key that the cut through a long message leaves', () => {
    const said = `${'x'.repeat(70)} ${KEY} may not do this.`;
    expect(kojiFailure(errorReply(400, 'invalid', said), 'interview:read').message).not.toContain('51c8e2');
  });
});

describe("Koji's error body", () => {
  test('code and message', () => {
    expect(kojiError(errorReply(404, 'not_found', 'No such interview'))).toEqual({
      error: 'not_found',
      message: 'No such interview',
    });
  });

  test.each([
    ['no message', { error: 'not_found' }],
    ['a message that is no text', { error: 'not_found', message: { en: 'No' } }],
  ])('with %s it still has its code', (_name, body) => {
    expect(kojiError(reply(404, body))).toEqual({ error: 'not_found', message: '' });
  });

  test.each([
    ['a web page', htmlReply(404)],
    ['nothing', reply(404)],
    ['an object without a code', reply(404, { message: 'Not found' })],
    ['a code that is no text', reply(404, { error: { code: 'not_found' } })],
    ['a list', reply(404, '["not_found"]')],
  ])('%s is none', (_name, answer) => {
    expect(kojiError(answer)).toBeNull();
  });
});

const answersToSubscribe: [string, Reply, string][] = [
  ['a plan without webhooks', errorReply(403, 'plan_required'), 'plan_required'],
  ['an API without webhooks', htmlReply(404), 'http_404'],
  ['a key that may not read', errorReply(403, 'forbidden'), 'forbidden'],
];

test('a firewall on the way to webhooks says nothing of the plan', async () => {
  const { koji } = kojiAnswering(htmlReply(403));
  const failure = await failureOf(() => subscribe(koji, 'https://hooks.zapier.com/1', 'Poll.'));
  expect(failure.details).toMatchObject({ kind: 'retry', code: 'blocked' });
});

test.each(answersToSubscribe)(
  '%s keeps webhooks from being added: mend the connection',
  async (_name, answer, code) => {
    const failure = await failureOf(() => subscribe(kojiAnswering(answer).koji, 'https://hooks.zapier.com/1', 'Poll.'));
    expect(failure.details).toEqual({ service: 'Koji', kind: 'connection', code, status: answer.status });
  },
);

/** A clock on which half a minute passes between any two looks. */
const racing = () => {
  let time = 0;
  return () => {
    time += 30_000;
    return time;
  };
};

/** A list of many pages; on each one interview, analyzed so long after 2026 began. */
const paged = (daysOf: (page: number) => number, answer: (page: number) => Reply | null = () => null) => {
  let page = 0;
  return kojiAnswering(() => {
    page += 1;
    const analyzed_at = new Date(Date.UTC(2026, 0, daysOf(page))).toISOString();
    const interviews = [{ interview_id: `int_${page}`, analyzed_at }];
    return answer(page) ?? reply(200, { interviews, next_cursor: page });
  }).koji;
};

const findings: [what: string, attempt: () => unknown, kind: FailureKind, code: string][] = [
  [
    'a list that takes too long',
    () =>
      analyzedSince(
        { ...kojiAnswering(reply(200, { interviews: [] })).koji, now: racing() },
        () => 0,
        furthest,
        () => null,
      ),
    'retry',
    'list_too_slow',
  ],
  [
    'a list that breaks off',
    () =>
      analyzedSince(
        paged(
          () => 1,
          (page) => (page === 1 ? null : errorReply(404, 'not_found')),
        ),
        () => 0,
        furthest,
        () => null,
      ),
    'retry',
    'list_broke_off',
  ],
  [
    'a long list with the newest last',
    () =>
      analyzedSince(
        paged((page) => page),
        () => 0,
        furthest,
        () => null,
      ),
    'connection',
    'newest_last',
  ],
  [
    'a list of nothing that can be read',
    () => latestWanted(kojiAnswering(reply(200, { interviews: [{ uuid: 'int_1' }] })).koji, () => true, 3),
    'connection',
    'unreadable_list',
  ],
  [
    'a person among others without end',
    () =>
      interviewsOf(
        paged(() => 1),
        [{ external_id: 'user_1' }],
        () => false,
      ),
    'data',
    'not_among_first',
  ],
  [
    'an interview that is not there',
    () => interviewById(kojiAnswering(errorReply(404, 'not_found')).koji, 'int_1', clockAt(0).timing),
    'retry',
    'no_interview',
  ],
  [
    'an interview that ended just now, without its analysis',
    () => {
      const completed_at = '2026-05-24T11:41:22Z';
      const early = { interview_id: 'int_1', status: 'completed', completed_at };
      return interviewById(kojiAnswering(reply(200, early)).koji, 'int_1', clockAt(Date.parse(completed_at)).timing);
    },
    'retry',
    'analysis_pending',
  ],
  [
    'a delivery ahead of the analysis',
    () => {
      const early = { interview_id: 'int_1', status: 'completed' };
      return getToldInterview(kojiAnswering(reply(200, early)).koji, { interviewId: 'int_1', isAnonymous: false });
    },
    'retry',
    'not_analyzed_yet',
  ],
  [
    'a delivery of an interview that is not there',
    () => toldInterview(kojiAnswering(errorReply(404, 'not_found')).koji, { interviewId: 'int_1', isAnonymous: false }),
    'retry',
    'told_unknown',
  ],
  ['a host that is not Koji', () => probeKojiKey(kojiAnswering(htmlReply(200)).koji, 'id', 7_500), 'retry', 'not_koji'],
  [
    'no list of interviews',
    () => {
      throw noList('Use the webhook.');
    },
    'connection',
    'no_list',
  ],
];

describe('what no single answer shows', () => {
  test.each(findings)('%s', async (_name, attempt, kind, code) => {
    expect((await failureOf(attempt)).details).toMatchObject({ code, kind });
  });
});

describe('every row of the tables', () => {
  const factsIn = (cases: [string, Reply, ...unknown[]][]) => cases.map(([, answer]) => kojiFacts(answer));
  const own = ({ rows }: typeof kojiErrors) => rows.filter((row) => !kojiErrors.rows.includes(row));

  test('is reached by an answer above', () => {
    expect(unreached(rowsOf(kojiErrors), factsIn(answers))).toEqual([]);
    expect(unreached(own(startErrors), factsIn(answersToStart))).toEqual([]);
    expect(unreached(own(webhookErrors), factsIn(answersToSubscribe))).toEqual([]);
    expect(findings.map(([, , , code]) => code).sort()).toEqual(
      Object.values(kojiFindings)
        .map(({ code }) => code)
        .sort(),
    );
  });

  test('is missed where no answer reaches it, also one that stands below a row that takes its answers', () => {
    const teapot = { when: { status: [418] }, kind: 'data', says: 'Koji is a teapot.' } as const;
    expect(unreached([teapot, ...rowsOf(kojiErrors)], factsIn(answers))).toEqual(['Koji is a teapot.']);
    const shadowed = { ...teapot, when: { status: [401] } } as const;
    expect(unreached([...rowsOf(kojiErrors), shadowed], factsIn(answers))).toEqual(['Koji is a teapot.']);
  });
});
