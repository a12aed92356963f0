/** What Koji's answers mean to people on Make: the rows of koji/errors.ts, in Make's format. */

import type { ErrorRow } from '../../boundary/error-table.ts';
import {
  ALREADY_GONE,
  errorCodes,
  MISSING_ENDPOINT,
  OF_A_PERSON,
  permissions,
  startStatus,
  TAKES_NOBODY,
} from '../../koji/contract.ts';
import { alreadyStarted, kojiErrors, labels, SAYS_NOTHING, startErrors } from '../../koji/errors.ts';
import {
  forEach,
  IS_DATA,
  message,
  rowOf,
  saidWhere,
  sentence,
  spoken,
  statusError,
  typeOf,
  validWhere,
  words,
} from '../language/errors.ts';
import type { ErrorDirective, ResponseDirective, StatusError } from '../language/format.ts';
import { quoted } from '../language/iml.ts';
import { MARK } from '../language/values.ts';

const status = 'statusCode';
const connecting = Object.fromEntries(Object.entries(labels).map(([gap, label]) => [gap, quoted(label)]));
const said = `if(body.message, ${words('body.message')}, ${sentence(SAYS_NOTHING, { status })})`;

/**
 * Koji's own answers have a code of one word and a message. A host on the way, whose 404 says nothing of an interview,
 * sends a page, an object or a sentence in the place of the code.
 */
const IS_KOJIS = "body.message & replace('' + body.error, '/^[^ {[]+$/', ' ') = ' '";

const refused = rowOf(kojiErrors, { status: 403, itself: true });
const lacking = rowOf(kojiErrors, { status: 403, itself: true, code: errorCodes.forbidden });
const IS_LACKING = `body.error = ${quoted(errorCodes.forbidden)}`;

const blocked = rowOf(kojiErrors, { status: 403 });
/** What a host on the way refuses is nothing against the key. */
const orBlocked = (words: string, row: ErrorRow, number: number): StatusError => ({
  message: message(`${words}{{if(${IS_KOJIS}, '', ${spoken(blocked, { status })})}}`),
  type: `{{if(${IS_KOJIS}, '${typeOf(row, number)}', '${typeOf(blocked)}')}}`,
});

const wrongKey = rowOf(kojiErrors, { status: 401, itself: true });
const unauthorized = orBlocked(saidWhere(IS_KOJIS, wrongKey, connecting), wrongKey, 401);

/** A key without the permission that a request needs, and any other refusal, with Koji's code alone: its words may quote a key. */
const forbidden = (permission: string): StatusError =>
  orBlocked(
    saidWhere(`${IS_KOJIS} & ${IS_LACKING}`, lacking, { ...connecting, permission: quoted(permission) }) +
      saidWhere(`${IS_KOJIS} & body.error != ${quoted(errorCodes.forbidden)}`, refused, {
        status,
        said: words('body.error'),
      }),
    refused,
    403,
  );

const refusal = rowOf(kojiErrors, { status: 422, itself: true });
const broken = rowOf(kojiErrors, { status: 500 });
const unreadable = rowOf(kojiErrors, { status: 422 });
const byStatus = (number: number, table = kojiErrors): StatusError =>
  statusError(rowOf(table, { status: number, itself: true }), number, { ...connecting, status, said });

/** What a status means that any host on the way gives as well: only Koji's own word leaves a bundle out. */
export const ofKoji = (number: number): StatusError => ({
  ...byStatus(number),
  type: `{{if(${IS_KOJIS}, '${typeOf(refusal)}', '${typeOf(unreadable)}')}}`,
});

/** What stands besides a module's own statuses, because Make's format wants it there. */
export const otherKojiErrors = {
  message: message(`{{if(statusCode < 500, ${spoken(refusal, { status, said })}, ${spoken(broken, { status })})}}`),
  type: `{{if(${IS_KOJIS} & statusCode < 500, '${typeOf(refusal)}', '${typeOf(unreadable)}')}}` as const,
};

/** Koji's errors, once for all of its modules. */
export const kojiErrorDirective: ErrorDirective = {
  ...otherKojiErrors,
  '401': unauthorized,
  ...forEach([402, 405, 408, 429, 503], (number) => byStatus(number)),
  ...forEach([...ALREADY_GONE, 409, 422], ofKoji),
  '403': forbidden(permissions.read),
};

const { conflict } = startStatus;
const takesNobody = rowOf(startErrors, { status: conflict, itself: true });
const [CLOSED, FULL] = TAKES_NOBODY;
/** The whole of what is about a person, and of what has no code: one begins with a space there, an object with its bracket. */
const OF_NO_STUDY = new RegExp(`^([ {[]|[^]*(${OF_A_PERSON.source}))[^]*`, OF_A_PERSON.flags);
const saysOfStudy = (said: string): string =>
  `contains(replace(replace(replace(${said}, temp.of_no_study, ' '), temp.closed, '${MARK}'), temp.full, '${MARK}'), '${MARK}')`;

/** A conflict's code and words may stand one level down, or the code under its own name, as koji/contract.ts has it. */
const CODE = "'' + ifempty(body.error.code, ifempty(body.error, body.code))";
const WORDS = 'ifempty(body.message, body.error.message)';
/** Whether a conflict is about the study, by {@link aboutTheStudy}, once there is an answer. */
const IS_ABOUT_STUDY = '(!temp.named & (temp.code_is_of_study | temp.words_are_of_study))';

/** `temp` values of a start and of its answer, by which a conflict is told apart as koji/failures.ts does it. */
export const aboutTheStudy = {
  asked: { of_no_study: String(OF_NO_STUDY), closed: String(CLOSED), full: String(FULL) },
  answered: {
    named: '{{ifempty(body.interview.interview_id, body.interview_id)}}',
    code_is_of_study: `{{${saysOfStudy(CODE)}}}`,
    words_are_of_study: `{{${saysOfStudy(`${CODE} + ' ' + ${WORDS}`)}}}`,
    said: `{{if(${WORDS}, ${words(WORDS)}, ${sentence(SAYS_NOTHING, { status })})}}`,
  },
};

/** What they mean to a start besides. */
export const startErrorDirective: ErrorDirective = {
  ...otherKojiErrors,
  '403': forbidden(permissions.start),
  ...forEach([...MISSING_ENDPOINT], (number) => byStatus(number, startErrors)),
  [conflict]: {
    message: message(
      saidWhere(IS_ABOUT_STUDY, takesNobody, { status, said: 'temp.said' }) +
        saidWhere(`!${IS_ABOUT_STUDY} & ${IS_DATA}`, alreadyStarted, {}) +
        saidWhere(`!${IS_DATA}`, unreadable, { status }),
    ),
    type: `{{if(${IS_ABOUT_STUDY}, '${typeOf(takesNobody)}', if(${IS_DATA}, 'DuplicateDataError', '${typeOf(unreadable)}'))}}`,
  },
};

const redirect = rowOf(kojiErrors, { status: 302 });

/**
 * What an answer must be besides successful: `condition` says what Koji's data has; a web page or a redirect has not.
 * `otherwise` is what a success without it means.
 */
export const kojiData = (condition: string, otherwise = unreadable): NonNullable<ResponseDirective['valid']> =>
  validWhere(`if(statusCode < 300, ${condition}, false)`, redirect, otherwise, { status });
