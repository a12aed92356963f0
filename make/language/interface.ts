/** Make's interfaces and samples, derived from the schemas and samples that the Zapier app uses. */
import * as z from 'zod';
import { type OutputField, outputFields } from '../../boundary/output-fields.ts';
import type { Json, Parameter } from './format.ts';

/** Words of Make's labels that keep their capitals. */
const PROPER_NAMES = /\b(API|ID|URL|EU|US|Koji|Amplitude|Make)\b/;

/** A title as Make writes labels: one capital, at the beginning (M6). */
const sentenceCase = (title: string): string =>
  title.replace(/(?<=\s)\S+/g, (word) => (PROPER_NAMES.test(word) ? word : word.toLowerCase()));

const parameterOf = ({ key, label, isList, type, fields }: OutputField): Parameter => {
  const named = { name: key, label: sentenceCase(label) };
  const spec = fields?.map(parameterOf);
  if (isList) return { ...named, type: 'array', spec: spec ?? { type: 'text' } };
  if (type === 'object') return { ...named, type: 'collection', ...(spec === undefined ? {} : { spec }) };
  return { ...named, type };
};

/** The fields that a module gives, by the schema of its output; labels are the schema's titles. */
export const interfaceOf = (schema: z.ZodObject): Parameter[] => outputFields(schema).map(parameterOf);

const json: z.ZodType<Json> = z.json();

/** A sample as Make's samples file holds it. */
export const samplesOf = (sample: object): { [key: string]: Json } => z.record(z.string(), json).parse(sample);
