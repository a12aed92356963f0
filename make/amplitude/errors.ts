/** What Amplitude's answers mean to people on Make: amplitude/errors.ts, in Make's format. */
import { readUpload, restFailure, taxonomyFailure } from '../../amplitude/failures.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import {
  answer,
  chosenError,
  errorTypeOf,
  SAID,
  sentence,
  statusError,
  THING,
  typeByCondition,
  vendorSays,
} from '../language/errors.ts';
import type { ResponseDirective } from '../language/format.ts';
import { asText, call, choose, quoted, value } from '../language/iml.ts';

const KEYS = ['connection.amplitude_api_key', 'connection.amplitude_secret_key'];
/** Amplitude's own words, as `temp` keeps them: a message itself has 1,024 characters at most. */
const SAID_HERE = 'temp.said';
const saidIn = (path: string): string => vendorSays(path, quoted('nothing more'), KEYS);

const uploadFailure = (status: number, body: object): VendorFailure => {
  const outcome = readUpload(answer(status, body));
  if (outcome instanceof VendorFailure) return outcome;
  throw new Error(`Status ${status} stands for no failure.`);
};
const restOf = (status: number, details?: string): VendorFailure =>
  restFailure(answer(status, details === undefined ? {} : { error: { http_code: status, metadata: { details } } }));

const has = (text: string, words: string): string =>
  call('contains', call('lower', call('ifempty', text, quoted(''))), quoted(words));
/** Amplitude also sends these lists empty, which says nothing; some are lists, some have a key for each user. */
const isFilled = (path: string): string =>
  `${call('length', choose(call('isArray', path), path, call('keys', path)))} > 0`;

/** What becomes of an answer: what it must be, what else it means, and what of it the messages quote. */
type Answers = Required<Pick<ResponseDirective, 'valid' | 'error' | 'temp'>>;

const inWords = (failure: VendorFailure): string => sentence(failure, SAID_HERE);
const blocked = (status: number): string => inWords(restOf(status));

const DETAILS = 'body.error.metadata.details';
const notAllowed = (status: number): string =>
  choose(
    has(DETAILS, 'invalid api/secret key'),
    inWords(restOf(403, 'Invalid API/Secret Key')),
    choose(
      has(DETAILS, 'invalid api key'),
      inWords(restOf(403, 'Invalid API Key')),
      choose(`!${DETAILS}`, blocked(status), inWords(restOf(status, SAID))),
    ),
  );

/** An answer of the Basic-auth APIs; `condition` says what it must hold besides a status of 2xx. */
export const restAnswers = (condition: string): Answers => ({
  temp: { said: value(saidIn(DETAILS)) },
  valid: {
    condition: `{{(statusCode < 300) & (${condition})}}`,
    message: `[{{statusCode}}] {{${choose('statusCode >= 300', blocked(302), blocked(200))}}}`,
    type: typeByCondition('statusCode >= 300', restOf(302), restOf(200)),
  },
  error: {
    message: `[{{statusCode}}] {{${choose('statusCode >= 500', blocked(500), blocked(418))}}}`,
    '401': chosenError(notAllowed(401), errorTypeOf(restOf(401))),
    '403': chosenError(notAllowed(403), errorTypeOf(restOf(403))),
    '408': statusError(restOf(408), SAID_HERE),
    '429': statusError(restOf(429), SAID_HERE),
  },
});

