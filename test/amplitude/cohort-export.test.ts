import {
  allowedAt,
  cohortGone,
  cohortNotListed,
  type ExportJob,
  exportJob,
  exportStatus,
  exportUsage,
  nextStep,
  type Purpose,
  requestExport,
} from '../../amplitude/cohort-export.ts';
import { brokenConnection } from '../support/amplitude.ts';
import { expectToBeReadInFull, failureOf } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 4, 24, 12);
const MONTHS_END = Date.UTC(2026, 5, 1);
const host = 'https://amplitude.com';
const BEFORE = '2026-05-24T06:00:00.000Z';
const SINCE = '2026-05-24T11:00:00.000Z';

const job = (changes: Partial<ExportJob> = {}): ExportJob => ({
  request_id: 'r1',
  cohort_computed_at: BEFORE,
  requested_at: NOW - HOUR,
  delivered_at: NOW - 50 * MINUTE,
  read_by: { ours: NOW - 50 * MINUTE },
  failed: false,
  ...changes,
});
const asked = (milliseconds: number, delivered: number | null = null): Partial<ExportJob> => ({
  requested_at: NOW - milliseconds,
  delivered_at: delivered === null ? null : NOW - delivered,
  read_by: delivered === null ? {} : { ours: NOW - delivered },
});

describe('what to do next', () => {
  test.each([31 * MINUTE, 2 * HOUR, 48 * HOUR])('an export that another Zap read %i ms ago is read', (since) => {
    const known = job({ requested_at: NOW - since, delivered_at: NOW - since, read_by: { other: NOW - since } });
    expect(nextStep({ job: known, computedAt: BEFORE, purpose: 'poll', everyHours: 3, reader: 'ours' }, NOW)).toBe(
      'resume',
    );
  });

  test.each<[string, ExportJob, Purpose, string | null, ReturnType<typeof nextStep>]>([
    ['while one is pending, though the cohort was computed anew', job(asked(MINUTE)), 'poll', SINCE, 'resume'],
    ['with a pending one, when the Zap is turned on', job(asked(59 * MINUTE)), 'turn on', SINCE, 'resume'],
    ['with one that hangs, before the next is due', job(asked(HOUR)), 'poll', SINCE, 'nothing'],
    ['with one that hangs, when the next is due', job(asked(3 * HOUR)), 'poll', BEFORE, 'request'],
    ['with one that hangs, for a person who waits', job(asked(HOUR)), 'turn on', BEFORE, 'request'],
    ['with one that failed, before the next is due', job({ failed: true }), 'poll', SINCE, 'nothing'],
    [
      'with one that failed, when the next is due',
      job({ failed: true, ...asked(3 * HOUR) }),
      'poll',
      BEFORE,
      'request',
    ],
    [
      'with one that failed just now, for a person',
      job({ failed: true, ...asked(MINUTE - 1) }),
      'sample',
      BEFORE,
      'nothing',
    ],
    [
      'with one that failed a minute ago, for a person',
      job({ failed: true, ...asked(MINUTE) }),
      'sample',
      BEFORE,
      'request',
    ],
    ['with one delivered lately', job(asked(HOUR, 29 * MINUTE)), 'poll', BEFORE, 'resume'],
    ['with one delivered half an hour ago', job(asked(HOUR, 30 * MINUTE)), 'poll', BEFORE, 'nothing'],
    ['with one of a new computation, before it is due', job(asked(2 * HOUR, HOUR)), 'poll', SINCE, 'nothing'],
    ['with one of a new computation, when it is due', job(asked(3 * HOUR, HOUR)), 'poll', SINCE, 'request'],
    ['with a cohort that was not computed since', job(asked(9 * HOUR, 8 * HOUR)), 'poll', BEFORE, 'nothing'],
    [
      'with a cohort that does not say when it was computed',
      job({ ...asked(3 * HOUR, HOUR), cohort_computed_at: null }),
      'poll',
      null,
      'request',
    ],
    ['turning on with the file of this computation', job(asked(99 * HOUR, 98 * HOUR)), 'turn on', BEFORE, 'resume'],
    ['turning on with a file of this hour', job(asked(59 * MINUTE, 50 * MINUTE)), 'turn on', SINCE, 'resume'],
    [
      'turning on with a file that lacks who entered for hours',
      job(asked(HOUR, 50 * MINUTE)),
      'turn on',
      SINCE,
      'request',
    ],
    ['showing people from any file', job(asked(99 * HOUR, 98 * HOUR)), 'sample', SINCE, 'resume'],
    ['with one from before the clock was set back', job(asked(-DAY, -DAY)), 'poll', SINCE, 'request'],
    ['with a file whose link has expired', job(asked(7 * 24 * HOUR, 6 * 24 * HOUR)), 'sample', BEFORE, 'request'],
  ])('%s', (_name, known, purpose, computedAt, step) => {
    expect(nextStep({ job: known, computedAt, purpose, everyHours: 3, reader: 'ours' }, NOW)).toBe(step);
  });
});

