import type { Live } from '../../packages/zapier-definition-lint/check.ts';
import { isHook, itemSchema, parseDefinition } from '../../packages/zapier-definition-lint/definition.ts';
import { checks, lintDefinition } from '../../packages/zapier-definition-lint/lint.ts';
import { changed, definitionOf, exceptions, privateApp, publicApp } from './real-app.ts';
import { givingNothing, resultsOfTheApp } from './results.ts';

const hook = 'triggers.interview_analysis_ready';
const polled = 'triggers.new_interview_analysis';
const start = 'creates.start_interview';

/** The functions of a build that give items, by their paths. */
const functionsOf = (definition: unknown): string[] =>
  parseDefinition(definition).operations.flatMap((operation) => [
    `${operation.path}.operation.perform`,
    ...(isHook(operation) ? [`${operation.path}.operation.performList`] : []),
  ]);

let everything: Live;
let app: unknown;
let live: Live;
beforeAll(async () => {
  everything = await resultsOfTheApp();
  app = await definitionOf(publicApp);
  live = resultsIn(app);
});

/** The results of one build's functions. */
const resultsIn = (definition: unknown): Live => {
  const functions = functionsOf(definition);
  return Object.fromEntries(Object.entries(everything).filter(([path]) => functions.includes(path)));
};

const outcome = (path: string[] = [], to?: unknown) => {
  const [place = '', ...inner] = path;
  const items = live[place] ?? [];
  const broken =
    path.length === 0
      ? live
      : { ...live, [place]: items.map((item) => itemSchema.parse(changed(item, inner.join('.'), to))) };
  return lintDefinition(app, { exceptions, live: broken });
};

const found = (path: string[], to: unknown) =>
  outcome(path, to).findings.map(({ check, where }) => `${check} ${where}`);

describe.each([
  ['public', publicApp],
  ['private', privateApp],
] as const)('of the %s build', (build, raw) => {
  test('there are results of every function, but for those that give nothing on purpose', async () => {
    const definition = await definitionOf(raw);
    const given = Object.entries(resultsIn(definition)).flatMap(([path, items]) => (items.length > 0 ? [path] : []));
    const expected = functionsOf(definition).filter((path) => !Object.hasOwn(givingNothing, path));
    expect(given.toSorted()).toEqual(expected.toSorted());
  });

  test("what the app's own functions give passes every check", async () => {
    const definition = await definitionOf(raw);
    const { findings, checks: ran } = lintDefinition(definition, { exceptions, live: resultsIn(definition), build });
    expect(findings).toEqual([]);
    expect(ran.filter(({ state }) => state !== 'ok')).toEqual([]);
  });
});

const breaks: [id: string, what: string, path: string[], to: unknown, where: string][] = [
  ['T002', 'a poll with an empty id', [`${polled}.operation.perform`, 'id'], '', `${polled}.perform.id`],
  [
    'T003',
    'a result with a date in words',
    [`${start}.operation.perform`, 'study_link'],
    '24 May 2026',
    `${start}.perform.study_link`,
  ],
  [
    'T003',
    'a listed time without an offset',
    [`${hook}.operation.performList`, 'study_name'],
    '2026-05-24 11:41',
    `${hook}.performList.study_name`,
  ],
  [
    'T004',
    'a result without a key of the sample',
    [`${start}.operation.perform`, 'mode'],
    undefined,
    `${start}.sample.mode`,
  ],
  [
    'T004',
    'a line item without a key of the sample',
    [`${polled}.operation.perform`, 'answers'],
    [{ question: 'Why?' }],
    `${polled}.sample.answers.question_id`,
  ],
  [
    'T005',
    'a triggered value of another type',
    [`${hook}.operation.perform`, 'quality_score'],
    '4',
    `${hook}.perform.quality_score`,
  ],
  [
    'T006',
    'a listed key that no delivery has',
    [`${hook}.operation.performList`, 'friends'],
    2,
    `${hook}.performList.friends`,
  ],
  [
    'Z001',
    'a listed value of another type',
    [`${hook}.operation.performList`, 'is_anonymous'],
    'no',
    `${hook}.performList.is_anonymous`,
  ],
];

test.each(breaks)('%s finds %s', (id, _what, path, to, where) => {
  expect(found(path, to)).toContain(`${id} ${where}`);
  expect([...new Set(found(path, to).map((finding) => finding.slice(0, 4)))]).toEqual([id]);
});

test('every check over results has a test that breaks them', () => {
  const broken = new Set(breaks.map(([id]) => id));
  expect(checks.map(({ id }) => id).filter((id) => /^[TZ]/.test(id) && !broken.has(id))).toEqual([]);
});

test('keys inside an empty list or null are not missed', () => {
  expect(found([`${polled}.operation.perform`, 'answers'], [])).toEqual([]);
  expect(found([`${polled}.operation.perform`, 'answers'], null)).toEqual([]);
});

test('a check over results that were not given is not run, rather than passed', () => {
  const { checks: ran } = lintDefinition(app, { exceptions });
  expect(ran.filter(({ state }) => state === 'not run').map(({ id }) => id)).toEqual([
    'T002',
    'T003',
    'T004',
    'T005',
    'T006',
    'Z001',
  ]);
});

test('results of something that the app does not have are refused', () => {
  expect(() => lintDefinition(app, { live: { 'triggers.nothing.operation.perform': [] } })).toThrow(
    'There are live results of triggers.nothing.operation.perform, which the app does not have.',
  );
});
