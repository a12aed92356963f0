import type * as z from 'zod';
import { quote, unreachable, VendorFailure } from '../boundary/failure.ts';
import { hostFromEnvironment } from '../boundary/host.ts';
import { jsonOf, type OutgoingRequest, type Reply, type Send } from '../boundary/send.ts';
import {
  ALREADY_GONE,
  ANALYSED_STATUS,
  errorCodes,
  KOJI_API_URL,
  KOJI_API_URL_VARIABLE,
  MISSING_ENDPOINT,
  paths,
  permissions,
  subscriptionBody,
  wireInterview,
  wireInterviewList,
  wireSubscription,
} from './contract.ts';
import { kojiError, kojiFailure } from './errors.ts';
import { type Interview, toInterview } from './interview.ts';

/** A way to Koji: `send` adds the API key and is the only thing here that touches the network. */
export type Koji = { send: Send; url: string };

/** Koji's API address, unless the environment names another (K1). Throws when that one is neither https nor loopback. */
export const kojiUrl = (environment: Record<string, string | undefined>): string =>
  hostFromEnvironment(environment, KOJI_API_URL_VARIABLE, KOJI_API_URL);

const TIMEOUT_MILLISECONDS = 10_000;

/** One call. Throws a {@link VendorFailure} only when no answer came; the status is the caller's to judge. */
export const callKoji = async (
  koji: Koji,
  method: OutgoingRequest['method'],
  path: string,
  { body, timeoutMilliseconds = TIMEOUT_MILLISECONDS }: { body?: object; timeoutMilliseconds?: number } = {},
): Promise<Reply> => {
  const request: OutgoingRequest = {
    method,
    url: `${koji.url}${path}`,
    headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
    timeoutMilliseconds,
  };
  try {
    return await koji.send(body ? { ...request, body: JSON.stringify(body) } : request);
  } catch {
    throw unreachable('Koji', new URL(koji.url).host);
  }
};

/** The answer's data, or the failure that the answer stands for. */
export const dataOf = <Schema extends z.ZodType>(reply: Reply, schema: Schema, permission: string): z.infer<Schema> => {
  if (reply.status < 200 || reply.status >= 300) throw kojiFailure(reply, permission);
  const parsed = schema.safeParse(jsonOf(reply.body));
  if (!parsed.success) throw kojiFailure(reply, permission);
  return parsed.data;
};

/** One interview (K12), analysed or not. Throws a {@link VendorFailure}; of an unknown id it is of kind `data`. */
export const getInterview = async (koji: Koji, interviewId: string): Promise<Interview> => {
  const reply = await callKoji(koji, 'GET', paths.interview(interviewId));
  return toInterview(dataOf(reply, wireInterview, permissions.read));
};

/**
 * The latest analysed interviews (K6), newest first; null where the API has no list (404, 405).
 * An entry that is no interview is left out.
 */
export const latestInterviews = async (koji: Koji, limit: number): Promise<Interview[] | null> => {
  const query = new URLSearchParams({ status: ANALYSED_STATUS, limit: String(limit) });
  const reply = await callKoji(koji, 'GET', `${paths.list}?${query}`);
  if (MISSING_ENDPOINT.has(reply.status)) return null;
  const { interviews } = dataOf(reply, wireInterviewList, permissions.read);
  return interviews.flatMap((entry) => {
    const interview = wireInterview.safeParse(entry);
    return interview.success ? [toInterview(interview.data)] : [];
  });
};

/** What Koji gives for a new webhook (K7): without a secret, `secret` is null. */
export type Subscription = { id: string; secret: string | null };

/**
 * Has Koji send analysed interviews to `url` (K7). Throws a {@link VendorFailure}; where the plan or the API has no
 * webhooks, `instead` says what to use.
 */
export const subscribe = async (koji: Koji, url: string, instead: string): Promise<Subscription> => {
  const reply = await callKoji(koji, 'POST', paths.webhooks, { body: subscriptionBody(url) });
  const code = kojiError(reply)?.error;
  if (
    MISSING_ENDPOINT.has(reply.status) ||
    reply.status === 402 ||
    (reply.status === 403 && code !== errorCodes.forbidden)
  ) {
    throw new VendorFailure(
      `Koji does not let this account add webhooks. Koji says: ${quote(kojiError(reply)?.message, `status ${reply.status}`)} ${instead}`,
      { service: 'Koji', kind: 'connection', code: code ?? `http_${reply.status}`, status: reply.status },
    );
  }
  const { id, secret } = dataOf(reply, wireSubscription, permissions.read);
  return { id, secret: secret || null };
};

/** Ends a webhook (K7). One that is already gone is a success. Throws a {@link VendorFailure}. */
export const unsubscribe = async (koji: Koji, webhookId: string): Promise<void> => {
  const reply = await callKoji(koji, 'DELETE', paths.webhook(webhookId));
  const done = (reply.status >= 200 && reply.status < 300) || ALREADY_GONE.has(reply.status);
  if (!done) throw kojiFailure(reply, permissions.read);
};
