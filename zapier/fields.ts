import { defineInputFields, type PlainOutputField } from 'zapier-platform-core';
import * as z from 'zod';
import { qualityScale, type sentiments } from '../koji/contract.ts';

/** The gate as a form: which interviews a step lets through. */
export const gateFields = defineInputFields([
  {
    key: 'minimum_quality',
    label: 'Minimum Quality',
    type: 'integer',
    required: false,
    default: String(qualityScale.defaultMinimum),
    helpText: `Koji scores each interview from ${qualityScale.lowest} to ${qualityScale.highest}. Lower ones, and those without a score, do not trigger.`,
  },
  {
    key: 'sentiments',
    label: 'Sentiments',
    type: 'string',
    list: true,
    required: false,
    choices: { positive: 'Positive', neutral: 'Neutral', negative: 'Negative', mixed: 'Mixed' } satisfies Record<
      (typeof sentiments)[number],
      string
    >,
    helpText: 'Only interviews with one of these. Choose none to take them all.',
  },
  {
    key: 'skip_anonymous',
    label: 'Skip Anonymous Interviews',
    type: 'boolean',
    required: false,
    default: 'false',
    helpText:
      'Yes: interviews without an email do not trigger. Leave it at No if you use Write Without Email in Send Interview Event.',
  },
]);

const outputTypes: Record<string, NonNullable<PlainOutputField['type']>> = {
  string: 'string',
  number: 'number',
  integer: 'integer',
  boolean: 'boolean',
};

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The part of `T | null` that is not null, and the name of its type. */
const presentValue = (schema: JsonSchema): { value: JsonSchema; type: string | undefined } => {
  const value = schema.anyOf?.find((option) => option.type !== 'null') ?? schema;
  return { value, type: [value.type ?? []].flat().find((type) => type !== 'null') };
};

const propertiesOf = (schema: JsonSchema): [string, JsonSchema][] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, property]): [string, JsonSchema][] =>
    typeof property === 'boolean' ? [] : [[key, property]],
  );

const itemsOf = (schema: JsonSchema): JsonSchema | undefined =>
  typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : undefined;

const outputField = (key: string, property: JsonSchema): PlainOutputField[] => {
  const labeled = { key, ...(property.title === undefined ? {} : { label: property.title }) };
  const items = itemsOf(presentValue(property).value);
  const { value, type } = presentValue(items ?? property);
  if (items !== undefined && type === 'object') return [{ ...labeled, children: outputFieldsIn(items) }];
  const zapierType = value.format === 'date-time' ? 'datetime' : outputTypes[type ?? ''];
  // What has other keys for everybody (metadata, answers by question) is found by Zapier in the data itself.
  if (zapierType === undefined) return [];
  return [{ ...labeled, type: zapierType, ...(items === undefined ? {} : { list: true }) }];
};

const outputFieldsIn = (schema: JsonSchema): PlainOutputField[] =>
  propertiesOf(schema).flatMap(([key, property]) => outputField(key, property));

/** Zapier's output fields for what a schema describes; labels are the schema's titles. */
export const outputFieldsOf = (schema: z.ZodObject): PlainOutputField[] => outputFieldsIn(z.toJSONSchema(schema));
