/** People from a reverse-ETL tool over JSON-RPC, with a result for each row: Activations (Census) and Hightouch. */
import { textOf } from '../body.ts';
import type { Forwarder } from '../forwarder.ts';
import { MOST } from '../intake.ts';
import { answerCall } from '../rpc/json-rpc.ts';
import { methods } from '../rpc/methods.ts';

/** Answers a call. Whatever JSON-RPC has words for is 200. */
export const hearCall = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const answer = await answerCall(forwarder, methods, await textOf(request, MOST));
  return answer === null ? new Response(null, { status: 204 }) : Response.json(answer);
};
