/** A form's values as a module gets them: defaults, types, required fields and limits (Make contract §2.6.0). */
import type { Parameter } from './app.ts';
import { MakeError } from './error.ts';
import { dateOf, textOf } from './iml-functions.ts';

const refuse = (name: string, why: string): never => {
  throw new MakeError('BundleValidationError', `Validation failed for the parameter ${name}: ${why}`);
};

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '';

const numberOf = (name: string, value: unknown): number => {
  const number = Number(value);
  return Number.isNaN(number) ? refuse(name, 'Invalid number.') : number;
};

const checked = ({ name, validate, type }: Parameter, value: unknown): unknown => {
  if (typeof value === 'string' && validate?.pattern !== undefined && !new RegExp(validate.pattern).test(value)) {
    return refuse(name, 'The value does not match the pattern.');
  }
  if (typeof value === 'number') {
    if (value < (validate?.min ?? Number.NEGATIVE_INFINITY) || value > (validate?.max ?? Number.POSITIVE_INFINITY)) {
      return refuse(name, 'The number is out of range.');
    }
    if (type === 'uinteger' && (value < 0 || !Number.isInteger(value))) return refuse(name, 'Invalid integer.');
  }
  return value;
};

const chosen = ({ name, options }: Parameter, value: unknown): unknown => {
  if (!Array.isArray(options)) return typeof value === 'object' ? refuse(name, 'Invalid text.') : textOf(value);
  const option = options.find((candidate) => String(candidate.value) === String(value));
  return option === undefined ? refuse(name, 'The value is not one of the choices.') : option.value;
};

const coerced = (parameter: Parameter, value: unknown): unknown => {
  const { name, type, spec } = parameter;
  switch (type) {
    case 'text':
    case 'password':
    case 'url':
      return typeof value === 'object' && !(value instanceof Date) ? refuse(name, 'Invalid text.') : textOf(value);
    case 'number':
    case 'integer':
    case 'uinteger':
      return numberOf(name, value);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      return refuse(name, 'Invalid boolean.');
    case 'date':
      try {
        return dateOf(value);
      } catch {
        return refuse(name, 'Invalid date.');
      }
    case 'select':
      return parameter.multiple ? [value].flat().map((one) => chosen(parameter, one)) : chosen(parameter, value);
    case 'array':
      return [value].flat().map((entry) => (Array.isArray(spec) ? coercedAll(spec, entry) : textOf(entry)));
    default:
      return value;
  }
};

/** All of a form's values, by name. Throws a {@link MakeError} of type BundleValidationError before any request. */
export const coercedAll = (parameters: Parameter[], values: unknown): Record<string, unknown> => {
  const given = new Map(Object.entries(values ?? {}));
  return Object.fromEntries(
    parameters.flatMap((parameter): [string, unknown][] => {
      const mapped = given.get(parameter.name);
      const value = isNothing(mapped) ? parameter.default : mapped;
      if (!isNothing(value)) return [[parameter.name, checked(parameter, coerced(parameter, value))]];
      return parameter.required ? refuse(parameter.name, 'Missing value of required parameter.') : [];
    }),
  );
};
