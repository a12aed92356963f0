import { jsonOf } from '../boundary/send.ts';
import { ANALYSIS_READY_EVENT, VERIFICATION_EVENT, wireDelivery, wireInterview, withFlags } from './contract.ts';
import { holdsAnalysis, type Interview, isFlagged, toInterview } from './interview.ts';

/** What a webhook delivery turns out to be. But for Koji's check of the address it counts once its signature is verified. */
export type Delivery =
  | { kind: 'interview'; interview: Interview }
  /** The interview's id and nothing of its analysis. A flag counts, whatever the interview itself says later. */
  | { kind: 'id'; interviewId: string; isAnonymous: boolean }
  /** Koji checks that the address answers. */
  | { kind: 'verification' }
  | { kind: 'other event'; event: string }
  | { kind: 'unreadable'; because: string };

/** Reads a delivery's raw bytes. Throws nothing: the result says when they can't be read. */
export const readDelivery = (rawBody: string): Delivery => {
  if (rawBody.trim() === '') return { kind: 'verification' };
  const parsed = wireDelivery.safeParse(jsonOf(rawBody));
  if (!parsed.success) return { kind: 'unreadable', because: 'the body is not a JSON object' };
  const envelope = parsed.data;
  const event = envelope.event ?? envelope.type ?? 'without a name';
  if (event !== ANALYSIS_READY_EVENT) {
    return event === VERIFICATION_EVENT ? { kind: 'verification' } : { kind: 'other event', event };
  }
  const read = wireInterview.safeParse(envelope.data ?? envelope);
  if (!read.success) return { kind: 'unreadable', because: `${ANALYSIS_READY_EVENT} came without an interview` };
  const wire = withFlags(read.data, envelope);
  const interview = toInterview(wire, true);
  return holdsAnalysis(interview)
    ? { kind: 'interview', interview }
    : { kind: 'id', interviewId: interview.interview_id, isAnonymous: isFlagged(wire) };
};
