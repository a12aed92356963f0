import type { Verification } from '../koji/signature.ts';

/** What it mostly comes from that a delivery's signature is not valid. */
export const signatureReasons: Record<Exclude<Verification, 'valid'>, string> = {
  wrong: 'KOJI_WEBHOOK_SECRET is not what Koji signs with, or it was not Koji.',
  missing: 'It came without a signature, so it was not Koji.',
  malformed: 'Its signature is of no form that Koji has, so it was not Koji.',
  stale: "It was signed more than five minutes before or after this machine's clock.",
};

/** A request that is not done. Thrown where that is found out, and answered in words in one place: forwarder.ts. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly answer: Response;

  constructor(status: number, error: string, message: string, more: object = {}, headers: Record<string, string> = {}) {
    super(message);
    this.answer = Response.json({ error, message, ...more }, { status, headers });
  }
}
