import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { openSandbox, type Sandbox } from '../support/sandbox.ts';
import { zapOf } from '../support/zap_page.ts';

const { apiKey } = sandboxProject;
const DAY = 86_400_000;
/** The moment that the page's filter names. */
const FROM = Date.parse('2026-11-01T00:00:00Z');
const STUDY = 'stu_6b1e07';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox({ now: FROM - 3 * DAY });
});
afterEach(() => sandbox.close());

const zap = () => zapOf(sandbox.zapier, 'replay.md');

/** Somebody is interviewed now. */
const interviewed = async (
  person: string,
  outcome: Parameters<Sandbox['koji']['respond']>[1] | null = {},
  study = STUDY,
) => {
  const id = sandbox.koji.openLink({
    guide_id: study,
    respondent_email: `${person}@example.com`,
    respondent: { external_id: `user_${person}` },
  });
  if (outcome !== null) sandbox.koji.respond(id, outcome);
  await sandbox.clock.advance(10_000);
  return id;
};

/** One run of the Zap over a sheet's rows: how each turn of its loop ends. */
const replayed = async (rows: string[], study?: string) => {
  const ends: unknown[] = [];
  for (const id of rows) {
    const looped = { 3: { 'Interview ID': id } };
    const found = await zap().run(4, looped, study === undefined ? {} : { Study: study });
    const [interview] = found.outputs;
    if (interview === undefined) ends.push('not found');
    else if (!(await zap().passes(5, { ...looped, 4: interview }))) ends.push('filtered');
    else {
      const { outputs, status } = await zap().run(6, { ...looped, 4: interview });
      ends.push(outputs[0]?.reason ?? outputs[0]?.status ?? status);
    }
  }
  return ends;
};
const events = () => sandbox.amplitude.events(apiKey).map(({ userId }) => userId);

test('has the steps that its name promises', () => {
  expect(zap().names).toEqual([
    'Schedule by Zapier → Every Day',
    'Google Sheets → Get Many Spreadsheet Rows',
    'Looping by Zapier → Create Loop From Line Items',
    'Koji → Find Interview',
    'Filter by Zapier',
    'Koji → Send Interview Event',
  ]);
});

test('the interviews since a day are written, each to its user and at its own time; nothing else is', async () => {
  const old = await interviewed('old');
  await sandbox.clock.advance(5 * DAY);
  const ada = await interviewed('ada');
  const bob = await interviewed('bob');
  const poor = await interviewed('poor', { quality_score: 2 });
  const hidden = await interviewed('hidden', { anonymous: true });
  const open = await interviewed('open', null);
  await sandbox.clock.advance(2 * DAY);
  await expect(replayed([old, ada, 'int_nobody', bob, poor, hidden, open])).resolves.toEqual([
    'filtered',
    'written',
    'not found',
    'written',
    'below_quality',
    'anonymous',
    'filtered',
  ]);
  expect(events()).toEqual(['user_ada', 'user_bob']);
  const [first] = sandbox.amplitude.events(apiKey);
  expect(sandbox.clock.now() - (first?.time ?? 0)).toBeGreaterThan(2 * DAY - 60_000);
});

test('run twice within a week it counts nothing twice', async () => {
  await sandbox.clock.advance(5 * DAY);
  const rows = [await interviewed('ada'), await interviewed('bob')];
  await replayed(rows);
  await sandbox.clock.advance(6 * DAY);
  await expect(replayed(rows)).resolves.toEqual(['written', 'written']);
  expect(events()).toEqual(['user_ada', 'user_bob']);
});

test('with a study chosen, only its interviews are found', async () => {
  await sandbox.clock.advance(5 * DAY);
  const rows = [await interviewed('ada'), await interviewed('bob', {}, 'stu_9c44d2')];
  await expect(replayed(rows, STUDY)).resolves.toEqual(['written', 'not found']);
});
