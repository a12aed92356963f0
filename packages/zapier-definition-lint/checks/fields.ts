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

export const fieldChecks = [
  zapierCheck('D004', 'A field for an id offers a dropdown', (definition) =>
    stepFields(definition)
      .filter(({ value }) => isId(value) && value.dynamic === undefined && value.choices === undefined)
      .filter(({ value }) => !value.dict && value.children === undefined)
      .map(({ where }) => ({ where, message: 'asks for an id: give it a dynamic dropdown.' })),
  ),

  zapierCheck('D005', 'A dropdown is filled by a trigger of the app', (definition) => {
    const keys = new Set(triggersOf(definition).map(({ key }) => key));
    return stepFields(definition).flatMap(({ where, value: { dynamic } }): Problem[] =>
      dynamic === undefined || keys.has(partsOf(dynamic).target)
        ? []
        : [{ where, message: `has the dropdown ${dynamic}, and the app has no such trigger.` }],
    );
  }),

  zapierCheck('D011', 'Help text says more than the label', (definition) =>
    formFieldsOf(definition)
      .filter(({ value: { label = '', helpText = '' } }) => helpText !== '' && plain(label) === plain(helpText))
      .map(({ where }) => ({ where, message: 'has its label again as help text: leave the help text out.' })),
  ),

  zapierCheck('D013', 'A field that offers a search step names a search of the app', (definition) => {
    const keys = new Set(definition.operations.filter(({ group }) => group === 'searches').map(({ key }) => key));
    const known = (key: string) => keys.has(key) || key in definition.searchOrCreates;
    return stepFields(definition).flatMap(({ where, value: { search } }): Problem[] =>
      search === undefined || known(partsOf(search).target)
        ? []
        : [{ where, message: `offers the search ${search}, and the app has no such search.` }],
    );
  }),

  zapierCheck('D014', 'A field that offers a search step has a dropdown too', (definition) =>
    stepFields(definition)
      .filter(({ value }) => value.search !== undefined && value.dynamic === undefined)
      .map(({ where }) => ({
        where,
        message: 'has `search` without `dynamic`, so nobody is offered the search step.',
      })),
  ),
];
