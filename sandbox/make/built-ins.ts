/**
 * The modules of Make's own that our scenarios use, as far as public blueprints show them. Another version or setting is
 * refused.
 */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { defaultErrorType, MakeError, throwUnanswered, UnknownToRunner } from './error.ts';
import { jsonOf } from './json.ts';
import type { MakeHttp } from './network.ts';

/** `settings` are chosen in the module itself, `parameters` is what its fields come to. */
type Call = {
  version: number;
  settings: Record<string, string | number>;
  parameters: Record<string, unknown>;
  http: MakeHttp;
};
type BuiltIn = (call: Call) => Promise<unknown>;

const only = (name: string, call: Call, version: number, settings: Record<string, string>): void => {
  if (call.version !== version || !isDeepStrictEqual(call.settings, settings)) {
    throw new UnknownToRunner(`${name} is known in version ${version}, with the settings ${JSON.stringify(settings)}.`);
  }
};

const email = z.strictObject({
  to: z.array(z.string()),
  subject: z.string(),
  bodyType: z.literal('rawHtml'),
  content: z.string(),
});

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
  // No email leaves this machine: it gives what it would have sent.
  'google-email:sendAnEmail': async (call) => {
    only('google-email:sendAnEmail', call, 4, {});
    return email.parse(call.parameters);
  },
  // What whoever started the scenario gets.
  'scenario-service:ReturnData': async (call) => {
    only('scenario-service:ReturnData', call, 2, {});
    return call.parameters;
  },
  'util:SetVariables': async (call) => {
    only('util:SetVariables', call, 1, {});
    const set = variables.parse(call.parameters).variables.filter(({ value }) => value !== undefined);
    return Object.fromEntries(set.map(({ name, value }) => [name, value]));
  },
  'json:ParseJSON': async (call) => {
    only('json:ParseJSON', call, 1, { type: '' });
    const parsed = jsonOf(z.strictObject({ json: z.string() }).parse(call.parameters).json);
    if (parsed === undefined) throw new MakeError('BundleValidationError', 'The text is no JSON.');
    return parsed;
  },
  'json:TransformToJSON': async (call) => {
    only('json:TransformToJSON', call, 1, { space: '' });
    return { json: JSON.stringify(z.strictObject({ object: z.unknown() }).parse(call.parameters).object) };
  },
  'http:MakeRequest': async (call) => {
    only('http:MakeRequest', call, 4, { authenticationType: 'noAuth', tlsType: '' });
    const { url, headers, jsonStringBodyContent: body } = httpRequest.parse(call.parameters);
    if (jsonOf(body) === undefined) throw new MakeError('BundleValidationError', 'The body is no JSON.');
    const reply = await call
      .http({
        method: 'POST',
        url,
        body,
        headers: {
          'content-type': 'application/json',
          ...Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])),
        },
      })
      .catch(throwUnanswered);
    if (reply.status >= 400) throw new MakeError(defaultErrorType(reply.status), `[${reply.status}] ${reply.body}`);
    return { statusCode: reply.status, headers: reply.headers, data: jsonOf(reply.body) };
  },
};
