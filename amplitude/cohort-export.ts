/**
 * Exports of a cohort's members, which Amplitude prepares in 30 to 60 seconds and counts to 500 a month (A12).
 */
import * as z from 'zod';
import { DAY, HOUR, MINUTE } from '../boundary/durations.ts';
import { rowFor } from '../boundary/error-table.ts';
import type { VendorFailure } from '../boundary/failure.ts';
import { jsonOf, type Reply } from '../boundary/send.ts';
import { momentOf, number, text } from '../boundary/values.ts';
import { amplitudeFindings, exportErrors, noCohort } from './errors.ts';
import { amplitudeFailure, restFacts, restFailure } from './failures.ts';
import { paths } from './hosts.ts';
import { type AmplitudeRest, callRest, restData } from './rest.ts';

/** Amplitude's limits for exports (A16). */
export const EXPORTS_A_MONTH = 500;
export const MOST_EXPORTED = 2_000_000;

/** What is remembered of an export; moments in milliseconds. Members are never in it. */
export const exportJob = z.object({
  request_id: z.string(),
  cohort_computed_at: z.string().nullable(),
  requested_at: z.number(),
  /** When its members were first handed on; null until then. */
  delivered_at: z.number().nullable(),
  /** When each Zap first read it, by the Zap's id. */
  read_by: z.record(z.string(), z.number()).default({}),
  failed: z.boolean(),
});
export type ExportJob = z.infer<typeof exportJob>;

/** Why members are read: a poll looks for new ones, a Zap that is turned on for all, the editor for some to show. */
export type Purpose = 'poll' | 'turn on' | 'sample';

export const periods = {
  /** "The API request link is valid for seven days" (A13). */
  link: 7 * DAY,
  /** An export that is not ready after this has failed; they take about a minute. */
  givenUp: HOUR,
  /** For so long the same members are given again, because the answer may have been lost. */
  repeated: 30 * MINUTE,
  /** After an export that failed, a person who waits may ask for another this soon. */
  patience: MINUTE,
  /** What a file may lack of those who entered since, where it says who is in the cohort as a Zap is turned on. */
  fresh: HOUR,
} as const;

/** What decides about the next export, after the last one. `everyHours`: the shortest time between two exports, unless a person waits. */
type Situation = {
  job: ExportJob;
  computedAt: string | null;
  purpose: Purpose;
  everyHours: number;
  /** Who asks: each Zap reads an export, however long after another one. */
  reader: string;
};

/** What to do next: ask for an export, go on with the one there is, or nothing. */
export const nextStep = (
  { job, computedAt, purpose, everyHours, reader }: Situation,
  now: number,
): 'request' | 'resume' | 'nothing' => {
  // One from the future was asked for before the clock was set back.
  const age = Math.abs(now - job.requested_at);
  const isDue = age >= everyHours * HOUR;
  if (age >= periods.link) return 'request';
  if (job.failed || (job.delivered_at === null && age >= periods.givenUp)) {
    return isDue || (purpose !== 'poll' && age >= periods.patience) ? 'request' : 'nothing';
  }
  // Never a second export while one is pending; and anybody's file will do to show what one looks like.
  if (job.delivered_at === null || purpose === 'sample') return 'resume';
  const isCurrent = computedAt !== null && job.cohort_computed_at === computedAt;
  if (!isCurrent && (isDue || (purpose === 'turn on' && age >= periods.fresh))) return 'request';
  if (purpose === 'turn on') return 'resume';
  const { [reader]: readAt = now } = job.read_by;
  return now - readAt < periods.repeated ? 'resume' : 'nothing';
};

/** How many exports are left of how many, and until when they have to last. */
type Usage = { limit: number; remaining: number; resetsAt: number | null };

/** A reset further away than a month was misread. */
const LONGEST_PERIOD = 32 * DAY;

/** Where no reset is said that can be right, the month is taken to end with the calendar's, in UTC (assumed). */
const resetAfter = (now: number, said: number | null): number => {
  const resetsAt = said ?? 0;
  if (resetsAt > now && resetsAt <= now + LONGEST_PERIOD) return resetsAt;
  const today = new Date(now);
  return Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1);
};

/** A month before a moment: since when the quota counts (A16). */
const monthBefore = (moment: number): number => {
  const day = new Date(moment);
  return day.setUTCMonth(day.getUTCMonth() - 1);
};