test('is to wait for the one that is pending, however often a Zap may export', () => {
  const known = job(asked(30 * MINUTE));
  const situation = { job: known, computedAt: SINCE, purpose: 'poll', everyHours: 0.25, reader: 'ours' } as const;
  expect(nextStep(situation, NOW)).toBe('resume');
});

test('what is remembered of an export is read as it was written; before readers were, nobody has read it', () => {
  expect(exportJob.parse(JSON.parse(JSON.stringify(job())))).toEqual(job());
  const { read_by: _readers, ...older } = job();
  expect(exportJob.parse(older)).toEqual(job({ read_by: {} }));
});

describe('the quota', () => {
  test.each([
    ['is used up', 0, NOW + HOUR, null],
    ['is more than used up', -3, null, null],
    ['does not say until when lasts to the end of the month', 1, null, NOW - HOUR + MONTHS_END - NOW],
    ['says a moment that has passed lasts as long', 1, NOW - 1, NOW - HOUR + MONTHS_END - NOW],
    ['says this very moment lasts as long', 1, NOW, NOW - HOUR + MONTHS_END - NOW],
    ['says a moment too far away lasts as long', 2, NOW + 33 * DAY, NOW - HOUR + (MONTHS_END - NOW) / 2],
    ['says the longest time there is', 2, NOW + 32 * DAY, NOW - HOUR + 16 * DAY],
    ['has to last', 5, NOW + 50 * HOUR, NOW - HOUR + 10 * HOUR],
  ])('that %s', (_name, remaining, resetsAt, at) => {
    expect(allowedAt({ limit: 500, remaining, resetsAt }, NOW - HOUR, NOW)).toBe(at);
  });

  test.each([
    ['a fresh month', 500, 31, 0],
    ['half of it for half the month', 250, 15.5, 0],
    ['half of it for 20 days', 250, 20, 20 - 31 / 2],
    ['1 for 20 days', 1, 20, 20 - 31 / 500],
    ['more than the month needs', 400, 3, 3 - (31 * 4) / 5],
  ])('of which no export is remembered and is left: %s', (_name, remaining, days, waits) => {
    const now = MONTHS_END - days * DAY;
    const at = allowedAt({ limit: 500, remaining, resetsAt: MONTHS_END }, null, now);
    expect(((at ?? Number.NaN) - now) / DAY).toBeCloseTo(waits, 9);
  });

  test('is shared out as if no export were remembered where the last one was before the clock was set back', () => {
    const usage = { limit: 500, remaining: 400, resetsAt: MONTHS_END };
    expect(allowedAt(usage, NOW + DAY, NOW)).toBe(allowedAt(usage, null, NOW));
  });

  test.each([
    ['forgets at every poll', 1, 2, () => null],
    ['forgets, for three Zaps that poll every minute', 3, 1, () => null],
    ['remembers', 1, 15, (last: number | null) => last],
    ['remembers every other time', 1, 15, (last: number | null, poll: number) => (poll % 2 === 0 ? last : null)],
  ])('lasts the month with a cache that %s', (_name, zaps, everyMinutes, remembered) => {
    const start = Date.UTC(2026, 5, 1);
    const resetsAt = Date.UTC(2026, 6, 1);
    const last: (number | null)[] = Array.from({ length: zaps }, () => null);
    const requests: number[] = [];
    let polls = 0;
    for (let now = start; now < resetsAt; now += everyMinutes * MINUTE) {
      polls += 1;
      for (let zap = 0; zap < zaps; zap += 1) {
        const at = allowedAt(
          { limit: 500, remaining: 500 - requests.length, resetsAt },
          remembered(last[zap] ?? null, polls),
          now,
        );
        if (at === null || at > now) continue;
        requests.push(now);
        last[zap] = now;
      }
    }
    const by = (day: number) => requests.filter((at) => at < start + day * DAY).length;
    expect(by(4)).toBeLessThanOrEqual(68);
    expect(by(4)).toBeGreaterThan(50);
    expect(by(15)).toBeLessThanOrEqual(251);
    expect(by(30)).toBeLessThanOrEqual(500);
    expect(requests.at(-1)).toBeGreaterThan(resetsAt - DAY);
  });

  test.each([
    [
      'nested',
      { rest_download: { limit: 500, usage: 120, resets_at: '2026-06-01T00:00:00Z' } },
      380,
      Date.UTC(2026, 5, 1),
    ],
    [
      'nested deeper',
      { data: { rest_download: { limit: 500, usage: 120, resets_at: 1780272000 } } },
      380,
      1780272000000,
    ],
    ['flat', { limit: 500, count: 499 }, 1, null],
    ['as texts', { limit: '500', count: '499' }, 1, null],
  ])('is read where Amplitude writes it %s', async (_name, body, remaining, resetsAt) => {
    const { send, requests } = network(reply(200, body));
    await expect(exportUsage({ send, host })).resolves.toEqual({ limit: 500, remaining, resetsAt });
    expect(requests).toMatchObject([
      { method: 'GET', url: 'https://amplitude.com/api/3/cohorts/usage', timeoutMilliseconds: 3_000 },
    ]);
  });

  test.each([
    ['is not there', reply(404, {})],
    ['is a fault', reply(500, { limit: 500, count: 499 })],
    ['counts below nothing', reply(200, { limit: 500, count: -1 })],
    ['breaks off', brokenConnection],
    ['is a web page', reply(200, '<html>')],
    ['speaks of a part of an export', reply(200, { rest_download: { limit: 1, usage: 0.999_999_999_999 } })],
    ['says nothing of use', reply(200, { rest_download: { limit: 500 }, other: 3 })],
  ])('whose page %s holds nothing up', async (_name, reply) => {
    await expect(exportUsage({ send: network(reply).send, host })).resolves.toBeNull();
  });
});

