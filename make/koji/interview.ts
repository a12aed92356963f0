/**
 * Koji's interview in the product's vocabulary, said in Make's expressions: the twin of koji/interview.ts. Make has no
 * loops, so what differs for every answer is done over the answers' JSON as a whole.
 */

import { JOINT } from '../../amplitude/interview-event.ts';
import { ANALYSED_STATUS, EMAIL_METADATA_KEY, qualityScale } from '../../koji/contract.ts';
import { type Interview, interviewSchema } from '../../koji/interview.ts';
import { sampleInterview } from '../../koji/sample.ts';
import type { Json } from '../format.ts';
import { asText, call, choose, firstOf, matches, quoted, replaceAll, some, textOrNull, value } from '../iml.ts';
import { interfaceOf, samplesOf } from '../interface.ts';

export const interviewInterface = interfaceOf(interviewSchema);
export const interviewSamples = samplesOf(sampleInterview);

const ISO =
  '[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)? ?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?';
const COUNT = '[0-9]{9,14}([.][0-9]+)?';

/** A moment as Koji may write it, or null: ISO 8601, or a count of seconds or milliseconds since 1970. */
export const momentOrNull = (path: string): string => {
  const text = call('trim', asText(path));
  // Seconds have 10 digits until the year 2286, milliseconds 12 and more since 1973.
  const format = choose(`${call('length', replaceAll(text, '[.].*$', ''))} > 11`, quoted('x'), quoted('X'));
  return choose(
    matches(text, ISO),
    call('parseDate', text),
    choose(matches(text, COUNT), call('parseDate', text, format), 'null'),
  );
};

/** A score from 1 to 5, or null: a text counts as the number it spells, and what lies outside is no score. */
export const qualityScoreOrNull = (path: string): string => {
  const text = call('trim', asText(path));
  const score = call('parseNumber', replaceAll(text, '^[+]', ''), quoted('.'));
  const inRange = `(${score} >= ${qualityScale.lowest}) & (${score} <= ${qualityScale.highest})`;
  return choose(matches(text, '[+]?[0-9]+([.][0-9]+)?'), choose(inRange, score, 'null'), 'null');
};

/** Whether any of K14's flags is set; whatever a service may write for yes counts. */
const isFlagged = (paths: string[]): string => {
  const flags = paths.map((path) => `${quoted(JOINT)} + ${call('trim', asText(path))}`).join(' + ');
  return `${replaceAll(call('lower', flags), `${JOINT}(0|false|no|null|undefined)?(?=${JOINT}|$)`, '')} != ${quoted('')}`;
};

const EMPTY_COLLECTION = call('toCollection', 'emptyarray', quoted('key'), quoted('value'));

/** The themes as a list of texts: from texts, from objects with a name, or from one text with commas. */
const themesOf = (path: string): string => {
  const names = choose(call('get', call('first', path), quoted('name')), call('map', path, quoted('name')), path);
  const list = choose(call('isArray', path), names, call('split', asText(path), quoted(',')));
  const clean = replaceAll(call('trim', call('join', list, quoted(JOINT))), ` *${JOINT}[ ${JOINT}]*`, JOINT);
  const joined = replaceAll(clean, `^${JOINT}|${JOINT}$`, '');
  return choose(`${joined} = ${quoted('')}`, 'emptyarray', call('split', joined, quoted(JOINT)));
};

/** A backslash, in a pattern that holds none: from [ to ^ there are four characters, and it is not one of the other three. */
const BACKSLASH = '(?![[^]|])[[-^]';
/** The inside of a text in JSON. */
const INSIDE = `(?:[^"[-^]|[[^]|]|${BACKSLASH}.)*`;

/** The answers with every value as text: yes and no in words, numbers as their digits, lists with commas. */
const answersOf = (path: string): string => {
  const steps: [pattern: string, replacement: string][] = [
    ['"value":true', '"value":"yes"'],
    ['"value":false', '"value":"no"'],
    ['"value":(-?[0-9][0-9.eE+-]*)', '"value":"$1"'],
    // Between two texts of a list, with nothing but texts up to the list's end.
    [`","(?=${INSIDE}"(?:,"${INSIDE}")*])`, ', '],
    [`"value":[[]("${INSIDE}")]`, '"value":$1'],
    ['"value":[[]]', '"value":""'],
  ];
  const json = steps.reduce(
    (text, [pattern, replacement]) => replaceAll(text, pattern, replacement),
    call('createJSON', path),
  );
  return choose(call('isArray', path), call('parseJSON', json), 'emptyarray');
};

