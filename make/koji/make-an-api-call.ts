import { KOJI_API_URL, kojiAuthorization } from '../../koji/contract.ts';
import type { Module } from '../language/format.ts';
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

/** Headers that are not people's to set: the key, and what the connection itself says, in the usual spellings. */
const RESERVED = [
  'authorization',
  'Authorization',
  'AUTHORIZATION',
  'host',
  'Host',
  'HOST',
  'cookie',
  'Cookie',
  'COOKIE',
]
  .map((name) => `'${name}'`)
  .join(', ');

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
    {
      name: 'method',
      label: 'Method',
      type: 'select',
      required: true,
      default: 'GET',
      options: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({ label: method, value: method })),
    },
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
  communication: {
    url: `${KOJI_API_URL}{{parameters.url}}`,
    method: '{{parameters.method}}',
    type: 'text',
    headers: {
      'content-type': 'application/json',
      '{{...}}': `{{omit(toCollection(ifempty(parameters.headers, emptyarray), 'key', 'value'), ${RESERVED})}}`,
      authorization: kojiAuthorization('{{connection.koji_api_key}}'),
    },
    qs: { '{{...}}': "{{toCollection(ifempty(parameters.qs, emptyarray), 'key', 'value')}}" },
    body: '{{parameters.body}}',
    response: {
      valid: kojiData("!contains('' + headers.`content-type`, 'text/html')"),
      output: { body: '{{body}}', headers: '{{headers}}', statusCode: '{{statusCode}}' },
    },
  },
  interface: [
    { name: 'body', label: 'Body', type: 'text' },
    { name: 'headers', label: 'Headers', type: 'collection' },
    { name: 'statusCode', label: 'Status code', type: 'number' },
  ],
  samples: { body: {}, headers: {}, statusCode: 200 },
};
