import { KOJI_API_URL, kojiAuthorization, paths, permissions, WHERE_KEYS_ARE } from '../../koji/contract.ts';
import type { Connection, RequestStep } from '../language/format.ts';
import { KEY } from '../language/values.ts';
import { kojiData, kojiErrorDirective } from './errors.ts';

/** What every request to Koji carries. */
export const kojiHeaders = {
  authorization: kojiAuthorization('{{connection.koji_api_key}}'),
  accept: 'application/json',
};

/** Paths in Make's log that hold the key, the token with which anybody could answer an interview, or a webhook's secret. */
export const KOJI_SECRETS = [
  'request.headers.authorization',
  'request.headers.x-session-token',
  'response.body.session_token',
  'response.body.interview.session_token',
  'response.body.secret',
];

/**
 * Koji documents no request that answers 2xx whatever the project holds, and Make takes every 4xx for a failure, so the
 * key is not tried when the connection is saved. True turns on a request of the list, once Koji documents it.
 */
const LIST_CONFIRMED = false;

const tryingTheKey: RequestStep = {
  url: `${KOJI_API_URL}${paths.list}`,
  method: 'GET',
  qs: { limit: 1 },
  headers: { ...kojiHeaders, authorization: kojiAuthorization('{{parameters.koji_api_key}}') },
  followRedirects: false,
  response: { valid: kojiData('ifempty(body.interviews, null) != null') },
};

/** The connection to Koji. Its label is the key's fingerprint, the same as on Zapier. */
export const kojiConnectionOf = (isConfirmed: boolean): Connection => ({
  id: 'koji',
  label: 'Koji',
  parameters: [
    {
      name: 'koji_api_key',
      label: 'Koji API key',
      type: 'password',
      required: true,
      editable: true,
      validate: KEY,
      help: `In Koji, open **${WHERE_KEYS_ARE}** and create a key with the permissions ${permissions.start} and ${permissions.read}. One key belongs to one project. A space or line break before or after it is refused.${isConfirmed ? '' : ' Make does not check the key here: a wrong one shows when a module first runs.'}`,
    },
  ],
  communication: {
    ...(isConfirmed ? tryingTheKey : {}),
    log: { sanitize: KOJI_SECRETS },
    response: {
      ...(isConfirmed ? tryingTheKey.response : {}),
      error: kojiErrorDirective,
      metadata: { type: 'text', value: "Key {{substring(sha256('koji:' + parameters.koji_api_key), 0, 6)}}" },
    },
  },
});

export const kojiConnection = kojiConnectionOf(LIST_CONFIRMED);
