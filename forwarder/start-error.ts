/** Why the service can't start, in words for whoever starts it: what is in the way, and what to do. Holds no secret. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
