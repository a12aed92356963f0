import * as z from 'zod';
import { number, type Property, trimmedText, yesOrNo } from '../boundary/values.ts';
import type { WireInterview } from './contract.ts';

/** At most this many answers of one interview become values. */
export const MOST_STRUCTURED_ANSWERS = 20;

/** One text in the place of a list would be what somebody wrote. */
const choices = z.array(trimmedText);

/** The question types whose answers have a value of their own, each with how it is read; open text has none. */
const readers = {
  scale: number,
  single_choice: trimmedText,
  multiple_choice: choices,
  ranking: choices,
  yes_no: yesOrNo,
} as const;

const isStructured = (type: string | null): type is keyof typeof readers =>
  Object.keys(readers).some((known) => known === type);

/**
 * The structured answers by their question's id, each of its own type. What is of another type than its question says
 * stays out, as does a question without an id, and all open text. Of two answers to one question the first counts.
 */
export const structuredAnswers = (answers: WireInterview['answers']): Record<string, Property> => {
  const values = new Map<string, Property>();
  for (const { question_id, type, value } of answers) {
    const id = question_id?.trim() ?? '';
    if (id === '' || !isStructured(type) || values.has(id)) continue;
    const read = readers[type].safeParse(value);
    if (read.success) values.set(id, read.data);
  }
  return Object.fromEntries([...values].slice(0, MOST_STRUCTURED_ANSWERS));
};
