import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as amplitude from '../../amplitude/errors.ts';
import type { ErrorRow } from '../../boundary/error-table.ts';
import * as koji from '../../koji/errors.ts';
import { errorPage, type Section, sections } from '../../scripts/error-page.ts';

const page = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');

test('docs/errors.md is what the tables say: npm run errors:docs prints it', () => {
  expect(page).toBe(errorPage(sections));
});

const changed = (row: Partial<ErrorRow>): Section[] =>
  sections.map((section) => ({ ...section, rows: section.rows.map((each) => ({ ...each, ...row })) }));

test.each<[string, Partial<ErrorRow>]>([
  ['words', { says: 'Koji has moved.' }],
  ['kind', { kind: 'wait' }],
  ['condition', { when: { status: [418] } }],
  ['pause', { waitSeconds: 7_200 }],
])('a row whose %s changes makes another page', (_what, row) => {
  expect(errorPage(changed(row))).not.toBe(page);
});

const isRow = (value: object): value is ErrorRow => 'says' in value;

/** Every row in what a file of tables exports, however deep it stands. */
const rowsIn = (value: unknown): ErrorRow[] => {
  if (typeof value !== 'object' || value === null) return [];
  return isRow(value) ? [value] : Object.values(value).flatMap(rowsIn);
};

test('every row of both services is on the page', () => {
  const rows = [...rowsIn({ ...koji }), ...rowsIn({ ...amplitude })];
  const printed = sections.flatMap(({ rows }) => rows);
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter((row) => !printed.includes(row))).toEqual([]);
});

test('the page tells what becomes of the Zap and of the scenario', () => {
  expect(page).toContain(
    '| 401 from Koji itself | is held until you reconnect | is turned off: `InvalidAccessTokenError` | Koji does not',
  );
  expect(page).toContain(
    '| 429 with something in `exceeded_daily_quota_users` or `exceeded_daily_quota_devices` | waits 4 hours | –',
  );
  expect(page).toContain('| 413 | halts and stays on | fails: `DataError` | Amplitude refused the event as too large');
});
