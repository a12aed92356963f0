import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { runCommand, startCommand } from '../support/command.ts';
import { kojiWithInterviews } from './patient.ts';

type Koji = Awaited<ReturnType<typeof kojiWithInterviews>>;
let koji: Koji;
let amplitude: AmplitudeSandbox;
beforeEach(async () => {
  koji = await kojiWithInterviews();
  amplitude = await startAmplitude({ now: Date.now });
});
afterEach(() => Promise.all([koji.close(), amplitude.close()]));

/** The command as `npm run doctor` runs it, with this for its `.env`. */
const doctor = (env: Record<string, string>, words: string[] = []) => runCommand('doctor/run.ts', words, { env });

const filledIn = (kojiKey: string) => ({
  KOJI_API_URL: koji.url,
  AMPLITUDE_INGESTION_URL: amplitude.url,
  AMPLITUDE_REST_URL: amplitude.url,
  authData_koji_api_key: kojiKey,
  authData_amplitude_api_key: sandboxProject.apiKey,
  authData_amplitude_secret_key: sandboxProject.secretKey,
  authData_amplitude_region: 'us',
});

test('a good account is shown line by line, without a secret, and the command ends with 0', async () => {
  const { code, out, err } = await startCommand('doctor/run.ts', [], { env: filledIn(sandboxKeys.full) }).ended;
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain("confirmed  K1: Does Koji's API answer at 127.0.0.1");
  expect(out).toContain(
    'confirmed  K6.order: Is the newest analyzed interview first?\n           saw: 3, newest first\n',
  );
  expect(out).toContain('confirmed  Amplitude: Does Amplitude accept the keys in the region US?');
  expect(out).toContain(', 0 wrong, 1 unknown.');
  for (const secret of [sandboxKeys.full, sandboxProject.apiKey, sandboxProject.secretKey, 'person.0@example.com']) {
    expect(out).not.toContain(secret);
  }
});

test('the keys of the forwarder’s settings are read as well, before those of Zapier’s CLI', async () => {
  const { authData_koji_api_key, authData_amplitude_api_key, authData_amplitude_secret_key, ...hosts } = filledIn(
    sandboxKeys.full,
  );
  const { code, out, err } = await doctor({
    ...hosts,
    KOJI_API_KEY: authData_koji_api_key,
    authData_koji_api_key: 'pk_live_of_another_project',
    AMPLITUDE_API_KEY: authData_amplitude_api_key,
    AMPLITUDE_SECRET_KEY: authData_amplitude_secret_key,
    AMPLITUDE_REGION: 'us',
  });
  expect([err, code]).toEqual(['', 0]);
  expect(out).toContain('confirmed  key: Does Koji accept the key?');
  expect(out).toMatch(/confirmed {2}Amplitude: [^\n]+\n[^\n]+both keys accepted/);
});

test('an account without a list ends with 1, and shows the interview that is named', async () => {
  const interviewId = koji.openLink({ respondent_email: 'ada@example.com' }, 'prj_small');
  const { code, out } = await doctor(filledIn(sandboxKeys.smallPlan), ['--interview', interviewId]);
  expect(code).toBe(1);
  expect(out).toContain('wrong      K6:');
  expect(out).toContain('confirmed  K12:');
  expect(out).not.toContain(interviewId);
});

test('without a key, or with the placeholder of .env.example, it says where the key goes and ends with 2', async () => {
  for (const env of [{}, { authData_koji_api_key: 'pk_live_…' }]) {
    const { code, out, err } = await doctor(env);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('Koji API Key');
    expect(err).toContain('Copy .env.example to .env and fill in authData_koji_api_key');
  }
});

test('a user id of one letter hides no words, and one of spaces is refused', async () => {
  const { out } = await doctor(filledIn(sandboxKeys.full), ['--person', 'e']);
  expect(out).toContain('wrong      person: Does Amplitude know a person of this user id?');
  const { code, err } = await doctor(filledIn(sandboxKeys.full), ['--person', ' ']);
  expect(err).toContain('--person takes an Amplitude user id');
  expect(code).toBe(2);
});
