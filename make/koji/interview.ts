/**
 * Koji's interview in the product's vocabulary, said in Make's expressions: the twin of koji/interview.ts. Values pass as
 * Koji gives them. Nothing of a person comes through where a flag says anonymous.
 */
import { ANALYZED_STATUS, EMAIL_METADATA_KEY, FLAGS, HIDES_WHO } from '../../koji/contract.ts';
import { interviewSchema } from '../../koji/interview.ts';
import { sampleInterview } from '../../koji/sample.ts';
import type { Json } from '../language/format.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import {
  dateAt,
  emailIn,
  NO,
  NO_EMAIL_PATTERN,
  NO_SCORE_PATTERN,
  NONE,
  numberAt,
  scoreIn,
} from '../language/values.ts';

export const interviewInterface = interfaceOf(interviewSchema);
export const interviewSamples = samplesOf(sampleInterview);

/** A flag of an answer or a delivery: empty for no. */
const flagAt = (path: string): string => `{{replace(lower(if(${path}, ifempty('' + ${path}, 'yes'), '')), ${NO}, '')}}`;
/** Whether a word in the respondent's place keeps to itself who it was. */
const hidesWho = (path: string, pattern = `'/${HIDES_WHO}[^]*/'`): string =>
  `replace(lower('' + ${path}), ${pattern}, ' ') = ' '`;
/** All flags in these places, one after the other, and such a word in the place of a respondent: empty if all say no. */
export const flagsIn = (...places: string[]): string =>
  places
    .flatMap((place) => [
      ...FLAGS.map((flag) => flagAt(`${place}.${flag}`)),
      ...(place.endsWith('respondent') ? [`{{if(${hidesWho(place)}, 'hidden', '')}}`] : []),
    ])
    .join('');

/** A respondent's id, whichever of its two names it has. */
const RESPONDENT_ID = ['body.interview', 'body']
  .flatMap((at) => [`${at}.respondent.external_id`, `${at}.respondent.respondent_id`, `${at}.respondent_id`])
  .reduceRight((otherwise, path) => `ifempty(${path}, ${otherwise})`, "''");

/**
 * Whether answers are a list of them: only the first entry of one has a question. What `[1]` is of anything but a list is
 * not known, nothing or the thing itself.
 */
const hasAnswers = (at: string): string => `${at}.answers[1].question_id | ${at}.answers[1].question`;
const ANSWERS = `if(${hasAnswers('body.interview')}, body.interview.answers, if(${hasAnswers('body')}, body.answers, emptyarray))`;

/** The ids that the questions of answers have, each once; `split` leaves out those that are missing. */
const idsIn = (list: string): string => `distinct(split(join(map(${list}, 'question_id'), ','), ','))`;

/** What is taken from an answer that holds one interview, bare or wrapped. */
export const answered = {
  interview: '{{ifempty(body.interview, body)}}',
  flags: flagsIn('body', 'body.respondent', 'body.interview', 'body.interview.respondent'),
  email: `{{${emailIn("'' + ifempty(body.interview.respondent_email, body.respondent_email)")}}}`,
  respondent_id: `{{${RESPONDENT_ID}}}`,
  list: `{{${ANSWERS}}}`,
  ids: `{{${idsIn(ANSWERS)}}}`,
  score: `{{${scoreIn("'' + ifempty(body.interview.quality_score, body.quality_score)")}}}`,
};

/** What the expressions for the items of a list have in common; an item has no place for parts of them. */
export const LISTED = {
  ...NONE,
  no_score: NO_SCORE_PATTERN,
  no_email: NO_EMAIL_PATTERN,
  no_id: '/^undefined$/',
  hidden: `/${HIDES_WHO}[^]*/`,
};

/** Of a listed interview each of two flags that holds anything counts, a no in words as well. */
const ITEM_FLAGS = 'item.anonymous | item.is_anonymous | item.respondent.anonymous | item.respondent.is_anonymous';
const ITEM_IS_HIDDEN = `${ITEM_FLAGS} | ${hidesWho('item.respondent', 'temp.hidden')}`;
/** A listed respondent's id, whichever of its names it has. */
export const ITEM_RESPONDENT_ID =
  'ifempty(item.respondent.external_id, ifempty(item.respondent.respondent_id, item.respondent_id))';
const ITEM_EMAIL = emailIn("'' + item.respondent_email", 'temp.no_email');
const ITEM_SCORE = scoreIn("'' + item.quality_score", 'temp.no_score');
const ITEM_IS_SCORED = "replace('' + item.quality_score, temp.no_score, '0') != '0'";

/** A theme, which is a text or has a name; a text has none. */
const theme = (at: string, place: number): string =>
  `{{ifempty(${at}.themes[${place}].name, ifempty(${at}.themes[${place}], null))}}`;

/** Whether the analysis is there: the status says so, or what it consists of stands there. */
const isAnalyzed = (at: string, isScored: string): string =>
  `{{if(${at}.status = '${ANALYZED_STATUS}', true, if(${isScored}, length('' + ${at}.completed_at) > 9 & length('' + ifempty(${at}.sentiment, ${at}.themes[1])) > 0, false))}}`;

