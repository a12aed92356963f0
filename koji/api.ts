import type * as z from 'zod';
import { call } from '../boundary/call.ts';
import { failureByRow } from '../boundary/error-table.ts';
import { hostFromEnvironment, redirectedTwin } from '../boundary/host.ts';
import { jsonOf, type OutgoingRequest, type Reply, type Send } from '../boundary/send.ts';
import type { Property } from '../boundary/values.ts';
import {
  ALREADY_GONE,
  KOJI_API_URL,
  KOJI_API_URL_VARIABLE,
  paths,
  permissions,
  subscriptionBody,
  type WireInterview,
  wireInterview,
  wireSubscription,
} from './contract.ts';
import { kojiFindings, type Labels } from './errors.ts';
import { isFromKoji, kojiFailure, webhookFailure } from './failures.ts';
import { anonymized, holdsAnalysis, type Interview, toInterview } from './interview.ts';
import { structuredAnswers } from './structured-answers.ts';

/**
 * A way to Koji: `send` adds the API key and is the only thing here that touches the network; `now` counts milliseconds, and
 * is never set back. `labels` are the platform's own words for errors.
 */
export type Koji = { send: Send; url: string; now: () => number; labels?: Labels | undefined };

/** Koji's API address, unless the environment names another. Throws when that one is neither https nor loopback. */
export const kojiUrl = (environment: Record<string, string | undefined>): string =>
  hostFromEnvironment(environment, KOJI_API_URL_VARIABLE, KOJI_API_URL);

const TIMEOUT_MILLISECONDS = 10_000;

/**
 * Makes one request, and once more where Koji says that it lives under its host's other name (with or without `www.`); the
 * time is for both. Throws a `VendorFailure` when no answer came; the caller judges the status.
 */
export const callKoji = async (
  koji: Koji,
  method: OutgoingRequest['method'],
  path: string,
  { body, timeoutMilliseconds = TIMEOUT_MILLISECONDS }: { body?: object; timeoutMilliseconds?: number } = {},
): Promise<Reply> => {
  const deadline = koji.now() + timeoutMilliseconds;
  const attempt = (url: string): Promise<Reply> =>
    call('Koji', koji.send, {
      method,
      url,
      headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      timeoutMilliseconds: Math.max(1, Math.floor(deadline - koji.now())),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const url = `${koji.url}${path}`;
  const reply = await attempt(url);
  const moved = isRedirect(reply) ? redirectedTwin(url, reply.header('location')) : null;
  return moved === null ? reply : attempt(moved);
};

const isRedirect = ({ status }: Reply): boolean => status >= 300 && status < 400;
const isSuccess = ({ status }: Reply): boolean => status >= 200 && status < 300;

const dataOr = <Schema extends z.ZodType>(reply: Reply, schema: Schema, failure: () => Error): z.infer<Schema> => {
  const parsed = schema.safeParse(jsonOf(reply.body));
  if (!isSuccess(reply) || !parsed.success) throw failure();
  return parsed.data;
};

/** The answer's data, or the failure that the answer stands for. */
export const dataOf = <Schema extends z.ZodType>(
  { labels }: Koji,
  reply: Reply,
  schema: Schema,
  permission: string,
): z.infer<Schema> => dataOr(reply, schema, () => kojiFailure(reply, permission, labels));

/**
 * Texts that no id can be, because in a path they would address something else: an empty text, `.` and `..`, slashes
 * (servers may decode them before they route), and halves of a surrogate pair.
 */
const NOT_AN_ID = /^\.{0,2}$|[/\\\p{Surrogate}]/u;
/** Whether Koji can be asked for an id. */
export const canBeId = (text: string): boolean => !NOT_AN_ID.test(text);

/** What Koji answers for an interview, whosever it is; null when it has none. */
const answerFor = async (koji: Koji, interviewId: string): Promise<WireInterview | null> => {
  if (!canBeId(interviewId)) return null;
  const reply = await callKoji(koji, 'GET', paths.interview(interviewId));
  // Any host answers 404. Only an error code of Koji's shows that Koji has no such interview.
  if (ALREADY_GONE.has(reply.status) && isFromKoji(reply)) return null;
  return dataOf(koji, reply, wireInterview, permissions.read);
};

const wireOf = async (koji: Koji, interviewId: string): Promise<WireInterview | null> => {
  const wire = await answerFor(koji, interviewId);
  // What another person said must not come through, whatever Koji gave.
  return wire?.interview_id === interviewId ? wire : null;
};

/** One interview, analyzed or not; null when Koji has none of this id in the key's project. Throws a `VendorFailure`. */
export const getInterview = async (koji: Koji, interviewId: string): Promise<Interview | null> => {
  const wire = await wireOf(koji, interviewId);
  return wire === null ? null : toInterview(wire);
};

/**
 * The interview that a delivery names by its id alone; null when Koji has none. The delivery is the news of the analysis,
 * so anything of it shows that it is there, whatever the status is called; a flag on the delivery counts, too. Throws a
 * `VendorFailure`, of kind `retry` where the delivery was ahead of the analysis, or Koji gave another interview: no other
 * delivery may come.
 */
export const getToldInterview = async (
  koji: Koji,
  { interviewId, isAnonymous }: { interviewId: string; isAnonymous: boolean },
): Promise<Interview | null> => {
  const wire = await answerFor(koji, interviewId);
  if (wire === null) return null;
  const interview = toInterview(wire);
  const isThere = wire.interview_id === interviewId && (interview.is_analyzed || holdsAnalysis(interview));
  if (!isThere) throw failureByRow('Koji', kojiFindings.notAnalyzedYet);
  const told = { ...interview, is_analyzed: true };
  return isAnonymous ? anonymized(told) : told;
};

/** The same for whoever can't ask again: throws a `VendorFailure` of kind `retry` as well where Koji has none. */
export const toldInterview = async (koji: Koji, told: Parameters<typeof getToldInterview>[1]): Promise<Interview> => {
  const interview = await getToldInterview(koji, told);
  if (interview !== null) return interview;
  throw failureByRow('Koji', kojiFindings.toldUnknown);
};

/** An interview, and its structured answers with the types that Koji gave them. */
export type AnsweredInterview = Interview & { structured_answers: Record<string, Property> };

/** The same with its structured answers. */
export const getAnsweredInterview = async (koji: Koji, interviewId: string): Promise<AnsweredInterview | null> => {
  const wire = await wireOf(koji, interviewId);
  return wire === null ? null : { ...toInterview(wire), structured_answers: structuredAnswers(wire.answers) };
};

/** A new webhook. `secret` is null when Koji gave none. */
export type Subscription = { id: string; secret: string | null };

/**
 * Has Koji send analyzed interviews to `url`. Throws a `VendorFailure`; where the plan or the API has no
 * webhooks, `instead` says what to use.
 */
export const subscribe = async (koji: Koji, url: string, instead: string): Promise<Subscription> => {
  const reply = await callKoji(koji, 'POST', paths.webhooks, { body: subscriptionBody(url) });
  const { id, secret } = dataOr(reply, wireSubscription, () => webhookFailure(reply, instead));
  return { id, secret: secret || null };
};

/**
 * Ends a webhook. One that is already gone is a success, and so is an id that can't be one. Throws a
 * `VendorFailure`.
 */
export const unsubscribe = async (koji: Koji, webhookId: string): Promise<void> => {
  if (!canBeId(webhookId)) return;
  const reply = await callKoji(koji, 'DELETE', paths.webhook(webhookId));
  const done = isSuccess(reply) || ALREADY_GONE.has(reply.status);
  if (!done) throw kojiFailure(reply, permissions.webhooks);
};
