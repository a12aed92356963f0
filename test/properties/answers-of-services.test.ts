import fc from 'fast-check';
import { annotateCharts } from '../../amplitude/annotations.ts';
import { allowedAt, exportStatus, exportUsage, requestExport } from '../../amplitude/cohort-export.ts';
import { listCohorts } from '../../amplitude/cohorts.ts';
import { readUpload } from '../../amplitude/failures.ts';
import { amplitudeUserSchema, findUser } from '../../amplitude/find-user.ts';
import { lastInterviewAt } from '../../amplitude/last-interview.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import { getInterview, subscribe, unsubscribe } from '../../koji/api.ts';
import { analyzedSince } from '../../koji/list.ts';
import { probeKojiKey } from '../../koji/probe.ts';
import { startInterview } from '../../koji/start.ts';
import { always, expectExact, jsonText, odd, roughly } from '../support/property.ts';
import { networkOf, reply } from '../support/wire.ts';
import { oddInterviews } from '../support/wire-interviews.ts';

const PERSON = 'person@example.com';
const KEY = 'pk_live_9f1b27c4d8e35a60';
const told = fc.constantFrom(`no access for ${PERSON}`, `the key ${KEY} is wrong`, `${PERSON}:${KEY}`);
const list = (entry: fc.Arbitrary<unknown>) => fc.array(entry, { maxLength: 4 });
const count = fc.oneof(fc.nat(), fc.double());

/** Bodies that one of the services could send, with some of it odd, and with people and keys where they should not be. */
const body = fc.oneof(
  fc.oneof(odd, fc.string({ unit: 'binary' }), told).map((text) => (typeof text === 'string' ? text : jsonText(text))),
  fc
    .oneof(
      roughly({ error: told, message: told, code: fc.integer(), missing_field: told, events_ingested: fc.nat() }),
      roughly({ error: roughly({ metadata: roughly({ details: told }) }), success: fc.constant(false) }),
      oddInterviews,
      roughly({ interview: oddInterviews }),
      roughly({ interviews: list(oddInterviews), next_cursor: fc.constantFrom(null, 'next') }),
      roughly({ interview_id: told, interview_url: told, started_at: odd, id: told, secret: told }),
      roughly({ cohorts: list(roughly({ id: told, name: told, size: count, lastComputed: count })) }),
      roughly({ rest_download: roughly({ limit: count, usage: count, resets_at: odd }), limit: count, count }),
      roughly({ matches: list(roughly({ user_id: fc.constant('user_1'), amplitude_id: fc.nat() })) }),
      roughly({
        userData: roughly({
          properties: fc.dictionary(
            fc.constantFrom('last_interview_at', 'last_interview_quality', 'email', 'plan'),
            odd,
          ),
        }),
      }),
      roughly({ request_id: told, async_status: fc.constantFrom('JOB COMPLETED', 'JOB FAILED') }),
      roughly({ data: list(roughly({ id: told, label: told, start: odd })) }),
    )
    .map(jsonText),
);
const answers = fc.record({
  status: fc.oneof(
    { arbitrary: fc.constant(200), weight: 3 },
    {
      arbitrary: fc.constantFrom(201, 202, 204, 301, 308, 400, 401, 402, 403, 404, 405, 409, 413, 422, 429, 500, 503),
      weight: 2,
    },
  ),
  bodies: fc.array(body, { minLength: 1, maxLength: 3 }),
  retryAfter: fc.constantFrom(undefined, '0', '30', '-1', '1e9', '99999999999', 'Thu, 26 Nov 2026 10:00:00 GMT', KEY),
});
type Answers = typeof answers extends fc.Arbitrary<infer Value> ? Value : never;

const serviceOf = ({ status, bodies, retryAfter }: Answers) => {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  const { send } = networkOf((_request, index) => reply(status, bodies[index % bodies.length], headers));
  return { send, url: 'https://koji.so/api/v1', host: 'https://amplitude.com', now };
};
type Service = ReturnType<typeof serviceOf>;

