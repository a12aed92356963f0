/** What went wrong. The log says an error's name and code: its message may hold a person or a secret. */
import * as z from 'zod';

/** Postgres' SQLSTATE, such as 53100 for a full disk, or Node's own, such as ECONNREFUSED. */
const coded = z.object({ code: z.string().regex(/^[A-Z\d_]{1,40}$/) });

/**
 * What ended a call of a Durable Object has no code, but one of these marks; a mistake of ours has a name of its own
 * (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/).
 */
const MARKS = ['remote', 'retryable', 'overloaded', 'durableObjectReset'];
const isCloudflares = (error: unknown): boolean =>
  error instanceof Error && error.name === 'Error' && MARKS.some((mark) => mark in error);

export const faultOf = (error: unknown): { error: string; code?: string } => ({
  error: error instanceof Error ? error.name : 'unknown',
  ...(isCloudflares(error) ? { code: 'CLOUDFLARE' } : coded.safeParse(error).data),
});

/**
 * Why the service can't start, in words for whoever starts it: what is in the way, and what to do. Holds no secret. `code` is
 * Node's for it, if there is one.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** The queue can't be used; its message is Postgres' SQLSTATE or one of Node's codes, as it holds nothing else. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  // Its own, as pg-boss hands on what an error has of its own.
  readonly code = this.message;
}

/** What is wrong with the queue, by code. */
const reasons: [codes: RegExp, reason: string][] = [
  [/^(ENOSPC|53100)$/, 'its disk is full'],
  [/^(EROFS|EACCES|EPERM|25006|42501)$/, 'it can be read, but not written'],
  [/^(ENOENT|ENOTDIR|58P01)$/, 'its folder is gone'],
  [/^(EIO|58030|58P02)$/, 'its disk has a fault'],
  [/^EBUSY$/, 'another forwarder has its folder'],
  [/^XX00\d$/, 'it is damaged'],
  [/^(53300|57P0\d)$/, 'Postgres takes no connection'],
  [/^CLOUDFLARE$/, 'Cloudflare has a fault'],
  [/^(ETIMEDOUT|ECONN[A-Z]+|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN)$/, 'it does not answer'],
];

/** What is wrong with the queue; names no place and nobody. */
export const reasonOf = (error: unknown): string => {
  const { error: name, code = name } = faultOf(error);
  return reasons.find(([codes]) => codes.test(code))?.[1] ?? code;
};

/** Postgres has a code of five characters for each of its errors. What comes with no code of the queue's is a mistake of ours. */
const isOfQueue = (error: unknown): boolean => {
  const { code = '' } = faultOf(error);
  return error instanceof StoreFault || /^[A-Z\d]{5}$/.test(code) || reasons.some(([codes]) => codes.test(code));
};

/** What is wrong, as a sentence for whoever asks. */
const whyOf = (error: unknown): string =>
  isOfQueue(error)
    ? `The queue can not be used: ${reasonOf(error)}.`
    : 'This is a fault of the forwarder; its log says where.';

/** Where in the code an error was thrown, without its message. */
const placesOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  const lines = (error.stack ?? '').replace(error.message, '').split('\n');
  return lines.filter((line) => /^ +at /.test(line)).join('\n');
};

/** What is wrong, for the log; a mistake of ours with its place. */
export const factsOf = (error: unknown): { error: string; code?: string; why: string; stack?: string } => ({
  ...faultOf(error),
  why: whyOf(error),
  ...(isOfQueue(error) ? {} : { stack: placesOf(error) }),
});

/** The answer while the service can't do its work; it may be asked again in half a minute. */
export const unavailable = (message: string): Response =>
  Response.json({ error: 'unavailable', message }, { status: 503, headers: { 'retry-after': '30' } });

/** The answer to a request that an error ended. */
export const failed = (error: unknown): Response =>
  isOfQueue(error)
    ? unavailable(`${whyOf(error)} Send it again.`)
    : Response.json({ error: 'fault', message: `${whyOf(error)} Send it again.` }, { status: 500 });
