import type * as z from 'zod';
import { call } from '../boundary/call.ts';
import { jsonOf, type OpenDownload, type OutgoingRequest, type Reply, type Send } from '../boundary/send.ts';
import { restFailure } from './failures.ts';

/** A way to Amplitude's Basic-auth APIs: `send` adds the keys, `host` is the region's. */
export type AmplitudeRest = { send: Send; host: string };

/** The same with the means to read large files, and to tell whether an address holds a secret of the connection. */
export type AmplitudeFiles = AmplitudeRest & { download: OpenDownload; holdsSecret: (address: string) => boolean };

const TIMEOUT_MILLISECONDS = 10_000;

/** One call, with `form` as its form-encoded body. Throws a `VendorFailure` only when no answer came. */
export const callRest = async (
  { send, host }: AmplitudeRest,
  method: OutgoingRequest['method'],
  path: string,
  {
    form,
    timeoutMilliseconds = TIMEOUT_MILLISECONDS,
  }: { form?: Record<string, string>; timeoutMilliseconds?: number } = {},
): Promise<Reply> => {
  const request: OutgoingRequest = {
    method,
    url: `${host}${path}`,
    headers: {
      accept: 'application/json',
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    timeoutMilliseconds,
  };
  return call('Amplitude', send, form ? { ...request, body: new URLSearchParams(form).toString() } : request);
};

/** The answer's data, or the failure that the answer stands for (a `VendorFailure`). */
export const restData = <Schema extends z.ZodType>(reply: Reply, schema: Schema): z.infer<Schema> => {
  if (reply.status < 200 || reply.status >= 300) throw restFailure(reply);
  const parsed = schema.safeParse(jsonOf(reply.body));
  if (!parsed.success) throw restFailure(reply);
  return parsed.data;
};
