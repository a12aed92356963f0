import type * as z from 'zod';
import { jsonOf } from '../boundary/send.ts';
import {
  ANALYSIS_READY_EVENT,
  isFlagged,
  VERIFICATION_EVENT,
  type WireInterview,
  wireDelivery,
  wireInterview,
  withFlags,
} from './contract.ts';
import { type Interview, toInterview } from './interview.ts';

/** What a webhook delivery turns out to be. But for Koji's check of the address it counts once its signature is verified. */
export type Delivery =
  | { kind: 'interview'; interview: Interview }
  /** An interview that is to be read by its id. A flag counts, whatever the interview itself says later. */
  | { kind: 'id'; interviewId: string; isAnonymous: boolean }
  /** Koji checks that the address answers. */
  | { kind: 'verification' }
  | { kind: 'other event'; event: string }
  | { kind: 'unreadable'; because: string };

const envelopeOf = (rawBody: string) => wireDelivery.safeParse(jsonOf(rawBody)).data;
const eventOf = ({ event, type }: z.infer<typeof wireDelivery>): string => event ?? type ?? 'without a name';

/** In characters. Koji's check of an address brings no interview. */
const LONGEST_CHECK = 10_000;

/** Whether Koji checks that the address answers. Reads little, and no interview: without a signature it may be anybody. */
export const isVerification = (rawBody: string): boolean => {
  if (rawBody.length > LONGEST_CHECK) return false;
  if (rawBody.trim() === '') return true;
  const envelope = envelopeOf(rawBody);
  return envelope !== undefined && eventOf(envelope) === VERIFICATION_EVENT;
};

/**
 * Reads a delivery's raw bytes. One that lacks what decides whether an interview counts, and whose it is, is no more than its
 * id: Koji may say the rest when asked. Throws nothing: the result says when they can't be read.
 */
export const readDelivery = (rawBody: string): Delivery => {
  if (rawBody.trim() === '') return { kind: 'verification' };
  const envelope = envelopeOf(rawBody);
  if (envelope === undefined) return { kind: 'unreadable', because: 'the body is not a JSON object' };
  const event = eventOf(envelope);
  if (event === VERIFICATION_EVENT) return { kind: 'verification' };
  if (event !== ANALYSIS_READY_EVENT) return { kind: 'other event', event };
  // The id of a flat body is the delivery's own.
  const read = wireInterview.safeParse(envelope.data ?? { ...envelope, id: undefined });
  if (!read.success) return { kind: 'unreadable', because: `${ANALYSIS_READY_EVENT} came without an interview` };
  const wire = withFlags(read.data, envelope);
  const interview = toInterview(wire, true);
  return isWhole(wire, interview)
    ? { kind: 'interview', interview }
    : { kind: 'id', interviewId: interview.interview_id, isAnonymous: isFlagged(wire) };
};

/** A score alone is not the analysis, nor is what lacks one: Koji tells of it in an event of its own (K19). */
const isWhole = (wire: WireInterview, { quality_score, sentiment, themes, completed_at, analyzed_at }: Interview) =>
  quality_score !== null &&
  (sentiment !== null || themes.length > 0) &&
  (completed_at ?? analyzed_at) !== null &&
  (isFlagged(wire) || wire.respondent_email !== undefined);
