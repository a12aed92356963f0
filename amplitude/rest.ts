import type * as z from 'zod';
import { call } from '../boundary/call.ts';
import { jsonOf, type OpenDownload, type OutgoingRequest, type Reply, type Send } from '../boundary/send.ts';
import { restFailure } from './failures.ts';

/** A way to Amplitude's Basic-auth APIs: `send` adds the keys, `host` is the region's. */
export type AmplitudeRest = { send: Send; host: string };

/** The same with the means to read large files, and to tell whether an address holds a secret of the connection. */
export type AmplitudeFiles = AmplitudeRest & { download: OpenDownload; holdsSecret: (address: string) => boolean };

const TIMEOUT_MILLISECONDS = 10_000;

/** What a call brings: form fields or JSON, whichever the endpoint takes. */
type Brings = { form?: Record<string, string> | undefined; json?: object; timeoutMilliseconds?: number | undefined };

const bodyOf = ({ form, json }: Brings): { type: string; body: string } | null => {
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(form).toString() };
  }
  return json === undefined ? null : { type: 'application/json', body: JSON.stringify(json) };
};

/** One call. Throws a `VendorFailure` only when no answer came. */
export const callRest = async (
  { send, host }: AmplitudeRest,
  method: OutgoingRequest['method'],
  path: string,
  brings: Brings = {},
): Promise<Reply> => {
  const content = bodyOf(brings);
  return call('Amplitude', send, {
    method,
    url: `${host}${path}`,
    headers: { accept: 'application/json', ...(content === null ? {} : { 'content-type': content.type }) },
    timeoutMilliseconds: brings.timeoutMilliseconds ?? TIMEOUT_MILLISECONDS,
    ...(content === null ? {} : { body: content.body }),
  });
};

/** The answer's data, or the failure that the answer stands for (a `VendorFailure`). */
export const restData = <Schema extends z.ZodType>(
  reply: Reply,
  schema: Schema,
  failureOf = restFailure,
): z.infer<Schema> => {
  if (reply.status < 200 || reply.status >= 300) throw failureOf(reply);
  const parsed = schema.safeParse(jsonOf(reply.body));
  if (!parsed.success) throw failureOf(reply);
  return parsed.data;
};
