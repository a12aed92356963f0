import * as z from 'zod';
import { isEmail, mayBeEmail } from '../boundary/email.ts';
import { cut, fingerprint } from '../boundary/text.ts';
import { isoOf, number } from '../boundary/values.ts';
import { ANALYZED_STATUS, EMAIL_METADATA_KEY, isFlagged, qualityScale, type WireInterview } from './contract.ts';

const textOrNull = z.string().nullable();
const moment = z.iso.datetime().nullable();

const answer = z.object({
  question_id: textOrNull,
  question: textOrNull,
  type: textOrNull,
  value: textOrNull,
});

/** An interview as every trigger, search and "get" gives it: flat, every key always there, null when unknown. */
export const interviewSchema = z.object({
  id: z.string().meta({ title: 'Interview ID (Again)' }),
  interview_id: z.string(),
  study_id: textOrNull,
  study_name: textOrNull,
  status: textOrNull,
  is_analyzed: z.boolean(),
  mode: textOrNull,
  language: textOrNull,
  duration_seconds: z.number().nullable().meta({ title: 'Duration in Seconds' }),
  started_at: moment,
  completed_at: moment,
  analyzed_at: moment,
  respondent_email: textOrNull,
  respondent_id: textOrNull,
  respondent_name: textOrNull,
  is_anonymous: z.boolean(),
  metadata: z.record(z.string(), z.unknown()),
  quality_score: z.number().nullable(),
  sentiment: textOrNull,
  themes: z.array(z.string()),
  theme_top_1: textOrNull.meta({ title: 'Top Theme 1' }),
  theme_top_2: textOrNull.meta({ title: 'Top Theme 2' }),
  theme_top_3: textOrNull.meta({ title: 'Top Theme 3' }),
  summary: textOrNull,
  key_quotes: z.array(z.string()),
  transcript_url: textOrNull,
  answers: z.array(answer),
  answers_by_question: z.record(z.string(), z.string().nullable()).meta({ title: 'Answers by Question' }),
});
export type Interview = z.infer<typeof interviewSchema>;

/**
 * A quality score of 1 to 5, or null: what lies outside the scale is no score, so nothing counts as good because of it.
 * Fractions are kept. Text is read as the number it spells.
 */
export const qualityScoreOf = (value: unknown): number | null => {
  const score = number.safeParse(value);
  return score.success && score.data >= qualityScale.lowest && score.data <= qualityScale.highest ? score.data : null;
};

/**
 * Whether Koji has analyzed an interview: its status says so, or the analysis stands there under a status of another
 * name. A score alone is not the analysis: Koji tells of it in an event of its own (K19).
 */
const isAnalyzed = (wire: WireInterview): boolean =>
  wire.status === ANALYZED_STATUS ||
  (qualityScoreOf(wire.quality_score) !== null &&
    isoOf(wire.completed_at) !== null &&
    (wire.sentiment !== null || wire.themes.length > 0));

/** Whether anything of an analysis stands there. */
export const holdsAnalysis = ({
  quality_score,
  sentiment,
  themes,
}: Pick<Interview, 'quality_score' | 'sentiment' | 'themes'>): boolean =>
  quality_score !== null || sentiment !== null || themes.length > 0;

/**
 * Koji's interview in the product's vocabulary. `analyzed` overrides what is read of the analysis, for an event that is
 * itself the news of it.
 */
export const toInterview = (wire: WireInterview, analyzed = isAnalyzed(wire)): Interview => ({
  id: wire.interview_id,
  interview_id: wire.interview_id,
  study_id: wire.study_id,
  study_name: wire.study_name,
  status: wire.status,
  is_analyzed: analyzed,
  mode: wire.mode,
  language: wire.language,
  duration_seconds: wire.duration_seconds,
  started_at: isoOf(wire.started_at),
  completed_at: isoOf(wire.completed_at),
  analyzed_at: isoOf(wire.analyzed_at),
  ...respondentOf(wire),
  quality_score: qualityScoreOf(wire.quality_score),
  sentiment: wire.sentiment,
  themes: wire.themes,
  theme_top_1: wire.themes[0] ?? null,
  theme_top_2: wire.themes[1] ?? null,
  theme_top_3: wire.themes[2] ?? null,
  summary: wire.summary,
  key_quotes: wire.key_quotes,
  transcript_url: wire.transcript_url,
  answers: wire.answers.map((given) => ({ ...given, value: answerText(given.value) })),
  answers_by_question: answersByQuestion(wire.answers),
});

