import type * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { Answer, Call } from '../server.ts';

/** Documented error body: `{"error": "<code>", "message": "<text>"}`. */
export const refuse = (
  status: number,
  error: string,
  message: string,
  headers: Record<string, string> = {},
): Exclude<Answer, 'hang'> => ({ status, headers, body: { error, message } });

/** 404 is documented, its code is not. */
export const notFound = (what: string): Answer => refuse(404, 'not_found', `${what} was not found.`);

export const methodNotAllowed = (call: Call): Answer =>
  refuse(405, 'method_not_allowed', `${call.method} is not allowed here.`);

type Read<Body> = { ok: true; body: Body } | { ok: false; answer: Answer };

/**
 * Reads a JSON body. 400 and 422 are documented, their codes are not: a body that is no JSON is answered 400, one of
 * the wrong shape `invalidStatus`.
 */
export const readBody = <Body>(call: Call, schema: z.ZodType<Body>, invalidStatus: 400 | 422): Read<Body> => {
  if (!/^application\/json\b/i.test(call.headers['content-type'] ?? '')) {
    return { ok: false, answer: refuse(400, 'invalid_request', 'Content-Type must be application/json.') };
  }
  const json = jsonOf(call.body);
  if (json === undefined) return { ok: false, answer: refuse(400, 'invalid_request', 'The body is not JSON.') };
  const parsed = schema.safeParse(json);
  if (!parsed.success) return { ok: false, answer: invalid(parsed.error, invalidStatus) };
  return { ok: true, body: parsed.data };
};

/** The answer to input of the wrong shape; its message names each field. */
export const invalid = (error: z.ZodError, status: 400 | 422): Answer =>
  refuse(
    status,
    'validation_error',
    error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '),
  );