/**
 * The interview's output, every key of the vocabulary. `root` is the path of Koji's interview; `around` is that of the
 * answer which may wrap it, whose flags count as well (K12, K14).
 */
export const interviewOutput = (root: string, around: string | null): { [Key in keyof Interview]: Json } => {
  const at = (key: string): string => `${root}.${key}`;
  const flags = [root, `${root}.respondent`, ...(around === null ? [] : [around])].flatMap((place) => [
    `${place}.anonymous`,
    `${place}.is_anonymous`,
  ]);
  const flagged = isFlagged(flags);
  const hasEmail = call('contains', asText(at('respondent_email')), quoted('@'));
  const id = asText(at('respondent.external_id'));
  const idIsAWithheldEmail = `!${hasEmail} & ${call('contains', id, quoted('@'))}`;
  const themes = themesOf(at('themes'));
  const theme = (place: number): string => textOrNull(call('first', call('slice', themes, place - 1, place)));
  const seconds = call('trim', asText(at('duration_seconds')));
  return {
    id: value(asText(at('interview_id'))),
    interview_id: value(asText(at('interview_id'))),
    study_id: value(textOrNull(at('study_id'))),
    study_name: value(textOrNull(at('study_name'))),
    status: value(textOrNull(at('status'))),
    is_analyzed: value(`${at('status')} = ${quoted(ANALYSED_STATUS)}`),
    mode: value(textOrNull(at('mode'))),
    language: value(textOrNull(at('language'))),
    duration_seconds: value(
      choose(matches(seconds, '[0-9]+([.][0-9]+)?'), call('parseNumber', seconds, quoted('.')), 'null'),
    ),
    started_at: value(momentOrNull(at('started_at'))),
    completed_at: value(momentOrNull(at('completed_at'))),
    analyzed_at: value(momentOrNull(at('analyzed_at'))),
    respondent_email: value(
      choose(`(${flagged}) | !${hasEmail}`, 'null', call('trim', asText(at('respondent_email')))),
    ),
    respondent_id: value(
      choose(`(${flagged}) | (${idIsAWithheldEmail})`, 'null', textOrNull(at('respondent.external_id'))),
    ),
    respondent_name: value(choose(flagged, 'null', textOrNull(at('respondent.display_name')))),
    is_anonymous: value(`(${flagged}) | !${hasEmail}`),
    metadata: value(
      choose(
        flagged,
        EMPTY_COLLECTION,
        call('omit', firstOf(at('respondent.metadata'), EMPTY_COLLECTION), quoted(EMAIL_METADATA_KEY)),
      ),
    ),
    quality_score: value(qualityScoreOrNull(at('quality_score'))),
    sentiment: value(textOrNull(at('sentiment'))),
    themes: value(themes),
    theme_top_1: value(theme(1)),
    theme_top_2: value(theme(2)),
    theme_top_3: value(theme(3)),
    summary: value(textOrNull(at('summary'))),
    transcript_url: value(textOrNull(at('transcript_url'))),
    answers: value(answersOf(at('answers'))),
    answers_by_question: value(call('toCollection', answersOf(at('answers')), quoted('question_id'), quoted('value'))),
  };
};

/** Whether an answer holds an interview, wrapped or bare (K12). */
export const holdsInterview = firstOf('body.interview.interview_id', 'body.interview_id');

/** The gate's settings, by the names that they have where the expression stands. */
export type GatePaths = { minimum: string; sentiments: string; skipAnonymous: string };

/** Why the gate keeps an interview out, as koji/gate.ts does, or null. */
export const gateReason = (root: string, around: string | null, rules: GatePaths): string => {
  const score = qualityScoreOrNull(`${root}.quality_score`);
  const { is_anonymous } = interviewOutput(root, around);
  const anonymous = String(is_anonymous).replace(/^\{\{|\}\}$/g, '');
  const chosen = `(${call('length', rules.sentiments)} = 0) | ${call('contains', rules.sentiments, call('lower', asText(`${root}.sentiment`)))}`;
  return choose(
    `${root}.status != ${quoted(ANALYSED_STATUS)}`,
    quoted('not_analyzed'),
    choose(
      `${score} = null`,
      quoted('no_quality_score'),
      choose(
        `${score} < ${rules.minimum}`,
        quoted('below_quality'),
        choose(
          some(chosen),
          choose(`${rules.skipAnonymous} & (${anonymous})`, quoted('anonymous'), 'null'),
          quoted('sentiment_not_chosen'),
        ),
      ),
    ),
  );
};
