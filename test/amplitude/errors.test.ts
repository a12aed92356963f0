import { annotateCharts, annotationInput } from '../../amplitude/annotations.ts';
import { cohortNotListed, requestExport } from '../../amplitude/cohort-export.ts';
import { downloadMembers } from '../../amplitude/cohort-file.ts';
import { currentMembers } from '../../amplitude/cohort-members.ts';
import { listCohorts, sampleCohort } from '../../amplitude/cohorts.ts';
import {
  amplitudeFindings,
  annotationErrors,
  exportErrors,
  restErrors,
  taxonomyErrors,
  uploadErrors,
} from '../../amplitude/errors.ts';
import {
  annotationFailure,
  apiFacts,
  readUpload,
  restFacts,
  restFailure,
  taxonomyFacts,
  taxonomyFailure,
  uploadFacts,
} from '../../amplitude/failures.ts';
import { hostsOf } from '../../amplitude/hosts.ts';
import { probeAmplitudeKeys } from '../../amplitude/probe.ts';
import { rowsOf } from '../../boundary/error-table.ts';
import type { FailureKind, VendorFailure } from '../../boundary/failure.ts';
import type { Reply } from '../../boundary/send.ts';
import { taken } from '../support/amplitude.ts';
import { clockAt } from '../support/clock.ts';
import { unreached } from '../support/error-rows.ts';
import { expectToBeReadInFull, failureOf, thrownBy } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';

const HTML = '<html><head><title>400 Bad Request</title></head><body>nginx</body></html>';
const KEY = 'a23fb4c5d6e7f80912a3b4c5d6e7f809';

const refusalOf = (reply: Reply): VendorFailure => thrownBy(() => readUpload(reply));

describe('an upload that Amplitude took in', () => {
  test('gives the number of events it took in', () => {
    expect(readUpload(taken)).toEqual({ eventsIngested: 1 });
  });

  test('counts none where Amplitude gives no number', () => {
    expect(readUpload(reply(200, { code: 200 }))).toEqual({ eventsIngested: 0 });
  });
});

const refused = (more: Record<string, unknown>) => reply(400, { code: 400, ...more });