const now = () => Date.UTC(2026, 10, 26);
const calls: [name: string, call: (service: Service, answer: Answers) => unknown][] = [
  ['an interview', (koji) => getInterview(koji, 'int_1')],
  [
    'the list of interviews',
    (koji) =>
      analyzedSince(
        koji,
        () => 0,
        { interviews: 9, pages: 3 },
        (one) => one,
      ),
  ],
  ['a start', (koji) => startInterview(koji, 'project', startInput)],
  [
    'a subscription',
    (koji) => subscribe(koji, 'https://hooks.zapier.com/1', 'Use the other trigger.').then(({ id }) => typeof id),
  ],
  ['the end of a subscription', (koji) => unsubscribe(koji, 'hook_1')],
  ['a test of the key', (koji) => probeKojiKey(koji, 'int_none', 1_000)],
  ['an upload', (_service, { status, bodies }) => readUpload(reply(status, bodies[0]))],
  ['the list of cohorts', (amplitude) => listCohorts(amplitude)],
  ['the quota of exports', (amplitude) => exportUsage(amplitude)],
  ['an export', (amplitude) => requestExport(amplitude, 'cohort', [])],
  ['how far an export is', (amplitude) => exportStatus(amplitude, 'request')],
  ['a person', (amplitude) => findUser(amplitude, 'user_1')],
  ['the last interview of a person', (amplitude) => lastInterviewAt(amplitude, 'user_1')],
  ['a line on the charts', (amplitude) => annotateCharts(amplitude, annotationOf)],
];
const startInput = { respondent_email: 'ada@example.com' } as Parameters<typeof startInterview>[2];
const annotationOf = { label: 'Interview', start: now() } as Parameters<typeof annotateCharts>[1];

test.each(calls)(
  'whatever answers %s is read exactly, or refused in words without a key or a person',
  async (_name, call) => {
    await always(answers, async (answer) => {
      const outcome = await Promise.resolve()
        .then(() => call(serviceOf(answer), answer))
        .catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(VendorFailure);
        expect(outcome.message).not.toMatch(/person@|9f1b27|NaN|undefined|\[object/);
        const { waitSeconds = 1 } = (outcome as VendorFailure).details;
        expect(waitSeconds).toBeGreaterThanOrEqual(1);
        expect(waitSeconds).toBeLessThanOrEqual(14_400);
      } else expectExact(outcome);
    });
  },
);

describe('what a service says of itself', () => {
  test('a quota of whatever numbers allows the next export at a moment, or not before the reset', async () => {
    const amount = fc.oneof(fc.nat({ max: 600 }), fc.integer(), fc.double());
    const quotas = fc.record({ limit: amount, usage: amount, resets_at: fc.oneof(odd, fc.nat()) });
    await always(fc.tuple(quotas, fc.option(fc.integer({ min: 0, max: now() }))), async ([quota, lastRequestedAt]) => {
      const { send } = networkOf(() => reply(200, jsonText({ rest_download: quota })));
      const usage = await exportUsage({ send, host: 'https://amplitude.com' });
      if (usage === null) return;
      const allowed = allowedAt(usage, lastRequestedAt, now());
      expect(() => new Date(allowed ?? 0).toISOString()).not.toThrow();
    });
  });

  test('a person with whatever properties is found, and the moment of the last interview said or not', async () => {
    const names = fc.constantFrom(
      'last_interview_at',
      'last_interview_themes',
      'last_interview_quality',
      'email',
      'plan',
    );
    await always(
      fc.dictionary(names, fc.oneof(odd, fc.dictionary(fc.constantFrom('toString', 'valueOf'), odd))),
      async (properties) => {
        const { send } = networkOf((_request, index) =>
          reply(
            200,
            index % 2 === 0
              ? { matches: [{ user_id: 'user_1', amplitude_id: 1 }] }
              : jsonText({ userData: { properties } }),
          ),
        );
        const amplitude = { send, host: 'https://amplitude.com' };
        const [user] = await findUser(amplitude, 'user_1');
        expectExact(user);
        expect(amplitudeUserSchema.parse(user)).toEqual(user);
        const last = await lastInterviewAt(amplitude, 'user_1');
        expect(user?.last_interview_at).toBe(typeof last === 'number' ? new Date(last).toISOString() : null);
      },
    );
  });
});
