/** What an operation gives, field by field as its schema says it, for any platform that shows fields to people. */
import * as z from 'zod';
import { spelledOut } from './text.ts';

/** The part of JSON Schema that says what a field holds. */
const jsonSchema = z.object({
  title: z.string().optional(),
  /** Without `null`, which every field may be. */
  type: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((types) => [types].flat().find((type) => type !== 'null')),
  format: z.string().optional(),
  get anyOf() {
    return z.array(jsonSchema).optional();
  },
  get items() {
    return jsonSchema.optional();
  },
  get properties() {
    return z.record(z.string(), jsonSchema).optional();
  },
});
type JsonSchema = z.infer<typeof jsonSchema>;

/** That of a whole object. */
const wholeSchema = z.object({ properties: z.record(z.string(), jsonSchema) });

/** One field. In a list, `type` and `fields` are those of each item. */
export type OutputField = {
  key: string;
  /** The schema's title; what the key spells, when it has none. */
  label: string;
  isList: boolean;
  type: 'text' | 'date' | 'boolean' | 'number' | 'integer' | 'object' | 'any';
  /** What an object holds; undefined when its keys are other ones for everybody. */
  fields?: OutputField[];
};

/** The part of `T | null` that is not null. */
const presentIn = (schema: JsonSchema): JsonSchema => schema.anyOf?.find(({ type }) => type !== undefined) ?? schema;

const typeOf = ({ type, format }: JsonSchema): OutputField['type'] => {
  if (type === 'string') return format === 'date-time' ? 'date' : 'text';
  return type === 'boolean' || type === 'number' || type === 'integer' || type === 'object' ? type : 'any';
};

const fieldsIn = (properties: Record<string, JsonSchema>): OutputField[] =>
  Object.entries(properties).map(([key, property]) => {
    const present = presentIn(property);
    const value = presentIn(present.items ?? present);
    return {
      key,
      label: property.title ?? spelledOut(key),
      isList: present.items !== undefined,
      type: typeOf(value),
      ...(value.properties === undefined ? {} : { fields: fieldsIn(value.properties) }),
    };
  });

/** The fields of a schema's values, in its order. */
export const outputFields = (schema: z.ZodObject): OutputField[] =>
  fieldsIn(wholeSchema.parse(z.toJSONSchema(schema)).properties);
