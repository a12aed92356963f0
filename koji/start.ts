import * as z from 'zod';
import { emailKey, isEmail, mayBeEmail } from '../boundary/email.ts';
import { failure } from '../boundary/failure.ts';
import { saysNothing } from '../boundary/placeholders.ts';
import { jsonOf } from '../boundary/send.ts';
import { fingerprint, spelledOut } from '../boundary/text.ts';
import {
  choice,
  HOLDS_NO_EMAIL,
  HOLDS_PLACEHOLDER,
  isoOf,
  mustBeOneOf,
  type NameOf,
  named,
  optional,
  properties,
  resolved,
  text,
  trimmedText,
} from '../boundary/values.ts';
import { callKoji, dataOf, type Koji } from './api.ts';
import {
  EMAIL_METADATA_KEY,
  linkParameter,
  modes,
  paths,
  permissions,
  type StartBody,
  startStatus,
  wireStarted,
} from './contract.ts';
import { conflictFailure } from './failures.ts';
import { languageCode, NO_LANGUAGE } from './language.ts';
import { isOfSample, sampleWireInterview } from './sample.ts';

/** A field that may stay empty. Null: a placeholder was given, which means that there is none. */
const orNone = <Schema extends z.ZodType>(schema: Schema, expectation: string) =>
  optional(z.union([trimmedText.refine(saysNothing).transform(() => null), schema]), expectation);

/** What is neither an email nor a placeholder was mapped from the wrong place. */
const emailOrNone = resolved(optional(trimmedText, 'must be text'))
  .transform((value) => (value !== undefined && saysNothing(value) ? null : value))
  .refine((value) => value === undefined || value === null || isEmail(value), HOLDS_NO_EMAIL);

/**
 * What people fill in to start an interview. Emails are trimmed; an id is passed on byte for byte. A reference in the
 * place of either would make one person of everybody, and in a link lead nowhere. A name, a mode or a language that stands for
 * nothing is left out, and metadata may hold any text.
 */
export const startInput = z.object({
  respondent_email: emailOrNone,
  respondent_id: named(optional(text, 'must be text')),
  respondent_name: orNone(trimmedText, 'must be text'),
  mode: orNone(choice(modes), mustBeOneOf(modes)),
  language: orNone(languageCode, NO_LANGUAGE),
  study_link: resolved(
    optional(z.url({ protocol: /^https?$/ }), 'must be a web address, such as https://koji.so/i/why-trials-end'),
  ),
  metadata: optional(properties, 'must be pairs of a name and a text'),
});
type StartInput = z.infer<typeof startInput>;

const textOrNull = z.string().nullable();

/** What a started interview gives: what Koji says, and what came in. Never the session token. */
export const startedSchema = z.object({
  // After a 409 Koji names no interview, and this is made from the respondent: not what Interview ID holds.
  id: z.string().meta({ title: 'ID of This Start (Map Interview ID)' }),
  interview_id: textOrNull,
  interview_link: textOrNull,
  interview_link_missing: textOrNull,
  already_started: z.boolean(),
  started_at: z.iso.datetime().nullable(),
  respondent_email: textOrNull,
  respondent_id: textOrNull,
  respondent_name: textOrNull,
  mode: textOrNull,
  language: textOrNull,
  study_link: textOrNull,
  metadata: z.record(z.string(), z.unknown()),
  // The names of the metadata that could not be sent, and of an email, a name, a mode or a language that is none.
  left_out: z.array(z.string()),
});
export type Started = z.infer<typeof startedSchema>;

/**
 * Who is to be interviewed: the caller's id, else the email in one spelling, because a stable id is what Koji de-duplicates
 * on. An id keeps its capitals, and so does an email beside one: Amplitude tells them apart.
 */
const respondentOf = (input: StartInput, nameOf: NameOf): { externalId: string; email: string | undefined } => {
  const { respondent_email, respondent_id } = input;
  if (respondent_id !== undefined) {
    const id = mayBeEmail(respondent_id) ? respondent_id.trim() : respondent_id;
    return { externalId: id, email: respondent_email ?? (isEmail(id) ? id : undefined) };
  }
  if (respondent_email) {
    const key = emailKey(respondent_email);
    return { externalId: key, email: key };
  }
  throw failure(
    'Koji',
    'data',
    'no_respondent',
    respondent_email === null
      ? `Nothing was sent to Koji: the field ${nameOf('respondent_email')} ${HOLDS_PLACEHOLDER}.`
      : `Koji needs to know whom to interview: fill in ${nameOf('respondent_email')} or ${nameOf('respondent_id')}.`,
  );
};

/** What may stand for nothing, and is left out then. */
const optionalFields = ['respondent_email', 'respondent_name', 'mode', 'language'] as const;

/** What is sent of the metadata, and what is left out: what Koji can't keep, the name that is ours, and what says nothing. */
const metadataOf = ({ metadata = { kept: {}, leftOut: [] }, ...input }: StartInput) => {
  const { [EMAIL_METADATA_KEY]: reserved, ...sent } = metadata.kept;
  const leftOut = [
    ...optionalFields.filter((field) => input[field] === null).map(spelledOut),
    ...metadata.leftOut,
    ...(reserved === undefined ? [] : [EMAIL_METADATA_KEY]),
  ];
  return { sent, leftOut };
};

