import { writeEventOnce } from '../../amplitude/ingestion.ts';
import { toInterviewEvent, writeRules } from '../../amplitude/interview-event.ts';
import { fetchSend } from '../../boundary/fetch.ts';
import type { Check } from '../../doctor/check.ts';
import { examinePerson } from '../../doctor/person.ts';
import { getInterview } from '../../koji/api.ts';
import { kojiAuthorization } from '../../koji/contract.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import type { Outcome } from '../../sandbox/koji/interviews.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type KojiSandbox, startKoji } from '../../sandbox/koji/server.ts';
import { runCommand } from '../support/command.ts';

const { apiKey, secretKey } = sandboxProject;
const USER = 'user_10042';
const THEME = 'pricing confusion';
let clock: VirtualClock;
let koji: KojiSandbox;
let amplitude: AmplitudeSandbox;
beforeEach(async () => {
  clock = new VirtualClock(Date.now() - 3_600_000);
  koji = await startKoji({ clock });
  amplitude = await startAmplitude({ now: clock.now });
});
afterEach(() => Promise.all([koji.close(), amplitude.close()]));

const toKoji = () => ({
  send: fetchSend(kojiAuthorization(sandboxKeys.full), [koji.url]),
  url: koji.url,
  now: clock.now,
});

/** Somebody answers. Gives the interview's id. */
const interviewed = async (outcome: Outcome = {}, userId = USER): Promise<string> => {
  const id = koji.openLink({ respondent: { external_id: userId }, respondent_email: 'ada@example.com' });
  koji.respond(id, { themes: [THEME, 'speed'], ...outcome });
  await clock.advance(60_000);
  return id;
};

/** The interview's event, as the product writes it, with changes on the way. */
const written = async (
  interviewId: string,
  changes: { event_properties?: object; user_properties?: object; user_id?: string } = {},
) => {
  const interview = await getInterview(toKoji(), interviewId);
  if (interview === null) throw new Error('There is no such interview.');
  const completed_at = Date.parse(interview.completed_at ?? '');
  const rules = writeRules.parse({ update_user_properties: 'always' });
  const shown = {
    ...interview,
    completed_at,
    respondent_id: USER,
    respondent_email: 'ada@example.com',
    is_anonymous: false,
  };
  const decision = toInterviewEvent(shown, rules, clock.now());
  if ('skipped' in decision) throw new Error(decision.skipped);
  const { event } = decision;
  const ingestion = { send: fetchSend(null, []), host: amplitude.url, apiKey, library: 'test' };
  await writeEventOnce(
    ingestion,
    {
      ...event,
      user_id: changes.user_id ?? event.user_id,
      event_properties: { ...event.event_properties, ...changes.event_properties },
      user_properties: { ...event.user_properties, ...changes.user_properties },
    },
    undefined,
    5_000,
  );
};

const examine = (userId = USER): Promise<Check[]> => {
  const basic = `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`;
  const toAmplitude = { send: fetchSend(basic, [amplitude.url]), host: amplitude.url };
  return examinePerson({ amplitude: toAmplitude, koji: toKoji(), userId, now: clock.now });
};
const verdicts = (checks: Check[]) => checks.map(({ id, verdict }) => `${id} ${verdict}`);
const seen = (checks: Check[], id: string) => checks.find((check) => check.id === id)?.saw;

test('event and four properties that agree with Koji’s interview are confirmed', async () => {
  await written(await interviewed());
  const checks = await examine();
  expect(verdicts(checks)).toEqual([
    'person confirmed',
    'person.event confirmed',
    'person.interview confirmed',
    'person.time confirmed',
    'person.theme_top_1 confirmed',
    'person.theme_top_2 confirmed',
    'person.sentiment confirmed',
    'person.quality_score confirmed',
    'person.transcript_url confirmed',
    'person.last_interview_at confirmed',
    'person.last_interview_sentiment confirmed',
    'person.last_interview_themes confirmed',
    'person.last_interview_quality confirmed',
  ]);
  expect(seen(checks, 'person.quality_score')).toBe('4, the same');
});

test('what differs is named, with numbers and counts and without what was said', async () => {
  await written(await interviewed(), {
    event_properties: { quality_score: 5, theme_top_1: 'another theme' },
    user_properties: { last_interview_themes: [THEME] },
  });
  const checks = await examine();
  expect(seen(checks, 'person.quality_score')).toBe('in Amplitude and at Koji: 5, and 4');
  expect(seen(checks, 'person.theme_top_1')).toBe('in Amplitude and at Koji: a text and another one');
  expect(seen(checks, 'person.last_interview_themes')).toBe('in Amplitude and at Koji: a list of 1, and a list of 2');
  expect(JSON.stringify(checks)).not.toMatch(/pricing|another theme|ada@|speed/);
});

