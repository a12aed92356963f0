import { type Problem, zapierCheck } from '../check.ts';
import { type Definition, isHook, isStaticHook, type Operation, triggersOf, visible } from '../definition.ts';

const inGroup = ({ operations }: Definition, wanted: Operation['group']): Operation[] =>
  operations.filter(({ group }) => group === wanted);

export const operationChecks = [
  zapierCheck('D006', 'An instant trigger has performList, to give the editor real items', (definition) =>
    visible(triggersOf(definition))
      .filter((trigger) => isHook(trigger) && trigger.performList === undefined)
      .map(({ path }) => ({ where: path, message: 'is a hook without performList.' })),
  ),

  zapierCheck('D009', 'A search has a field to search by', (definition) =>
    visible(inGroup(definition, 'searches'))
      .filter(({ inputFields }) => inputFields.known.length === 0 && !inputFields.dynamic)
      .map(({ path }) => ({ where: path, message: 'has no input field.' })),
  ),

  zapierCheck('D015', 'A find-or-create names a search and a create of the app', (definition) => {
    const keys = (group: Operation['group']) => new Set(inGroup(definition, group).map(({ key }) => key));
    const [searches, creates] = [keys('searches'), keys('creates')];
    return Object.entries(definition.searchOrCreates).flatMap(([name, { key, search, create, update }]): Problem[] => {
      const where = `searchOrCreates.${name}`;
      const absent = [
        ...(searches.has(search) ? [] : [search]),
        ...[create, update].flatMap((step) => (step === undefined || creates.has(step) ? [] : [step])),
      ];
      return [
        ...absent.map((step) => ({ where, message: `names ${step}, which the app does not have.` })),
        ...(key === search
          ? []
          : [{ where, message: `has the key ${key}, which must be that of its search ${search}.` }]),
      ];
    });
  }),

  zapierCheck('D016', 'The app is more than one static webhook', (definition) => {
    const all = visible(definition.operations);
    return all.length > 0 && all.every(isStaticHook)
      ? [{ where: 'triggers', message: 'are static webhooks only; Zapier takes no such app.' }]
      : [];
  }),

  zapierCheck('D017', 'A hook subscribes and unsubscribes by itself', (definition) =>
    visible(triggersOf(definition))
      .filter(isStaticHook)
      .map(({ path }) => ({ where: path, message: 'is a static webhook, which Zapier takes into no public app.' })),
  ),

  zapierCheck('D022', 'A create has fields that are the same for everybody', (definition) =>
    visible(inGroup(definition, 'creates'))
      .filter(({ inputFields }) => inputFields.known.length === 0)
      .map(({ path }) => ({ where: path, message: 'has no static input field.' })),
  ),

  zapierCheck('D028', "Empty values in a step's input are left alone", ({ flags, operations }) => [
    ...(flags.cleanInputData === false
      ? []
      : [{ where: 'flags.cleanInputData', message: 'is not false, so Zapier removes empty values from inputs.' }]),
    ...operations
      .filter(({ cleanInputData }) => cleanInputData === true)
      .map(({ path }) => ({ where: `${path}.cleanInputData`, message: 'is true.' })),
  ]),
];
