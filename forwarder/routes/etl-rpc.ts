/** People from a reverse-ETL tool over JSON-RPC, with a result for each row: Activations (Census) and Hightouch. */
import * as z from 'zod';
import { textOf } from '../body.ts';
import type { Forwarder } from '../forwarder.ts';
import { MOST } from '../intake.ts';
import * as activations from '../rpc/activations.ts';
import * as hightouch from '../rpc/hightouch.ts';
import { answerCall, type Method } from '../rpc/json-rpc.ts';
import { OBJECT } from '../rpc/respondent.ts';

/** One object, with the keys that each of the two tools looks for. */
const objects = [
  {
    object_api_name: OBJECT,
    label: 'Koji respondent',
    can_create_fields: 'on_write',
    id: OBJECT,
    description: 'Somebody to interview.',
  },
];
const namesAnObject = z.object({ object: z.looseObject({ object_api_name: z.string() }) });

const methods: Record<string, Method> = {
  list_objects: () => ({ objects }),
  list_fields: (_forwarder, params) =>
    namesAnObject.safeParse(params).success ? activations.listFields() : hightouch.listFields(),
  ...activations.activationsMethods,
  ...hightouch.hightouchMethods,
};

/** Answers a call. Whatever JSON-RPC has words for is 200. */
export const hearCall = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const answer = await answerCall(forwarder, methods, await textOf(request, MOST));
  return answer === null ? new Response(null, { status: 204 }) : Response.json(answer);
};
