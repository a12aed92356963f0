/** The one place where Koji's interview becomes Amplitude's event; the only file of this room that knows Koji. */
import * as z from 'zod';
import { DAY, HOUR, MINUTE } from '../boundary/durations.ts';
import { isEmail, mayBeEmail } from '../boundary/email.ts';
import { failure } from '../boundary/failure.ts';
import { saysNothing } from '../boundary/placeholders.ts';
import { cut } from '../boundary/text.ts';
import {
  given,
  HOLDS_NO_MOMENT,
  moment,
  named,
  number,
  oneOf,
  optional,
  type Property,
  properties,
  required,
  resolved,
  text,
  textList,
  trimmedText,
  yesOrNo,
} from '../boundary/values.ts';
import type { AnsweredInterview } from '../koji/api.ts';
import { sentiments } from '../koji/contract.ts';
import { gateReasons, minimumQuality, qualityGate } from '../koji/gate.ts';
import { type Interview, qualityScoreOf } from '../koji/interview.ts';
import { sampleWireInterview } from '../koji/sample.ts';
import { identify, identifyBy } from './identity.ts';
import type { AmplitudeEvent } from './ingestion.ts';

/** The event's name (https://www.koji.so/docs/amplitude-research-integration). */
export const DEFAULT_EVENT_TYPE = 'koji.interview_completed';

/** When the person's `last_interview_*` are set: for recent interviews, always, or never. */
export const userPropertyUpdates = ['recent', 'always', 'never'] as const;

/** Why an interview is not written, each with its sentence for people. Gaps are the labels of amplitude/errors.ts. */
export const skipReasons = {
  anonymous:
    'Koji has no email for this interview, or marks it as anonymous, so it is written to nobody. Start interviews with an email; if you give Koji IDs only, turn on writing without email.',
  no_user_id:
    'The interview has no user ID or email of the kind that {field:identify_by} asks for. Start interviews with the ID, or identify by something else.',
  blocked_user_id:
    'The user ID is a placeholder that stands for nobody, such as null or anonymous. Check what the interview was started with.',
  below_quality: gateReasons.below_quality,
  no_quality_score: gateReasons.no_quality_score,
  not_analyzed: gateReasons.not_analyzed,
  sample: 'This is the sample interview, so no made-up person was written.',
} as const;
export type SkipReason = keyof typeof skipReasons;

/**
 * What such a reason comes from where an interview is filled in field by field: nothing arrived in the step, which is not the
 * same as nothing being there. How to go on is the platform's to add.
 */
export const unreachedReasons = {
  anonymous: 'No {field:respondent_email} arrived {here}: map it',
  no_quality_score: 'No {field:quality_score} from 1 to 5 arrived {here}: map it',
  not_analyzed:
    'No {field:quality_score} from 1 to 5, no {field:sentiment} and no {field:themes} arrived {here}: map them',
} as const satisfies Partial<Record<SkipReason, string>>;

/** Amplitude's own event names (A2), which can't be used for ours, and what more of them begin with; in small letters. */
export const amplitudesOwn = { names: ['_all', '_identify'], beginnings: ['[amplitude]', '$'] } as const;

const isAmplitudesOwn = (name: string): boolean =>
  amplitudesOwn.names.some((own) => own === name) || amplitudesOwn.beginnings.some((own) => name.startsWith(own));

/** The event's name as people fill it in; a reference or a placeholder would stay in the project for good. */
export const eventType = named(optional(trimmedText, 'must be text'))
  .refine((name = '') => !isAmplitudesOwn(name.toLowerCase()), "must not be one of Amplitude's own event names")
  .transform((name) => name ?? DEFAULT_EVENT_TYPE);

/** How an interview is written. */
export const writeRules = z.object({
  event_type: eventType,
  identify_by: oneOf(identifyBy).transform((by) => by ?? identifyBy[0]),
  minimum_quality: minimumQuality,
  write_without_email: optional(yesOrNo, 'must be yes or no').transform((write) => write ?? false),
  update_user_properties: oneOf(userPropertyUpdates).transform((when) => when ?? userPropertyUpdates[0]),
  include_answers: optional(yesOrNo, 'must be yes or no').transform((include) => include ?? false),
  event_properties: optional(properties, 'must be pairs of a name and a text').transform(
    (given) => given ?? { kept: {}, leftOut: [] },
  ),
  min_id_length: optional(number.pipe(z.int().positive()), 'must be a whole number from 1 up'),
});
export type WriteRules = z.infer<typeof writeRules>;

const theme = z.union([z.object({ name: text }).transform(({ name }) => name), z.unknown()]);
/** A list of themes, also one whose entries have names, as Koji may write it. */
const themeList = z.union([z.array(theme), z.unknown()]).pipe(textList);

