/** What Amplitude answered, read for the tables of amplitude/errors.ts. */
import * as z from 'zod';
import { type ErrorRow, type Facts, failureByRow, failureFrom, type Gaps, rowFor } from '../boundary/error-table.ts';
import { quote, type VendorFailure } from '../boundary/failure.ts';
import { isOfAnApi, jsonOf, type Reply, retryAfterSeconds } from '../boundary/send.ts';
import { number } from '../boundary/values.ts';
import {
  annotationErrors,
  type Labels,
  labels,
  restErrors,
  SAYS_NOTHING,
  taxonomyErrors,
  uploadErrors,
} from './errors.ts';

const perKey = z.record(z.string(), z.unknown()).optional().catch(undefined);
const list = z.array(z.unknown()).optional().catch(undefined);

/** The body of an answer to an upload (A7, and of the daily quota A9); without a code it is not Amplitude's own. */
const uploadBody = z.object({
  code: number.optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  missing_field: z.string().nullish().catch(undefined),
  events_ingested: z.number().optional().catch(undefined),
  events_with_invalid_fields: perKey,
  events_with_missing_fields: perKey,
  events_with_invalid_id_lengths: perKey,
  exceeded_daily_quota_users: perKey,
  exceeded_daily_quota_devices: perKey,
  silenced_devices: list,
  silenced_events: list,
});
type UploadBody = z.infer<typeof uploadBody>;

/** Basic-auth APIs: `{"error":{"http_code":403,"metadata":{"details":"…"}}}` (A17). */
const details = z.object({ metadata: z.object({ details: z.string() }) }).transform(({ metadata }) => metadata.details);
const restBody = z.object({ error: details });
/** Those of version 3 also say `{"error":"…"}` (A25), as any host on the way may. */
const version3Body = z.object({ error: z.union([z.string(), details]) });

/** The failure that a row of Amplitude's stands for. */
export const amplitudeFailure = (row: ErrorRow, gaps: Gaps = {}, facts?: Facts): VendorFailure =>
  failureByRow('Amplitude', row, { ...labels, ...gaps }, facts);

const partsOf = (body: UploadBody): string[] =>
  Object.entries(body)
    .filter(([, part]) => typeof part === 'object' && part !== null && Object.keys(part).length > 0)
    .map(([name]) => name);

const fieldsOf = (body: UploadBody): string => {
  const names = [
    ...(body.missing_field ? [body.missing_field] : []),
    ...Object.keys(body.events_with_invalid_fields ?? {}),
    ...Object.keys(body.events_with_missing_fields ?? {}),
  ];
  return names.length > 0 ? ` (${quote(names.join(', '), '')})` : '';
};

const uploadBodyOf = (reply: Reply): UploadBody | undefined => uploadBody.safeParse(jsonOf(reply.body)).data;

/** What the rows for an upload are chosen by: a success may hold a refusal. */
export const uploadFacts = (reply: Reply): Facts => {
  const body = uploadBodyOf(reply);
  return {
    status: reply.status === 200 && body?.code !== undefined ? body.code : reply.status,
    itself: body?.code !== undefined,
    words: body?.error,
    holds: partsOf(body ?? {}),
    misses: body?.missing_field ?? undefined,
    retryAfterSeconds: retryAfterSeconds(reply),
  };
};

/**
 * How many events an upload took in. Status and body must both say 200. Throws the failure that any other answer stands
 * for, in the words of `names`; its text never quotes a key, though Amplitude's own do.
 */
export const readUpload = (reply: Reply, names: Labels = {}): { eventsIngested: number } => {
  const body = uploadBodyOf(reply) ?? {};
  if (reply.status === 200 && body.code === 200) return { eventsIngested: body.events_ingested ?? 0 };
  const gaps = { ...labels, ...names, said: quote(body.error, SAYS_NOTHING), fields: fieldsOf(body) };
  throw failureFrom('Amplitude', uploadErrors, uploadFacts(reply), gaps);
};

const detailsOf = (reply: Reply): string | undefined => restBody.safeParse(jsonOf(reply.body)).data?.error;

/** What the rows for the Basic-auth APIs are chosen by. */
export const restFacts = (reply: Reply, words = detailsOf(reply)): Facts => ({
  status: reply.status,
  itself: words !== undefined,
  words,
  retryAfterSeconds: retryAfterSeconds(reply),
});

const failureSaying = (reply: Reply, words: string | undefined): VendorFailure =>
  failureFrom('Amplitude', restErrors, restFacts(reply, words), { ...labels, said: quote(words, SAYS_NOTHING) });

/** The failure that an answer of the Basic-auth APIs stands for. */
export const restFailure = (reply: Reply): VendorFailure => failureSaying(reply, detailsOf(reply));

const sentenceOf = (reply: Reply): string | undefined => version3Body.safeParse(jsonOf(reply.body)).data?.error;

/** The same of version 3. */
export const version3Failure = (reply: Reply): VendorFailure => failureSaying(reply, sentenceOf(reply));

/** What rows are chosen by where all that an API may send counts as Amplitude's own. */
export const apiFacts = (reply: Reply): Facts => ({ status: reply.status, itself: isOfAnApi(reply) });

const problemBody = z.object({ success: z.literal(false), errors: z.array(z.object({ message: z.string() })).min(1) });

/** Amplitude's own words for what is wrong with a request about the tracking plan; null when it gave none. */
export const problemOf = (reply: Reply): string | null =>
  problemBody
    .safeParse(jsonOf(reply.body))
    .data?.errors.map(({ message }) => message)
    .join(' ') ?? null;

/** What the rows for a tracking plan are chosen by. */
export const taxonomyFacts = (reply: Reply): Facts => ({
  status: reply.status,
  itself: problemOf(reply) !== null,
  words: reply.body,
});

/** What both reading a tracking plan and adding to it can meet; null when it is neither. `what` was asked for. */
export const taxonomyFailure = (reply: Reply, what: string): VendorFailure | null => {
  const facts = taxonomyFacts(reply);
  const row = rowFor(taxonomyErrors, facts);
  const gaps = { what, said: quote(problemOf(reply), SAYS_NOTHING) };
  return row === undefined ? null : amplitudeFailure(row, gaps, facts);
};

const [, ...whereNoChartIsNamed] = annotationErrors;

/** What drawing on charts can meet; null when it is none of it. `what` was asked for. */
export const annotationFailure = (reply: Reply, what: string, namesChart: boolean): VendorFailure | null => {
  const facts = apiFacts(reply);
  const row = rowFor(namesChart ? annotationErrors : whereNoChartIsNamed, facts);
  const gaps = { what, said: quote(sentenceOf(reply), SAYS_NOTHING) };
  return row === undefined ? null : amplitudeFailure(row, gaps, facts);
};
