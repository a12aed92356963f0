import { jsonOf } from '../boundary/send.ts';
import { ANALYSIS_READY_EVENT, VERIFICATION_EVENT, wireDelivery, wireInterview, withFlags } from './contract.ts';
import { type Interview, toInterview } from './interview.ts';

/** What a webhook delivery turns out to be once its signature has been verified. */
export type Delivery =
  | { kind: 'interview'; interview: Interview }
  /** Koji checks that the address answers. */
  | { kind: 'verification' }
  | { kind: 'other event'; event: string }
  | { kind: 'unreadable'; because: string };

/** Reads the raw bytes of a verified delivery. Throws nothing: the result says when they can't be read. */
export const readDelivery = (rawBody: string): Delivery => {
  if (rawBody.trim() === '') return { kind: 'verification' };
  const parsed = wireDelivery.safeParse(jsonOf(rawBody));
  if (!parsed.success) return { kind: 'unreadable', because: 'the body is not a JSON object' };
  const envelope = parsed.data;
  const event = envelope.event ?? envelope.type ?? 'without a name';
  if (event !== ANALYSIS_READY_EVENT) {
    return event === VERIFICATION_EVENT ? { kind: 'verification' } : { kind: 'other event', event };
  }
  const interview = wireInterview.safeParse(envelope.data ?? envelope);
  return interview.success
    ? { kind: 'interview', interview: toInterview(withFlags(interview.data, envelope), true) }
    : { kind: 'unreadable', because: `${ANALYSIS_READY_EVENT} came without an interview` };
};