const uploadAnswers: [string, Reply, VendorFailure['details']][] = [
  ...[{}, { message: 'Request blocked' }, { status: 'error', code: 'WAF' }].map(
    (body): [string, Reply, VendorFailure['details']] => [
      `what a host on the way sends as ${JSON.stringify(body)}`,
      reply(400, body),
      { service: 'Amplitude', kind: 'connection', code: 'blocked', status: 400 },
    ],
  ),
  [
    'a wrong API key',
    refused({ error: `Invalid API key: ${KEY}` }),
    { service: 'Amplitude', kind: 'connection', code: 'invalid_api_key', status: 400 },
  ],
  [
    'a missing API key',
    refused({ error: 'Request missing required field', missing_field: 'api_key' }),
    { service: 'Amplitude', kind: 'connection', code: 'invalid_api_key', status: 400 },
  ],
  [
    'a user id that is too short',
    refused({
      events_with_invalid_id_lengths: { user_id: [0] },
      error: 'Invalid id length for user_id or device_id',
    }),
    { service: 'Amplitude', kind: 'data', code: 'invalid_id_length', status: 400 },
  ],
  [
    'a user id that is too short, said in words only',
    refused({ error: 'Invalid id length for user_id or device_id' }),
    { service: 'Amplitude', kind: 'data', code: 'invalid_id_length', status: 400 },
  ],
  [
    'a silenced user',
    refused({
      error: 'Events silenced for device_id',
      eps_threshold: 100,
      exceeded_daily_quota_devices: {},
      silenced_devices: ['device-1'],
      silenced_events: [0],
      throttled_devices: {},
      throttled_events: [],
    }),
    { service: 'Amplitude', kind: 'data', code: 'silenced', status: 400 },
  ],
  [
    'silenced events without the name of a device',
    refused({ error: 'Events silenced for device_id', silenced_events: [0] }),
    { service: 'Amplitude', kind: 'data', code: 'silenced', status: 400 },
  ],
  [
    'a field with a wrong value',
    refused({ error: 'Invalid field values on some events', events_with_invalid_fields: { time: [0] } }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a wrong value beside lists that are there and empty',
    refused({
      error: 'Invalid field values on some events',
      events_with_invalid_fields: { time: [0] },
      events_with_missing_fields: {},
      silenced_devices: [],
      silenced_events: [],
    }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a wrong value beside an empty map of short ids',
    refused({
      error: 'Invalid field values on some events',
      events_with_invalid_fields: { time: [0] },
      events_with_invalid_id_lengths: {},
    }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a field that is missing on the event',
    refused({ error: 'Request missing required field', events_with_missing_fields: { event_type: [0] } }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a field that is missing on the request',
    refused({ error: 'Request missing required field', missing_field: 'events' }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'an event without an id',
    refused({ error: 'Request missing required field', missing_field: null }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a path that does not exist',
    refused({ error: 'Invalid request path' }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'an empty request',
    refused({ error: 'Missing request body' }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'broken JSON',
    refused({ error: 'Invalid JSON request body' }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a broken event',
    refused({ error: 'Invalid event JSON' }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  ['a refusal that gives no reason', refused({}), { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 }],
  [
    'a refusal whose every field has an unknown shape',
    reply(400, {
      code: '400',
      error: { text: 'no' },
      missing_field: 7,
      events_ingested: 'none',
      events_with_invalid_fields: [0],
      silenced_devices: 'device-1',
    }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a success whose body says 400',
    reply(200, { code: 400, error: 'Invalid field values on some events' }),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a success whose body says 429',
    reply(200, { code: 429, error: 'Too many requests for some devices and users' }),
    { service: 'Amplitude', kind: 'wait', code: 'throttled', status: 429, waitSeconds: 30 },
  ],
  [
    'a web page with status 200',
    reply(200, '<html>Welcome to the hotel</html>'),
    { service: 'Amplitude', kind: 'retry', code: 'unreadable', status: 200 },
  ],
  ['an empty success', reply(204, ''), { service: 'Amplitude', kind: 'retry', code: 'unreadable', status: 204 }],
  [
    'a web page with status 400, from a load balancer',
    reply(400, HTML),
    { service: 'Amplitude', kind: 'connection', code: 'blocked', status: 400 },
  ],
  [
    'a firewall or a restricted region',
    reply(403, { code: 403, error: 'Forbidden' }),
    { service: 'Amplitude', kind: 'connection', code: 'blocked', status: 403 },
  ],
  [
    'an address that is not there',
    reply(404, 'Not Found'),
    { service: 'Amplitude', kind: 'connection', code: 'blocked', status: 404 },
  ],
  [
    'an event that is too large',
    reply(413, { code: 413, error: 'Payload too large' }),
    { service: 'Amplitude', kind: 'data', code: 'too_large', status: 413 },
  ],
  [
    'too many events of a user',
    reply(429, {
      code: 429,
      error: 'Too many requests for some devices and users',
      eps_threshold: 30,
      throttled_devices: {},
      throttled_users: { user_10042: 32 },
      throttled_events: [0],
    }),
    { service: 'Amplitude', kind: 'wait', code: 'throttled', status: 429, waitSeconds: 30 },
  ],
  [
    'a request for a pause without a reason',
    reply(429, ''),
    { service: 'Amplitude', kind: 'wait', code: 'throttled', status: 429, waitSeconds: 30 },
  ],
  [
    'a request for a pause that says how long',
    reply(429, { code: 429 }, { 'retry-after': '45' }),
    { service: 'Amplitude', kind: 'wait', code: 'throttled', status: 429, waitSeconds: 45 },
  ],
  [
    'a user over the quota of the day',
    reply(429, {
      code: 429,
      error: 'Too many requests for some devices and users',
      exceeded_daily_quota_users: { user_10042: 500_001 },
      exceeded_daily_quota_devices: {},
    }),
    { service: 'Amplitude', kind: 'wait', code: 'daily_quota', status: 429, waitSeconds: 14_400 },
  ],
  [
    'a device over the quota of the day',
    reply(429, { code: 429, exceeded_daily_quota_devices: { 'device-1': 500_001 } }),
    { service: 'Amplitude', kind: 'wait', code: 'daily_quota', status: 429, waitSeconds: 14_400 },
  ],
  [
    'a throttled user whose quotas are named and not exceeded',
    reply(429, { code: 429, exceeded_daily_quota_users: {}, exceeded_daily_quota_devices: {} }),
    { service: 'Amplitude', kind: 'wait', code: 'throttled', status: 429, waitSeconds: 30 },
  ],
  [
    'a user over the quota of the day, with the hour it ends',
    reply(429, { code: 429, exceeded_daily_quota_users: { user_10042: 500_001 } }, { 'retry-after': '7200' }),
    { service: 'Amplitude', kind: 'wait', code: 'daily_quota', status: 429, waitSeconds: 7_200 },
  ],
  [
    'a request that took Amplitude too long',
    reply(408, ''),
    { service: 'Amplitude', kind: 'retry', code: 'http_408', status: 408 },
  ],
  [
    'a breakdown',
    reply(500, { code: 500, error: 'Internal Server Error' }),
    { service: 'Amplitude', kind: 'retry', code: 'http_500', status: 500 },
  ],
  [
    'a breakdown whose body says 200',
    reply(500, { code: 200, events_ingested: 1 }),
    { service: 'Amplitude', kind: 'retry', code: 'http_500', status: 500 },
  ],
  [
    'a web page from a gateway',
    reply(502, '<html><h1>502 Bad Gateway</h1></html>'),
    { service: 'Amplitude', kind: 'retry', code: 'http_502', status: 502 },
  ],
  [
    'an overload',
    reply(503, { code: 503, error: 'Service Unavailable' }),
    { service: 'Amplitude', kind: 'retry', code: 'http_503', status: 503, waitSeconds: 60 },
  ],
  [
    'an overload that says how long',
    reply(503, '', { 'retry-after': '120' }),
    { service: 'Amplitude', kind: 'retry', code: 'http_503', status: 503, waitSeconds: 120 },
  ],
  [
    'a gateway that waited in vain',
    reply(504, ''),
    { service: 'Amplitude', kind: 'retry', code: 'http_504', status: 504 },
  ],
  [
    'a redirect',
    reply(302, '', { location: 'https://elsewhere.example.com/2/httpapi' }),
    { service: 'Amplitude', kind: 'connection', code: 'redirect', status: 302 },
  ],
];

describe('the answer to an upload', () => {
  test.each(uploadAnswers)('%s', (_name, reply, details) => {
    expect(refusalOf(reply).details).toEqual(details);
  });

  test.each(uploadAnswers)('%s is told in words that fit where people read them', (_name, reply) => {
    expectToBeReadInFull(refusalOf(reply).message);
  });
});

describe('what people read of a refused upload', () => {
  test('a wrong API key points at the connection, key and region', () => {
    expect(refusalOf(refused({ error: `Invalid API key: ${KEY}` })).message).toBe(
      'Amplitude does not know the API key in this region. Check Amplitude API Key and Amplitude Region in the connection.',
    );
  });

  test('a wrong API key is never quoted, though Amplitude does', () => {
    expect(refusalOf(refused({ error: `Invalid API key: ${KEY}` })).message).not.toContain(KEY);
  });

  test('a user id of 4 characters leads to the option Minimum ID Length', () => {
    const reply = refused({
      events_with_invalid_id_lengths: { user_id: [0] },
      error: 'Invalid id length for user_id or device_id',
    });
    expect(refusalOf(reply).message).toContain('set Minimum ID Length in this step');
  });

  test('the fields that Amplitude objects to are named, with its own words', () => {
    const reply = refused({
      error: 'Invalid field values on some events',
      events_with_invalid_fields: { time: [0] },
      events_with_missing_fields: { event_type: [0] },
    });
    expect(refusalOf(reply).message).toBe(
      'Amplitude refused the event (“time, event_type”). Amplitude says: “Invalid field values on some events”',
    );
  });

  test('a field that is missing on the request is named', () => {
    const reply = refused({ error: 'Request missing required field', missing_field: 'events' });
    expect(refusalOf(reply).message).toBe(
      'Amplitude refused the event (“events”). Amplitude says: “Request missing required field”',
    );
  });

  test('a refusal without a reason says that there is none', () => {
    expect(refusalOf(refused({})).message).toBe('Amplitude refused the event. Amplitude says: nothing more');
  });

  test('a novel in place of a reason is cut, and the message still fits', () => {
    const { message } = refusalOf(refused({ error: 'word '.repeat(400) }));
    expect(message).toMatch(/^Amplitude refused the event\. Amplitude says: “word word .*…”$/);
    expect(message.length).toBeLessThan(250);
  });

  test('a firewall is not taken for a wrong key', () => {
    const { message } = refusalOf(reply(403, { code: 403, error: 'Forbidden' }));
    expect(message).toContain('a firewall, a proxy or a restricted region');
    expect(message).toContain('The keys may be fine.');
  });

  test('an event that is too large leads to its properties', () => {
    expect(refusalOf(reply(413, '')).message).toContain('Send fewer or shorter Event Properties.');
  });
});

const restRefusal = (status: number, details: string) =>
  reply(status, { error: { http_code: status, type: 'unspecified', metadata: { details } } });

const restAnswers: [string, Reply, VendorFailure['details']][] = [
  [
    'a wrong API key',
    restRefusal(403, 'Invalid API Key'),
    { service: 'Amplitude', kind: 'connection', code: 'invalid_api_key', status: 403 },
  ],
  ...[400, 401, 403, 404, 409, 422].map((status): [string, Reply, VendorFailure['details']] => [
    `a sentence of a host on the way (${status})`,
    reply(status, { error: 'no Route matched with those values' }),
    { service: 'Amplitude', kind: 'connection', code: 'blocked', status },
  ]),
  [
    'a wrong API key, answered with 401',
    restRefusal(401, 'Invalid API Key'),
    { service: 'Amplitude', kind: 'connection', code: 'invalid_api_key', status: 401 },
  ],
  [
    'a wrong secret key',
    restRefusal(403, 'Invalid API/Secret Key combination'),
    { service: 'Amplitude', kind: 'connection', code: 'invalid_secret_key', status: 403 },
  ],
  [
    'a plan without this feature',
    restRefusal(403, 'Taxonomy is not available on your plan'),
    { service: 'Amplitude', kind: 'connection', code: 'forbidden', status: 403 },
  ],
  [
    'a refusal with an empty reason',
    restRefusal(401, ''),
    { service: 'Amplitude', kind: 'connection', code: 'forbidden', status: 401 },
  ],
  [
    'a firewall',
    reply(403, '<html>Forbidden</html>'),
    { service: 'Amplitude', kind: 'connection', code: 'blocked', status: 403 },
  ],
  [
    'an id that is none',
    restRefusal(400, 'Invalid amplitude id'),
    { service: 'Amplitude', kind: 'data', code: 'refused', status: 400 },
  ],
  [
    'a web page with status 400, from a load balancer',
    reply(400, HTML),
    { service: 'Amplitude', kind: 'connection', code: 'blocked', status: 400 },
  ],
  [
    'a request that took Amplitude too long, as it says itself',
    restRefusal(408, 'Timeout'),
    { service: 'Amplitude', kind: 'retry', code: 'http_408', status: 408 },
  ],
  [
    'too many requests',
    reply(429, ''),
    { service: 'Amplitude', kind: 'wait', code: 'throttled', status: 429, waitSeconds: 30 },
  ],
  [
    'too many requests, with the pause to make',
    reply(429, '', { 'retry-after': '90' }),
    { service: 'Amplitude', kind: 'wait', code: 'throttled', status: 429, waitSeconds: 90 },
  ],
  [
    'an overload',
    reply(503, ''),
    { service: 'Amplitude', kind: 'retry', code: 'http_503', status: 503, waitSeconds: 60 },
  ],
  ['a breakdown', reply(500, ''), { service: 'Amplitude', kind: 'retry', code: 'http_500', status: 500 }],
  [
    'a redirect',
    reply(301, '', { location: 'https://elsewhere.example.com/' }),
    { service: 'Amplitude', kind: 'connection', code: 'redirect', status: 301 },
  ],
  [
    'a web page with status 200',
    reply(200, '<html>Welcome to the hotel</html>'),
    { service: 'Amplitude', kind: 'retry', code: 'unreadable', status: 200 },
  ],
];

describe('the answer to a read', () => {
  test.each(restAnswers)('%s', (_name, reply, details) => {
    expect(restFailure(reply).details).toEqual(details);
  });

  test.each(restAnswers)('%s is told in words that fit where people read them', (_name, reply) => {
    expectToBeReadInFull(restFailure(reply).message);
  });

  test('a wrong secret key says which field to fill in again', () => {
    expect(restFailure(restRefusal(403, 'Invalid API/Secret Key combination')).message).toContain(
      'Copy Amplitude Secret Key again',
    );
  });

  test('what is refused with 400 is told in the words of Amplitude', () => {
    expect(restFailure(restRefusal(400, 'Invalid amplitude id')).message).toBe(
      'Amplitude refused this (400). Amplitude says: “Invalid amplitude id”',
    );
  });

  test('a plan without this feature is told in the words of Amplitude', () => {
    expect(restFailure(restRefusal(403, 'Taxonomy is not available on your plan')).message).toBe(
      'Amplitude refused this (403). Amplitude says: “Taxonomy is not available on your plan”',
    );
  });
});

const version3 = {
  'the list of cohorts': (answer: Reply) => listCohorts({ send: network(answer).send, host: 'https://amplitude.com' }),
  annotations: (answer: Reply) =>
    annotateCharts(
      { send: network(answer).send, host: 'https://amplitude.com' },
      annotationInput.parse({ label: 'a', start: '2026-05-24T11:00:00Z' }),
    ),
};

describe.each(Object.entries(version3))('of version 3, %s', (_name, asked) => {
  test.each([401, 403])('names a wrong API key that a sentence tells of (%i)', async (status) => {
    const { details } = await failureOf(asked(reply(status, { error: 'Invalid API Key' })));
    expect(details).toMatchObject({ kind: 'connection', code: 'invalid_api_key', status });
  });

  test.each([400, 404, 409, 422])('is refused in the words of a sentence (%i)', async (status) => {
    const failure = await failureOf(asked(reply(status, { error: 'Invalid field' })));
    expect(failure.details).toMatchObject({ kind: 'data', code: 'refused', status });
    expect(failure.message).toContain('Amplitude says: “Invalid field”');
  });
});

const planAnswers: [string, Reply, string][] = [
  ['a project without the Taxonomy API', restRefusal(403, 'Taxonomy is not available on your plan'), 'no_taxonomy'],
  ...[200, 400, 401, 402, 403, 404, 405, 409, 422].map((status): [string, Reply, string] => [
    `a name that is not allowed (${status})`,
    reply(status, { success: false, errors: [{ message: 'Invalid name' }] }),
    'refused',
  ]),
];

test.each(planAnswers)('of the tracking plan, %s halts the Zap', (_name, answer, code) => {
  const details = taxonomyFailure(answer, 'the event')?.details;
  expect(details).toEqual({ service: 'Amplitude', kind: 'data', code, status: answer.status });
});

const exportAnswers: [string, Reply, VendorFailure['details']][] = [
  [
    'a cohort that was deleted',
    reply(404, { error: { metadata: { details: 'Cohort not found' } } }),
    { service: 'Amplitude', kind: 'data', code: 'no_cohort', status: 404 },
  ],
  [
    'a quota that is used up, whatever pause Amplitude names',
    reply(429, '', { 'retry-after': '5' }),
    { service: 'Amplitude', kind: 'wait', code: 'export_limit', status: 429, waitSeconds: 600 },
  ],
];

test.each(exportAnswers)('of an export, %s', async (_name, answer, details) => {
  const { send } = network(answer);
  expect((await failureOf(requestExport({ send, host: 'https://amplitude.com' }, 'c1', []))).details).toEqual(details);
});

const MOST = { people: 10, characters: 1_000 };

type FileAnswer = [status: number, text: string, location?: string];

/** The file of a cohort, which is answered like this, each time with the next. */
const fileAnswering = (...answers: FileAnswer[]) => fileWithin(20_000, answers);

const fileWithin = (milliseconds: number, answers: FileAnswer[]) => {
  const left = [...answers];
  const download = async () => {
    const [status, text, location = null] = left.shift() ?? [500, ''];
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    return { status, header: () => location, bytes };
  };
  return downloadMembers(
    { host: 'https://amplitude.com', send: network().send, download, holdsSecret: () => false },
    'r1',
    { properties: [], isWanted: () => true, most: MOST, listed: null },
    () => milliseconds,
  );
};

const STORAGE = 'https://storage.example.com/file.csv';

const failedExport = () =>
  currentMembers(
    {
      host: 'https://amplitude.com',
      send: network(reply(200, { async_status: 'JOB FAILED' })).send,
      download: () => Promise.reject(new Error('No file is asked for here.')),
      holdsSecret: () => false,
    },
    {
      read: async () => ({
        request_id: 'r1',
        cohort_computed_at: null,
        requested_at: 0,
        delivered_at: null,
        read_by: {},
        failed: false,
      }),
      claim: async () => true,
      release: async () => {},
      write: async () => true,
    },
    clockAt(1_000).timing,
    {
      cohort: { ...sampleCohort, type: null },
      properties: [],
      everyHours: 3,
      reader: '1',
      purpose: 'poll',
      isWanted: () => true,
      most: MOST,
      startedAt: 1_000,
    },
  );

const findings: [what: string, attempt: () => Promise<unknown>, kind: FailureKind, code: string][] = [
  [
    "a key of the other region's",
    () =>
      probeAmplitudeKeys(
        network(restRefusal(403, 'Invalid API Key'), reply(200, { matches: [] })).send,
        { apiKey: KEY, secretKey: KEY, region: 'us' },
        (region) => hostsOf(region, {}),
        7_500,
      ),
    'connection',
    'other_region',
  ],
  [
    'a chart that is missing after its category was made',
    () =>
      annotateCharts(
        {
          send: network(
            reply(200, { data: [] }),
            reply(404, { error: 'Category not found' }),
            reply(200, { data: { id: 1, name: 'Findings' } }),
            reply(404, { error: 'Chart not found' }),
          ).send,
          host: 'https://amplitude.com',
        },
        annotationInput.parse({ label: 'Began', start: 1_779_620_400, category: 'Findings', chart_id: 'other' }),
      ),
    'data',
    'no_chart',
  ],
  [
    'a line of the same label that can’t be read',
    () =>
      annotateCharts(
        {
          send: network(reply(200, { data: [{ id: 1, label: 'Began '.repeat(40).trim(), start: 'soon' }] })).send,
          host: 'https://amplitude.com',
        },
        annotationInput.parse({ label: 'Began '.repeat(40), start: 1_779_620_400 }),
      ),
    'data',
    'unreadable_line',
  ],
  ['a cohort that is not in the list once', async () => Promise.reject(cohortNotListed()), 'retry', 'not_listed'],
  ['an export without a file', failedExport, 'retry', 'export_failed'],
  ['a file whose rows differ', () => fileAnswering([200, 'user_id\nada,1\nbob\n']), 'retry', 'bad_rows'],
  ['a file without end', () => fileWithin(0, [[200, 'user_id\nada\n']]), 'retry', 'endless_file'],
  ['a file that is no list', () => fileAnswering([200, '<html>']), 'retry', 'unreadable_file'],
  ['a storage that refuses', () => fileAnswering([302, '', STORAGE], [403, '<Error/>']), 'retry', 'storage'],
  [
    'redirects without end',
    () => fileAnswering([302, '', STORAGE], [302, '', STORAGE], [302, '', STORAGE], [302, '', STORAGE]),
    'retry',
    'redirects',
  ],
  ['a redirect without encryption', () => fileAnswering([302, '', 'http://storage.example.com/']), 'retry', 'redirect'],
];

describe('what no single answer shows', () => {
  test.each(findings)('%s', async (_name, attempt, kind, code) => {
    const failure = await failureOf(attempt);
    expect(failure.details).toMatchObject({ code, kind });
    expectToBeReadInFull(failure.message);
  });
});

const annotationAnswers: [string, Reply, string][] = [
  ['a chart that is not there', reply(404, { error: 'Chart not found' }), 'no_chart'],
  ['a field that Amplitude does not take', reply(400, { error: 'Invalid field' }), 'refused'],
];

test.each([500, 503, 429])('of the tracking plan, a refusal’s form with status %i is left to others', (status) => {
  expect(taxonomyFailure(reply(status, { success: false, errors: [{ message: 'Down' }] }), 'the event')).toBeNull();
});

describe('drawing on charts', () => {
  test.each([400, 404, 409, 422])('leaves a web page of a host on the way (%i) to others', (status) => {
    expect(annotationFailure(reply(status, HTML), 'the annotation', true)).toBeNull();
  });

  test.each([{ category: 'Koji' }, { category: 'Koji', chart_id: 'abc123' }, {}])(
    'makes nothing on the word of a web page (404), of %j',
    async (more) => {
      const { send, requests } = network(reply(200, { data: [] }), reply(404, HTML));
      const input = annotationInput.parse({ label: 'a', start: '2026-05-24T11:00:00Z', ...more });
      const failure = await failureOf(annotateCharts({ send, host: 'https://amplitude.com' }, input));
      expect(failure.details).toMatchObject({ code: 'blocked', status: 404 });
      expect(requests).toHaveLength(2);
    },
  );

  test.each(annotationAnswers)('%s halts, because it is the step’s own', (_what, answer, code) => {
    const failure = annotationFailure(answer, 'the annotation', true);
    expect(failure?.details).toMatchObject({ service: 'Amplitude', kind: 'data', code });
    expectToBeReadInFull(failure?.message ?? '');
  });

  test('quotes what Amplitude says', () => {
    expect(annotationFailure(reply(400, { error: 'Invalid field' }), 'the annotation', true)?.message).toBe(
      'Amplitude refused the annotation (400). Amplitude says: “Invalid field”',
    );
  });

  test('quotes the details where Amplitude writes its words there', () => {
    const answer = reply(400, { error: { http_code: 400, metadata: { details: 'Invalid date' } } });
    expect(annotationFailure(answer, 'the annotation', true)?.message).toContain('Amplitude says: “Invalid date”');
  });

  test('leaves a success and a throttled answer to others', () => {
    expect(annotationFailure(reply(200, { data: { id: 1 } }), 'the annotation', true)).toBeNull();
    expect(annotationFailure(reply(429, ''), 'the annotation', true)).toBeNull();
  });
});

describe('every row of the tables', () => {
  const uploads = uploadAnswers.map(([, answer]) => uploadFacts(answer));

  test('is reached by an answer above', () => {
    expect(unreached(rowsOf(uploadErrors), uploads)).toEqual([]);
    expect(
      unreached(
        rowsOf(restErrors),
        restAnswers.map(([, answer]) => restFacts(answer)),
      ),
    ).toEqual([]);
    expect(
      unreached(
        taxonomyErrors,
        planAnswers.map(([, answer]) => taxonomyFacts(answer)),
      ),
    ).toEqual([]);
    expect(
      unreached(
        exportErrors,
        exportAnswers.map(([, answer]) => restFacts(answer)),
      ),
    ).toEqual([]);
    expect(
      unreached(
        annotationErrors,
        annotationAnswers.map(([, answer]) => apiFacts(answer)),
      ),
    ).toEqual([]);
    expect(findings.map(([, , , code]) => code).sort()).toEqual(
      Object.values(amplitudeFindings)
        .map(({ code }) => code)
        .sort(),
    );
  });

  test('is missed where no answer reaches it', () => {
    const teapot = { when: { status: [418] }, kind: 'data', says: 'Amplitude is a teapot.' } as const;
    expect(unreached([teapot, ...rowsOf(uploadErrors)], uploads)).toEqual(['Amplitude is a teapot.']);
  });
});
