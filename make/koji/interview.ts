/**
 * Koji's interview in the product's vocabulary, said in Make's expressions: the twin of koji/interview.ts. Make has no
 * loops, so what differs for every answer is done over the answers' JSON as a whole.
 */

import { JOINT } from '../../amplitude/interview-event.ts';
import { ANALYZED_STATUS, EMAIL_METADATA_KEY } from '../../koji/contract.ts';
import type { GateReason } from '../../koji/gate.ts';
import { type Interview, interviewSchema } from '../../koji/interview.ts';
import { sampleInterview } from '../../koji/sample.ts';
import type { Json } from '../language/format.ts';
import { asText, call, choose, firstOf, matches, quoted, replaceAll, some, value } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { INSIDE, momentOrNull, qualityScoreOrNull, SPACES, wireText, wireTextOrNull } from '../language/values.ts';

export const interviewInterface = interfaceOf(interviewSchema);
export const interviewSamples = samplesOf(sampleInterview);

/** Whether any flag says anonymous; whatever a service may write for yes counts, a list or an object, too. */
export const isFlagged = (paths: string[]): string => {
  const words = paths.map((path) =>
    choose(call('isArray', path), quoted('yes'), replaceAll(call('trim', asText(path)), JOINT, 'yes')),
  );
  const flags = words.map((word) => `${quoted(JOINT)} + ${word}`).join(' + ');
  return `${replaceAll(call('lower', flags), `${JOINT}(0|false|no|null|undefined)?(?=${JOINT}|$)`, '')} != ${quoted('')}`;
};

const EMPTY_COLLECTION = call('toCollection', 'emptyarray', quoted('key'), quoted('value'));

/** Neither text nor number: what Make writes for an object. */
const OBJECT = '(?:[{]object[}]|[[]object Object])';

/** The themes as a list of texts: the names of objects first, then texts; or one text with commas. */
const themesOf = (path: string): string => {
  const list = choose(
    call('isArray', path),
    call('merge', call('map', path, quoted('name')), path),
    call('split', wireText(path), quoted(',')),
  );
  const texts = replaceAll(
    `${quoted(JOINT)} + ${call('join', list, quoted(JOINT))}`,
    `${JOINT}${OBJECT}(?=${JOINT}|$)`,
    '',
  );
  const clean = replaceAll(texts, `[${SPACES}]*${JOINT}[${SPACES}${JOINT}]*`, JOINT);
  const joined = replaceAll(clean, `^${JOINT}|[${SPACES}${JOINT}]+$`, '');
  return choose(`${joined} = ${quoted('')}`, 'emptyarray', call('split', joined, quoted(JOINT)));
};

/** Behind the beginning of a value that is a list without texts. */
const IN_BARE_LIST = '(?<="value":[[][-0-9.eE+a-z, ]{0,999})';

/** The answers with every value as text: yes and no in words, numbers as their digits, lists with commas. */
const answersOf = (path: string): string => {
  const steps: [pattern: string, replacement: string][] = [
    ['"(question_id|question|type)":""', '"$1":null'],
    ['"value":true', '"value":"yes"'],
    ['"value":false', '"value":"no"'],
    ['"value":(-?[0-9][0-9.eE+-]*)', '"value":"$1"'],
    // Lists of numbers, or of yes and no.
    [`${IN_BARE_LIST}true`, 'yes'],
    [`${IN_BARE_LIST}false`, 'no'],
    [`${IN_BARE_LIST}null`, ''],
    [`${IN_BARE_LIST},(?=[-0-9.eE+a-z, ]*])`, ', '],
    ['"value":[[]([-0-9.eE+a-z, ]*)]', '"value":"$1"'],
    // Between two texts of a list, with nothing but texts up to the list's end.
    [`","(?=${INSIDE}"(?:,"${INSIDE}")*])`, ', '],
    [`"value":[[]("${INSIDE}")]`, '"value":$1'],
  ];
  const json = steps.reduce(
    (text, [pattern, replacement]) => replaceAll(text, pattern, replacement),
    call('createJSON', path),
  );
  return choose(call('isArray', path), call('parseJSON', json), 'emptyarray');
};

/** The question itself, where answers come without ids. */
const questionKey = (answers: string): string =>
  choose(call('get', call('first', answers), quoted('question_id')), quoted('question_id'), quoted('question'));

/** Where an interview's expressions look besides the interview itself. */
type Surroundings = {
  /** The answer that may wrap it, whose flags count as well. */
  around?: string;
  /** Whether a flag was seen elsewhere, such as on the delivery. */
  flagged?: string;
  /** Whether it counts as analyzed; else its status says. */
  analyzed?: string;
};