test('properties that are gone, as where the tracking plan drops them, are named', async () => {
  await written(await interviewed());
  amplitude.receive(apiKey, [
    {
      userId: USER,
      deviceId: null,
      eventType: 'x',
      time: null,
      insertId: null,
      eventProperties: {},
      userProperties: { $unset: { last_interview_at: '-' } },
      skipsUserPropertiesSync: false,
    },
  ]);
  expect(seen(await examine(), 'person.last_interview_at')).toBe('in Amplitude and at Koji: nothing, and a text');
});

test('nobody of that id is said so', async () => {
  const checks = await examine('user_99999');
  expect(verdicts(checks)).toEqual(['person wrong']);
});

test.each<[string, Outcome | null, string]>([
  ['an interview below the gate', { quality_score: 2 }, 'skipped (below_quality)'],
  ['an interview that should be there', {}, 'should have been written'],
  ['no interview', null, 'Koji has no interview of this person'],
])('where there is no event, Koji tells why: %s', async (_what, outcome, words) => {
  amplitude.putUser(apiKey, USER);
  if (outcome !== null) await interviewed(outcome);
  const checks = await examine();
  expect(verdicts(checks)).toEqual(['person confirmed', 'person.event wrong']);
  expect(seen(checks, 'person.event')).toContain(words);
});

test('an interview that has not ended is no reason to worry', async () => {
  amplitude.putUser(apiKey, USER);
  koji.openLink({ respondent: { external_id: USER } });
  expect(seen(await examine(), 'person.event')).toContain('that is not finished');
});

test('an interview held anonymously that was written to a person is wrong', async () => {
  const id = await interviewed({ anonymous: { flag: 'anonymous', at: 'interview', hides: 'nothing' } });
  await written(id);
  const checks = await examine();
  expect(seen(checks, 'person.interview')).toBe('Koji holds it as anonymous, and it was written to a person');
  expect(checks.at(-1)?.verdict).toBe('wrong');
});

test('an interview of somebody else on this person is wrong', async () => {
  await written(await interviewed({}, 'user_20000'));
  expect(seen(await examine(), 'person.interview')).toBe('at Koji it is of somebody else');
});

test('an event of an interview that Koji does not have leaves it open', async () => {
  await written(await interviewed());
  koji.failNext(({ path }) => path.includes('/interviews/'), {
    status: 404,
    body: { error: 'not_found', message: 'The interview was not found.' },
  });
  expect(seen(await examine(), 'person.interview')).toBe('this key’s project has none of that id');
});

test('where Amplitude or Koji does not answer, that is said and nothing is guessed', async () => {
  amplitude.failNext(() => true, { status: 429, body: {} });
  const checks = await examine();
  expect(verdicts(checks)).toEqual(['person unknown']);
});

test('nothing is written while a person is read back', async () => {
  await written(await interviewed());
  const [before, beforeAtKoji] = [amplitude.calls.length, koji.calls.length];
  await examine();
  const methods = [...amplitude.calls.slice(before), ...koji.calls.slice(beforeAtKoji)].map(
    ({ call }) => `${call.method} ${call.path}`,
  );
  expect(methods.length).toBeGreaterThanOrEqual(3);
  expect(methods.filter((one) => !one.startsWith('GET /'))).toEqual([]);
});

describe('npm run doctor -- --person', () => {
  const doctor = (env: Record<string, string>) => runCommand('doctor/run.ts', ['--person', USER], { env });
  const filledIn = () => ({
    KOJI_API_URL: koji.url,
    AMPLITUDE_REST_URL: amplitude.url,
    authData_koji_api_key: sandboxKeys.full,
    authData_amplitude_api_key: apiKey,
    authData_amplitude_secret_key: secretKey,
  });

  test('shows that person alone, and neither the id nor a key', async () => {
    await written(await interviewed());
    const { code, out, err } = await doctor(filledIn());
    expect(err).toBe('');
    expect(out).toContain('13 confirmed, 0 wrong, 0 unknown.');
    expect(out).not.toContain('K6');
    for (const secret of [USER, sandboxKeys.full, apiKey, secretKey, THEME]) expect(out).not.toContain(secret);
    expect(code).toBe(0);
  });

  test('ends with 1 when something is wrong, and with 2 without the secret key', async () => {
    expect((await doctor(filledIn())).code).toBe(1);
    const { authData_amplitude_secret_key: _none, ...env } = filledIn();
    const { code, err } = await doctor(env);
    expect(err).toContain('fill in authData_amplitude_api_key and authData_amplitude_secret_key');
    expect(code).toBe(2);
  });
});
