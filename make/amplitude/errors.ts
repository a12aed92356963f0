/** What Amplitude's answers mean to people on Make: the rows of amplitude/errors.ts, in Make's format. */

import {
  amplitudeFindings,
  annotationErrors,
  anyErrors,
  categoryIsThere,
  type labels,
  restErrors,
  SAYS_NOTHING,
  taxonomyErrors,
  uploadErrors,
} from '../../amplitude/errors.ts';
import { type ErrorRow, fill, type Gaps } from '../../boundary/error-table.ts';
import {
  forEach,
  IS_DATA,
  isNoText,
  message,
  rowOf,
  saidWhere,
  statusError,
  typeOf,
  validWhere,
  words,
} from '../language/errors.ts';
import type { ErrorDirective, ResponseDirective, StatusError } from '../language/format.ts';
import { quoted } from '../language/iml.ts';

/** What Make's forms call themselves and their fields. */
export const makeLabels = {
  here: 'in this module',
  connection: 'in the connection',
  'field:amplitude_api_key': 'Amplitude API key',
  'field:amplitude_secret_key': 'Amplitude secret key',
  'field:amplitude_region': 'Amplitude region',
  'field:min_id_length': 'Minimum ID length',
  'field:event_properties': 'Event properties',
  'field:export_every_hours': 'Export every (hours)',
  'field:chart_id': 'Chart ID',
  'field:identify_by': 'Identify by',
  'field:respondent_email': 'Respondent email',
  'field:quality_score': 'Quality score',
  'field:sentiment': 'Sentiment',
  'field:themes': 'Themes',
} satisfies Record<keyof typeof labels, string>;

const fillings: Gaps = {
  ...Object.fromEntries(Object.entries(makeLabels).map(([gap, label]) => [gap, quoted(label)])),
  status: 'statusCode',
  fields: "''",
};

/** One sentence where a condition holds, else nothing. */
const where = (condition: string, row: ErrorRow, more: Gaps = {}): string =>
  saidWhere(condition, row, { ...fillings, ...more });

const NOTHING = quoted(SAYS_NOTHING);

const byStatus = (row: ErrorRow, status: number): StatusError => statusError(row, status, fillings);

const blocked = rowOf(anyErrors, { status: 418 });
const broken = rowOf(anyErrors, { status: 500 });
const redirect = rowOf(anyErrors, { status: 302 });
const unreadable = rowOf(anyErrors, { status: 200 });

/** What either kind of API answers alike, and everything that has no status of its own. */
const others = {
  message: message(`${where('statusCode >= 500', broken)}${where('statusCode < 500', blocked)}`),
  type: `{{if(statusCode >= 500, '${typeOf(broken)}', '${typeOf(blocked)}')}}`,
  '408': byStatus(rowOf(anyErrors, { status: 408 }), 408),
  '503': byStatus(rowOf(anyErrors, { status: 503 }), 503),
} as const;

/** What an answer must be besides successful. */
const valid = (condition: string): NonNullable<ResponseDirective['valid']> =>
  validWhere(condition, redirect, unreadable, fillings);

const DETAILS = 'body.error.metadata.details';
const wrongSecret = rowOf(restErrors, { status: 403, itself: true, words: 'invalid api/secret key' });
const wrongKey = rowOf(restErrors, { status: 403, itself: true, words: 'invalid api key' });
const forbidden = rowOf(restErrors, { status: 403, itself: true });

/**
 * A refusal (401, 403), by what Amplitude says, an expression that is empty where a host on the way answers; `and` is what
 * must hold besides where none of these words stand.
 */
const denied = (says: string, and = ''): string =>
  [
    where(`contains(lower('' + ${says}), 'invalid api/secret key')`, wrongSecret),
    where(`contains(lower('' + ${says}), 'invalid api key')`, wrongKey),
    where(
      `${says}${and} & replace(lower('' + ${says}), '/^[^]*invalid api(.secret)? key[^]*/', ' ') != ' '`,
      forbidden,
      {
        said: `ifempty(body.error.type, ${NOTHING})`,
      },
    ),
    where(`!${says}${and}`, blocked),
  ].join('');

/** A refusal of the keys. A host on the way knows nothing of them, and a token error turns the scenario off. */
const keyType = (says: string): string => `if(${says}, '${typeOf(forbidden, 401)}', '${typeOf(blocked)}')`;

/** What the Basic-auth APIs answer alike, whatever they were asked. */
const keyErrors = (says: string) =>
  ({
    ...others,
    '401': { message: message(denied(says)), type: `{{${keyType(says)}}}` },
    '403': { message: message(denied(says)), type: typeOf(forbidden) },
    '429': byStatus(rowOf(restErrors, { status: 429 }), 429),
  }) as const;