/** An answer to an upload. Status and body must both say 200. */
export const uploadAnswers = (): Answers => {
  const words = (status: number, body: object = {}) => inWords(uploadFailure(status, body));
  const byStatus = (status: number) => statusError(uploadFailure(status, {}), SAID_HERE);
  const wrongKey = uploadFailure(400, { error: 'Invalid API key' });
  const isWrongKey = `${has('body.error', 'invalid api key')} | body.missing_field = 'api_key'`;
  const refused = uploadFailure(400, { error: SAID });
  // A web page, of a firewall or a load balancer, is not Amplitude's word.
  const isBlocked = `${asText('body')} != '{object}'`;
  const refusal = choose(
    isBlocked,
    words(418),
    choose(
      isWrongKey,
      inWords(wrongKey),
      choose(
        `${isFilled('body.events_with_invalid_id_lengths')} | ${has('body.error', 'invalid id length')}`,
        words(400, { error: 'invalid id length' }),
        choose(
          `${isFilled('body.silenced_devices')} | ${isFilled('body.silenced_events')}`,
          words(400, { silenced_events: [0] }),
          sentence(refused, saidIn('body.error')),
        ),
      ),
    ),
  );
  const isOverQuota = `${isFilled('body.exceeded_daily_quota_users')} | ${isFilled('body.exceeded_daily_quota_devices')}`;
  return {
    temp: { refusal: value(refusal) },
    valid: {
      condition: '{{(statusCode = 200) & (body.code = 200)}}',
      message: `[{{statusCode}}] {{${choose('statusCode >= 300', words(302), words(200))}}}`,
      type: typeByCondition('statusCode >= 300', uploadFailure(302, {}), uploadFailure(200, {})),
    },
    error: {
      message: `[{{statusCode}}] {{${choose('statusCode >= 500', words(500), words(418))}}}`,
      // A scenario may go on without an event that is refused, but not with a key that is.
      '400': chosenError('temp.refusal', typeByCondition(`${isBlocked} | ${isWrongKey}`, wrongKey, refused)),
      '408': byStatus(408),
      '413': byStatus(413),
      '429': chosenError(
        choose(isOverQuota, words(429, { exceeded_daily_quota_users: { user: 1 } }), words(429)),
        'RateLimitError',
      ),
    },
  };
};

const taxonomyOf = (status: number, body: object): VendorFailure => {
  const problem = taxonomyFailure(answer(status, body), THING);
  if (problem !== null) return problem;
  throw new Error(`Status ${status} stands for no problem with the tracking plan.`);
};

/** An answer of the Taxonomy API, which has words of its own besides. `thing`, an expression, is what was asked for. */
export const taxonomyAnswers = (condition: string, thing: string): Answers => {
  const { temp, valid, error } = restAnswers(condition);
  const noPlan = taxonomyOf(403, { error: 'Not available on your plan' });
  const refused = taxonomyOf(400, { success: false, errors: [{ message: SAID }] });
  const problem = call(
    'join',
    call('map', choose(call('isArray', 'body.errors'), 'body.errors', 'emptyarray'), quoted('message')),
    quoted(' '),
  );
  const isRefused = `(body.success = false) & (${problem} != '')`;
  const isWithoutPlan = `(statusCode = 403) & ${has(call('createJSON', 'body'), 'not available on your plan')}`;
  const refusal = choose(
    isWithoutPlan,
    inWords(noPlan),
    choose(isRefused, sentence(refused, saidIn(problem), thing), quoted('')),
  );
  const isSaid = `temp.refusal != ''`;
  const orElse = (otherwise: string) => `[{{statusCode}}] {{${choose(isSaid, 'temp.refusal', otherwise)}}}`;
  return {
    temp: { ...temp, refusal: value(refusal) },
    valid: {
      ...valid,
      message: orElse(choose('statusCode >= 300', blocked(302), blocked(200))),
      type: typeByCondition(isSaid, refused, restOf(200)),
    },
    error: {
      ...error,
      message: orElse(choose('statusCode >= 500', blocked(500), blocked(418))),
      type: value(
        choose(
          'statusCode >= 500',
          quoted(errorTypeOf(restOf(500))),
          choose(isSaid, quoted(errorTypeOf(refused)), quoted(errorTypeOf(restOf(418)))),
        ),
      ),
      '403': {
        message: orElse(notAllowed(403)),
        type: typeByCondition(isSaid, refused, restOf(403)),
      },
    },
  };
};
