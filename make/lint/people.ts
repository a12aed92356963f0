/** What people see: forms, labels, help, samples. */
import { allFields, fieldsOf, groupsOf, MANIFEST } from '../build/built.ts';
import { type Check, componentsOf, modulesOf, type Rule, stepsOf, when } from './check.ts';

const limitField: Check = (app) =>
  modulesOf(app, 'search', 'trigger').flatMap((module) => {
    const last = ['staticParams', 'mappableParams'].flatMap((code) => fieldsOf(app, module, code)).at(-1);
    const isRight =
      last?.name === 'limit' && last.type === 'uinteger' && last.default === 10 && !last.required && !last.advanced;
    return when(!isRight, module.place, 'The last field must be limit: an unsigned integer, 10 by default.');
  });

/** The universal module gives all of the answer. */
const ANSWER = ['body', 'headers', 'statusCode'];
/** Paths that would lead to another host or out of the API, if the pattern let them through. */
const ELSEWHERE = ['https://example.com/', '//example.com/', '.example.com/', '@example.com/', '/../admin'];

const leadsElsewhere = (pattern: string | undefined): boolean => {
  try {
    return pattern === undefined || ELSEWHERE.some((path) => new RegExp(pattern).test(path));
  } catch {
    return true;
  }
};

const universal: Check = (app) => {
  const modules = modulesOf(app, 'universal');
  const isThere = modules.length === 1 && modules[0]?.label === 'Make an API call';
  return [
    ...when(!isThere, `${MANIFEST}#/components/module`, 'One module must be Make an API call.'),
    ...modules.flatMap((module) => {
      const address = fieldsOf(app, module, 'mappableParams').find(({ name }) => name === 'url');
      return when(
        leadsElsewhere(address?.validate?.pattern),
        module.place,
        'The pattern of url must refuse other hosts.',
      );
    }),
    ...stepsOf(app, modules).flatMap(({ place, url = '', type, response }) => [
      ...when(!/^https:\/\/[a-z0-9.-]+\//.test(url), place, 'url must begin with a fixed host.'),
      ...when(type !== 'text', place, 'type must be text.'),
      ...when(
        Object.keys(Object(response?.output)).sort().join() !== ANSWER.join(),
        place,
        `output must be ${ANSWER.join(', ')}.`,
      ),
    ]),
  ];
};

const interfaces: Check = (app) =>
  modulesOf(app, 'trigger', 'instant_trigger', 'search', 'action').flatMap((module) =>
    when(fieldsOf(app, module, 'interface').length === 0, module.place, 'The interface is empty.'),
  );

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

const dates: Check = (app) =>
  allFields(app).flatMap(({ code, place, field: { name = '', type } }) =>
    when(code === 'interface' && /(_at|_time)$/.test(name) && type !== 'date', place, `${name} must be a date.`),
  );

/** Words that keep their capitals inside a label. */
const NAMES = /\b(API|ID|URL|Koji|Amplitude)\b/g;

/** One capital, at the beginning. */
const isSentenceCase = (label: string): boolean => {
  const rest = label.replace(NAMES, '').slice(1);
  return /^[A-Z]/.test(label) && rest === rest.toLowerCase();
};

const labels: Check = (app) => [
  ...app.components.flatMap(({ place, label = '' }) =>
    when(!isSentenceCase(label), place, `“${label}” is not in sentence case.`),
  ),
  ...allFields(app).flatMap(({ place, field: { label } }) =>
    when(label !== undefined && !isSentenceCase(label), place, `“${label}” is not in sentence case.`),
  ),
];

const descriptions: Check = (app) =>
  componentsOf(app, 'module').flatMap(({ place, description = '' }) =>
    when(
      !/^(Triggers when|Creates|Returns|Performs|Registers)\b.*\.$/.test(description),
      place,
      'The description is not in Make’s pattern.',
    ),
  );

/** Make's help does not begin with one. */
const VERB = /^(Add|Choose|Copy|Enter|Fill|Leave|Map|Paste|Put|Select|Set|Type|Use)\b/;

const help: Check = (app) =>
  allFields(app).flatMap(({ place, field: { help: text } }) => {
    if (text === undefined) return [];
    return [
      ...when(!/[.!?]$/.test(text), place, `“${text}” ends without a period.`),
      ...when(VERB.test(text), place, `“${text}” begins with a verb.`),
    ];
  });

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

/** Every rule of this kind. */
export const peopleRules: Rule[] = [
  ['limit', 'searches and polling triggers end in the field limit (M6)', limitField],
  ['universal', 'one module makes any call, to one host only, and gives all of the answer (M6)', universal],
  ['interfaces', 'modules say what they give (M6)', interfaces],
  ['samples', 'samples hold what the interface holds (M6)', samples],
  ['dates', 'dates are dates (M6)', dates],
  ['labels', 'labels are in sentence case (M6)', labels],
  ['descriptions', 'descriptions are in Make’s pattern (M6)', descriptions],
  ['help', 'help is in sentences and begins with no verb (M6)', help],
  ['groups', 'each module is in one group; Triggers come first, Other last (M6)', groups],
];
