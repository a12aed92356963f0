import * as z from 'zod';
import { isEmail } from '../boundary/email.ts';
import { FLAGS, modes, qualityScale, sentiments, wireInterview } from '../koji/contract.ts';
import { sampleWireInterview } from '../koji/sample.ts';
import { asking, type Check, edits } from './check.ts';
import { kindsOf, objectOf, valuesAt, words } from './shape.ts';

type Expectation = {
  expected: string;
  schema: z.ZodType;
  edit: string;
  /** The values are words of Koji's own choice, so that these may be shown. */
  isWord?: true;
  /** Were it an object, its fields would be Koji's and not the study's. */
  hasNames?: true;
};

const text = { expected: 'text', schema: z.string().min(1), edit: edits.interview };
const date = { expected: 'a date with its zone', schema: z.iso.datetime({ offset: true }), edit: edits.interview };
const oneOf = (choices: readonly string[], edit: string): Expectation => ({
  expected: `one of ${choices.join(', ')}`,
  schema: z.enum(choices),
  edit,
  isWord: true,
});

/** Documented: the types of questions. */
const questionTypes = ['open_ended', 'scale', 'single_choice', 'multiple_choice', 'ranking', 'yes_no'];

/** K11, field by field, as docs/facts has it: stricter than the product, which reads more. */
export const expectations: Record<string, Expectation> = {
  interview_id: text,
  study_id: text,
  study_name: text,
  status: { ...text, isWord: true },
  started_at: date,
  completed_at: date,
  analyzed_at: date,
  mode: oneOf(modes, edits.modes),
  language: text,
  duration_seconds: { expected: 'a number', schema: z.number().nonnegative(), edit: edits.interview },
  respondent_email: { expected: 'an email', schema: z.string().refine(isEmail), edit: edits.interview },
  'respondent.external_id': { ...text, edit: edits.respondent },
  'respondent.display_name': { ...text, edit: edits.respondent },
  'respondent.metadata': {
    expected: 'an object',
    schema: z.record(z.string(), z.unknown()),
    edit: edits.respondent,
  },
  quality_score: {
    expected: `a whole number from ${qualityScale.lowest} to ${qualityScale.highest}`,
    schema: z.int().min(qualityScale.lowest).max(qualityScale.highest),
    edit: edits.quality,
    hasNames: true,
  },
  sentiment: oneOf(sentiments, edits.sentiments),
  themes: {
    expected: 'a list of texts, or of objects with a name',
    schema: z.array(z.union([z.string(), z.object({ name: z.string() })])),
    edit: edits.themes,
  },
  summary: text,
  key_quotes: {
    expected: 'a list of texts, or of objects with a text or a quote',
    schema: z.array(z.union([z.string(), z.object({ text: z.string() }), z.object({ quote: z.string() })])),
    edit: edits.interview,
  },
  transcript_url: { expected: 'a web address', schema: z.url({ protocol: /^https?$/ }), edit: edits.interview },
  answers: { expected: 'a list of objects', schema: z.array(z.record(z.string(), z.unknown())), edit: edits.answers },
  'answers[].question_id': { ...text, edit: edits.answers },
  'answers[].question': { ...text, edit: edits.answers },
  'answers[].type': oneOf(questionTypes, edits.answers),
  'answers[].value': { expected: 'anything', schema: z.unknown(), edit: edits.answers },
};

const textsIn = (values: unknown[]): string[] => values.filter((value) => typeof value === 'string');

/** The numbers among them, as a range: a score is nobody's data, and a scale of 100 shows itself. */
const rangeOf = (values: unknown[]): string => {
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === 0 ? '' : `, from ${Math.min(...numbers)} to ${Math.max(...numbers)}`;
};

