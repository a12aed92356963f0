import * as z from 'zod';
import { named, number, optional, textList, trimmedText, yesOrNo } from '../boundary/values.ts';
import { qualityScale } from './contract.ts';
import type { Interview } from './interview.ts';

/** Why the gate keeps an interview out, each with its sentence for people. */
export const gateReasons = {
  other_study: 'The interview belongs to another study than the one chosen in this step.',
  not_analyzed: 'Koji has not analyzed this interview yet.',
  no_quality_score: 'The interview has no quality score from 1 to 5.',
  below_quality: 'The quality score is below the minimum quality.',
  sentiment_not_chosen: 'The sentiment is not one of those chosen in this step.',
  anonymous:
    'The interview is anonymous, so it belongs to no person: Koji has no email for it, or marks it as anonymous.',
} as const;
type GateReason = keyof typeof gateReasons;

/** The lowest score that counts, as people choose it: a whole number from 1 to 5. */
export const minimumQuality = optional(
  number.pipe(z.int().min(qualityScale.lowest).max(qualityScale.highest)),
  `must be a whole number from ${qualityScale.lowest} to ${qualityScale.highest}`,
).transform((score) => score ?? qualityScale.defaultMinimum);

/** The only study whose interviews are wanted, as people choose it or type its id; none means any. */
export const onlyStudy = named(optional(trimmedText, 'must be the ID of a study')).meta({ title: 'Study' });

/** Whether an interview is of the study that was chosen, whatever Koji was asked for. */
export const isOfStudy = ({ study_id }: Pick<Interview, 'study_id'>, chosen: string | undefined): boolean =>
  chosen === undefined || study_id === chosen;

/** The gate's settings as a form gives them; what is left empty takes its default. */
export const gateRules = z.object({
  study_id: onlyStudy,
  minimum_quality: minimumQuality,
  sentiments: optional(textList, 'must be a list of words').transform((words) =>
    (words ?? []).map((word) => word.toLowerCase()),
  ),
  skip_anonymous: optional(yesOrNo, 'must be yes or no')
    .transform((skip) => skip ?? false)
    .meta({ title: 'Skip Anonymous Interviews' }),
});
type GateRules = z.infer<typeof gateRules>;

/** Whether an interview is good enough: no analysis, no score or a low one keeps it out, whatever else it says. */
export const qualityGate = (
  interview: Pick<Interview, 'is_analyzed' | 'quality_score'>,
  minimum: number,
): 'not_analyzed' | 'no_quality_score' | 'below_quality' | null => {
  if (!interview.is_analyzed) return 'not_analyzed';
  if (interview.quality_score === null) return 'no_quality_score';
  return interview.quality_score < minimum ? 'below_quality' : null;
};

/** Why an interview does not pass the gate, or null when it does. */
export const gate = (interview: Interview, rules: GateRules): GateReason | null => {
  if (!isOfStudy(interview, rules.study_id)) return 'other_study';
  const tooLow = qualityGate(interview, rules.minimum_quality);
  if (tooLow !== null) return tooLow;
  const { sentiments } = rules;
  const sentiment = interview.sentiment?.toLowerCase();
  if (sentiments.length > 0 && !sentiments.some((chosen) => chosen === sentiment)) return 'sentiment_not_chosen';
  return rules.skip_anonymous && interview.is_anonymous ? 'anonymous' : null;
};