/** What is the same wherever an interview is; `isScored` says whether it has a score. */
const passedOn = (at: string, isScored: string): { [key: string]: Json } => ({
  id: `{{toString(${at}.interview_id)}}`,
  interview_id: `{{toString(${at}.interview_id)}}`,
  study_id: `{{ifempty(${at}.study_id, null)}}`,
  study_name: `{{ifempty(${at}.study_name, null)}}`,
  status: `{{ifempty(${at}.status, null)}}`,
  is_analyzed: isAnalyzed(at, isScored),
  mode: `{{ifempty(${at}.mode, null)}}`,
  language: `{{ifempty(${at}.language, null)}}`,
  duration_seconds: `{{${numberAt(`${at}.duration_seconds`)}}}`,
  started_at: `{{${dateAt(`${at}.started_at`)}}}`,
  completed_at: `{{${dateAt(`${at}.completed_at`)}}}`,
  analyzed_at: `{{${dateAt(`${at}.analyzed_at`)}}}`,
  sentiment: `{{ifempty(trim('' + ifempty(${at}.sentiment, '')), null)}}`,
  themes: `{{if(${at}.themes[1].name, map(${at}.themes, 'name'), ifempty(${at}.themes, emptyarray))}}`,
  theme_top_1: theme(at, 1),
  theme_top_2: theme(at, 2),
  theme_top_3: theme(at, 3),
  summary: `{{ifempty(${at}.summary, null)}}`,
  key_quotes: `{{ifempty(${at}.key_quotes, ifempty(${at}.quotes, emptyarray))}}`,
  transcript_url: `{{ifempty(${at}.transcript_url, null)}}`,
  answers: `{{ifempty(${at}.answers, emptyarray)}}`,
});

/**
 * Answers by the ids of their questions, else by the questions; where two are the same, by neither, because the second
 * answer would stand in the place of the first. Those of a listed interview by ids alone.
 */
const BY_QUESTION =
  "{{if(length(temp.ids) = length(temp.list), toCollection(temp.list, 'question_id', 'value'), if(length(distinct(temp.list, 'question')) = length(temp.list), toCollection(temp.list, 'question', 'value'), temp.none))}}";
const LISTED_BY_QUESTION = `{{if(item.answers[1].question_id, if(length(${idsIn('item.answers')}) = length(item.answers), toCollection(item.answers, 'question_id', 'value'), temp.none), temp.none)}}`;

/** The interview that an answer holds, by {@link answered}. */
export const interviewOutput: { [key: string]: Json } = {
  ...passedOn('temp.interview', 'temp.score > 0'),
  respondent_email: '{{if(temp.flags, null, ifempty(temp.email, null))}}',
  respondent_id:
    "{{if(temp.flags | (contains('' + temp.respondent_id, '@') & !temp.email), null, ifempty('' + temp.respondent_id, null))}}",
  respondent_name: '{{if(temp.flags, null, ifempty(temp.interview.respondent.display_name, null))}}',
  is_anonymous: '{{if(temp.flags, true, !temp.email)}}',
  metadata: `{{if(temp.flags, temp.none, omit(ifempty(temp.interview.respondent.metadata, temp.none), '${EMAIL_METADATA_KEY}'))}}`,
  quality_score: '{{if(temp.score > 0, temp.score, null)}}',
  answers_by_question: BY_QUESTION,
};

/** One interview of a list, by {@link LISTED}. */
export const listedOutput: { [key: string]: Json } = {
  ...passedOn('item', ITEM_IS_SCORED),
  respondent_email: `{{if(${ITEM_IS_HIDDEN}, null, ifempty(${ITEM_EMAIL}, null))}}`,
  // A word in the respondent's place can have an id beside it; a name and metadata stand in a respondent that is none.
  respondent_id: `{{if(${ITEM_IS_HIDDEN} | (contains('' + ${ITEM_RESPONDENT_ID}, '@') & !${ITEM_EMAIL}), null, ifempty(replace('' + ${ITEM_RESPONDENT_ID}, temp.no_id, ''), null))}}`,
  respondent_name: `{{if(${ITEM_FLAGS}, null, ifempty(item.respondent.display_name, null))}}`,
  is_anonymous: `{{if(${ITEM_IS_HIDDEN}, true, !${ITEM_EMAIL})}}`,
  metadata: `{{if(${ITEM_FLAGS}, temp.none, omit(ifempty(item.respondent.metadata, temp.none), '${EMAIL_METADATA_KEY}'))}}`,
  quality_score: `{{if(${ITEM_SCORE} > 0, ${ITEM_SCORE}, null)}}`,
  answers_by_question: LISTED_BY_QUESTION,
};

/** How people tell the interviews of a list apart, by {@link LISTED}; of an anonymous one nothing is shown. */
export const LISTED_NAME = `{{ifempty(if(${ITEM_IS_HIDDEN}, '', ifempty(item.respondent.display_name, item.respondent_email)), 'Anonymous')}}`;

/** Whether a listed interview's score is at least `temp.minimum`; without a score it is not. */
export const IS_GOOD = `${ITEM_SCORE} >= temp.minimum`;
