import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { openSandbox, type Sandbox } from '../support/sandbox.ts';
import { type Known, zapOf } from '../support/zap_page.ts';

const { apiKey } = sandboxProject;
const QUARTER = 900_000;
const COHORT = 'unhappy';
const USERS = ['user_ada', 'user_bob'];

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
  for (const user of USERS) {
    sandbox.amplitude.putUser(apiKey, user, {
      email: `${user}@example.com`,
      account_owner: 'grace@example.com',
      company: 'Analytical Engines',
    });
  }
  compute();
});
afterEach(() => sandbox.close());

const zap = () => zapOf(sandbox.zapier, 'save-the-account.md');
const propertiesOf = (user: string) => sandbox.amplitude.user(apiKey, user)?.properties ?? {};

/** Amplitude computes the cohort: whose last interview was negative. */
const compute = () => {
  const unhappy = USERS.filter((user) => propertiesOf(user).last_interview_sentiment === 'negative');
  const members = unhappy.map((userId) => ({ userId, properties: propertiesOf(userId) }));
  sandbox.amplitude.putCohort(apiKey, { id: COHORT, name: 'Unhappy', members });
};

/** Somebody is interviewed, and what they said is written to their user. */
const interviewed = async (user: string, outcome: { sentiment?: string; quality_score?: number }) => {
  const { koji, clock, zapier } = sandbox;
  const id = koji.openLink({ respondent_email: `${user}@example.com`, respondent: { external_id: user } });
  koji.respond(id, outcome);
  await clock.advance(10_000);
  const interview = koji.interviews().find(({ interview_id }) => interview_id === id);
  const { outputs } = await zapier.runSteps({ ...interview }, [
    {
      key: 'send_interview_event',
      inputData: {
        interview_id: id,
        completed_at: '{{trigger.completed_at}}',
        amplitude_user_id: user,
        respondent_email: '{{trigger.respondent_email}}',
        sentiment: '{{trigger.sentiment}}',
        themes: '{{trigger.themes}}',
        quality_score: '{{trigger.quality_score}}',
      },
    },
  ]);
  return outputs[0]?.status;
};

/** The Zap, turned on while nobody is unhappy. */
const turnedOn = async () => {
  const on = sandbox.zapier.zap({ trigger: await zap().trigger({ Cohort: COHORT }) });
  await on.turnOn().catch(() => sandbox.clock.advance(60_000).then(() => on.turnOn()));
  return on;
};
type Zap = Awaited<ReturnType<typeof turnedOn>>;

/** Amplitude computes the cohort anew, and the Zap polls until it has that. */
const hoursLater = async (on: Zap) => {
  compute();
  for (let count = 0; count < 16; count += 1) {
    await sandbox.clock.advance(QUARTER);
    await on.poll();
  }
};

/** The only run, with what step 2 finds. */
const found = async (on: Zap): Promise<Known> => {
  const triggered = on.runs().map(({ trigger }) => trigger ?? {});
  expect(triggered).toHaveLength(1);
  const known = { 1: triggered[0] ?? {} };
  const { outputs } = await zap().run(2, known);
  expect(outputs).toHaveLength(1);
  return { ...known, 2: outputs[0] ?? {} };
};

test('has the steps that its name promises', () => {
  expect(zap().names).toEqual([
    'Koji → User Entered Cohort',
    'Koji → Find Amplitude User',
    'Filter by Zapier',
    'Gmail → Send Email',
  ]);
});

test('the owner of an account hears who is unhappy, and about what', async () => {
  const on = await turnedOn();
  await expect(interviewed('user_ada', { sentiment: 'negative' })).resolves.toBe('written');
  await expect(interviewed('user_bob', { sentiment: 'positive' })).resolves.toBe('written');
  await hoursLater(on);
  const ada = await found(on);
  await expect(zap().passes(3, ada)).resolves.toBe(true);
  await expect(zap().given(4, ada)).resolves.toEqual({
    To: 'grace@example.com',
    Subject: 'Somebody at Analytical Engines is unhappy',
    Body: expect.stringMatching(
      /^user_ada@example\.com spoke to us about pricing confusion,onboarding friction,missing invoices on 2\d{3}-/,
    ),
  });
});

test('who has said better things by the time of the export is let be', async () => {
  const on = await turnedOn();
  await interviewed('user_ada', { sentiment: 'negative' });
  await hoursLater(on);
  sandbox.amplitude.putUser(apiKey, 'user_ada', { last_interview_sentiment: 'positive' });
  const ada = await found(on);
  await expect(zap().passes(3, ada)).resolves.toBe(false);
});

test('an interview that does not count brings nobody into the cohort', async () => {
  const on = await turnedOn();
  await expect(interviewed('user_ada', { sentiment: 'negative', quality_score: 2 })).resolves.toBe('skipped');
  await hoursLater(on);
  expect(on.runs()).toEqual([]);
});

test('of an account without an owner nobody is told', async () => {
  sandbox.amplitude.putUser(apiKey, 'user_ada', { account_owner: '' });
  const on = await turnedOn();
  await interviewed('user_ada', { sentiment: 'negative' });
  await hoursLater(on);
  const ada = await found(on);
  await expect(zap().passes(3, ada)).resolves.toBe(false);
});

test('before the first export the fields that the message needs can be mapped already', async () => {
  const editor = sandbox.zapier.zap({ trigger: await zap().trigger({ Cohort: COHORT }) });
  await expect(editor.testTrigger()).resolves.toMatchObject([
    { properties: { account_owner: 'made-up account_owner', company: 'made-up company' } },
  ]);
});
