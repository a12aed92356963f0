import { examineKoji } from '../../doctor/checks.ts';
import { expectations } from '../../doctor/fields.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type LocalServer, startServer } from '../../sandbox/server.ts';
import { checkOf, idsWith, kojiWithInterviews, MADE_UP, patientAt } from './patient.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('an account that is as assumed', () => {
  test('everything that reading can settle is confirmed', async () => {
    const koji = await kojiWithInterviews();
    open.push(koji);
    const checks = await examineKoji(patientAt(koji.url));
    expect(idsWith(checks, 'wrong')).toEqual([]);
    expect(idsWith(checks, 'unknown')).toEqual(['key.start']);
    expect(checks.map(({ id }) => id)).toEqual([
      'K1',
      'K5.error',
      'K5',
      'key',
      'key.read',
      'key.start',
      'K6',
      'K6.shape',
      'K6.status',
      'K6.order',
      'K6.limit',
      'K6.cursor',
      'K6.respondent_email',
      'K6.external_id',
      'K6.study_id',
      'K12',
      'K12.same',
      'K12.before',
      'K7',
      'K11',
      ...Object.keys(expectations).map((path) => `K11.${path}`),
      'K14',
    ]);
  });

  test('Koji is asked with GET alone, fewer times than a third of its limit, and nobody learns the key but Koji', async () => {
    const koji = await kojiWithInterviews();
    open.push(koji);
    await examineKoji(patientAt(koji.url));
    expect(new Set(koji.calls.map(({ call }) => call.method))).toEqual(new Set(['GET']));
    expect(koji.calls.length).toBeLessThanOrEqual(20);
    expect(koji.interviews().length).toBe(4);
    expect(koji.webhooks()).toEqual([]);
  });

  test('an interview in a wrapping is as good', async () => {
    const koji = await kojiWithInterviews({ behavior: { interviewShape: 'wrapped' } });
    open.push(koji);
    const checks = await examineKoji(patientAt(koji.url));
    expect(idsWith(checks, 'wrong')).toEqual([]);
    expect(checkOf(checks, 'K12')).toMatchObject({ verdict: 'confirmed', saw: 'wrapped: an object {interview}' });
  });

  test('an account without interviews proves nothing about them', async () => {
    const koji = await kojiWithInterviews();
    open.push(koji);
    koji.failNext(
      ({ path }) => path.endsWith('/interviews'),
      { status: 200, body: { interviews: [], next_cursor: null } },
      99,
    );
    const checks = await examineKoji(patientAt(koji.url));
    expect(idsWith(checks, 'wrong')).toEqual([]);
    expect(idsWith(checks, 'confirmed')).toEqual(['K1', 'K5.error', 'K5', 'key', 'key.read', 'K6', 'K6.shape', 'K7']);
  });
});

describe('an account that is as documented and no more: start and get', () => {
  const startedWithSmallPlan = async () => {
    const koji = await kojiWithInterviews();
    open.push(koji);
    koji.failNext(
      ({ path }) => path.endsWith('/webhooks'),
      { status: 404, body: { error: 'not_found', message: '' } },
      9,
    );
    const id = koji.openLink({ respondent_email: 'ada@example.com' }, 'prj_small');
    return { koji, id };
  };

  test('there is no list; that there are no webhooks is not proven', async () => {
    const { koji } = await startedWithSmallPlan();
    const checks = await examineKoji(patientAt(koji.url, sandboxKeys.smallPlan));
    expect(idsWith(checks, 'wrong')).toEqual(['K6']);
    expect(idsWith(checks, 'confirmed')).toEqual(['K1', 'K5.error', 'K5', 'key', 'key.read']);
    expect(checkOf(checks, 'K6')).toMatchObject({
      saw: '404 not_found, as where there is no endpoint',
      edit: 'koji/contract.ts → paths',
    });
    expect(checkOf(checks, 'K7')).toMatchObject({
      verdict: 'unknown',
      saw: 'GET 404 not_found; at a path that does not exist 404 not_found: no sign of an endpoint',
    });
  });

  test('one interview by its id shows its fields', async () => {
    const { koji, id } = await startedWithSmallPlan();
    const checks = await examineKoji({ ...patientAt(koji.url, sandboxKeys.smallPlan), interviewId: id });
    expect(idsWith(checks, 'wrong')).toEqual(['K6']);
    expect(checkOf(checks, 'K12').verdict).toBe('confirmed');
    expect(checkOf(checks, 'K11.respondent_email')).toMatchObject({
      verdict: 'confirmed',
      saw: 'in 1 of 1: text in 1',
    });
    // Not analyzed yet: the fields are there and say nothing.
    expect(checkOf(checks, 'K11.quality_score')).toMatchObject({ verdict: 'unknown', saw: 'in 1 of 1: null in 1' });
  });

  test('an interview that is not there shows nothing', async () => {
    const { koji } = await startedWithSmallPlan();
    const checks = await examineKoji({ ...patientAt(koji.url, sandboxKeys.smallPlan), interviewId: 'int_unknown' });
    expect(checkOf(checks, 'K12')).toMatchObject({ verdict: 'unknown', saw: '404 not_found' });
  });
});

