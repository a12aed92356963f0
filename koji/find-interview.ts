import * as z from 'zod';
import { HOUR } from '../boundary/durations.ts';
import { emailKey, isEmail } from '../boundary/email.ts';
import { failureByRow } from '../boundary/error-table.ts';
import { failure } from '../boundary/failure.ts';
import { email, named, optional, text, trimmedText } from '../boundary/values.ts';
import { type AnsweredInterview, canBeId, getAnsweredInterview, getInterview, type Koji } from './api.ts';
import { kojiFindings } from './errors.ts';
import { isOfStudy, onlyStudy } from './gate.ts';
import type { Interview } from './interview.ts';
import { interviewsOf } from './list.ts';

/** What people search by. The id and the email are trimmed; a respondent's id is taken byte for byte. */
export const findInput = z.object({
  interview_id: named(optional(trimmedText, 'must be text')),
  respondent_email: email,
  respondent_id: named(optional(text, 'must be text')),
  study_id: onlyStudy,
});
type FindInput = z.infer<typeof findInput>;

/** What a text identifies: an email whatever its capitals, an id byte for byte. */
const keyOf = (id: string): string => (isEmail(id) ? emailKey(id) : id);

const isSame = (found: string | null, asked: string | undefined): boolean =>
  asked === undefined || (found !== null && keyOf(found) === keyOf(asked));

/**
 * Whether an interview is what was asked for, whatever Koji gave: no other person's answers may come through. What a
 * flagged interview hides is null here, so it fits nobody.
 */
const fits = (interview: Interview, input: Partial<FindInput>): boolean => {
  const { respondent_email, respondent_id, study_id } = input;
  return (
    isOfStudy(interview, study_id) &&
    isSame(interview.respondent_email, respondent_email) &&
    isSame(interview.respondent_id, respondent_id)
  );
};

type Respondent = Pick<Partial<FindInput>, 'respondent_email' | 'respondent_id'>;

/** As it was filled in, and with the key that Start Interview makes of an email: Koji may compare byte for byte. */
const spellingsOf = ({ respondent_email: email, respondent_id: id }: Respondent): Respondent[] => {
  const key = { respondent_email: email && keyOf(email), respondent_id: id && keyOf(id) };
  const isAlike = key.respondent_email === email && key.respondent_id === id;
  return [{ respondent_email: email, respondent_id: id }, ...(isAlike ? [] : [key])];
};

/**
 * The interviews that fit everything given, the best first; none on a miss, null where a respondent is searched for and
 * Koji has no list. Throws a `VendorFailure`, of kind `data` when there is nothing to search by.
 */
export const findInterview = async (koji: Koji, input: Partial<FindInput>): Promise<Interview[] | null> => {
  const { interview_id, respondent_email, respondent_id, study_id } = input;
  if (interview_id !== undefined) {
    const interview = await getInterview(koji, interview_id);
    return interview !== null && fits(interview, input) ? [interview] : [];
  }
  if (respondent_email === undefined && respondent_id === undefined) {
    throw failure(
      'Koji',
      'data',
      'nothing_to_search_for',
      'There is nothing to search for: fill in Interview ID, Respondent Email or Respondent ID. If one is mapped, the earlier step gave nothing.',
    );
  }
  return interviewsOf(
    koji,
    spellingsOf(input).map(({ respondent_email, respondent_id }) => ({
      ...(respondent_email === undefined ? {} : { respondent_email }),
      ...(respondent_id === undefined ? {} : { external_id: respondent_id }),
      study_id,
    })),
    (interview) => fits(interview, input),
  );
};

/** The pauses before Koji is asked again for an interview that it may be about to show, in milliseconds. */
const PAUSES = [2_000, 4_000];
/** So long after the first time it is asked no more, in milliseconds: the step has more to do. */
const ASKED_FOR = 8_000;
/** For so long after its end an interview is about to be analyzed, in milliseconds. */
const UNTIL_ANALYZED = HOUR;

/** Time as it passes: the clock, and a way to wait. */
type Patience = { now: () => number; sleep: (milliseconds: number) => Promise<void> };

/**
 * The interview of this id with its structured answers, for whoever was told of it: Koji may be ahead of what it shows.
 * Throws a `VendorFailure`, of kind `retry` when the key's project has none, or its analysis may come within the hour.
 */
export const interviewById = async (
  koji: Koji,
  interview_id: string,
  { now, sleep }: Patience,
): Promise<AnsweredInterview> => {
  const startedAt = now();
  let interview = await getAnsweredInterview(koji, interview_id);
  for (const pause of canBeId(interview_id) ? PAUSES : []) {
    if (interview !== null || now() - startedAt + pause > ASKED_FOR) break;
    await sleep(pause);
    interview = await getAnsweredInterview(koji, interview_id);
  }
  if (interview === null) throw failureByRow('Koji', kojiFindings.noInterview);
  const { is_analyzed, completed_at } = interview;
  const sinceEnd = completed_at === null ? Number.POSITIVE_INFINITY : Math.abs(now() - Date.parse(completed_at));
  if (!is_analyzed && sinceEnd < UNTIL_ANALYZED) throw failureByRow('Koji', kojiFindings.analysisPending);
  return interview;
};
