import { type Problem, zapierCheck } from '../check.ts';
import { type Definition, type Field, formFieldsOf, inputFieldsOf, type Placed, triggersOf } from '../definition.ts';

const isId = ({ key, label }: Field): boolean => /(^|_)ids?$|[a-z0-9]Ids?$/.test(key) || /\bIDs?$/.test(label ?? '');

const stepFields = ({ operations }: Definition): Placed<Field>[] => operations.flatMap(inputFieldsOf);

/** A reference `key.field.label`, parted. */
export const partsOf = (reference: string): { target: string; keys: string[] } => {
  const [target = '', ...keys] = reference.split(/[.,]/);
  return { target, keys };
};

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** What a field that offers a search step may not be; without a dropdown nobody is offered the step. */
const faultsBesideSearch = ({ type = 'string', list, dict, children, dynamic }: Field): string[] => [
  ...(dynamic === undefined ? ['has `search` without `dynamic`, so nobody is offered the search step.'] : []),
  ...(['string', 'number', 'integer'].includes(type) ? [] : [`has \`search\` and the type ${type}.`]),
  ...(list || dict || children !== undefined ? ['has `search` beside `list`, `dict` or `children`.'] : []),
];

export const fieldChecks = [
  zapierCheck('D004', 'ID Fields Should Have Dynamic Dropdowns', (definition) =>
    stepFields(definition)
      .filter(({ value }) => isId(value) && value.dynamic === undefined && value.choices === undefined)
      .filter(({ value }) => !value.dict && value.children === undefined)
      .map(({ where }) => ({ where, message: 'asks for an id: give it a dynamic dropdown.' })),
  ),

  zapierCheck('D005', 'Dynamic Dropdown Connects to a Non-Existing Trigger', (definition) => {
    const keys = new Set(triggersOf(definition).map(({ key }) => key));
    return stepFields(definition).flatMap(({ where, value: { dynamic } }): Problem[] =>
      dynamic === undefined || keys.has(partsOf(dynamic).target)
        ? []
        : [{ where, message: `has the dropdown ${dynamic}, and the app has no such trigger.` }],
    );
  }),

  zapierCheck('D011', 'Redundant Help Text', (definition) =>
    formFieldsOf(definition)
      .filter(({ value: { label = '', helpText = '' } }) => helpText !== '' && plain(label) === plain(helpText))
      .map(({ where }) => ({ where, message: 'has its label again as help text: leave the help text out.' })),
  ),

  zapierCheck('D013', 'Connects to a Non-Existing Search', (definition) => {
    const keys = new Set(definition.operations.filter(({ group }) => group === 'searches').map(({ key }) => key));
    const known = (key: string) => keys.has(key) || key in definition.searchOrCreates;
    return stepFields(definition).flatMap(({ where, value: { search } }): Problem[] =>
      search === undefined || known(partsOf(search).target)
        ? []
        : [{ where, message: `offers the search ${search}, and the app has no such search.` }],
    );
  }),

  zapierCheck('D014', "Search Connector can't be combined with certain other features", (definition) =>
    stepFields(definition)
      .filter(({ value }) => value.search !== undefined)
      .flatMap(({ where, value }) => faultsBesideSearch(value).map((message) => ({ where, message }))),
  ),
];
