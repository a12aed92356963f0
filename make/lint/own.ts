/**
 * What this app asks of itself beyond Make's rules: other apps are right without it. Above all, expressions that a reader
 * follows without help.
 */
import { allFields, fieldsOf, groupsOf, MANIFEST, valuesIn } from '../build/built.ts';
import { type Check, componentsOf, modulesOf, type Rule, stepsOf, when } from './check.ts';
import { functionsByDocument, functionsIn } from './functions.ts';

const samples: Check = (app) =>
  componentsOf(app, 'module').flatMap((module) => {
    const path = module.codeFiles.samples ?? '';
    const given = Object.keys(Object(app.json.get(path)));
    const known = fieldsOf(app, module, 'interface').map(({ name = '' }) => name);
    return [
      ...given.flatMap((key) => when(!known.includes(key), path, `${key} is not in the interface.`)),
      ...known.flatMap((key) => when(!given.includes(key), path, `${key} is missing.`)),
    ];
  });

/** Words that keep their capitals inside a label. */
const NAMES = /\b(API|ID|URL|Koji|Amplitude)\b/g;

/** One capital, at the beginning. */
const isSentenceCase = (label: string): boolean => {
  const rest = label.replace(NAMES, '').slice(1);
  return /^[A-Z]/.test(label) && rest === rest.toLowerCase();
};

const labels: Check = (app) => [
  ...app.components.flatMap(({ place, label = '' }) =>
    when(label !== '' && !isSentenceCase(label), place, `“${label}” is not in sentence case.`),
  ),
  ...allFields(app).flatMap(({ place, field: { label } }) =>
    when(label !== undefined && !isSentenceCase(label), place, `“${label}” is not in sentence case.`),
  ),
];

const groups: Check = (app) => {
  const all = groupsOf(app);
  const path = app.manifest.generalCodeFiles.groups ?? MANIFEST;
  const grouped = all.flatMap(({ modules }) => modules);
  const modules = componentsOf(app, 'module').map(({ id }) => id);
  return [
    ...modules.flatMap((id) => {
      const times = grouped.filter((one) => one === id).length;
      return when(times !== 1, path, `${id} is in ${times} groups.`);
    }),
    ...grouped.flatMap((id) => when(!modules.includes(id), path, `There is no module ${id}.`)),
    ...when(all[0]?.label !== 'Triggers' || all.at(-1)?.label !== 'Other', path, 'Triggers come first, Other last.'),
  ];
};

/** Paths that would lead to another host or out of the API, if the pattern let them through. */
const ELSEWHERE = ['https://example.com/', '//example.com/', '.example.com/', '@example.com/', '/../admin'];

const leadsElsewhere = (pattern: string | undefined): boolean => {
  try {
    return pattern === undefined || ELSEWHERE.some((path) => new RegExp(pattern).test(path));
  } catch {
    return true;
  }
};

const hosts: Check = (app) => {
  const modules = modulesOf(app, 'universal');
  return [
    ...stepsOf(app, modules).flatMap(({ place, url = '' }) =>
      // What is put behind a bare host can make another one of it.
      when(/^https:\/\/[^/]*\{\{/.test(url), place, 'A slash must part the host from what people choose.'),
    ),
    ...modules.flatMap((module) => {
      const address = fieldsOf(app, module, 'mappableParams').find(({ name }) => name === 'url');
      return when(
        leadsElsewhere(address?.validate?.pattern),
        module.place,
        'The pattern of url must refuse other hosts.',
      );
    }),
  ];
};

/** A file's expressions, without their braces, each with its place. */
export const expressionsIn = (json: unknown, path: string): [place: string, expression: string][] =>
  valuesIn(json, `${path}#`).flatMap(([place, text]) =>
    typeof text === 'string'
      ? [...text.matchAll(/\{\{(?!\.\.\.)(.*?)\}\}/gs)].map(([, inside = '']): [string, string] => [place, inside])
      : [],
  );

const LONGEST = 250;
/**
 * What has no `temp` stands in one piece: a webhook, with the rule of the sample that all platforms share, and an item of
 * a list, with the id of a respondent whom nothing may hide.
 */
const IN_ONE_PIECE =
  /^webhooks\/cohort-members\/[^#]+#\/iterate\/condition$|^modules\/[^#]+#.*\/response\/output\/respondent_id$/;

const plain: Check = ({ json }) => {
  const all = [...json].flatMap(([path, content]) => expressionsIn(content, path));
  const short = all.filter(([, expression]) => expression.length < 80).length;
  return [
    ...all.flatMap(([place, expression]) =>
      when(
        expression.length > LONGEST && !IN_ONE_PIECE.test(place),
        place,
        `${expression.length} characters; ${LONGEST} at most: put a part of it into temp.`,
      ),
    ),
    ...when(
      short * 2 < all.length,
      MANIFEST,
      `${short} of ${all.length} expressions are under 80 characters; half must be.`,
    ),
  ];
};

/** In an expression, or by itself in `temp`, where several expressions share it. */
const PATTERN = /(?:^|')\/(.*?)\/[gi]*(?:'|$)/g;
const LONGEST_PATTERN = 60;

const patterns: Check = ({ json }) =>
  [...json].flatMap(([path, content]) =>
    valuesIn(content, `${path}#`).flatMap(([place, text]) =>
      [...(typeof text === 'string' ? text : '').matchAll(PATTERN)].flatMap(([, pattern = '']) => [
        ...when(pattern.length > LONGEST_PATTERN, place, `A regular expression of ${pattern.length} characters.`),
        ...when(/\(\?<[=!]/.test(pattern), place, 'A regular expression that looks behind.'),
      ]),
    ),
  );

const DOCUMENTED = new Set(Object.values(functionsByDocument).flat());

const functions: Check = ({ json }) =>
  [...json].flatMap(([path, content]) =>
    expressionsIn(content, path).flatMap(([place, expression]) =>
      functionsIn(expression).flatMap((name) =>
        when(!DOCUMENTED.has(name), place, `No document of Make's in make/lint/functions.ts lists ${name}.`),
      ),
    ),
  );

/** A half of a character: Make's store of app code may refuse a file with one. */
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const characters: Check = ({ files, json }) =>
  [...files].flatMap(([path, text]) =>
    when(
      HALF.test(text) ||
        valuesIn(json.get(path), '').some(([, value]) => typeof value === 'string' && HALF.test(value)),
      path,
      'Half of a character.',
    ),
  );

/** Every rule of our own. */
export const ownRules: Rule[] = [
  ['samples', 'samples hold all that the interface holds', samples],
  ['labels', 'labels are in sentence case', labels],
  ['groups', 'each module is in one group; Triggers come first, Other last', groups],
  ['hosts', 'the pattern of the universal module’s URL refuses other hosts', hosts],
  ['plain', 'no expression is longer than 250 characters, and half are under 80', plain],
  ['patterns', 'no regular expression is longer than 60 characters or looks behind', patterns],
  ['functions', 'only functions that Make documents', functions],
  ['characters', 'no file holds half of a character', characters],
];
