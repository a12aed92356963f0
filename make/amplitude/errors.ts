/** What Amplitude's answers mean to people on Make: amplitude/errors.ts, in Make's format. */
import { readUpload, restFailure } from '../../amplitude/errors.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import { answer, chosenError, errorTypeOf, SAID, sentence, statusError, vendorSays } from '../errors.ts';
import type { ErrorDirective, ResponseDirective } from '../format.ts';
import { call, choose, quoted, value } from '../iml.ts';

const NOTHING_MORE = quoted('nothing more');
const detailsSaid = vendorSays('body.error.metadata.details', NOTHING_MORE);
const uploadSaid = vendorSays('body.error', NOTHING_MORE);

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
const isFilled = (path: string): string => `${call('length', path)} > 0`;
const hasKeys = (path: string): string => isFilled(call('keys', path));

const blocked = (status: number): string => sentence(restOf(status), detailsSaid);

/** The Basic-auth APIs' failures by status. */
export const restErrors = (): ErrorDirective => {
  const details = 'body.error.metadata.details';
  const refused = (status: number) =>
    chosenError(
      choose(
        has(details, 'invalid api/secret key'),
        sentence(restOf(403, 'Invalid API/Secret Key'), detailsSaid),
        choose(
          has(details, 'invalid api key'),
          sentence(restOf(403, 'Invalid API Key'), detailsSaid),
          choose(`!${details}`, blocked(status), sentence(restOf(status, SAID), detailsSaid)),
        ),
      ),
      'RuntimeError',
    );
  return {
    message: `[{{statusCode}}] {{${choose('statusCode >= 500', sentence(restOf(500), detailsSaid), blocked(418))}}}`,
    '401': refused(401),
    '403': refused(403),
    '408': statusError(restOf(408), detailsSaid),
    '429': statusError(restOf(429), detailsSaid),
  };
};

/** What an answer of those APIs must hold besides a status of 2xx. */
export const restValid = (condition: string): NonNullable<ResponseDirective['valid']> => ({
  condition: `{{(statusCode < 300) & (${condition})}}`,
  message: `[{{statusCode}}] {{${choose('statusCode >= 300', blocked(302), blocked(200))}}}`,
  type: 'ConnectionError',
});

/** An upload's failures by status. */
export const uploadErrors = (): ErrorDirective => {
  const words = (status: number, body: object = {}) => sentence(uploadFailure(status, body), uploadSaid);
  const byStatus = (status: number) => statusError(uploadFailure(status, {}), uploadSaid);
  const wrongKey = uploadFailure(400, { error: 'Invalid API key' });
  const isWrongKey = `${has('body.error', 'invalid api key')} | body.missing_field = 'api_key'`;
  const refused = uploadFailure(400, { error: SAID });
  return {
    message: `[{{statusCode}}] {{${choose('statusCode >= 500', words(500), words(418))}}}`,
    '400': chosenError(
      choose(
        isWrongKey,
        sentence(wrongKey, uploadSaid),
        choose(
          `${hasKeys('body.events_with_invalid_id_lengths')} | ${has('body.error', 'invalid id length')}`,
          words(400, { error: 'invalid id length' }),
          choose(
            `${isFilled('body.silenced_devices')} | ${isFilled('body.silenced_events')}`,
            words(400, { silenced_events: [0] }),
            sentence(refused, uploadSaid),
          ),
        ),
      ),
      // A scenario may go on without an event that is refused, but not with a key that is.
      value(choose(isWrongKey, quoted(errorTypeOf(wrongKey)), quoted(errorTypeOf(refused)))),
    ),
    '408': byStatus(408),
    '413': byStatus(413),
    '429': chosenError(
      choose(
        `${hasKeys('body.exceeded_daily_quota_users')} | ${hasKeys('body.exceeded_daily_quota_devices')}`,
        words(429, { exceeded_daily_quota_users: { user: 1 } }),
        words(429),
      ),
      'RateLimitError',
    ),
  };
};

/** Status and body must both say 200. */
export const uploadValid: NonNullable<ResponseDirective['valid']> = {
  condition: '{{(statusCode = 200) & (body.code = 200)}}',
  message: `[{{statusCode}}] {{${choose('statusCode >= 300', sentence(uploadFailure(302, {}), uploadSaid), sentence(uploadFailure(200, {}), uploadSaid))}}}`,
  type: 'ConnectionError',
};
