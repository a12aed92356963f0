import { defineInputFields, type PlainOutputField } from 'zapier-platform-core';
import type * as z from 'zod';
import { type OutputField, outputFields } from '../boundary/output-fields.ts';
import { qualityScale, type sentiments } from '../koji/contract.ts';

/** The one study whose interviews a step takes. */
export const studyField = {
  key: 'study_id',
  label: 'Study',
  type: 'string',
  required: false,
  dynamic: 'study_list.id.name',
  helpText:
    'Only interviews of this study. Empty: all. Not in the list? Type its Study ID, as a tested interview shows it.',
} as const;

/** The gate as a form: which interviews a step lets through. */
export const gateFields = defineInputFields([
  studyField,
  {
    key: 'minimum_quality',
    label: 'Minimum Quality',
    type: 'integer',
    required: false,
    default: String(qualityScale.defaultMinimum),
    helpText: `Interviews that Koji scores below this (${qualityScale.lowest} to ${qualityScale.highest}), or not at all, do not trigger. 3: all that count; 4: only the strongest.`,
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
    helpText: 'Only interviews with one of these. Empty: all.',
  },
  {
    key: 'skip_anonymous',
    label: 'Skip Anonymous Interviews',
    type: 'boolean',
    required: false,
    default: 'false',
    helpText:
      'Yes: interviews without an email do not trigger. Choose No if Send Interview Event has Write Without Email on.',
  },
]);

const zapierTypes = {
  text: 'string',
  date: 'datetime',
  boolean: 'boolean',
  number: 'number',
  integer: 'integer',
} as const;

const zapierField = ({ key, label, isList, type, fields }: OutputField): PlainOutputField[] => {
  if (isList && fields !== undefined) return [{ key, label, children: fields.flatMap(zapierField) }];
  // What has other keys for everybody (metadata, answers by question) is found by Zapier in the data itself.
  if (type === 'object' || type === 'any') return [];
  return [{ key, label, type: zapierTypes[type], ...(isList ? { list: true } : {}) }];
};

/** Zapier's output fields for what a schema describes; labels are the schema’s titles, else what its keys spell. */
export const outputFieldsOf = (schema: z.ZodObject): PlainOutputField[] => outputFields(schema).flatMap(zapierField);

/** What a choice of a dropdown has. */
export const choiceFields: PlainOutputField[] = [
  { key: 'id', label: 'ID', type: 'string' },
  { key: 'name', label: 'Name', type: 'string' },
];