const refusedThis = rowOf(restErrors, { status: 400, itself: true });
const restType = `if(statusCode >= 500, '${typeOf(broken)}', if(${DETAILS}, '${typeOf(refusedThis)}', '${typeOf(blocked)}'))`;
/** What has no status of its own; `and` is what must hold besides of a refusal. */
const restOthers = (and = ''): string =>
  [
    where('statusCode >= 500', broken),
    where(`statusCode < 500 & ${DETAILS}${and}`, refusedThis, { said: words(DETAILS) }),
    where(`statusCode < 500 & !${DETAILS}${and}`, blocked),
  ].join('');

/** Errors of the Basic-auth APIs. */
const restErrorDirective: ErrorDirective = {
  ...keyErrors(DETAILS),
  message: message(restOthers()),
  type: `{{${restType}}}`,
};

type Answers = Required<Pick<ResponseDirective, 'valid' | 'error'>>;
type AnswersInSteps = Answers & Required<Pick<ResponseDirective, 'temp'>>;

const holding = (path: string): Answers['valid'] =>
  valid(`if(statusCode < 300, ifempty(${path}, null) != null, false)`);

/** An answer of the Basic-auth APIs, which must hold `path`. */
export const restAnswers = (path: string): Answers => ({ valid: holding(path), error: restErrorDirective });

const [noChart, refusedLine] = annotationErrors;
/** What Amplitude says itself, in `temp`. */
const SAYS = 'temp.says';
/** An answer of version 3, which says why in a sentence alone, too (A25). It must hold `path`. */
const version3Answers = (path: string, refusals: { [status: `${number}`]: StatusError }): AnswersInSteps => ({
  temp: { says: `{{ifempty(${DETAILS}, if(${isNoText('body.error')}, '', body.error))}}` },
  valid: holding(path),
  error: { ...keyErrors(SAYS), ...refusals },
});
const SAID = `if(${SAYS}, ${words(SAYS)}, ${NOTHING})`;

/** An answer with the list of cohorts. */
export const cohortListAnswers = version3Answers(
  'body.cohorts',
  forEach(refusedLine.when.status, () => ({
    message: message(where(SAYS, refusedThis, { said: words(SAYS) }) + where(`!${SAYS}`, blocked)),
    type: `{{if(${SAYS}, '${typeOf(refusedThis)}', '${typeOf(blocked)}')}}`,
  })),
);

/** A line that is refused where `condition` holds, in Amplitude's words; a web page on the way refuses nothing. */
const lineRefused = (what: string, condition = ''): string =>
  where(`${condition}${IS_DATA}`, refusedLine, { what, said: SAID }) + where(`!${IS_DATA}`, blocked);
const lineType = `{{if(${IS_DATA}, '${typeOf(refusedLine)}', '${typeOf(blocked)}')}}` as const;

/** An answer to drawing on charts or to making a category, which must hold `path`; `what`, an expression, was asked for. */
const drawingAnswers = (
  path: string,
  what: string,
  besides: { [status: `${number}`]: StatusError } = {},
): AnswersInSteps =>
  version3Answers(path, {
    ...forEach(refusedLine.when.status, () => ({ message: message(lineRefused(what)), type: lineType })),
    ...besides,
  });

/** An answer with the categories. */
export const categoryListAnswers = drawingAnswers('body.data', quoted('to show its categories'));

/** An answer to making the category `name`, an expression; one that is there already is as good on the next run. */
export const categoryAnswers = (name: string): AnswersInSteps =>
  drawingAnswers('body.data', `'the category “' + ${name} + '”'`, {
    '409': statusError(categoryIsThere, 409, { ...fillings, what: name }),
  });

const NOT_THERE = 404;
const NAMES_CHART = 'temp.chart_id';
/** What people read of a chart that is missing, for `temp`: too long for an expression. */
export const chartNotThere = {
  no_chart: fill(noChart.says, { ...makeLabels, status: String(NOT_THERE) }),
  no_chart_for_category: fill(amplitudeFindings.noChartForCategory.says, {
    ...makeLabels,
    status: String(NOT_THERE),
    what: '{{temp.category}}',
  }),
};

/**
 * An answer to drawing, or with the lines there are: it must hold `path`, and `what` was asked for. Where a chart is named,
 * 404 stands for one that is missing, which `why`, an expression, says.
 */
export const annotationAnswers = (path: string, what: string, why: string): AnswersInSteps =>
  drawingAnswers(path, quoted(what), {
    [NOT_THERE]: {
      message: message(
        `{{if(${NAMES_CHART} & ${IS_DATA}, ${why}, '')}}${lineRefused(quoted(what), `!${NAMES_CHART} & `)}`,
      ),
      type: lineType,
    },
  });

const UPLOAD_SAYS = "lower('' + ifempty(body.error, ''))";
const KEY_IS_WRONG = `contains(${UPLOAD_SAYS}, 'api key')`;
const upload = (words?: string) =>
  rowOf(uploadErrors, { status: 400, itself: true, ...(words === undefined ? {} : { words }) });
