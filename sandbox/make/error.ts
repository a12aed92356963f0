import * as z from 'zod';
import type { ErrorType } from '../../make/language/format.ts';

/** `BundleValidationError` is Make's own: a form's value that does not fit, before any request (M13). */
type MakeErrorType = ErrorType | 'BundleValidationError';

/** Make's own type for a status that an app says nothing of (M16). */
export const defaultErrorType = (status: number): MakeErrorType => {
  if (status === 429) return 'RateLimitError';
  return status >= 500 ? 'ConnectionError' : 'RuntimeError';
};

/** What the user of a scenario would see fail, in Make's words for the kind of it. */
export class MakeError extends Error {
  readonly type: MakeErrorType;

  constructor(type: MakeErrorType, message: string) {
    super(message);
    this.name = 'MakeError';
    this.type = type;
  }
}

/** What `fetch` rejects with when no answer comes, or not the whole of it, or none in time. */
const noAnswer = z.object({ name: z.enum(['TypeError', 'TimeoutError', 'AbortError']) });

/** For what `http` rejects with: a service that does not answer is a ConnectionError, anything else a fault of ours. */
export const throwUnanswered = (error: unknown): never => {
  if (noAnswer.safeParse(error).success) throw new MakeError('ConnectionError', 'The service could not be reached.');
  throw error;
};

/**
 * The app uses something that this runner does not know, or that docs/facts leaves open in a way that matters. Nothing
 * is guessed: write the app so that it does not depend on it, or teach the runner and say from where it is known.
 */
export class UnknownToRunner extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnknownToRunner';
  }
}

/** A secret would stand readable in Make's log of a request: name its path in `log.sanitize` (M22). */
export class SecretInLog extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SecretInLog';
  }
}
