import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import type { Item } from '../../sandbox/zapier/definition.ts';
import { openSandbox, type Sandbox } from '../support/sandbox.ts';
import { type Known, zapOf } from '../support/zap_page.ts';

const { apiKey } = sandboxProject;
const QUARTER = 91 * 86_400_000;
const USER = 'user_10042';
const STUDY = 'stu_6b1e07';

let sandbox: Sandbox;
beforeEach(async () => {
  // The second wave ends now, by which the step judges what is recent.
  sandbox = await openSandbox({ now: Date.now() - QUARTER - 3_600_000 });
  sandbox.amplitude.putUser(apiKey, USER, { plan: 'pro' });
});
afterEach(() => sandbox.close());

const zap = (which: 'first' | 'second') => zapOf(sandbox.zapier, 'ask-again.md', `The ${which} Zap`);

/** A row of the sheet, and what the start of it gives. */
const asked = async (Wave: string): Promise<Known> => {
  const row = { Email: 'ada@example.com', 'User ID': USER, Wave };
  const link = { 'Study Link': 'https://koji.so/i/why-trials-end' };
  const { outputs } = await zap('first').run(3, { 1: row }, link);
  return { 1: row, 3: outputs[0] ?? {} };
};

/** The second Zap, turned on; what it triggers with for each answer. */
const writing = async () => {
  const on = sandbox.zapier.zap({ trigger: await zap('second').trigger({ Study: STUDY }) });
  await on.turnOn();
  return async (interviewId: unknown, outcome = {}): Promise<Item> => {
    sandbox.koji.respond(String(interviewId), outcome);
    await sandbox.clock.advance(60_000);
    return on.runs().find(({ trigger }) => trigger?.id === interviewId)?.trigger ?? {};
  };
};

const written = async (interview: Item) => (await zap('second').run(3, { 1: interview })).outputs[0];

test('the same person is asked in each wave, and once within it', async () => {
  const [first, again] = [await asked('2026-Q4'), await asked('2026-Q4')];
  const next = await asked('2027-Q1');
  expect([first, again, next].map((known) => known[3]?.already_started)).toEqual([false, true, false]);
  expect(next[3]?.interview_id).not.toBe(first[3]?.interview_id);
  const passes = [first, again, next].map((known) => zap('first').passes(4, known));
  await expect(Promise.all(passes)).resolves.toEqual([true, false, true]);
});

test.each([
  ['a user id and a wave is asked', { 'User ID': USER, Wave: '2026-Q4' }, true],
  ['no user id is asked nothing, or all of them would be one person', { 'User ID': '', Wave: '2026-Q4' }, false],
  ['no wave is asked nothing', { 'User ID': USER, Wave: '' }, false],
])('a row with %s', async (_name, row, passes) => {
  await expect(zap('first').passes(2, { 1: row })).resolves.toBe(passes);
});

test('the link goes to the address of the sheet, which Koji is not told', async () => {
  const known = await asked('2026-Q4');
  const email = await zap('first').given(5, known);
  expect(email).toMatchObject({
    To: 'ada@example.com',
    Body: expect.stringContaining(String(known[3]?.interview_link)),
  });
  expect(JSON.stringify(sandbox.koji.interviews())).not.toContain('ada@example.com');
});

test('both waves stand on the one user in Amplitude, each under its name', async () => {
  const answer = await writing();
  const first = await asked('2026-Q4');
  const before = await answer(first[3]?.interview_id, { sentiment: 'negative' });
  await expect(zap('second').passes(2, { 1: before })).resolves.toBe(true);
  await expect(written(before)).resolves.toMatchObject({ status: 'written', user_id: USER });

  await sandbox.clock.advance(QUARTER);
  const second = await asked('2027-Q1');
  await expect(written(await answer(second[3]?.interview_id, { sentiment: 'positive' }))).resolves.toMatchObject({
    status: 'written',
    user_id: USER,
  });

  const events = sandbox.amplitude.events(apiKey);
  expect(
    events.map(({ userId, eventProperties }) => [userId, eventProperties.wave, eventProperties.sentiment]),
  ).toEqual([
    [USER, '2026-Q4', 'negative'],
    [USER, '2027-Q1', 'positive'],
  ]);
  expect(sandbox.amplitude.user(apiKey, USER)?.properties).toMatchObject({
    plan: 'pro',
    last_interview_sentiment: 'positive',
  });
  expect(sandbox.amplitude.user(apiKey, `${USER}:2026-Q4`)).toBeUndefined();
});

test('an interview without a wave ends at the filter, and makes no user', async () => {
  const answer = await writing();
  const withWave = await asked('2026-Q4');
  await answer(withWave[3]?.interview_id);
  const id = sandbox.koji.openLink({ respondent: { external_id: `${USER}:2026-Q3` } });
  await expect(zap('second').passes(2, { 1: await answer(id) })).resolves.toBe(false);
});

test('an interview held anonymously is not written, although it needs no email here', async () => {
  const answer = await writing();
  await answer((await asked('2026-Q4'))[3]?.interview_id);
  const hidden = await asked('2027-Q1');
  const flag = { flag: 'anonymous', at: 'interview', hides: 'nothing' } as const;
  const interview = await answer(hidden[3]?.interview_id, { anonymous: flag });
  await expect(zap('second').passes(2, { 1: interview })).resolves.toBe(false);
  await expect(written(interview)).resolves.toMatchObject({ status: 'skipped', reason: 'anonymous' });
});
