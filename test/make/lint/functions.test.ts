import { readdirSync, readFileSync } from 'node:fs';
import { apps } from '../../../make/build/apps.ts';
import { builtApp, folderOf, jsonWithComments, readBuilt } from '../../../make/build/built.ts';
import { functionsByDocument, functionsIn } from '../../../make/lint/functions.ts';
import { expressionsIn } from '../../../make/lint/own.ts';

/** Every JSON that holds expressions: both apps' files, and the scenarios to import. */
const all = [
  ...apps.flatMap(({ target }) => [...(builtApp(readBuilt(folderOf(target)))?.json.values() ?? [])]),
  ...readdirSync('make/blueprints')
    .filter((name) => name.endsWith('.json'))
    .map((name) => jsonWithComments(readFileSync(`make/blueprints/${name}`, 'utf8'))),
];

test('the list holds every function that our expressions use, and no other', () => {
  const used = new Set(
    all.flatMap((json) => expressionsIn(json, '').flatMap(([, expression]) => functionsIn(expression))),
  );
  expect([...new Set(Object.values(functionsByDocument).flat())].sort()).toEqual([...used].sort());
});

test('the engineer’s page shows the same list', () => {
  const page = readFileSync('docs/make/engineer.md', 'utf8');
  const rows = [...page.matchAll(/^\| (https:\S+-functions) \| (.*) \|$/gm)].map(([, document = '', names = '']) => [
    document,
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  ]);
  expect(Object.fromEntries(rows)).toEqual(functionsByDocument);
});

test.each([
  ['if(contains(x, \'get(\'), lower(y), "map(")', ['if', 'contains', 'lower']],
  ['body.length > 3', []],
])('of %s the functions are read', (expression, names) => {
  expect(functionsIn(expression)).toEqual(names);
});
