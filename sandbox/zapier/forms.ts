import { type Field, type Item, isFunctionText, type Operation, parseFields } from './definition.ts';
import { InvocationFailed } from './failure.ts';
import { applyFields, fillTemplates } from './mapping.ts';
import type { Runs, Step } from './runs.ts';

/** What the app is given of a form: references filled in, and with the fields' types applied too. */
export type FilledForm = { inputData: Item; inputDataRaw: Item };

/** Fills in a trigger's or a step's form. */
export const fillForm = async (
  runs: Runs,
  operation: Operation,
  form: Step['inputData'] = {},
  trigger: Item = {},
  outputs: readonly Item[] = [],
): Promise<FilledForm> => {
  const given = typeof form === 'function' ? form(trigger, outputs) : form;
  const inputDataRaw = fillTemplates(given, { trigger, steps: outputs });
  const fields = await fieldsOf(runs, operation, inputDataRaw);
  return { inputData: applyFields(inputDataRaw, fields, runs.clock.now()), inputDataRaw };
};

/** The form's fields, dynamic ones resolved. */
const fieldsOf = async ({ dynamicFields, invoke }: Runs, operation: Operation, inputData: Item): Promise<Field[]> => {
  const known = operation.inputFields.flatMap((field) => (typeof field === 'string' ? [] : [field]));
  if (!operation.inputFields.some((field) => typeof field === 'string' && isFunctionText(field))) return known;
  const name = JSON.stringify([operation.path, inputData]);
  const cached = dynamicFields.get(name);
  if (cached !== undefined) return cached;
  const outcome = await invoke(`${operation.path}.inputFields`, { inputData, inputDataRaw: inputData });
  if (!outcome.ok) throw new InvocationFailed(outcome.failure);
  const fields = parseFields(outcome.results);
  dynamicFields.set(name, fields);
  return fields;
};
