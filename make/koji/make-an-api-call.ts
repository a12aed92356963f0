import { KOJI_API_URL, permissions } from '../../koji/contract.ts';
import type { Module } from '../language/format.ts';
import { call, quoted, value } from '../language/iml.ts';
import { kojiErrors } from './errors.ts';

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

/** Headers that are not people's to set: the key, and what the connection itself says. */
const RESERVED = 'authorization|proxy-authorization|host|cookie|content-length|transfer-encoding|connection';
const IGNORED = 'x-ignored';
const headers = call(
  'omit',
  call(
    'toCollection',
    call(
      'parseJSON',
      call(
        'replace',
        call('createJSON', call('ifempty', 'parameters.headers', 'emptyarray')),
        quoted(`/"key":"[ ]*(${RESERVED})[ ]*"/gi`),
        quoted(`"key":"${IGNORED}"`),
      ),
    ),
    quoted('key'),
    quoted('value'),
  ),
  quoted(IGNORED),
);

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
      help: `A path of Koji's API, below ${KOJI_API_URL}, such as /interviews/int_4f9d2c81.`,
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
      help: 'The authorization is added for you; a header of that name is left out.',
    },
    { name: 'qs', label: 'Query string', type: 'array', spec: pairs },
    { name: 'body', label: 'Body', type: 'text', multiline: true, help: "JSON, as Koji's API takes it." },
  ],
  communication: {
    url: `${KOJI_API_URL}{{parameters.url}}`,
    method: '{{parameters.method}}',
    type: 'text',
    headers: {
      'content-type': 'application/json',
      '{{...}}': value(headers),
    },
    qs: { '{{...}}': "{{toCollection(parameters.qs, 'key', 'value')}}" },
    body: '{{parameters.body}}',
    response: {
      error: kojiErrors(permissions.read),
      output: { body: '{{body}}', headers: '{{headers}}', statusCode: '{{statusCode}}' },
    },
  },
  interface: [
    { name: 'body', label: 'Body', type: 'any' },
    { name: 'headers', label: 'Headers', type: 'collection' },
    { name: 'statusCode', label: 'Status code', type: 'number' },
  ],
  samples: { body: {}, headers: {}, statusCode: 200 },
};
