/**
 * Why the service can't start, in words for whoever starts it: what is in the way, and what to do. Holds no secret. `code` is
 * Node's for it, if there is one.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}
