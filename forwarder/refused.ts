/** A request that is not done. Thrown where that is found out, and answered in words in one place: forwarder.ts. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly answer: Response;

  constructor(status: number, error: string, message: string, more: object = {}, headers: Record<string, string> = {}) {
    super(message);
    this.answer = Response.json({ error, message, ...more }, { status, headers });
  }
}