describe('an account that contradicts: other names, other shapes', () => {
  /** Oldest first, filters and limit not looked at, and nothing called what it is assumed to be called. */
  const entry = (number: number) => ({
    id: `iv_${number}`,
    study_id: 'stu_1',
    state: 'done',
    status: 'analyzed',
    started_at: 1_779_600_000 + number,
    completed_at: '24/05/2026',
    analyzed_at: `2026-05-2${number}T10:00:00Z`,
    mode: 'video',
    participant: { email: `person.${number}@example.com` },
    respondent_email: null,
    quality_score: 87.5,
    sentiment: { label: 'negative', confidence: 0.9 },
    themes: [{ title: 'pricing' }],
    responses: [{ text: 'It is too dear.' }],
    is_anonymized: number === 2,
  });

  const contradicting = (): Promise<LocalServer> =>
    startServer(({ path, headers }) => {
      if (headers.authorization === undefined) return { status: 401, body: { errors: ['no key'] } };
      if (path === '/api/v1/interviews') return { status: 200, body: { data: [entry(1), entry(2)], has_more: false } };
      if (path === '/api/v1/interviews/iv_1')
        return { status: 200, body: { ...entry(1), state: 'archived', study_id: 'stu_2' } };
      if (path === '/api/v1/webhooks') return { status: 405, headers: { allow: 'GET, HEAD' }, body: {} };
      return { status: 404, body: { errors: [{ code: 'NOT_FOUND' }] } };
    });

  test('each contradiction is named, with what was seen instead', async () => {
    const server = await contradicting();
    open.push(server);
    const checks = await examineKoji(patientAt(`${server.url}/api/v1`));
    const saw = Object.fromEntries(
      checks.filter(({ verdict }) => verdict === 'wrong').map((check) => [check.id, check.saw]),
    );
    expect(saw).toEqual({
      'K5.error': '404 with an object {errors}',
      K5: 'with the key 404 with an object {errors}, without one 401 with an object {errors}',
      'K6.shape': 'an object {data, has_more}; data is a list of 2',
      'K6.status': '2 with the filter, 2 without; statuses: analyzed',
      'K6.order': '2, oldest first',
      'K6.limit': 'asked for 1, got 2',
      'K6.study_id': '2 for a value that is there, 2 for one that is made up',
      K12: 'bare: an object {id, study_id, state, status, started_at, completed_at, analyzed_at, mode, participant, respondent_email, quality_score, sentiment, themes, responses, is_anonymized}',
      'K12.same': 'other values in study_id',
      K7: 'GET 405 with an object {}; at a path that does not exist 404 with an object {errors}: POST is not allowed either',
      'K11.interview_id': 'in none of 2',
      'K11.study_name': 'in none of 2',
      'K11.started_at': 'in 2 of 2: a whole number in 2',
      'K11.completed_at': 'in 2 of 2: text in 2',
      'K11.mode': 'in 2 of 2: video',
      'K11.key_quotes': 'in none of 2',
      'K11.language': 'in none of 2',
      'K11.duration_seconds': 'in none of 2',
      'K11.respondent.external_id': 'in none of 2',
      'K11.respondent.display_name': 'in none of 2',
      'K11.respondent.metadata': 'in none of 2',
      'K11.quality_score': 'in 2 of 2: a number with a fraction in 2, from 87.5 to 87.5',
      'K11.sentiment': 'in 2 of 2: an object {label, confidence} in 2',
      'K11.themes': 'in 2 of 2: a list of 1 in 2',
      'K11.summary': 'in none of 2',
      'K11.transcript_url': 'in none of 2',
      'K11.answers': 'in none of 2',
      K14: '2 of 2 without an email; flags: none; others: is_anonymized',
    });
  });

  test('an address that sends elsewhere is named, and the key does not go there', async () => {
    const elsewhere = await startServer(() => ({ status: 200, body: {} }));
    const server = await startServer(() => ({
      status: 308,
      headers: { location: `${elsewhere.url}/api/v1?key=secret` },
    }));
    open.push(server, elsewhere);
    const checks = await examineKoji(patientAt(`${server.url}/api/v1`));
    expect(checkOf(checks, 'K1')).toMatchObject({
      verdict: 'wrong',
      saw: `308, a redirect to ${new URL(elsewhere.url).host}`,
      edit: 'koji/contract.ts → KOJI_API_URL',
    });
    expect(checkOf(checks, 'K6–K14').verdict).toBe('unknown');
    expect(elsewhere.calls).toEqual([]);
  });

  test('a web page where the API should be is not the API, and is asked no further', async () => {
    const server = await startServer(() => ({ status: 404, body: '<!doctype html>' }));
    open.push(server);
    const checks = await examineKoji(patientAt(`${server.url}/api/v1`));
    expect(idsWith(checks, 'wrong')).toEqual(['K1']);
    expect(server.calls).toHaveLength(2);
  });

  test('a key that is not accepted is mended in .env', async () => {
    const koji = await kojiWithInterviews();
    open.push(koji);
    const checks = await examineKoji(patientAt(koji.url, 'pk_live_revoked'));
    expect(idsWith(checks, 'wrong')).toEqual(['key']);
    expect(checkOf(checks, 'key').edit).toBe('.env');
    expect(idsWith(checks, 'confirmed')).toEqual(['K1', 'K5.error']);
  });

  test('a key that may not read is accepted, and the permission is named', async () => {
    const koji = await kojiWithInterviews();
    open.push(koji);
    const checks = await examineKoji(patientAt(koji.url, sandboxKeys.startOnly));
    expect(idsWith(checks, 'wrong')).toEqual(['key.read']);
    expect(checkOf(checks, 'key.read').question).toContain('interview:read');
    expect(checkOf(checks, 'key').verdict).toBe('confirmed');
  });

  test('where 404 is answered without a key as well, it says nothing about the key', async () => {
    const koji = await kojiWithInterviews();
    open.push(koji);
    const isUnknown = ({ path }: { path: string }) => path.endsWith(MADE_UP);
    koji.failNext(isUnknown, { status: 404, body: { error: 'not_found', message: '' } }, 2);
    const checks = await examineKoji(patientAt(koji.url));
    expect(checkOf(checks, 'K5')).toMatchObject({ verdict: 'wrong', edit: 'koji/probe.ts → probeKojiKey' });
    expect(checkOf(checks, 'key').verdict).toBe('unknown');
  });
});

test('a Koji that does not answer leaves everything unknown', async () => {
  const server = await startServer(() => ({ status: 200 }));
  await server.close();
  const checks = await examineKoji(patientAt(`${server.url}/api/v1`));
  expect(new Set(checks.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
});

test('a Koji that wants a pause leaves the rest unknown', async () => {
  const koji = await kojiWithInterviews();
  open.push(koji);
  koji.failNext(
    ({ path }) => !path.endsWith(MADE_UP),
    { status: 429, body: { error: 'rate_limited', message: '' } },
    99,
  );
  const checks = await examineKoji(patientAt(koji.url));
  expect(idsWith(checks, 'wrong')).toEqual([]);
  expect(checkOf(checks, 'K6').saw).toBe('429 rate_limited');
});
