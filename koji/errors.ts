import { type FailureKind, quote, VendorFailure } from '../boundary/failure.ts';
import { jsonOf, type Reply, retryAfterSeconds } from '../boundary/send.ts';
import {
  ALREADY_GONE,
  errorCodes,
  MISSING_ENDPOINT,
  PLAN_CODE,
  permissions,
  REQUESTS_PER_MINUTE,
  WHERE_KEYS_ARE,
  wireError,
} from './contract.ts';

/** Koji's documented error body, or null when the answer came from something else (a proxy, a web page). */
export const kojiError = (reply: Reply) => wireError.safeParse(jsonOf(reply.body)).data ?? null;

/** What may be a code of Koji's, most of which are unseen: one word, where a host on the way has a sentence or nothing. */
export const CODE_PATTERN = '[A-Za-z][A-Za-z0-9_.:-]{0,63}';
const CODE = new RegExp(`^${CODE_PATTERN}$`);

/** Whether Koji itself answers. */
export const isKojis = (reply: Reply): boolean => CODE.test(kojiError(reply)?.error ?? '');

/** A code as Koji documents them, or the status; anything else may quote a key or a person. */
export const codeOf = (reply: Reply): string => {
  const code = kojiError(reply)?.error ?? '';
  return /^[a-z][a-z_-]{0,39}$/i.test(code) ? code : `http_${reply.status}`;
};

/** Statuses that say of Koji or the study, not of one person, that nobody can be started. */
const NO_STUDY = new Set([...MISSING_ENDPOINT, ...ALREADY_GONE]);

/** How long to leave Koji alone when it does not say: its documented limit counts by the minute. */
const PAUSE_SECONDS = 60;
const pauseOf = (reply: Reply): number => Math.max(1, retryAfterSeconds(reply) ?? PAUSE_SECONDS);

/**
 * The failure that an answer of Koji's stands for, one of four kinds, in words that say what to do next.
 * `permission` is the one that the request needed.
 */
export const kojiFailure = (reply: Reply, permission: string): VendorFailure => {
  const said = kojiError(reply);
  const words = quote(said?.message, `status ${reply.status}.`);
  const fail = (kind: FailureKind, message: string, waitSeconds?: number): VendorFailure =>
    new VendorFailure(message, {
      service: 'Koji',
      kind,
      code: codeOf(reply),
      status: reply.status,
      ...(waitSeconds === undefined ? {} : { waitSeconds }),
    });

  const { status } = reply;
  if (status === 401) {
    return fail(
      'connection',
      `Koji does not accept the API key: it is wrong or was revoked. Create or copy a key in Koji under ${WHERE_KEYS_ARE} and reconnect.`,
    );
  }
  if (status === 402 || (status === 403 && PLAN_CODE.test(said?.error ?? ''))) {
    return fail('connection', `Your Koji plan or credits do not allow this. Koji says: ${words}`);
  }
  if (status === 403 && said?.error === errorCodes.forbidden) {
    return fail(
      'connection',
      `The Koji API key lacks the permission ${permission}. Give it that permission in Koji, or connect a key that has it.`,
    );
  }
  if (status === 403) return fail('connection', `Koji refused this (403). Koji says: ${words}`);
  if (NO_STUDY.has(status) && permission === permissions.start && isKojis(reply)) {
    return fail(
      'connection',
      `Koji starts nobody with this API key (${status}). Koji says: ${words} Check that the key is your study's and that the study takes answers.`,
    );
  }
  if (ALREADY_GONE.has(status) && isKojis(reply)) {
    return fail('data', `Koji did not find this in the key's project (${status}). Koji says: ${words} Check the id.`);
  }
  if (status === 429) {
    return fail(
      'wait',
      `Koji takes ${REQUESTS_PER_MINUTE} requests a minute for each key, and this was one too many. It can run again in a minute.`,
      pauseOf(reply),
    );
  }
  if (status === 408 || status >= 500) {
    const overloaded = status === 503 ? pauseOf(reply) : undefined;
    return fail('retry', `Koji has a problem right now (${status}). Try again in a few minutes.`, overloaded);
  }
  if (status >= 300 && status < 400) {
    return fail(
      'connection',
      `Koji answered with a redirect (${status}), which is not followed because your API key would travel with it. Please report this to the makers of this integration.`,
    );
  }
  if (status >= 400 && isKojis(reply)) {
    return fail(status === 405 ? 'connection' : 'data', `Koji did not take this (${status}). Koji says: ${words}`);
  }
  return fail(
    'retry',
    `Koji answered ${status} with something that is not its usual data. Try again in a few minutes.`,
  );
};
