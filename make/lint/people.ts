/** What people see: forms, labels, help, samples. */
import { allFields, fieldsOf, MANIFEST } from '../build/built.ts';
import { type Check, componentsOf, modulesOf, type Rule, stepsOf, when } from './check.ts';

const limitField: Check = (app) =>
  modulesOf(app, 'search', 'trigger').flatMap((module) => {
    const last = ['staticParams', 'mappableParams'].flatMap((code) => fieldsOf(app, module, code)).at(-1);
    const isRight =
      last?.name === 'limit' && last.type === 'uinteger' && last.default === 10 && !last.required && !last.advanced;
    return when(!isRight, module.place, 'The last field must be limit: an unsigned integer, 10 by default.');
  });

/** A step that only thinks has no address, and its answer goes nowhere. */
const requestsOf: typeof stepsOf = (app, modules) =>
  stepsOf(app, modules).filter(({ url, temp }) => url !== undefined || temp === undefined);

/** The universal module gives all of the answer. */
const ANSWER = ['body', 'headers', 'statusCode'];
const universal: Check = (app) => {
  const modules = modulesOf(app, 'universal');
  const isThere = modules.length === 1 && /^make an api call$/i.test(modules[0]?.label ?? '');
  return [
    ...when(!isThere, `${MANIFEST}#/components/module`, 'One module must be Make an API call.'),
    ...requestsOf(app, modules).flatMap(({ place, url = '', type, response }) => [
      ...when(!/^(https:\/\/[a-z0-9.-]|\/)/.test(url), place, 'url must begin with a fixed host, or join base’s.'),
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

const dates: Check = (app) =>
  allFields(app).flatMap(({ code, place, field: { name = '', type } }) =>
    when(code === 'interface' && /(_at|_time)$/.test(name) && type !== 'date', place, `${name} must be a date.`),
  );

const descriptions: Check = (app) =>
  componentsOf(app, 'module').flatMap(({ place, description = '' }) =>
    when(
      !/^(Triggers when|Creates|Returns|Performs|Registers)\b.*\.$/.test(description),
      place,
      'The description is not in Make’s pattern.',
    ),
  );

/** Make's help does not begin with one, except for the address of an API call, whose words are Make's own. */
const VERB = /^(?!Enter a path relative to `)(Add|Choose|Copy|Enter|Fill|Leave|Map|Paste|Put|Select|Set|Type|Use)\b/;

const help: Check = (app) =>
  allFields(app).flatMap(({ place, field: { help: text } }) => {
    if (text === undefined) return [];
    return [
      ...when(!/[.!?]$/.test(text), place, `“${text}” ends without a period.`),
      ...when(VERB.test(text), place, `“${text}” begins with a verb.`),
    ];
  });

/** Every rule of this kind. */
export const peopleRules: Rule[] = [
  ['limit', 'searches and polling triggers end in the field limit (M6)', limitField],
  ['universal', 'one module makes any call, to one host only, and gives all of the answer (M6)', universal],
  ['interfaces', 'modules say what they give (M6)', interfaces],
  ['dates', 'dates are dates (M6)', dates],
  ['descriptions', 'descriptions are in Make’s pattern (M6)', descriptions],
  ['help', 'help is in sentences and begins with no verb (M6)', help],
];