describe('asking for an export', () => {
  test('names each property by itself', async () => {
    const { send, requests } = network(reply(202, { request_id: 'r1', cohort_id: 'c/1' }));
    await expect(requestExport({ send, host }, 'c/1', ['email', 'a b'])).resolves.toBe('r1');
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: 'https://amplitude.com/api/5/cohorts/request/c%2F1?props=1&propKeys=email&propKeys=a+b',
    });
  });

  test.each([
    [404, { error: { http_code: 404, metadata: { details: 'Cohort not found' } } }, 'data', 'no_cohort'],
    [404, { error: 'Not Found' }, 'connection', 'blocked'],
    [404, '<html>Not here</html>', 'connection', 'blocked'],
    [429, {}, 'wait', 'export_limit'],
    [500, {}, 'retry', 'http_500'],
  ])('that is answered %i %j is a failure of kind %s', async (status, body, kind, code) => {
    const failure = await failureOf(requestExport({ send: network(reply(status, body)).send, host }, 'c', []));
    expect(failure.details).toMatchObject({ kind, code, status });
    expectToBeReadInFull(failure.message);
  });

  test('whose id is cut in the middle of a character is none to ask for', async () => {
    const cut = network(reply(202, '{"request_id":"r\\ud83d"}'));
    const failure = await failureOf(requestExport({ send: cut.send, host }, 'c', []));
    expect(failure.details).toMatchObject({ kind: 'retry', status: 202 });
  });

  test('of more than Amplitude gives in a month names how many these are', async () => {
    const failure = await failureOf(requestExport({ send: network(reply(429, {})).send, host }, 'c', []));
    expect(failure.message).toContain('500');
  });

  test('of a cohort that is not listed now says that the next look may find it', () => {
    expectToBeReadInFull(cohortNotListed().message);
    expect(cohortNotListed().details).toMatchObject({ service: 'Amplitude', code: 'not_listed', status: 0 });
  });

  test('of a cohort that is gone says what to do', () => {
    expectToBeReadInFull(cohortGone().message);
    expect(cohortGone().message).toContain('Choose a cohort');
    expect(cohortGone().details.status).toBe(0);
  });
});

describe('an export', () => {
  test.each([
    [202, 'JOB INPROGRESS', 'running'],
    [200, 'JOB COMPLETED', 'ready'],
    [200, 'JOB INPROGRESS', 'running'],
    [202, 'JOB COMPLETED', 'running'],
    [200, 'job completed', 'ready'],
    [200, 'JOB FAILED', 'failed'],
    [202, 'job failed', 'failed'],
    [200, 'JOB COMPLETED WITH ERRORS', 'failed'],
    [200, 'JOB CANCELED', 'failed'],
  ])('whose status is %i %s is %s', async (status, async_status, expected) => {
    const { send, requests } = network(reply(status, { async_status }));
    await expect(exportStatus({ send, host }, 'r 1')).resolves.toBe(expected);
    expect(requests).toMatchObject([
      {
        method: 'GET',
        url: 'https://amplitude.com/api/5/cohorts/request-status/r%201',
        timeoutMilliseconds: 3_000,
      },
    ]);
  });

  test.each([400, 404, 410])('of which Amplitude itself answers %i has failed', async (status) => {
    const refused = network(
      reply(status, { error: { http_code: status, metadata: { details: 'Request not found' } } }),
    );
    await expect(exportStatus({ send: refused.send, host }, 'r1')).resolves.toBe('failed');
  });

  test.each(
    [400, 404, 410].flatMap((status) =>
      ['<html>Not here</html>', '', '{"error":"Not Found"}', '{"message":"no Route matched with those values"}'].map(
        (body): [number, string] => [status, body],
      ),
    ),
  )('of which any host on the way may answer %i %j is asked for again later', async (status, body) => {
    const { send } = network(reply(status, body));
    const failure = await failureOf(exportStatus({ send, host }, 'r1'));
    expect(failure.details).toMatchObject({ code: 'blocked', status });
  });

  test.each([201, 204])('whose status is answered with %i is not known', async (status) => {
    const odd = network(reply(status, { async_status: 'JOB COMPLETED' }));
    expect((await failureOf(exportStatus({ send: odd.send, host }, 'r1'))).details).toMatchObject({ status });
  });

  test('whose status Amplitude can not tell now is asked for again later', async () => {
    const failure = await failureOf(exportStatus({ send: network(reply(503, '')).send, host }, 'r1'));
    expect(failure.details).toMatchObject({ kind: 'retry', status: 503 });
  });
});