/**
 * What people fill in to send an interview's event. A reference in the place of an id or an email would make one person,
 * or one interview, of all. Throws nothing; parse it with `readInput`.
 */
export const interviewEventInput = writeRules.extend({
  interview_id: named(required(trimmedText, 'must be text')),
  completed_at: optional(moment, HOLDS_NO_MOMENT),
  amplitude_user_id: resolved(optional(text, 'must be text')),
  respondent_email: resolved(optional(trimmedText, 'must be text')),
  is_anonymous: optional(yesOrNo, 'must be yes or no'),
  themes: optional(themeList, 'must be a list of texts'),
  sentiment: optional(trimmedText, 'must be text'),
  // Null: something was given that is no score.
  quality_score: given.transform((score) => (score === undefined ? undefined : qualityScoreOf(score))),
  transcript_url: optional(text, 'must be text'),
});
export type InterviewEventInput = z.infer<typeof interviewEventInput>;

/** The part of an interview that its event is made of. `completed_at` is in milliseconds since 1970; null: not known. */
export type FinishedInterview = Pick<
  Interview,
  | 'interview_id'
  | 'is_analyzed'
  | 'respondent_email'
  | 'respondent_id'
  | 'is_anonymous'
  | 'themes'
  | 'sentiment'
  | 'quality_score'
  | 'transcript_url'
> & { completed_at: number | null; structured_answers?: Record<string, Property> };

/** How the interview of an id is read. */
export type ReadInterview = (interviewId: string) => Promise<AnsweredInterview>;

/** Whether an interview is read from Koji: neither of the two values is filled in that no event can do without. */
export const isReadFromKoji = ({ completed_at, quality_score }: InterviewEventInput): boolean =>
  completed_at === undefined && quality_score === undefined;

/**
 * The interview to write: the one that the filled-in fields describe, or Koji's own, in which these fields replace what
 * Koji has. The sample is never read: Koji does not have it. Throws what `read` throws.
 */
export const interviewToWrite = async (input: InterviewEventInput, read: ReadInterview): Promise<FinishedInterview> =>
  isReadFromKoji(input) && !isSample(input) ? mended(await read(input.interview_id), input) : interviewOf(input);

const emailIn = ({ respondent_email: email }: InterviewEventInput): string | null =>
  email !== undefined && isEmail(email) ? email : null;

/** Whether something is filled in for the email that is none. */
export const isOtherThanEmail = (input: InterviewEventInput): boolean =>
  input.respondent_email !== undefined && emailIn(input) === null;

const said = (text: string | undefined): string | null => (text === undefined || saysNothing(text) ? null : text);
const themesIn = ({ themes = [] }: InterviewEventInput): string[] => themes.filter((theme) => !saysNothing(theme));

/** The fields in which something is filled in that stands for nothing, and is left out. */
export const placeholdersIn = ({ sentiment, themes = [], transcript_url }: InterviewEventInput): string[] =>
  Object.entries({ Sentiment: [sentiment], Themes: themes, 'Transcript URL': [transcript_url] }).flatMap(
    ([label, values]) => (values.some((value) => value !== undefined && saysNothing(value)) ? [label] : []),
  );

/** The interview that the filled-in fields describe; without score, sentiment and themes it counts as not analyzed. */
export const interviewOf = (input: InterviewEventInput): FinishedInterview => {
  const { quality_score = null } = input;
  const [themes, sentiment] = [themesIn(input), said(input.sentiment)];
  const email = emailIn(input);
  return {
    interview_id: input.interview_id,
    completed_at: input.completed_at ?? null,
    is_analyzed: quality_score !== null || sentiment !== null || themes.length > 0,
    respondent_email: email,
    respondent_id: input.amplitude_user_id ?? null,
    is_anonymous: input.is_anonymous ?? email === null,
    themes,
    sentiment,
    quality_score,
    transcript_url: said(input.transcript_url),
  };
};

/** Koji's interview with what is filled in by hand. Where Koji has no email, none can be filled in: it is anonymous. */
const mended = (read: AnsweredInterview, input: InterviewEventInput): FinishedInterview => {
  const completedAt = read.completed_at ?? read.analyzed_at;
  const themes = themesIn(input);
  return {
    ...read,
    ...personOf(read, input),
    completed_at: completedAt === null ? null : Date.parse(completedAt),
    themes: themes.length > 0 ? themes : read.themes,
    sentiment: said(input.sentiment) ?? read.sentiment,
    transcript_url: said(input.transcript_url) ?? read.transcript_url,
  };
};

const personOf = (
  read: Interview,
  input: InterviewEventInput,
): Pick<FinishedInterview, 'respondent_email' | 'respondent_id' | 'is_anonymous'> => {
  if (read.respondent_email === null && read.respondent_id === null) return read;
  const email = read.respondent_email === null ? null : (emailIn(input) ?? read.respondent_email);
  return {
    respondent_email: email,
    respondent_id: input.amplitude_user_id ?? read.respondent_id,
    is_anonymous: input.is_anonymous ?? email === null,
  };
};