const fieldCheck = (
  path: string,
  { expected, schema, edit, isWord, hasNames }: Expectation,
  interviews: unknown[],
): Check => {
  const answer = asking(`K11.${path}`, `Is ${path} ${expected}?`, edit);
  const list = path.includes('[].') ? path.slice(0, path.indexOf('[].') + 2) : null;
  const holders = list === null ? interviews : interviews.flatMap((interview) => valuesAt(interview, list));
  if (holders.length === 0) return answer('unknown', list === null ? 'no interview to look at' : 'none to look at');
  const values = interviews.flatMap((interview) => valuesAt(interview, path));
  if (values.length === 0) return answer('wrong', `in none of ${holders.length}`);
  const given = values.filter((value) => value !== null);
  const shown = isWord ? words(textsIn(given)) : '';
  const what = shown === '' ? kindsOf(values, isWord || hasNames ? 'with names' : 'without names') : shown;
  const saw = `in ${values.length} of ${holders.length}: ${what}${path === 'quality_score' ? rangeOf(given) : ''}`;
  if (given.some((value) => !schema.safeParse(value).success)) return answer('wrong', saw);
  return answer(given.length === 0 ? 'unknown' : 'confirmed', saw);
};

/** Other names that K11 reads a respondent's id and the quotes by. */
const ALSO_READ = ['respondent_id', 'quotes'];

/** Names that K11 does not have, on the interview, its respondent and its answers. */
const unknownNames = (interview: unknown): string[] => {
  const known: string[] = [...Object.keys(sampleWireInterview), ...FLAGS, ...ALSO_READ];
  const knownOfRespondent: string[] = [...Object.keys(sampleWireInterview.respondent), ...FLAGS, ...ALSO_READ];
  const knownOfAnswers = Object.keys(sampleWireInterview.answers[0] ?? {});
  return [
    ...namesIn([interview], known, ''),
    ...namesIn(valuesAt(interview, 'respondent'), knownOfRespondent, 'respondent.'),
    ...namesIn(valuesAt(interview, 'answers[]'), knownOfAnswers, 'answers.'),
  ];
};

const namesIn = (holders: unknown[], known: string[], prefix: string): string[] =>
  holders.flatMap((holder) =>
    Object.keys(objectOf(holder) ?? {})
      .filter((name) => !known.includes(name))
      .map((name) => prefix + name),
  );

const readable = (interviews: unknown[]): Check => {
  const answer = asking('K11', 'Is each one an interview that the product can read?', edits.interview);
  if (interviews.length === 0) return answer('unknown', 'no interview to look at');
  const read = interviews.filter((interview) => wireInterview.safeParse(interview).success).length;
  const others = words(interviews.flatMap(unknownNames));
  const saw = `${read} of ${interviews.length}; ${others === '' ? 'no other fields' : `also ${others}, which are not read`}`;
  return answer(read === interviews.length ? 'confirmed' : 'wrong', saw);
};

/** K14: whether, and how, an interview says that it is anonymous. */
const anonymity = (interviews: unknown[]): Check => {
  const answer = asking('K14', `Is an anonymous interview flagged by ${FLAGS.join(', ')}?`, edits.anonymity);
  if (interviews.length === 0) return answer('unknown', 'no interview to look at');
  const paths = FLAGS.flatMap((flag) => [flag, `respondent.${flag}`]);
  const flags = interviews.flatMap((interview) => paths.flatMap((path) => valuesAt(interview, path)));
  const others = interviews.flatMap(unknownNames).filter((name) => /anonym/i.test(name));
  const withoutEmail = interviews.filter((interview) =>
    valuesAt(interview, 'respondent_email').every((email) => email === null || email === ''),
  ).length;
  const saw = `${withoutEmail} of ${interviews.length} without an email; flags: ${kindsOf(flags) || 'none'}`;
  if (others.length > 0) return answer('wrong', `${saw}; others: ${words(others)}`);
  const isFlag = flags.length > 0 && flags.every((flag) => flag === null || typeof flag === 'boolean');
  return answer(isFlag ? 'confirmed' : 'unknown', saw);
};

/** K11 and K14 of bare interviews. */
export const fieldChecks = (interviews: unknown[]): Check[] => [
  readable(interviews),
  ...Object.entries(expectations).map(([path, expectation]) => fieldCheck(path, expectation, interviews)),
  anonymity(interviews),
];
