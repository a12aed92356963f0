import { KOJI_API_URL, kojiAuthorization } from '../../koji/contract.ts';
import type { Module, ThinkingStep } from '../language/format.ts';
import { quoted } from '../language/iml.ts';
import { type Choice, chosen } from '../language/values.ts';
import { kojiData } from './errors.ts';

const pairs = [
  { name: 'key', label: 'Key', type: 'text' as const },
  { name: 'value', label: 'Value', type: 'text' as const },
];

/**
 * A path below the API and nothing that a server, or the way to it, may read as another: no second slash at the
 * beginning, no other address, no dots alone between slashes and no slash in disguise, no control character.
 */
const API_PATH =
  '^(?!//)(?!.*://)(?!(?:[^?#]*/)?(?:[.]|%2[eE]){1,2}(?:[/?#]|$))(?![^?#]*%(?:2[fF]|5[cC]))/[!-Z^-~\\[\\]]*$';

/** What is filled in of a list of pairs: a row without a key is nothing, and a header without a name ends the run. */
const filledIn = (name: string): string =>
  `{{omit(toCollection(ifempty(parameters.${name}, emptyarray), 'key', 'value'), '')}}`;

/** Headers that say who asks and where a request goes: the connection's and Make's own to set, in any spelling. */
const RESERVED = '/,((proxy-)?authorization|cookie|host|(x-)?forwarded[^,]*),/';
/** What no name of a header holds; it may be read over on the way. */
const NO_SIGN = '/[^!-~]/g';

const method: Choice = {
  name: 'method',
  label: 'Method',
  type: 'select',
  required: true,
  default: 'GET',
  options: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((one) => ({ label: one, value: one })),
};

/** Make looks at nothing within a list's entries, so a pattern in the form would hold nobody up. */
const refusesReserved: ThinkingStep = {
  temp: {
    names: `{{lower(',' + replace(join(map(ifempty(parameters.headers, emptyarray), 'key'), ','), ${quoted(NO_SIGN)}, '') + ',')}}`,
  },
  response: {
    valid: {
      condition: `{{replace(temp.names, ${quoted(RESERVED)}, '') = temp.names}}`,
      message:
        'Nothing was sent to Koji: the headers Authorization, Cookie, Host, Forwarded and X-Forwarded-… are set by the connection and by Make. Take them out of Headers.',
      type: 'DataError',
    },
    output: {},
  },
};

/** Any request to Koji's API and nowhere else: the host is fixed, and what leads out of it is refused (M30). */
export const makeAnApiCall: Module = {
  id: 'makeAnApiCall',
  kind: 'universal',
  label: 'Make an API call',
  description: 'Performs an arbitrary authorized API call.',
  connection: 'koji',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'url',
      label: 'URL',
      type: 'text',
      required: true,
      validate: { pattern: API_PATH },
      help: `Enter a path relative to \`${KOJI_API_URL}\`. For example, \`/interviews/int_4f9d2c81\`.`,
    },
    method,
    {
      name: 'headers',
      label: 'Headers',
      type: 'array',
      spec: pairs,
      help: "You don't have to add authorization headers; we already did that for you.",
    },
    {
      name: 'qs',
      label: 'Query string',
      type: 'array',
      spec: pairs,
      help: 'For example, `limit` with the value `10`.',
    },
    {
      name: 'body',
      label: 'Body',
      type: 'text',
      multiline: true,
      help: 'For example, `{"mode": "text"}`. JSON, as the API takes it.',
    },
  ],
  communication: [
    refusesReserved,
    chosen('Koji', method),
    {
      url: `${KOJI_API_URL}{{parameters.url}}`,
      method: '{{upper(temp.method)}}',
      type: 'text',
      headers: {
        'content-type': 'application/json',
        '{{...}}': filledIn('headers'),
        authorization: kojiAuthorization('{{connection.koji_api_key}}'),
      },
      qs: { '{{...}}': filledIn('qs') },
      body: '{{parameters.body}}',
      response: {
        valid: kojiData(
          "!contains(lower(ifempty(headers.`content-type`, '')), 'html') & indexOf(trim('' + body), '<') != 0",
        ),
        output: { body: '{{body}}', headers: '{{headers}}', statusCode: '{{statusCode}}' },
      },
    },
  ],
  interface: [
    { name: 'body', label: 'Body', type: 'text' },
    { name: 'headers', label: 'Headers', type: 'collection' },
    { name: 'statusCode', label: 'Status code', type: 'number' },
  ],
  samples: { body: {}, headers: {}, statusCode: 200 },
};
