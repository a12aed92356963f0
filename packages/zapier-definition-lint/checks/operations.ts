import { type Problem, zapierCheck } from '../check.ts';
import { type Definition, isHook, isStaticHook, type Operation, triggersOf, visible } from '../definition.ts';

const inGroup = ({ operations }: Definition, wanted: Operation['group']): Operation[] =>
  operations.filter(({ group }) => group === wanted);

export const operationChecks = [
  zapierCheck('D006', 'REST Hook Trigger Needs a Polling URL', (definition) =>
    visible(triggersOf(definition))
      .filter((trigger) => isHook(trigger) && trigger.performList === undefined)
      .map(({ path }) => ({ where: path, message: 'is a hook without performList.' })),
  ),

  zapierCheck('D009', 'Requires at Least One Search Field', (definition) =>
    visible(inGroup(definition, 'searches'))
      .filter(({ inputFields }) => inputFields.known.length === 0 && !inputFields.dynamic)
      .map(({ path }) => ({ where: path, message: 'has no input field.' })),
  ),

  zapierCheck('D015', 'Search-Or-Create Connects to a Non-Existing Action/Search', (definition) => {
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

  zapierCheck('D016', 'Consists Only a Static Webhook', (definition) => {
    const all = visible(definition.operations);
    return all.length > 0 && all.every(isStaticHook)
      ? [{ where: 'triggers', message: 'are static webhooks only; Zapier takes no such app.' }]
      : [];
  }),

  zapierCheck('D017', 'Static Hook Is Discouraged', (definition) =>
    visible(triggersOf(definition))
      .filter(isStaticHook)
      .map(({ path }) => ({ where: path, message: 'is a static webhook, which Zapier takes into no public app.' })),
  ),

  zapierCheck('D022', 'Creates Should Try to Have Static Input Fields', (definition) =>
    visible(inGroup(definition, 'creates'))
      .filter(({ inputFields }) => inputFields.known.length === 0)
      .map(({ path }) => ({ where: path, message: 'has no static input field.' })),
  ),

  zapierCheck('D028', 'Clean Input Data Enabled', ({ flags, operations }) => [
    ...(flags.cleanInputData === false
      ? []
      : [{ where: 'flags.cleanInputData', message: 'is not false, so Zapier removes empty values from inputs.' }]),
    ...operations
      .filter(({ cleanInputData }) => cleanInputData === true)
      .map(({ path }) => ({ where: `${path}.cleanInputData`, message: 'is true.' })),
  ]),
];