const behind = (row: ErrorRow): ErrorRow => ({ ...row, says: ` ${row.says}` });
const shortId = upload('invalid id length');
const silenced = rowOf(uploadErrors, { status: 400, itself: true, holds: ['silenced_events'] });
const refused = upload();
const wrongUploadKey = upload('invalid api key');
const throttled = rowOf(uploadErrors, { status: 429 });
const overQuota = rowOf(uploadErrors, { status: 429, holds: ['exceeded_daily_quota_users'] });
/** Amplitude also gives an empty collection, which stands for nobody. */
const IS_OVER_QUOTA =
  'if(body.exceeded_daily_quota_users, length(toArray(body.exceeded_daily_quota_users)) > 0, false)';
/** A host on the way has another code, or none. */
const IS_AMPLITUDES = 'body.code = 400';
const ID_IS_SHORT = `contains(${UPLOAD_SAYS}, 'invalid id length')`;

/** An answer to an upload. Status and body must both say 200. */
export const uploadAnswers: Answers = {
  valid: valid('if(statusCode = 200, body.code = 200, false)'),
  error: {
    ...others,
    '400': {
      message: message(
        [
          where(KEY_IS_WRONG, wrongUploadKey),
          where(`!(${IS_AMPLITUDES})`, blocked),
          where(`${IS_AMPLITUDES} & !${KEY_IS_WRONG}`, refused, {
            said: `if(${isNoText('body.error')}, ${NOTHING}, ${words('body.error')})`,
          }),
          // What to do about it, behind Amplitude's own words.
          where(ID_IS_SHORT, behind(shortId)),
          where("length('' + body.silenced_events) > 0", behind(silenced)),
        ].join(''),
      ),
      // A scenario may go on without an event that is refused, but not with a key that is.
      type: `{{if(${KEY_IS_WRONG} | !(${IS_AMPLITUDES}), '${typeOf(wrongUploadKey)}', '${typeOf(refused)}')}}`,
    },
    '413': byStatus(rowOf(uploadErrors, { status: 413 }), 413),
    '429': {
      message: message(`${where(IS_OVER_QUOTA, overQuota)}${where(`!${IS_OVER_QUOTA}`, throttled)}`),
      type: typeOf(throttled),
    },
  },
};

const [noPlan, refusedEntry] = taxonomyErrors;

const PROBLEM = 'temp.problem';
const NO_PLAN = 'temp.no_plan';
const NEITHER = ` & !${PROBLEM} & !${NO_PLAN}`;
const MESSAGE = 'body.errors[1].message';
/** What people read of a plan that lacks it, for `temp`: too long for a message with all the others. */
export const planRefusal = { no_plan_says: noPlan.says };

/** An answer of the Taxonomy API, which has words of its own besides. `what`, an expression, is what was asked for. */
export const taxonomyAnswers = (condition: string, what: string): AnswersInSteps => {
  const refusalWhere = (isSo: string): string => where(isSo, refusedEntry, { what, said: words(PROBLEM) });
  const denial = message(`${refusalWhere(`${PROBLEM} & !${NO_PLAN}`)}${denied(SAYS, NEITHER)}{{${NO_PLAN}}}`);
  return {
    temp: {
      says: `{{ifempty(${DETAILS}, '')}}`,
      problem: `{{if(body.success = false, ifempty(${MESSAGE}, ''), '')}}`,
      // Amplitude says so in one of its forms, or in a sentence alone.
      no_plan: `{{if(statusCode = 403 & contains(lower('' + ifempty(${DETAILS}, ifempty(${MESSAGE}, ifempty(body.error, body)))), ${quoted(noPlan.when.words)}), temp.no_plan_says, '')}}`,
    },
    valid: {
      ...valid(`if(statusCode < 300, ${condition}, false)`),
      message: message(
        refusalWhere(PROBLEM) +
          where(`!${PROBLEM} & statusCode >= 300`, redirect) +
          where(`!${PROBLEM} & statusCode < 300`, unreadable),
      ),
      type: `{{if(${PROBLEM}, '${typeOf(refusedEntry)}', '${typeOf(unreadable)}')}}`,
    },
    error: {
      ...restErrorDirective,
      message: message(refusalWhere(`${PROBLEM} & statusCode < 500`) + restOthers(` & !${PROBLEM}`)),
      type: `{{if(${PROBLEM} & statusCode < 500, '${typeOf(refusedEntry)}', ${restType})}}`,
      '401': { message: denial, type: `{{if(${PROBLEM}, '${typeOf(refusedEntry)}', ${keyType(SAYS)})}}` },
      '403': {
        message: denial,
        type: `{{if(${PROBLEM} | ${NO_PLAN}, '${typeOf(noPlan)}', '${typeOf(forbidden)}')}}`,
      },
    },
  };
};
