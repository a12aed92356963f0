/** What Zapier does not number: its build guidelines, which people review, and traps of its platform core. */
import type { Check, Problem } from '../check.ts';
import { inputFieldsOf, isFunctionText, outputFieldsOf, triggersOf, visible, walk } from '../definition.ts';
import { titleCaseOf } from '../title-case.ts';
import { partsOf } from './fields.ts';

const guidelines = 'https://docs.zapier.com/integrations/publish/integration-publishing-requirements';

/** "Sends …", "Creates …": the third person. */
const thirdPerson = /^[A-Z][a-z-]*s\b.*\.$/s;

const hasTrapKey = (value: object): boolean =>
  Object.keys(value).length <= 2 &&
  [Object.entries(value)].flat().some(([key, inner]) => /^(source|require)$/.test(key) && typeof inner === 'string');

export const beyondChecks: Check[] = [
  {
    id: 'X001',
    title: 'Dropdowns and search steps name keys that their target gives',
    source: 'zapier-platform-schema RefResourceSchema: trigger.id_key.label_key',
    run: (definition) => {
      const fields = definition.operations.flatMap(inputFieldsOf);
      const given = (group: string, target: string): Set<string> | null => {
        const found = definition.operations.find((candidate) => candidate.group === group && candidate.key === target);
        if (found === undefined) return null;
        const { known, dynamic } = found.outputFields;
        // What a function adds to known fields is other for everybody, so nothing can rest on it.
        if (dynamic && known.length === 0) return null;
        return new Set([...Object.keys(found.sample ?? {}), ...known.map(({ key }) => key)]);
      };
      return fields.flatMap(({ where, value: { dynamic, search } }) =>
        [
          { group: 'triggers', reference: dynamic },
          { group: 'searches', reference: search },
        ].flatMap(({ group, reference }): Problem[] => {
          if (reference === undefined) return [];
          const { target, keys } = partsOf(reference);
          const there = given(group, target);
          const absent = there === null || there.size === 0 ? [] : keys.filter((key) => !there.has(key));
          return absent.map((key) => ({ where, message: `names ${reference}, and ${target} gives no ${key}.` }));
        }),
      );
    },
  },
  {
    id: 'X002',
    title: 'No object in a sample or field is taken for a function',
    source: 'zapier-platform-core src/tools/schema-tools.js findSourceRequireFunctions',
    run: ({ raw }) =>
      walk(raw).flatMap(({ path, value }): Problem[] => {
        const where = path.join('.');
        if (path.includes('sample') && isFunctionText(value)) {
          return [
            { where, message: 'was an object of 1 or 2 keys with `source` or `require`: core made it a function.' },
          ];
        }
        return typeof value === 'object' && value !== null && !Array.isArray(value) && hasTrapKey(value)
          ? [{ where, message: 'has `source` or `require` among at most 2 keys: core may make it a function.' }]
          : [];
      }),
  },
  {
    id: 'X003',
    title: 'A create is described by what it does: "Creates … ."',
    source: guidelines,
    run: ({ operations }) =>
      visible(operations)
        .filter(({ group, display }) => group === 'creates' && !thirdPerson.test(display.description))
        .map(({ path }) => ({
          where: `${path}.display.description`,
          message: 'must begin with a verb in the third person ("Creates") and end with a full stop.',
        })),
  },
  {
    id: 'X004',
    title: 'A search is called "Find …" and described as "Finds … ."',
    source: guidelines,
    run: ({ operations }) =>
      visible(operations)
        .filter(({ group }) => group === 'searches')
        .flatMap(({ path, display: { label, description } }) => [
          ...(/^Find \S/.test(label) ? [] : [{ where: `${path}.display.label`, message: 'must begin with "Find ".' }]),
          ...(/^Finds \S.*\.$/s.test(description)
            ? []
            : [
                { where: `${path}.display.description`, message: 'must begin with "Finds " and end with a full stop.' },
              ]),
        ]),
  },
  {
    id: 'X005',
    title: 'Required fields come first',
    source: guidelines,
    run: ({ operations }) =>
      operations.flatMap(({ path, inputFields: { known } }) => {
        const optional = known.findIndex(({ required }) => !required);
        return known
          .filter(({ required }, index) => required && optional !== -1 && index > optional)
          .map(({ key }) => ({
            where: `${path}.inputFields.${key}`,
            message: 'is required and comes after optional ones.',
          }));
      }),
  },
  {
    id: 'X006',
    title: 'Fields of steps have a label in Title Case',
    source: guidelines,
    run: (definition) =>
      [
        ...visible(definition.operations).flatMap((operation) => [
          ...inputFieldsOf(operation),
          ...outputFieldsOf(operation),
        ]),
      ]
        .map(({ where, value: { label = '' } }) => ({ where, label, fitting: titleCaseOf(label) }))
        .filter(({ label, fitting }) => label === '' || label !== fitting)
        .map(({ where, label, fitting }) => ({
          where,
          message: label === '' ? 'has no label.' : `is labeled "${label}", not "${fitting}".`,
        })),
  },
  {
    id: 'X007',
    title: 'What fills a dropdown is a trigger that polls',
    source: 'https://docs.zapier.com/integrations/build-cli/dynamic-dropdowns',
    run: (definition) => {
      const triggers = new Map(triggersOf(definition).map((trigger) => [trigger.key, trigger]));
      return definition.operations.flatMap(inputFieldsOf).flatMap(({ where, value: { dynamic } }): Problem[] => {
        const type = dynamic === undefined ? undefined : triggers.get(partsOf(dynamic).target)?.type;
        return type === 'hook' ? [{ where, message: `has the dropdown ${dynamic}, which is a hook.` }] : [];
      });
    },
  },
];
