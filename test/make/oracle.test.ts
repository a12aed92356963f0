import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleCohortEntry } from '../../amplitude/cohort-entry.ts';
import { skipReasons } from '../../amplitude/interview-event.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { apps } from '../../make/build/apps.ts';
import { filesOf } from '../../make/build/files.ts';
import { evaluate, type Scope } from '../../sandbox/make/iml.ts';
import { functions } from '../../sandbox/make/iml-functions.ts';
import { parseTemplate } from '../../sandbox/make/iml-syntax.ts';
import { compare, type Engine, engineIn, templatesIn } from './oracle.ts';

const templates = [
  ...new Set(
    apps
      .flatMap((app) => [...filesOf(app, [])])
      .filter(([path]) => path.endsWith('.iml.json'))
      .flatMap(([, content]) => templatesIn(JSON.parse(content))),
  ),
];

/** Everything that an expression may name, filled in, and the same with nothing in it. */
const scopeOf = (body: object, filled: object): Scope => ({
  body,
  item: body,
  headers: {},
  statusCode: 200,
  parameters: filled,
  payload: filled,
  connection: { koji_api_key: 'k', amplitude_api_key: 'a', amplitude_secret_key: 's', amplitude_region: 'eu' },
  temp: {
    ...filled,
    interview: body,
    started: body,
    id: 'user_1',
    blocked: ['null'],
    reasons: skipReasons,
    themes: ['a'],
  },
  webhook: { url: 'https://hook.example', id: '1' },
  pagination: { page: 1 },
  now: new Date('2026-05-24T11:41:22Z'),
  timestamp: 1_779_622_882,
});
const scopes = [
  scopeOf(sampleWireInterview, { ...sampleCohortEntry, ...sampleWireInterview, minimum_quality: 3, sentiments: [] }),
  scopeOf({}, {}),
];

test('every expression of both apps is one that our reader knows', () => {
  expect(templates.length).toBeGreaterThan(200);
  for (const template of templates) expect(() => parseTemplate(template)).not.toThrow();
});

/** An engine that reads as ours does, but for what `change` does. */
const likeOurs = (change: (text: unknown) => unknown = (value) => value): Engine => ({
  parse: (text) => text,
  execute: (text, scope) => change(evaluate(String(text), Object(scope))),
  FUNCTIONS: Object.fromEntries(Object.keys(functions).map((name) => [name, true])),
});

test('an engine that reads as ours does agrees with us everywhere', () => {
  const { compared, disagreements } = compare(likeOurs(), templates, scopes, ',');
  expect(disagreements).toEqual([]);
  expect(compared).toBe(templates.length * scopes.length);
});

test('an engine that reads anything differently is found out', () => {
  const other = likeOurs((value) => (value === 'Ada Example' ? 'ADA EXAMPLE' : value));
  expect(compare(other, templates, scopes, ',').disagreements).toContainEqual(
    expect.objectContaining({ ours: { is: 'Ada Example' }, theirs: { is: 'ADA EXAMPLE' } }),
  );
});

test('what an engine has no function for is not compared', () => {
  const { FUNCTIONS: _none, ...rest } = likeOurs();
  expect(compare({ ...rest, FUNCTIONS: {} }, ["{{lower('A')}}", '{{1 + 1}}'], [{}], ',').compared).toBe(1);
});

test('the engine is found in an installed extension', () => {
  const folder = mkdtempSync(join(tmpdir(), 'extension-'));
  const engine = join(folder, 'node_modules', '@integromat', 'iml');
  mkdirSync(engine, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(
    join(engine, 'index.js'),
    'module.exports = { parse: (t) => t, execute: () => 2, FUNCTIONS: {}, errors: [] };',
  );
  expect(compare(engineIn(folder), ['{{1 + 1}}'], [{}], ',')).toEqual({ compared: 1, disagreements: [] });
});

const editor = process.env.MAKE_APPS_EDITOR_PATH;
if (editor !== undefined && editor !== '') {
  test('Make’s own engine reads every expression as we do', () => {
    const { compared, disagreements } = compare(engineIn(editor), templates, scopes, ',');
    expect(disagreements).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  });
}