/**
 * When the quota allows an export, so that what is left lasts to the reset, because other Zaps and tools take from it,
 * too. After a remembered export the rest of the time is shared out evenly. Where none is remembered (null), or one from
 * before the clock was set back, the share that is left may be no smaller than the share of the month that is. Moments in
 * milliseconds; null: not before the reset.
 */
export const allowedAt = (usage: Usage, lastRequestedAt: number | null, now: number): number | null => {
  const { limit, remaining } = usage;
  if (remaining <= 0) return null;
  const resetsAt = resetAfter(now, usage.resetsAt);
  if (lastRequestedAt !== null && lastRequestedAt <= now) return lastRequestedAt + (resetsAt - now) / remaining;
  return resetsAt - (remaining / limit) * (resetsAt - monthBefore(resetsAt));
};

const count = number.pipe(z.int().nonnegative());

/** Two shapes were seen: `rest_download.{limit,usage,resets_at}`, and `{limit,count}` (A11). */
const wireUsage = z
  .object({
    limit: count,
    usage: count.optional(),
    count: count.optional(),
    resets_at: z.unknown().optional().transform(momentOf),
  })
  .transform(({ limit, usage, count, resets_at }): Usage | null => {
    const used = usage ?? count;
    return used === undefined ? null : { limit, remaining: limit - used, resetsAt: resets_at };
  });
const anObject = z.record(z.string(), z.unknown());

const SHORT = { timeoutMilliseconds: 3_000 } as const;

/** How much of the quota is left; null where Amplitude does not say, which holds nothing up. */
export const exportUsage = async (amplitude: AmplitudeRest): Promise<Usage | null> => {
  try {
    const reply = await callRest(amplitude, 'GET', paths.exportUsage, SHORT);
    if (reply.status !== 200) return null;
    const body = anObject.parse(jsonOf(reply.body));
    const places = [body, ...Object.values(body)].flatMap((place) => {
      const { success, data } = anObject.safeParse(place);
      return success ? [data.rest_download, data] : [];
    });
    return places.map((place) => wireUsage.safeParse(place).data).find((usage) => usage != null) ?? null;
  } catch {
    return null;
  }
};

/** The failure where a cohort is not there. */
export const cohortGone = (): VendorFailure => amplitudeFailure(noCohort);

/** The failure where the list lacks a cohort that it may have again at the next poll. */
export const cohortNotListed = (): VendorFailure => amplitudeFailure(amplitudeFindings.notListed);

/** Whether it has the form of Amplitude's errors; any host on the way may answer that something is not there (A28). */
const isFromAmplitude = (reply: Reply): boolean => restFacts(reply).itself === true;

const wireRequest = z.object({ request_id: text.refine((id) => id.isWellFormed()) });

/** Asks for an export, which counts to the quota; gives its id. Throws a `VendorFailure`. */
export const requestExport = async (
  amplitude: AmplitudeRest,
  cohortId: string,
  properties: string[],
): Promise<string> => {
  // The key is repeated; with brackets, as many libraries write it, Amplitude gives no properties (A12).
  const query = new URLSearchParams({ props: '1' });
  for (const name of properties) query.append('propKeys', name);
  const reply = await callRest(amplitude, 'GET', `${paths.exportRequest(cohortId)}?${query}`);
  const facts = { status: reply.status, itself: isFromAmplitude(reply) };
  const row = rowFor(exportErrors, facts);
  if (row !== undefined) throw amplitudeFailure(row, { exports: String(EXPORTS_A_MONTH) }, facts);
  return restData(reply, wireRequest).request_id;
};

const wireStatus = z.object({ async_status: z.string() });
const NOT_THERE = new Set([400, 404, 410]);

/** Whether Amplitude itself says that an export or its file is not there. */
export const isGone = (reply: Reply): boolean => NOT_THERE.has(reply.status) && isFromAmplitude(reply);

/** How far an export is: 202 while it runs, 200 when it is ready. A `VendorFailure` says that the answer does not tell. */
export const exportStatus = async (
  amplitude: AmplitudeRest,
  requestId: string,
): Promise<'running' | 'ready' | 'failed'> => {
  const reply = await callRest(amplitude, 'GET', paths.exportStatus(requestId), SHORT);
  if (isGone(reply)) return 'failed';
  if (reply.status !== 200 && reply.status !== 202) throw restFailure(reply);
  const { async_status } = restData(reply, wireStatus);
  if (/fail|error|cancel/i.test(async_status)) return 'failed';
  return reply.status === 200 && /complete/i.test(async_status) ? 'ready' : 'running';
};
