/** What Koji's answers mean to people on Make: koji/errors.ts, in Make's format. */
import { errorCodes, PLAN_CODE } from '../../koji/contract.ts';
import { CODE_PATTERN, kojiFailure } from '../../koji/failures.ts';
import {
  answer,
  chosenError,
  errorTypeOf,
  SAID,
  sentence,
  statusError,
  typeByCondition,
  vendorSays,
} from '../language/errors.ts';
import type { ErrorDirective, ResponseDirective } from '../language/format.ts';
import { asText, call, choose, matches, quoted, value } from '../language/iml.ts';

/** Koji's words count beside something in the place of a code; without one the answer came from something else. */
const said = vendorSays(
  choose(`${asText('body.error')} = ''`, quoted(''), 'body.message'),
  `${quoted('status ')} + statusCode + ${quoted('.')}`,
  ['connection.koji_api_key'],
);
const isKojis = matches(asText('body.error'), CODE_PATTERN);

const failureOf = (status: number, permission: string, code = 'some_code') =>
  kojiFailure(answer(status, { error: code, message: SAID }), permission);

/** Koji's failures by status. `permission` is the one that the request needs. */
export const kojiErrors = (permission: string): ErrorDirective => {
  const byStatus = (status: number) => statusError(failureOf(status, permission), said);
  const words = (status: number, code?: string) => sentence(failureOf(status, permission, code), said);
  const beforeSaid = (status: number, code?: string) => words(status, code).replace(` + ${said}`, '');
  const code = call('lower', asText('body.error'));
  /** What a status means that a host on the way answers as well. */
  const ofKoji = (status: number) => {
    const otherwise = kojiFailure(answer(status, {}), permission);
    return {
      message: choose(isKojis, words(status), sentence(otherwise, said)),
      type: choose(isKojis, quoted(errorTypeOf(failureOf(status, permission))), quoted(errorTypeOf(otherwise))),
    };
  };
  const byStatusOfKoji = (status: number) => {
    const { message, type } = ofKoji(status);
    return chosenError(message, value(type));
  };
  const other = ofKoji(418);
  return {
    message: `[{{statusCode}}] {{${choose('statusCode >= 500', words(500), other.message)}}}`,
    type: value(choose('statusCode >= 500', quoted(errorTypeOf(failureOf(500, ''))), other.type)),
    '400': byStatusOfKoji(400),
    '401': byStatus(401),
    '402': byStatus(402),
    '403': chosenError(
      choose(
        `body.error = ${quoted(errorCodes.forbidden)}`,
        words(403, errorCodes.forbidden),
        `${choose(matches(code, `.*${PLAN_CODE.source}.*`), beforeSaid(403, 'plan'), beforeSaid(403))} + ${said}`,
      ),
      'RuntimeError',
    ),
    '404': byStatusOfKoji(404),
    '405': byStatusOfKoji(405),
    '408': byStatus(408),
    '410': byStatusOfKoji(410),
    '422': byStatusOfKoji(422),
    '429': byStatus(429),
  };
};

/** What an answer must be besides successful: `condition` says what Koji's data has; a web page or a redirect has not. */
export const kojiData = (condition: string): NonNullable<ResponseDirective['valid']> => ({
  condition: `{{(statusCode < 300) & (${condition})}}`,
  message: `[{{statusCode}}] {{${choose('statusCode >= 300', sentence(failureOf(302, ''), said), sentence(failureOf(200, ''), said))}}}`,
  type: typeByCondition('statusCode >= 300', failureOf(302, ''), failureOf(200, '')),
});
