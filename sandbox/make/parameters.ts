/**
 * A form's values as a module gets them, before any request (M13). Each rule has its source: [TC] is
 * help.make.com/type-coercion (January 2026), [P] developers.make.com/custom-apps-documentation/app-components/parameters,
 * [MK] minsu-kang/make-custom-app-skill, skill/references/parameters-reference.md, and [FS] Make's own validator of
 * forms, integromat/make-forman-schema. What they leave open is refused.
 */
import type { Parameter } from './app.ts';
import { MakeError, UnknownToRunner } from './error.ts';
import { amountOf, dateOf, isCollection, textOf } from './iml-functions.ts';

const refuse = (name: string, why: string): never => {
  throw new MakeError('BundleValidationError', `Validation failed for the parameter ${name}: ${why}`);
};

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '';

/** Text stays, and numbers, dates, yes and no are written out [TC]; how lists and collections are is not always said. */
const textIn = (name: string, value: unknown): string => {
  if (typeof value === 'object' && !(value instanceof Date)) {
    throw new UnknownToRunner(`What the text field ${name} makes of a list or a collection is not known.`);
  }
  return textOf(value);
};

/** Numbers stay, a text must convert, and nothing else is a number [TC]; which text does, as in [FS]: one of digits. */
const numberIn = (name: string, type: Parameter['type'], value: unknown): number => {
  const number = amountOf(value) ?? refuse(name, 'Invalid number.');
  // “A whole number or positive whole number” [P].
  const fits = type === 'number' || (Number.isInteger(number) && (type === 'integer' || number >= 0));
  return fits ? number : refuse(name, 'Invalid integer.');
};

/** The word false is no, and whatever else there is, even 0, is yes [TC]; [FS] ignores capitals and spaces besides. */
const booleanIn = (name: string, value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' || value === 'false') return value !== 'false';
  if (value.trim().toLowerCase() !== 'false') return true;
  throw new UnknownToRunner(`Whether ${name} is no when it is ${JSON.stringify(value)} is not known.`);
};

/** No date is further from 1970, in milliseconds. */
const LAST_MOMENT = 8.64e15;

/**
 * Dates stay, a number is a count of milliseconds, and nothing else but text converts [TC]. A text without a zone is in
 * the zone of the person's settings there; here these are UTC.
 */
const dateIn = (name: string, value: unknown): Date => {
  if (value instanceof Date) return value;
  if (typeof value === 'number' && Math.abs(value) <= LAST_MOMENT) return new Date(value);
  if (typeof value !== 'string') return refuse(name, 'Invalid date.');
  try {
    return dateOf(value.trim(), 'Z');
  } catch (error) {
    if (error instanceof MakeError) return refuse(name, 'Invalid date.');
    throw error;
  }
};

/**
 * What people may choose from an RPC's list, they may also type in. Of choices in the form a value must be the very one
 * [FS], but whether that holds for mapped values is not said: a text or a number comes through, which an app has to bear.
 */
const chosenIn = ({ name, options }: Parameter, value: unknown): unknown => {
  if (!Array.isArray(options)) return textIn(name, value);
  return typeof value === 'object' ? refuse(name, 'The value is not one of the choices.') : value;
};

/**
 * One entry of a list. Of a collection nothing is checked or changed within, `required` least of all [MK]; what is no
 * collection is refused [TC].
 */
const entryIn = ({ name, spec }: Parameter, entry: unknown): unknown => {
  if (Array.isArray(spec)) return isCollection(entry) ? entry : refuse(name, 'Invalid collection.');
  return isNothing(entry) ? entry : textIn(name, entry);
};

/** A pattern is a text's, and need not fit the whole of it; the bounds are a number's, and count themselves [P]. */
const validated = ({ name, validate = {} }: Parameter, value: unknown): unknown => {
  if (typeof value === 'string' && validate.pattern !== undefined && !new RegExp(validate.pattern).test(value)) {
    return refuse(name, 'The value does not match the pattern.');
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = validate;
  return typeof value === 'number' && (value < min || value > max)
    ? refuse(name, 'The number is out of range.')
    : value;
};

const coerced = (parameter: Parameter, value: unknown): unknown => {
  const { name, type } = parameter;
  switch (type) {
    case 'text':
    case 'password':
      return textIn(name, value);
    case 'number':
    case 'integer':
    case 'uinteger':
      return numberIn(name, type, value);
    case 'boolean':
      return booleanIn(name, value);
    case 'date':
      return dateIn(name, value);
    // Where a list is expected, anything else is its only entry [TC].
    case 'select':
      return parameter.multiple ? [value].flat().map((one) => chosenIn(parameter, one)) : chosenIn(parameter, value);
    case 'array':
      return [value].flat().map((entry) => entryIn(parameter, entry));
    default:
      throw new UnknownToRunner(`What a form makes of the field ${name}, of the type ${type}, is not known.`);
  }
};

/** All of a form's values, by name. Throws a {@link MakeError} of type BundleValidationError before any request. */
export const coercedAll = (parameters: Parameter[], values: unknown): Record<string, unknown> => {
  const given = new Map(Object.entries(values ?? {}));
  return Object.fromEntries(
    parameters.flatMap((parameter): [string, unknown][] => {
      const mapped = given.get(parameter.name);
      const value = isNothing(mapped) ? parameter.default : mapped;
      // Nothing always fails where something is required [MK], and a list of nothing is that.
      if (parameter.required && (isNothing(value) || (Array.isArray(value) && value.length === 0))) {
        return refuse(parameter.name, 'Missing value of required parameter.');
      }
      return isNothing(value) ? [] : [[parameter.name, validated(parameter, coerced(parameter, value))]];
    }),
  );
};
