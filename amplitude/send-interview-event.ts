import * as z from 'zod';
import { fill } from '../boundary/error-table.ts';
import { labels } from './errors.ts';
import { type AmplitudeIngestion, type Timing, writeEvent } from './ingestion.ts';
import {
  DEFAULT_EVENT_TYPE,
  type Decision,
  type FinishedInterview,
  type InterviewEventInput,
  insertIdOf,
  interviewToWrite,
  isOtherThanEmail,
  isReadFromKoji,
  placeholdersIn,
  type ReadInterview,
  type SkipReason,
  skipReasons,
  toInterviewEvent,
  unreachedReasons,
  type WriteRules,
} from './interview-event.ts';

/** What sending an interview's event gives; every key is there on a skip as well. */
export const sentEventSchema = z.object({
  id: z.string().meta({ title: 'Event ID' }),
  status: z.enum(['written', 'skipped']),
  reason: z.string().nullable(),
  reason_text: z.string().nullable().meta({ title: 'Reason in Words' }),
  event_type: z.string(),
  user_id: z.string().nullable(),
  identified_by: z.enum(['id', 'email']).nullable(),
  event_time: z.iso.datetime().nullable(),
  user_properties_updated: z.boolean(),
  events_ingested: z.int(),
});
type SentEvent = z.infer<typeof sentEventSchema>;

export const NOT_COUNTED = 'Amplitude took the request without counting an event; it may have had this one before.';

/** What people read where something else was filled in for the email; its gap is a label of amplitude/errors.ts. */
export const NO_EMAIL_GIVEN =
  '{field:respondent_email} was left out, because it holds no email address: map it from the interview.';

/** What people read where there were no answers to include. */
const ANSWERS_NOT_READ =
  'Include Answers put nothing on the event, because nothing is read from Koji with Completed At or Quality Score filled in: leave both empty.';

/** How it is looked up what a person has: `lastInterviewAt`, where there is a key for it. */
export type LookUp = (userId: string) => Promise<number | null | undefined>;

/** `toInterviewEvent`, with a look at what the person has, where it is worth one. */
export const toLastInterviewEvent = async (
  interview: FinishedInterview,
  rules: WriteRules,
  lookUp: LookUp | null,
  now: number,
): Promise<Decision> => {
  const unseen = toInterviewEvent(interview, rules, now);
  if (lookUp === null || 'skipped' in unseen || !unseen.isWorthALook) return unseen;
  return toInterviewEvent(interview, rules, now, await lookUp(unseen.event.user_id));
};

/** Where the step looks beside its form: how Koji's interview is read, and what the person has. */
type Sources = { read: ReadInterview; lookUp: LookUp | null };

/**
 * Writes an interview to Amplitude, or skips it and says why. Of an interview of which little more than the id is filled
 * in, `read` gives the rest. Before a late one is written to the person, `lookUp` says whether a newer one is there.
 * Throws a `VendorFailure`.
 */
export const sendInterviewEvent = async (
  amplitude: AmplitudeIngestion,
  input: InterviewEventInput,
  { read, lookUp }: Sources,
  timing: Timing,
): Promise<SentEvent> => {
  const startedAt = timing.now();
  const interview = await interviewToWrite(input, read);
  const decision = await toLastInterviewEvent(interview, input, lookUp, startedAt);
  const about = {
    id: insertIdOf(input.event_type, interview.interview_id),
    event_type: input.event_type,
    event_time: interview.completed_at === null ? null : new Date(interview.completed_at).toISOString(),
  };
  if ('skipped' in decision) return { ...about, ...skipped(decision.skipped, input) };
  const { eventsIngested } = await writeEvent(amplitude, decision.event, input.min_id_length, timing, startedAt);
  return {
    ...about,
    status: 'written',
    reason: null,
    reason_text: remarks(eventsIngested, input),
    user_id: decision.event.user_id,
    identified_by: decision.identifiedBy,
    user_properties_updated: decision.updatesUserProperties,
    events_ingested: eventsIngested,
  };
};

/** What people read before the fields that were left out. */
export const LEFT_OUT = 'Left out, because it holds a placeholder such as null or n/a';

/** What is filled in and was left out, whether the interview was written or not. */
const leftOutOf = (input: InterviewEventInput): string[] => {
  const placeholders = placeholdersIn(input);
  return [
    ...(placeholders.length === 0 ? [] : [`${LEFT_OUT}: ${placeholders.join(', ')}.`]),
    ...(isOtherThanEmail(input) ? [fill(NO_EMAIL_GIVEN, labels)] : []),
  ];
};

const remarks = (eventsIngested: number, input: InterviewEventInput): string | null => {
  const { leftOut } = input.event_properties;
  return (
    [
      ...(eventsIngested > 0 ? [] : [NOT_COUNTED]),
      ...(leftOut.length === 0
        ? []
        : [
            `Left out of Event Properties, because only texts, numbers, yes or no and lists can be written: ${leftOut.join(', ')}.`,
          ]),
      ...(input.include_answers && !isReadFromKoji(input) ? [ANSWERS_NOT_READ] : []),
      ...leftOutOf(input),
    ].join(' ') || null
  );
};

const reasonText = (reason: SkipReason, input: InterviewEventInput): string => {
  const unreached: Partial<Record<SkipReason, string>> = unreachedReasons;
  const text = unreached[reason];
  const isOther = isOtherThanEmail(input);
  const isSaid = isReadFromKoji(input) || (reason === 'anonymous' && (input.is_anonymous === true || isOther));
  const why =
    text === undefined || isSaid ? skipReasons[reason] : `${text}, or leave all fields but Interview ID empty.`;
  return [fill(why, labels), ...leftOutOf(input)].join(' ');
};

const skipped = (reason: SkipReason, input: InterviewEventInput) => ({
  status: 'skipped' as const,
  reason,
  reason_text: reasonText(reason, input),
  user_id: null,
  identified_by: null,
  user_properties_updated: false,
  events_ingested: 0,
});

/** What the editor shows before a real event has been sent. */
export const sampleSentEvent: SentEvent = {
  id: insertIdOf(DEFAULT_EVENT_TYPE, 'int_4f9d2c81'),
  status: 'written',
  reason: null,
  reason_text: null,
  event_type: DEFAULT_EVENT_TYPE,
  user_id: 'user_10042',
  identified_by: 'id',
  event_time: '2026-05-24T11:41:22.000Z',
  user_properties_updated: true,
  events_ingested: 2,
};
