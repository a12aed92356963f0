/** What interviews bring beside their fixed keys, so that people can map it before an interview brings it. */
import { shorten } from '../boundary/text.ts';
import { type Interview, keyed } from './interview.ts';

/** One value inside `answers_by_question` or `metadata`. */
export type Mappable = { key: string; label: string; isList: boolean };

const LONGEST_LABEL = 100;
/** A form of hundreds of fields serves nobody. */
const most = { questions: 200, metadata: 50 } as const;

const labelOf = (...words: (string | null)[]): string => {
  const said = words.map((text) => text?.replace(/\s+/g, ' ').trim() ?? '').find((text) => text !== '');
  return shorten(said ?? 'Question', LONGEST_LABEL);
};

/** Of several under one key the first, which is the latest interview's. */
const firstOfEach = (found: Mappable[], count: number): Mappable[] => {
  const known = new Set<string>();
  return found.filter(({ key }) => !known.has(key) && known.add(key)).slice(0, count);
};

/** Questions of the same words are told apart by their keys. */
const toldApart = (found: Mappable[]): Mappable[] =>
  found.map((one) => {
    const isAlone = found.every(({ key, label }) => key === one.key || label !== one.label);
    return isAlone ? one : { ...one, label: `${one.label} (${one.key})` };
  });

/** The questions of some interviews, the latest first, each labeled with its own words. */
export const questionsIn = (interviews: Pick<Interview, 'answers'>[]): Mappable[] => {
  const found = interviews.flatMap(({ answers }) =>
    keyed(answers).map(([key, { question, question_id }]) => ({
      key,
      label: labelOf(question, question_id),
      isList: false,
    })),
  );
  return toldApart(firstOfEach(found, most.questions));
};

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** The entries of their metadata, but for those that hold objects. */
export const metadataIn = (interviews: Pick<Interview, 'metadata'>[]): Mappable[] => {
  const found = interviews.flatMap(({ metadata }) =>
    Object.entries(metadata)
      .filter(([, value]) => [value].flat().every(isPlain))
      .map(([key, value]) => ({ key, label: labelOf(`Metadata: ${key}`), isList: Array.isArray(value) })),
  );
  return firstOfEach(found, most.metadata);
};