/**
 * What becomes of an interview: an event to write, or the reason why not. `isWorthALook`: what the person has would tell
 * whether this interview is the last one.
 */
export type Decision =
  | { event: AmplitudeEvent; identifiedBy: 'id' | 'email'; updatesUserProperties: boolean; isWorthALook: boolean }
  | { skipped: SkipReason };

/**
 * Turns an interview into its event, or says why it stays out. Pure: the clock comes in as `now` (milliseconds), and so
 * does what the person has, as `lastInterviewAt` gives it.
 * Throws a `VendorFailure` of kind `data` for an interview that ends in the future, or nobody knows when.
 */
export const toInterviewEvent = (
  interview: FinishedInterview,
  rules: WriteRules,
  now: number,
  last?: number | null,
): Decision => {
  const skipped = skipReasonOf(interview, rules);
  if (skipped !== null) return { skipped };
  const identity = identify(
    {
      userId: interview.respondent_id,
      email: interview.respondent_email,
      idIsEmail: interview.respondent_id !== null && mayBeEmail(interview.respondent_id),
    },
    rules.identify_by,
  );
  if ('reason' in identity) return { skipped: identity.reason };
  const { completed_at } = interview;
  if (completed_at === null) throw noTime();
  refuseFuture(completed_at, now);

  const { update_user_properties: when } = rules;
  const age = now - completed_at;
  // What ended in the same second is the same interview, sent again.
  const isLast = last === undefined || last === null || last <= completed_at;
  const updatesUserProperties = isLast && isRecent(when, age, RECENT_DAYS[last === undefined ? 'unseen' : 'seen']);
  return {
    identifiedBy: identity.identifiedBy,
    updatesUserProperties,
    isWorthALook: age > HOURS_UNTIL_LATE * HOUR && isRecent(when, age, RECENT_DAYS.seen),
    event: {
      user_id: identity.userId,
      event_type: rules.event_type,
      time: completed_at,
      insert_id: insertIdOf(rules.event_type, interview.interview_id),
      event_properties: eventProperties(interview, rules),
      ...(updatesUserProperties ? lastInterview(interview, completed_at) : { $skip_user_properties_sync: true }),
    },
  };
};

/**
 * The event's own id, by which Amplitude drops repeats for 7 days: the same for the same interview and event name, on
 * every platform (A4).
 */
export const insertIdOf = (eventType: string, interviewId: string): string =>
  `${eventType.replace(/^koji\./, 'koji:')}:${interviewId}`;

const isSample = ({ interview_id }: Pick<FinishedInterview, 'interview_id'>): boolean =>
  interview_id === sampleWireInterview.interview_id;

const skipReasonOf = (interview: FinishedInterview, rules: WriteRules): SkipReason | null => {
  if (isSample(interview)) return 'sample';
  if (isAnonymous(interview, rules.write_without_email)) return 'anonymous';
  return qualityGate(interview, rules.minimum_quality);
};

/**
 * Whether an interview counts as anonymous, which is never written. With an email, Koji's flag says so. Without one it is
 * anonymous, unless the step opts in and the caller gave Koji an id that is not an email.
 */
const isAnonymous = (
  { respondent_email: email, respondent_id: id, is_anonymous }: FinishedInterview,
  writeWithoutEmail: boolean,
): boolean => {
  if (email !== null) return is_anonymous;
  const hasOwnId = id !== null && id.trim() !== '' && !mayBeEmail(id);
  return !(writeWithoutEmail && hasOwnId);
};

/** Written later than this after its end, an interview may find a newer one of the same person in Amplitude. */
const HOURS_UNTIL_LATE = 1;
/**
 * How old a recent interview is at most, in days: without knowing what the person has, and knowing it. Amplitude drops
 * repeats for 7 days (A4).
 */
export const RECENT_DAYS = { unseen: 1, seen: 7 } as const;
/** Clocks differ a little; an interview that ends later than this was mapped from the wrong field. */
export const MINUTES_AHEAD = 5;

const isRecent = (when: WriteRules['update_user_properties'], age: number, days: number): boolean =>
  when === 'always' || (when === 'recent' && age <= days * DAY);

const noTime = () =>
  failure(
    'Amplitude',
    'data',
    'no_completed_at',
    'Nothing was sent to Amplitude: nobody says when this interview was completed, in a date with its time zone. Map Completed At; or leave all fields but Interview ID empty, where Koji knows it.',
  );

