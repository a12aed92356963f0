/** Whether values are what output fields and Zapier's rules for dates say. */
import type { Problem } from './check.ts';
import { type Field, type Item, textsIn } from './definition.ts';

/** A date, or a date and time with its offset. */
const iso8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}(:?\d{2})?))?$/;

const month = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';
const time = '([ ,T]+(at )?\\d{1,2}:\\d{2}.*)?';

/** What people and programs write for dates, ISO 8601 or not; only where it is the whole text. */
const dateLike = [
  new RegExp(`^\\d{4}-\\d{1,2}-\\d{1,2}${time}$`, 'i'),
  new RegExp(`^\\d{1,4}[/.]\\d{1,2}[/.]\\d{2,4}${time}$`, 'i'),
  new RegExp(`^([a-z]{3,9}\\.?,? )?\\d{1,2}(st|nd|rd|th)?[ -]${month}[ ,-]+\\d{2,4}${time}$`, 'i'),
  new RegExp(`^([a-z]{3,9}\\.?,? )?${month} \\d{1,2}(st|nd|rd|th)?,? \\d{2,4}${time}$`, 'i'),
];

const isIso8601 = (text: string): boolean => iso8601.test(text) && !Number.isNaN(Date.parse(text.slice(0, 10)));

/** Dates that Zapier could misread. */
export const wrongDates = (item: Item, where: string): Problem[] =>
  textsIn(item)
    .filter(({ text }) => dateLike.some((form) => form.test(text.trim())) && !isIso8601(text))
    .map(({ path, text }) => ({
      where: [where, ...path].join('.'),
      message: `"${text}" is not ISO 8601 with an offset, such as 2026-05-24T11:41:22Z.`,
    }));

const isText = (value: unknown): boolean => typeof value === 'string';

const fits: Record<string, (value: unknown) => boolean> = {
  string: isText,
  text: isText,
  file: isText,
  password: isText,
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  datetime: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};

const isObject = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `address__city` stands for `city` inside `address`. */
const valueAt = (item: Item, key: string): unknown => {
  if (key in item) return item[key];
  return key.split('__').reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), item);
};

/** Where an item is not what its output fields say: a required one missing, a value of another type. Null is no value. */
export const misfits = (item: Item, fields: Field[], where: string): Problem[] =>
  fields.flatMap((field) => {
    const place = `${where}.${field.key}`;
    const value = valueAt(item, field.key);
    if (value === undefined || value === null) {
      return field.required ? [{ where: place, message: 'is required by the output fields and not there.' }] : [];
    }
    return field.children === undefined ? wrongType(value, field, place) : wrongChildren(value, field.children, place);
  });

const wrongType = (value: unknown, { type = 'string', list }: Field, where: string): Problem[] => {
  if (Array.isArray(value) !== (list === true)) {
    return [
      {
        where,
        message: list ? 'is no list, and its output field says so.' : 'is a list, which its output field does not say.',
      },
    ];
  }
  const fitting = fits[type] ?? (() => true);
  return [value].flat().every(fitting)
    ? []
    : [{ where, message: `${JSON.stringify(value)} is not of the type ${type} that its output field has.` }];
};

const wrongChildren = (value: unknown, children: Field[], where: string): Problem[] =>
  [value]
    .flat()
    .flatMap((child) =>
      isObject(child)
        ? misfits(child, children, where)
        : [{ where, message: `${JSON.stringify(child)} is no object, and its output field has children.` }],
    );

/**
 * Keys of one item that the other has not. What is empty or null in the other says nothing of the keys inside it; list
 * items count as one.
 */
export const keysMissing = (wanted: Item, there: Item, where: string): Problem[] =>
  Object.entries(wanted).flatMap(([key, value]) => {
    const place = `${where}.${key}`;
    if (!(key in there)) return [{ where: place, message: 'is not among the keys of the real result.' }];
    const inner = objectIn(value);
    const real = objectIn(there[key]);
    return inner === null || real === null ? [] : keysMissing(inner, real, place);
  });

const objectIn = (value: unknown): Item | null => {
  if (isObject(value)) return value;
  if (!Array.isArray(value)) return null;
  const objects = value.filter(isObject);
  return objects.length === 0 ? null : Object.assign({}, ...objects);
};
