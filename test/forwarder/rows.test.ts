/** What is read of a row, whatever its columns are called. */
import { readRow } from '../../forwarder/rows.ts';

const starting = { wave: '', mode: 'text', language: 'en' };
/** What Start Interview is given, and what is left out. */
const read = (row: object) => {
  const found = readRow(row, 'a project', starting);
  if ('error' in found) return found;
  const { mode: _mode, language: _language, ...input } = found.job.input;
  return { ...input, leftOut: found.leftOut };
};

test.each([
  ['email', 'respondent_email'],
  ['Respondent_Email', 'respondent_email'],
  ['user_email', 'respondent_email'],
  ['external_id', 'respondent_id'],
  ['User_ID', 'respondent_id'],
  ['respondent_id', 'respondent_id'],
  ['external_user_id', 'respondent_id'],
  [' id ', 'respondent_id'],
])('whom it is about may stand under %j', (name, thing) => {
  expect(read({ [name]: 'ana@example.com' })).toMatchObject({ [thing]: 'ana@example.com', metadata: {} });
});

test('of two columns that may name the person the first counts, and the other one is kept as metadata', () => {
  expect(read({ id: 42, user_id: 'u_1', email: 'ana@example.com', user_email: 'a@work.example' })).toMatchObject({
    respondent_id: 'u_1',
    respondent_email: 'ana@example.com',
    metadata: { id: 42, user_email: 'a@work.example' },
    leftOut: [],
  });
});

test('a second column that says the same is not kept twice', () => {
  expect(read({ external_id: 'u_1', user_id: 'u_1', id: '7', respondent_id: 'u_1' })).toMatchObject({
    respondent_id: 'u_1',
    metadata: { id: '7' },
  });
  expect(read({ user_id: 42, id: '42' })).toMatchObject({ respondent_id: 42, metadata: {} });
});

test('an empty column takes nobody’s place, not under the same name in other capitals either', () => {
  expect(read({ external_id: '', user_id: 'u_1', USER_ID: null, id: 'NaN' })).toMatchObject({
    respondent_id: 'u_1',
    metadata: {},
  });
});

test('the parts of a name are put together where there is no whole one, and kept beside one', () => {
  const parts = { last_name: 'Bell', first_name: 'Ana' };
  expect(read({ id: 'u_1', ...parts })).toMatchObject({ respondent_name: 'Ana Bell', metadata: {} });
  expect(read({ id: 'u_1', ...parts, display_name: 'Annie' })).toMatchObject({
    respondent_name: 'Annie',
    metadata: parts,
  });
});

test('a part of a name that is no text is named', () => {
  expect(read({ id: 'u_1', first_name: { given: 'Ana' }, last_name: 'Bell' })).toMatchObject({
    respondent_name: 'Bell',
    leftOut: ['first_name'],
  });
});

test('metadata that has the name of something that is kept is named, unless it says the same', () => {
  const row = { id: 'u_1', email: 'ana@example.com', plan: 'trial', seats: 4 };
  expect(read({ ...row, metadata: { plan: 'team', seats: '4', email: 'other@example.com' } })).toMatchObject({
    metadata: { plan: 'trial', seats: 4 },
    leftOut: ['plan', 'email'],
  });
  expect(read({ ...row, metadata: { email: 'ana@example.com' } })).toMatchObject({ leftOut: [] });
});

test('a row says how its interview is held; where it does not, the settings count', () => {
  expect(readRow({ id: 'u_1', mode: 'voice' }, 'a project', starting)).toMatchObject({
    job: { input: { mode: 'voice', language: 'en' } },
  });
});

test('a mode or a language that says nothing is not sent, and named; the settings count', () => {
  expect(readRow({ id: 'u_1', mode: 'N/A', locale: '{{ row.language }}' }, 'a project', starting)).toMatchObject({
    job: { input: { mode: 'text', language: 'en' } },
    leftOut: ['mode', 'locale'],
  });
});

test('an email or a name that stands for nobody is not sent, and named', () => {
  expect(read({ id: 'u_1', user_email: 'n/a', name: '(not set)' })).toMatchObject({
    respondent_id: 'u_1',
    leftOut: ['email', 'display_name'],
  });
});

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
test.each([
  ['an object that is no text, whatever is asked of it', { toString: 1 }],
  ['a list that goes deeper than a program can', nested(10_000)],
])('%s is refused as a person, and left out as a mode or a language', (_what, value) => {
  const readWith = (column: string) =>
    readRow({ id: 'u_1', email: 'ana@example.com', [column]: value }, 'a project', starting);
  for (const column of ['email', 'display_name', 'external_id']) {
    expect(readWith(column)).toMatchObject({ error: `Nothing was sent to Koji: the field ${column} must be text.` });
  }
  for (const column of ['mode', 'locale']) expect(readWith(column)).toMatchObject({ leftOut: [column] });
});
