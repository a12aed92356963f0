/**
 * The modules of Make's own that our blueprints use, as far as public blueprints show them: `util:SetVariables` and
 * `json:TransformToJSON` in version 1, `http:MakeRequest` in version 4. Another version or setting is refused.
 */
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import { defaultErrorType, MakeError, UnknownToRunner } from './error.ts';
import type { MakeHttp } from './run.ts';

type BuiltIn = (call: { version: number; parameters: Record<string, unknown>; http: MakeHttp }) => Promise<unknown>;

const only = (name: string, version: number, known: number): void => {
  if (version !== known) throw new UnknownToRunner(`${name} is known in version ${known}.`);
};

const variables = z.strictObject({
  scope: z.literal('roundtrip'),
  variables: z.array(z.strictObject({ name: z.string().regex(/^\w+$/), value: z.unknown().optional() })),
});

const httpRequest = z.strictObject({
  url: z.url(),
  method: z.literal('post'),
  headers: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  contentType: z.literal('json'),
  inputMethod: z.literal('jsonString'),
  jsonStringBodyContent: z.string(),
  parseResponse: z.literal(true),
  stopOnHttpError: z.literal(true),
  allowRedirects: z.literal(false),
  shareCookies: z.literal(false),
  requestCompressedContent: z.boolean(),
});

/** Each takes what its mapper comes to, and gives its one bundle. Throws a {@link MakeError} as Make would show it. */
export const builtIns: Record<string, BuiltIn> = {
  'util:SetVariables': async ({ version, parameters }) => {
    only('util:SetVariables', version, 1);
    const set = variables.parse(parameters).variables.filter(({ value }) => value !== undefined);
    return Object.fromEntries(set.map(({ name, value }) => [name, value]));
  },
  'json:TransformToJSON': async ({ version, parameters }) => {
    only('json:TransformToJSON', version, 1);
    return { json: JSON.stringify(z.strictObject({ object: z.unknown() }).parse(parameters).object) };
  },
  'http:MakeRequest': async ({ version, parameters, http }) => {
    only('http:MakeRequest', version, 4);
    const { url, headers, jsonStringBodyContent: body } = httpRequest.parse(parameters);
    if (jsonOf(body) === undefined) throw new MakeError('BundleValidationError', 'The body is no JSON.');
    const reply = await http({
      method: 'POST',
      url,
      body,
      headers: {
        'content-type': 'application/json',
        ...Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])),
      },
    }).catch((error: unknown) => {
      if (error instanceof UnknownToRunner) throw error;
      throw new MakeError('ConnectionError', 'The service could not be reached.');
    });
    if (reply.status >= 400) throw new MakeError(defaultErrorType(reply.status), `[${reply.status}] ${reply.body}`);
    return { statusCode: reply.status, headers: reply.headers, data: jsonOf(reply.body) };
  },
};