const refuseFuture = (completedAt: number, now: number): void => {
  if (completedAt - now <= MINUTES_AHEAD * MINUTE) return;
  throw failure(
    'Amplitude',
    'data',
    'completed_in_the_future',
    `Nothing was sent to Amplitude: Completed At lies in the future (${new Date(completedAt).toISOString()}). Map the interview's own Completed At, with its time zone.`,
  );
};

/** Amplitude truncates texts after this many characters (https://amplitude.com/docs/faq/limits). */
export const LONGEST_VALUE = 1024;

/** Cut to Amplitude's length. */
const clip = (value: string): string => cut(value, LONGEST_VALUE);

/** The person's themes: as many whole ones as fit in Amplitude's length for a list, with a sign between them. */
export const themesForPerson = (themes: string[]): string[] => {
  const tooMany = themes.findIndex((_, index) => themes.slice(0, index + 1).join(' ').length > LONGEST_VALUE);
  return tooMany === -1 ? themes : themes.slice(0, tooMany || 1).map(clip);
};

/** Only what is known: Amplitude counts an empty text as a value. */
const known = <Value>(properties: Record<string, Value | null | undefined>): Record<string, Value> => {
  const entries = Object.entries(properties).flatMap(([key, value]): [string, Value][] =>
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
      ? []
      : [[key, value]],
  );
  return Object.fromEntries(entries);
};

const clipped = (value: string | null | undefined): string | null =>
  value === null || value === undefined ? null : clip(value);

/** In small letters, because Amplitude would count Negative and negative apart. */
const sentimentOf = ({ sentiment }: FinishedInterview): string | null => clipped(sentiment?.toLowerCase());

/** What a tracking plan says of a property (A20). */
export type PropertyType = { type: 'string' | 'number' | 'enum'; values?: readonly string[]; isList?: true };

/** Every property of the event, with its type; what is written is checked against these names. */
export const eventPropertyTypes = {
  theme_top_1: { type: 'string' },
  theme_top_2: { type: 'string' },
  sentiment: { type: 'enum', values: sentiments },
  quality_score: { type: 'number' },
  transcript_url: { type: 'string' },
} as const satisfies Record<string, PropertyType>;

/** Every property of the person, likewise. */
export const userPropertyTypes = {
  last_interview_at: { type: 'string' },
  last_interview_sentiment: { type: 'enum', values: sentiments },
  last_interview_themes: { type: 'string', isList: true },
  last_interview_quality: { type: 'number' },
} as const satisfies Record<string, PropertyType>;

const clippedProperty = (value: Property): Property => {
  if (typeof value === 'string') return clip(value);
  return Array.isArray(value) ? value.map(clip) : value;
};

/** The structured answers by the names that they have on the event. */
const answerProperties = ({ structured_answers = {} }: FinishedInterview): Record<string, Property> =>
  Object.fromEntries(Object.entries(structured_answers).map(([id, value]) => [`answer_${id}`, value]));

const eventProperties = (interview: FinishedInterview, { event_properties, include_answers }: WriteRules) => {
  const extra = { ...(include_answers ? answerProperties(interview) : {}), ...event_properties.kept };
  const url = interview.transcript_url?.trim() ?? '';
  return {
    ...known(Object.fromEntries(Object.entries(extra).map(([key, value]) => [key, clippedProperty(value)]))),
    ...known<string | number>({
      theme_top_1: clipped(interview.themes[0]),
      theme_top_2: clipped(interview.themes[1]),
      sentiment: sentimentOf(interview),
      quality_score: interview.quality_score,
      transcript_url: url.length > LONGEST_VALUE ? null : url,
    } satisfies Record<keyof typeof eventPropertyTypes, unknown>),
  };
};

/**
 * The person's last interview, which is one record: what this one lacks must not stay from the one before. The operations
 * set the rest as well, because Amplitude may know the event already, from a try that left the person alone. Their own
 * insert_id is taken each time: the same interview, come again with less, would otherwise unset what a newer one wrote.
 */
const lastInterview = (
  interview: FinishedInterview,
  completedAt: number,
): Pick<AmplitudeEvent, 'user_properties' | 'user_property_operations'> => {
  const last_interview_at = new Date(completedAt).toISOString().slice(0, 'YYYY-MM-DDTHH:mm:ss'.length);
  const user_properties = known<string | number | string[]>({
    last_interview_at,
    last_interview_sentiment: sentimentOf(interview),
    last_interview_themes: themesForPerson(interview.themes),
    last_interview_quality: interview.quality_score,
  } satisfies Record<keyof typeof userPropertyTypes, unknown>);
  const lacking = Object.keys(userPropertyTypes).filter((name) => !(name in user_properties));
  const $unset = Object.fromEntries(lacking.map((name) => [name, '-']));
  return {
    user_properties,
    user_property_operations: { ...(lacking.length === 0 ? {} : { $unset }), $set: user_properties },
  };
};
