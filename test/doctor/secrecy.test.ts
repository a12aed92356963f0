import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, edits } from '../../doctor/check.ts';
import { examineKoji } from '../../doctor/checks.ts';
import { word, words } from '../../doctor/shape.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { kojiWithInterviews, patientAt } from './patient.ts';

/** Every text in a value, however deep. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

/** Koji's own words, which may be shown. */
const SHOWN = ['analysis_ready', 'in_progress', 'text', 'positive', 'negative', 'open_ended', 'scale', 'en'];

test('what is seen holds no key, no person and nothing that they said', async () => {
  const koji = await kojiWithInterviews();
  const [interviewId] = koji.ids;
  const checks: Check[] = await examineKoji({ ...patientAt(koji.url), interviewId });
  await koji.close();
  const printed = JSON.stringify(checks);
  const secret = [...textsIn(koji.interviews()), 'Zoe', sandboxKeys.full].filter((text) => !SHOWN.includes(text));
  expect(secret.length).toBeGreaterThan(20);
  expect(secret.filter((text) => printed.includes(text))).toEqual([]);
});

test('a name is shown only if it can be nothing but a name', () => {
  expect(words(['next_cursor', 'dataPoints', 'next_cursor'])).toBe('next_cursor, dataPoints');
  for (const text of ['ada@example.com', 'Ada Example', 'pk_live_51c8e2f0aa31b7d4', '', 'a'.repeat(33), '42']) {
    expect(word(text)).toBe('•••');
  }
  const many = Array.from({ length: 31 }, (_, index) => `field_${index}`);
  expect(words(many)).toMatch(/, field_29, …$/);
});

test.each(Object.values(edits))('%s is there to be mended', (edit) => {
  const [file = '', symbol = ''] = edit.split(' → ');
  const source = readFileSync(join(process.cwd(), file), 'utf8');
  expect(source).toMatch(new RegExp(`const ${symbol}\\b`));
});
