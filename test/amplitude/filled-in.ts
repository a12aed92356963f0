import type { AmplitudeEvent } from '../../amplitude/ingestion.ts';
import {
  type Decision,
  type InterviewEventInput,
  interviewEventInput,
  interviewOf,
  toInterviewEvent,
} from '../../amplitude/interview-event.ts';
import { readInput } from '../../boundary/values.ts';

/** 2026-05-24T11:41:22Z, when the interview below was completed, and a minute later, when it is sent. */
export const COMPLETED = 1779622882000;
export const NOW = 1779622942000;

/** Send Interview Event as a person fills it in from the trigger's sample, with an interview id of their own. */
export const filledIn = {
  interview_id: 'int_77',
  completed_at: '2026-05-24T11:41:22.000Z',
  amplitude_user_id: 'user_10042',
  respondent_email: 'ada@example.com',
  is_anonymous: false,
  themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
  sentiment: 'negative',
  quality_score: 4,
  transcript_url: 'https://koji.so/interviews/int_77/transcript',
};

type Fields = Record<string, unknown>;

/** The step's input with some fields filled in otherwise; `undefined` leaves a field out. */
export const inputWith = (fields: Fields = {}): InterviewEventInput => {
  const given = Object.entries({ ...filledIn, ...fields }).filter(([, value]) => value !== undefined);
  return readInput('Amplitude', interviewEventInput, Object.fromEntries(given));
};

/** What becomes of the interview with some fields filled in otherwise. */
export const decide = (fields: Fields = {}, now = NOW): Decision => {
  const input = inputWith(fields);
  return toInterviewEvent(interviewOf(input), input, now);
};

/** The event that is written; an interview that is skipped fails the test. */
export const eventOf = (fields: Fields = {}, now = NOW): AmplitudeEvent => {
  const decision = decide(fields, now);
  if ('skipped' in decision) throw new Error(`The interview was skipped: ${decision.skipped}.`);
  return decision.event;
};

/** The user id an interview is written to, or the reason why it is not written. */
export const outcomeOf = (decision: Decision): string =>
  'skipped' in decision ? decision.skipped : decision.event.user_id;
