import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';

/** What Zapier does about an error (Z16). */
export type FailureKind = 'halted' | 'throttled' | 'expired' | 'errored';

export type Failure = {
  kind: FailureKind;
  /** The error's name, as core throws it: `HaltedError`, `AppError`, … */
  name: string;
  /** What the person reads, in full; Zapier shows the first 250 characters (Z5). */
  message: string;
  code: string | null;
  status: number | null;
  /** Of a ThrottledError that named one. */
  delaySeconds: number | null;
};

/** Thrown where a person waits for the answer: turning a Zap on or off, a test in the editor, `invoke`. */
export class InvocationFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = failure.name;
    this.failure = failure;
  }
}

const KINDS: Record<string, FailureKind> = {
  HaltedError: 'halted',
  ThrottledError: 'throttled',
  ExpiredAuthError: 'expired',
};

const thrown = z.object({ name: z.string().default('Error'), message: z.string().default('') });

/** AppError and ThrottledError carry their parts as JSON in the message (core/src/errors.js). */
const parts = z.object({
  message: z.string(),
  code: z.string().nullish(),
  status: z.number().nullish(),
  delay: z.number().nullish(),
});

/** Reads whatever the handler threw; an error's name is all that crosses over from Lambda. */
export const toFailure = (error: unknown): Failure => {
  const parsed = thrown.safeParse(error);
  const { name, message } = parsed.success ? parsed.data : { name: 'Error', message: String(error) };
  const detail = name === 'AppError' || name === 'ThrottledError' ? parts.safeParse(jsonOf(message)).data : undefined;
  return {
    kind: KINDS[name] ?? 'errored',
    name,
    message: detail?.message ?? message,
    code: detail?.code ?? null,
    status: detail?.status ?? null,
    delaySeconds: detail?.delay ?? null,
  };
};

/** Something that went wrong on Zapier's side of the app. */
export const errored = (name: string, message: string): Failure => ({
  kind: 'errored',
  name,
  message,
  code: null,
  status: null,
  delaySeconds: null,
});
