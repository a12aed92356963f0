/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification), one call a request: no tool here sends more at once. */
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import { factsOf } from '../fault.ts';
import type { Forwarder } from '../forwarder.ts';
import { Refused } from '../refused.ts';

/** The specification's numbers for what went wrong. */
const codes = {
  notJson: -32_700,
  invalidRequest: -32_600,
  unknownMethod: -32_601,
  invalidParams: -32_602,
  ours: -32_603,
} as const;

/** Does what a method is for; what it gives is the result. */
export type Method = (forwarder: Forwarder, params: unknown) => unknown;

/** What is wrong with a method's parameters, in words that the tool shows to whoever set it up. */
export const invalidParams = (message: string): Refused => new Refused(422, 'invalid_params', message);

/** A method's parameters, parsed. Throws a {@link Refused} that names what is wrong with them. */
export const paramsOf = <Schema extends z.ZodType>(schema: Schema, params: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => ['params', ...path].join('.'));
  throw invalidParams(`Missing, or not of the expected form: ${[...new Set(places)].join(', ')}.`);
};

const idSchema = z.union([z.string(), z.number()]);
/** The id of a call or a record, which is given back as it came; null for what is none. */
export const idOf = (value: unknown) => idSchema.safeParse(value).data ?? null;
type Id = ReturnType<typeof idOf>;

const callSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: idSchema.nullish(),
  method: z.string(),
  params: z.unknown().optional(),
});

const failed = (id: Id, code: number, message: string) => ({ jsonrpc: '2.0', id, error: { code, message } });

/**
 * The answer to a call. Null for a notification, which is a call without an id: nobody would hear what became of its rows,
 * so nothing is done.
 */
export const answerCall = async (forwarder: Forwarder, methods: Record<string, Method>, body: string) => {
  const json = jsonOf(body);
  if (json === undefined) return failed(null, codes.notJson, 'The body is not JSON.');
  const { data: call } = callSchema.safeParse(json);
  if (call === undefined) {
    return failed(
      idOf(Object(json).id),
      codes.invalidRequest,
      'One call a request is expected: an object with "jsonrpc": "2.0", a method, and a text or a number as its id.',
    );
  }
  const { id } = call;
  if (id === undefined) return null;
  const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
  if (method === undefined) {
    return failed(id, codes.unknownMethod, `There is no such method. Known are ${Object.keys(methods).join(', ')}.`);
  }
  try {
    return { jsonrpc: '2.0', id, result: await method(forwarder, call.params) };
  } catch (error) {
    if (error instanceof Refused) {
      return failed(id, error.answer.status === 429 ? codes.ours : codes.invalidParams, error.message);
    }
    const facts = factsOf(error);
    forwarder.say('a call failed', { method: call.method, ...facts }, 'error');
    return failed(id, codes.ours, `${facts.why} Nothing was taken; send it again.`);
  }
};