type Respondent = Pick<
  Interview,
  'respondent_email' | 'respondent_id' | 'respondent_name' | 'is_anonymous' | 'metadata'
>;

const NOBODY: Respondent = {
  respondent_email: null,
  respondent_id: null,
  respondent_name: null,
  is_anonymous: true,
  metadata: {},
};

/** The interview without anything about the person. */
export const anonymized = (interview: Interview): Interview => ({ ...interview, ...NOBODY });

/** Of an interview flagged anonymous nothing about the person comes through, and without an email it is anonymous. */
const respondentOf = (wire: WireInterview): Respondent => {
  if (isFlagged(wire)) return NOBODY;
  const { respondent, respondent_email } = wire;
  const { [EMAIL_METADATA_KEY]: _email, ...metadata } = respondent.metadata;
  const given = respondent_email?.trim() ?? '';
  const email = isEmail(given) ? given : null;
  const { external_id: id } = respondent;
  const idIsAWithheldEmail = email === null && id !== null && mayBeEmail(id);
  return {
    respondent_email: email,
    respondent_id: idIsAWithheldEmail ? null : id,
    respondent_name: respondent.display_name,
    is_anonymous: email === null,
    metadata,
  };
};

/** An answer of any question type as text: lists with commas, yes and no in words. */
const answerText = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map((entry) => answerText(entry) ?? '').join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const LONGEST_SLUG = 60;

const briefly = (label: string): string => fingerprint(label).slice(0, 8);

/** A label in letters and digits of its script; what is cut off is told apart by the label's fingerprint. */
const slugOf = (label: string): string => {
  const slug = label
    .normalize('NFKD')
    // é is as good as e, but が is not か.
    .replace(/(\p{Script=Latin})\p{Mark}+/gu, '$1')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Mark}\p{Number}]+/gu, '_')
    .replace(/^_|_$/g, '');
  return slug.length <= LONGEST_SLUG
    ? slug
    : `${cut(slug, LONGEST_SLUG - '_12345678'.length).replace(/_$/, '')}_${briefly(label)}`;
};

/** What tells the questions of an interview apart. */
export type Question = Pick<Interview['answers'][number], 'question_id' | 'question'>;

/** A key that depends on the question alone, never on its place: a mapped field must not hold another one's answer. */
const questionKey = ({ question_id, question }: Question): string => {
  const id = question_id ?? '';
  const wording = question ?? '';
  const signs = wording.trim() || id.trim();
  return slugOf(id) || slugOf(wording) || (signs === '' ? 'question' : `question_${briefly(signs)}`);
};

/** Each with its key in `answers_by_question`; where two are alike, the later one's has a number behind it. */
export const keyed = <Asked extends Question>(questions: Asked[]): [string, Asked][] => {
  const slugged = questions.map((question) => ({ question, slug: questionKey(question) }));
  const taken = new Set(slugged.map(({ slug }) => slug));
  const seen = new Map<string, number>();
  const nameOf = (slug: string): string => {
    let count = (seen.get(slug) ?? 0) + 1;
    while (count > 1 && taken.has(`${slug}_${count}`)) count += 1;
    seen.set(slug, count);
    return count === 1 ? slug : `${slug}_${count}`;
  };
  return slugged.map(({ question, slug }) => [nameOf(slug), question]);
};

const answersByQuestion = (answers: WireInterview['answers']): Interview['answers_by_question'] =>
  Object.fromEntries(keyed(answers).map(([key, { value }]) => [key, answerText(value)]));
