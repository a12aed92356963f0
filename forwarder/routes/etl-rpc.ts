/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification), one call a request: no tool here sends more at once. */
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import { textOf } from '../body.ts';
import { factsOf } from '../fault.ts';
import type { Forwarder } from '../forwarder.ts';
import { MOST } from '../intake.ts';
import { Refused } from '../refused.ts';
import { idOf, idSchema, methods } from '../rpc/methods.ts';

/** The specification's numbers for what went wrong. */
const codes = {
  notJson: -32_700,
  invalidRequest: -32_600,
  unknownMethod: -32_601,
  invalidParams: -32_602,
  ours: -32_603,
};

const callSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: idSchema.nullish(),
  method: z.string(),
  params: z.unknown().optional(),
});

const failed = (id: ReturnType<typeof idOf>, code: number, message: string): Response =>
  Response.json({ jsonrpc: '2.0', id, error: { code, message } });

/** Answers a call. Whatever JSON-RPC has words for is 200. */
export const hearCall = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const json = jsonOf(await textOf(request, MOST));
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
  // A notification gets no answer: nobody would hear what became of its rows, so nothing is done.
  if (id === undefined) return new Response(null, { status: 204 });
  const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
  if (method === undefined) {
    return failed(id, codes.unknownMethod, `There is no such method. Known are ${Object.keys(methods).join(', ')}.`);
  }
  try {
    return Response.json({ jsonrpc: '2.0', id, result: await method(forwarder, call.params) });
  } catch (error) {
    if (error instanceof Refused) {
      return failed(id, error.answer.status === 429 ? codes.ours : codes.invalidParams, error.message);
    }
    const facts = factsOf(error);
    forwarder.say('a call failed', { method: call.method, ...facts }, 'error');
    return failed(id, codes.ours, `${facts.why} Nothing was taken; send it again.`);
  }
};
