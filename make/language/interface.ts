/** Make's interfaces and samples, derived from the schemas and samples that the Zapier app uses. */
import * as z from 'zod';
import type { Json, Parameter } from './format.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

const presentValue = (schema: JsonSchema): JsonSchema =>
  schema.anyOf?.map(asSchema).find((option) => option.type !== 'null') ?? schema;

const asSchema = (schema: JsonSchema | boolean): JsonSchema => (typeof schema === 'boolean' ? {} : schema);

const itemsOf = (schema: JsonSchema): JsonSchema =>
  schema.items === undefined || Array.isArray(schema.items) ? {} : asSchema(schema.items);

/** Words of Make's labels that keep their capitals. */
const PROPER_NAMES = /\b(API|ID|URL|EU|US|Koji|Amplitude|Make)\b/;

/** A title as Make writes labels: one capital, at the beginning (Make contract §4.2). */
const sentenceCase = (title: string): string =>
  title.replace(/(?<=\s)\S+/g, (word) => (PROPER_NAMES.test(word) ? word : word.toLowerCase()));

const fieldOf = (name: string, property: JsonSchema): Parameter => {
  const named = { name, label: sentenceCase(property.title ?? name) };
  const schema = presentValue(property);
  if (schema.type === 'array') {
    const items = presentValue(itemsOf(schema));
    return { ...named, type: 'array', spec: items.type === 'object' ? fieldsIn(items) : { type: 'text' } };
  }
  if (schema.type === 'object') {
    return schema.properties === undefined
      ? { ...named, type: 'collection' }
      : { ...named, type: 'collection', spec: fieldsIn(schema) };
  }
  if (schema.type === 'string') return { ...named, type: schema.format === 'date-time' ? 'date' : 'text' };
  if (schema.type === 'boolean') return { ...named, type: 'boolean' };
  if (schema.type === 'number') return { ...named, type: 'number' };
  return schema.type === 'integer' ? { ...named, type: 'integer' } : { ...named, type: 'any' };
};

const fieldsIn = (schema: JsonSchema): Parameter[] =>
  Object.entries(schema.properties ?? {}).map(([name, property]) => fieldOf(name, asSchema(property)));

/** The fields that a module gives, by the schema of its output; labels are the schema's titles. */
export const interfaceOf = (schema: z.ZodObject): Parameter[] => fieldsIn(z.toJSONSchema(schema));

const json: z.ZodType<Json> = z.json();

/** A sample as Make's samples file holds it. */
export const samplesOf = (sample: object): { [key: string]: Json } => z.record(z.string(), json).parse(sample);