/** The body of a start. Throws a `VendorFailure` of kind `data` when neither email nor id is given. */
export const startBody = (input: StartInput, nameOf: NameOf = spelledOut): StartBody => {
  const { externalId, email } = respondentOf(input, nameOf);
  return {
    respondent: {
      external_id: externalId,
      display_name: input.respondent_name ?? undefined,
      metadata: { ...metadataOf(input).sent, [EMAIL_METADATA_KEY]: email },
    },
    respondent_email: email,
    mode: input.mode ?? undefined,
    locale: input.language ?? undefined,
  };
};

/** A study's link that opens the interview for this respondent. */
const personalLink = (studyLink: string, externalId: string): string => {
  const link = new URL(studyLink);
  link.searchParams.set(linkParameter.externalId, externalId);
  return link.href;
};

/** Why there is no link. */
export const LINK_MISSING =
  "Koji gave no link, and no study link is filled in: copy your study's link from Koji's Share tab.";

/** Starting may have Koji write its opening message first; the platforms give a step 30 seconds. */
const TIMEOUT_MILLISECONDS = 20_000;

/**
 * Starts an interview, or finds the one that the same respondent already has: both are success.
 * `project` names the key's project without being the key; it keeps ids apart where Koji gives none.
 * Throws a `VendorFailure`.
 */
export const startInterview = async (koji: Koji, project: string, input: StartInput): Promise<Started> => {
  const body = startBody(input);
  const reply = await callKoji(koji, 'POST', paths.start, { body, timeoutMilliseconds: TIMEOUT_MILLISECONDS });
  const conflict = reply.status === startStatus.conflict;
  const started = conflict
    ? wireStarted.catch(nothingKnown).parse(jsonOf(reply.body))
    : dataOf(koji, reply, wireStarted.refine(hasId), permissions.start);
  const refusal = conflict && started.interview_id === null ? conflictFailure(reply, koji.labels) : null;
  if (refusal !== null) throw refusal;
  const externalId = body.respondent.external_id;
  const link = started.interview_link ?? (input.study_link ? personalLink(input.study_link, externalId) : null);
  return {
    id: started.interview_id ?? stableId(project, externalId),
    interview_id: started.interview_id,
    interview_link: link,
    interview_link_missing: link === null ? LINK_MISSING : null,
    already_started: conflict || reply.status === startStatus.existing,
    started_at: isoOf(started.started_at),
    ...cameIn(input, body),
  };
};

/** What came in, as it was taken. */
const cameIn = (input: StartInput, { respondent_email }: StartBody) => {
  const { sent, leftOut } = metadataOf(input);
  return {
    respondent_email: respondent_email ?? null,
    respondent_id: input.respondent_id ?? null,
    respondent_name: input.respondent_name ?? null,
    mode: input.mode ?? null,
    language: input.language ?? null,
    study_link: input.study_link ?? null,
    metadata: sent,
    left_out: leftOut,
  };
};

/** What people read in place of a link where a step is tested with the person of the samples. */
const SAMPLE_PERSON =
  'This is the made-up person of the samples, so nobody was started. To test for real, type in your own email and ID.';

/** What a start gives for the person of the samples: the samples' interview, of which nothing is sent to Koji; else null. */
export const sampleStart = (input: StartInput): Started | null => {
  if (!isOfSample(input.respondent_email)) return null;
  const { interview_id } = sampleWireInterview;
  return {
    id: interview_id,
    interview_id,
    interview_link: null,
    interview_link_missing: SAMPLE_PERSON,
    already_started: false,
    started_at: null,
    ...cameIn(input, startBody(input)),
  };
};

/** Only a conflict may leave the id out; any other answer without one does not show that an interview was started. */
const hasId = ({ interview_id }: z.infer<typeof wireStarted>): boolean => interview_id !== null;

const nothingKnown = { interview_id: null, interview_link: null, started_at: undefined };

/** An id for a start that gave none, the same on every platform for the same person in the same project. */
const stableId = (project: string, externalId: string): string =>
  `respondent_${fingerprint(`${project}:${externalId}`).slice(0, 32)}`;

/** What the editor shows before a real interview has been started. */
export const sampleStarted: Started = {
  id: 'int_sample_4f9d2c81',
  interview_id: 'int_sample_4f9d2c81',
  interview_link: 'https://koji.so/i/why-trials-end?external_id=user_10042',
  interview_link_missing: null,
  already_started: false,
  started_at: '2026-05-24T11:29:05.000Z',
  respondent_email: 'ada@example.com',
  respondent_id: 'user_10042',
  respondent_name: 'Ada Example',
  mode: 'text',
  language: 'en',
  study_link: 'https://koji.so/i/why-trials-end',
  metadata: { cohort: 'Trials ending this week' },
  left_out: [],
};
