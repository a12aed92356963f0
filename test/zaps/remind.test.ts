import type { Item } from '../../sandbox/zapier/definition.ts';
import { openSandbox, type Sandbox } from '../support/sandbox.ts';
import { type Known, zapOf } from '../support/zap_page.ts';

const DAY = 86_400_000;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const zap = () => zapOf(sandbox.zapier, 'remind.md');
const row = { Email: 'eve@example.com', 'User ID': 'user_10042' };
const STUDY = { 'Study Link': 'https://koji.so/i/why-trials-end' };

/** Up to the delay: what the first two steps gave. */
const started = async (person: Item = row): Promise<Known> => {
  const { outputs } = await zap().run(2, { 1: person }, STUDY);
  return { 1: person, 2: outputs[0] ?? {} };
};
const idOf = (known: Known) => String(known[2]?.interview_id);
/** After the delay: what step 6 found beside that. */
const threeDaysLater = async (known: Known): Promise<Known> => {
  await sandbox.clock.advance(3 * DAY);
  const { outputs, status } = await zap().run(6, known);
  expect(status).toBe('success');
  return { ...known, 6: outputs[0] ?? {} };
};

test('has the steps that its name promises', () => {
  expect(zap().names).toEqual([
    'Google Sheets → New Spreadsheet Row',
    'Koji → Start Interview',
    'Filter by Zapier',
    'Gmail → Send Email',
    'Delay by Zapier → Delay For',
    'Koji → Find Interview',
    'Filter by Zapier',
    'Gmail → Send Email',
  ]);
});

test('who has not answered after three days gets the same link once more', async () => {
  const known = await started();
  await expect(zap().passes(3, known)).resolves.toBe(true);
  const first = await zap().given(4, known);
  expect(first).toMatchObject({ To: 'eve@example.com' });
  const later = await threeDaysLater(known);
  await expect(zap().passes(7, later)).resolves.toBe(true);
  const link = String(known[2]?.interview_link);
  expect(link).toContain('external_id=user_10042');
  await expect(zap().given(8, later)).resolves.toMatchObject({
    To: 'eve@example.com',
    Body: expect.stringContaining(link),
  });
});

test.each([
  ['well', {}],
  ['poorly', { quality_score: 1 }],
  ['anonymously', { anonymous: true } as const],
])('who has answered %s is not reminded', async (_how, outcome) => {
  const known = await started();
  sandbox.koji.respond(idOf(known), outcome);
  await expect(zap().passes(7, await threeDaysLater(known))).resolves.toBe(false);
});

test('who was started before gets neither email', async () => {
  await started();
  await expect(zap().passes(3, await started())).resolves.toBe(false);
});

test('without a study link, where Koji gives no link, nobody gets an empty email', async () => {
  const { outputs } = await zap().run(2, { 1: row }, { 'Study Link': '' });
  await expect(zap().passes(3, { 1: row, 2: outputs[0] ?? {} })).resolves.toBe(false);
});

test('an interview that is gone ends the run without a reminder', async () => {
  const known = await started();
  sandbox.koji.failNext(({ path }) => path.endsWith(idOf(known)), {
    status: 404,
    body: { error: 'not_found', message: 'The interview was deleted.' },
  });
  const run = await zap().run(6, known);
  expect(run.status).not.toBe('success');
  expect(run.outputs).toEqual([]);
});