/** The interview's values in expressions, for every key of the vocabulary. `root` is the path of Koji's interview. */
export const interviewExpressions = (
  root: string,
  { around, flagged: flaggedElsewhere, analyzed }: Surroundings = {},
): { [Key in keyof Interview]: string } => {
  const at = (key: string): string => `${root}.${key}`;
  const flags = [root, `${root}.respondent`, ...(around === undefined ? [] : [around])].flatMap((place) => [
    `${place}.anonymous`,
    `${place}.is_anonymous`,
  ]);
  const flagged = flaggedElsewhere === undefined ? isFlagged(flags) : some(flaggedElsewhere, isFlagged(flags));
  const email = wireText(at('respondent_email'));
  const hasEmail = call('contains', email, quoted('@'));
  const id = wireText(at('respondent.external_id'));
  const idIsAWithheldEmail = `!${hasEmail} & ${call('contains', id, quoted('@'))}`;
  const themes = themesOf(at('themes'));
  const theme = (place: number): string =>
    call('ifempty', call('first', call('slice', themes, place - 1, place)), 'null');
  const seconds = call('trim', wireText(at('duration_seconds')));
  const answers = answersOf(at('answers'));
  return {
    id: wireText(at('interview_id')),
    interview_id: wireText(at('interview_id')),
    study_id: wireTextOrNull(at('study_id')),
    study_name: wireTextOrNull(at('study_name')),
    status: wireTextOrNull(at('status')),
    is_analyzed: analyzed ?? `${at('status')} = ${quoted(ANALYZED_STATUS)}`,
    mode: wireTextOrNull(at('mode')),
    language: wireTextOrNull(at('language')),
    duration_seconds: choose(matches(seconds, '[0-9]+([.][0-9]+)?'), call('parseNumber', seconds, quoted('.')), 'null'),
    started_at: momentOrNull(at('started_at')),
    completed_at: momentOrNull(at('completed_at')),
    analyzed_at: momentOrNull(at('analyzed_at')),
    respondent_email: choose(`(${flagged}) | !${hasEmail}`, 'null', call('trim', email)),
    respondent_id: choose(`(${flagged}) | (${idIsAWithheldEmail})`, 'null', call('ifempty', id, 'null')),
    respondent_name: choose(flagged, 'null', wireTextOrNull(at('respondent.display_name'))),
    is_anonymous: `(${flagged}) | !${hasEmail}`,
    metadata: choose(
      flagged,
      EMPTY_COLLECTION,
      call('omit', firstOf(at('respondent.metadata'), EMPTY_COLLECTION), quoted(EMAIL_METADATA_KEY)),
    ),
    quality_score: qualityScoreOrNull(at('quality_score')),
    sentiment: wireTextOrNull(at('sentiment')),
    themes,
    theme_top_1: theme(1),
    theme_top_2: theme(2),
    theme_top_3: theme(3),
    summary: wireTextOrNull(at('summary')),
    transcript_url: wireTextOrNull(at('transcript_url')),
    answers,
    answers_by_question: call('toCollection', answers, questionKey(answers), quoted('value')),
  };
};

/** The same as a module's output. */
export const interviewOutput = (root: string, surroundings: Surroundings = {}): { [key: string]: Json } =>
  Object.fromEntries(
    Object.entries(interviewExpressions(root, surroundings)).map(([key, expression]) => [key, value(expression)]),
  );

/** The interview in an answer, bare or wrapped. */
export const answeredInterview = choose(`${wireText('body.interview_id')} = ''`, 'body.interview', 'body');

/** Whether `temp.interview` is one; where an id was asked for, of this id. */
export const isInterview = (asked?: string): string => {
  const id = wireText('temp.interview.interview_id');
  return asked === undefined ? `${id} != ''` : `(${id} != '') & (${id} = ${asked})`;
};

/** The gate's settings, by the names that they have where the expression stands. */
export type GatePaths = { minimum: string; sentiments: string; skipAnonymous: string };

/** Why the gate keeps an interview out, as koji/gate.ts does, or null. */
export const gateReason = (root: string, surroundings: Surroundings, rules: GatePaths): string => {
  const { is_analyzed, is_anonymous, quality_score } = interviewExpressions(root, surroundings);
  const sentiment = call('lower', wireText(`${root}.sentiment`));
  const isChosen = `(${call('length', rules.sentiments)} = 0) | ${call('contains', rules.sentiments, sentiment)}`;
  const reasons: [when: string, reason: GateReason][] = [
    [`!(${is_analyzed})`, 'not_analyzed'],
    [`${quality_score} = null`, 'no_quality_score'],
    [`${quality_score} < ${rules.minimum}`, 'below_quality'],
    [`!(${isChosen})`, 'sentiment_not_chosen'],
    [`${rules.skipAnonymous} & (${is_anonymous})`, 'anonymous'],
  ];
  return reasons.reduceRight((otherwise, [when, reason]) => choose(when, quoted(reason), otherwise), 'null');
};
