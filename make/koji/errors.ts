/** What Koji's answers mean to people on Make: koji/errors.ts, in Make's format. */
import { errorCodes, PLAN_CODE } from '../../koji/contract.ts';
import { kojiFailure, NOT_THERE } from '../../koji/errors.ts';
import { answer, chosenError, SAID, sentence, statusError, typeByCondition, vendorSays } from '../errors.ts';
import type { ErrorDirective, ResponseDirective } from '../format.ts';
import { asText, call, choose, matches, quoted } from '../iml.ts';

/** Without Koji's code the answer came from something else, and its words do not count. */
const isSilent = `${asText('body.error')} = ''`;
const said = vendorSays(
  choose(isSilent, quoted(''), 'body.message'),
  `${quoted('status ')} + statusCode + ${quoted('.')}`,
  ['connection.koji_api_key'],
);

const failureOf = (status: number, permission: string, code = 'some_code') =>
  kojiFailure(answer(status, { error: code, message: SAID }), permission);

/** Koji's failures by status. `permission` is the one that the request needs. */
export const kojiErrors = (permission: string): ErrorDirective => {
  const byStatus = (status: number) => statusError(failureOf(status, permission), said);
  const words = (status: number, code?: string) => sentence(failureOf(status, permission, code), said);
  const beforeSaid = (status: number, code?: string) => words(status, code).replace(` + ${said}`, '');
  const code = call('lower', asText('body.error'));
  const notThere = (status: number) => {
    const silent = kojiFailure(answer(status, {}), permission);
    return chosenError(
      choose(isSilent, sentence(silent, said), words(status)),
      typeByCondition(isSilent, silent, failureOf(status, permission)),
    );
  };
  return {
    message: `[{{statusCode}}] {{${choose('statusCode >= 500', words(500), words(418))}}}`,
    type: typeByCondition('statusCode >= 500', failureOf(500, ''), failureOf(418, '')),
    '400': byStatus(400),
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
    ...Object.fromEntries(NOT_THERE.map((status) => [status, notThere(status)])),
    '408': byStatus(408),
    '422': byStatus(422),
    '429': byStatus(429),
  };
};

/** What an answer must be besides successful: `condition` says what Koji's data has; a web page or a redirect has not. */
export const kojiData = (condition: string): NonNullable<ResponseDirective['valid']> => ({
  condition: `{{(statusCode < 300) & (${condition})}}`,
  message: `[{{statusCode}}] {{${choose('statusCode >= 300', sentence(failureOf(302, ''), said), sentence(failureOf(200, ''), said))}}}`,
  type: typeByCondition('statusCode >= 300', failureOf(302, ''), failureOf(200, '')),
});
