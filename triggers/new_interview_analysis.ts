import { type Bundle, defineTrigger, type ZObject } from 'zapier-platform-core';
import { readInput } from '../boundary/values.ts';
import { gate, gateRules } from '../koji/gate.ts';
import { type Interview, interviewSchema } from '../koji/interview.ts';
import { analyzedSince, furthest, latestInterviews, noList } from '../koji/list.ts';
import { sampleInterview } from '../koji/sample.ts';
import { gateFields, outputFieldsOf } from '../zapier/fields.ts';
import { SAMPLES } from '../zapier/interview-hook.ts';
import { guarded, kojiThrough } from '../zapier/middleware.ts';

const HOUR = 3_600_000;

/**
 * Zapier polls every 1 to 15 minutes and knows by their ids what it had. Each poll looks at the whole last day, so a Zap
 * that was held, throttled or failing for less than a day misses nothing.
 */
const poll = { back: 24 * HOUR, bounds: furthest };

/** Turning on reads further back than any poll, in time and in number: whatever a poll may meet of it is known by then. */
const turningOn = {
  back: 48 * HOUR,
  bounds: { interviews: furthest.interviews + 100, pages: furthest.pages + 4 },
};

const INSTEAD =
  "So this trigger can't work here. Use Start Interview, then Delay, then Find Interview by its Interview ID.";

/** Interviews that pass the gate; while the Zap is turned on all analyzed ones, so that no later setting makes them new. */
export const perform = guarded(async (z: ZObject, bundle: Bundle): Promise<Interview[]> => {
  const rules = readInput('Koji', gateRules, bundle.inputData);
  const passing = (interviews: Interview[]) => interviews.filter((interview) => gate(interview, rules) === null);
  const koji = kojiThrough(z);
  const { isLoadingSample, isPopulatingDedupe } = bundle.meta ?? {};

  const { back, bounds } = isPopulatingDedupe ? turningOn : poll;
  const interviews = await (isLoadingSample
    ? latestInterviews(koji, Date.now)
    : analyzedSince(koji, Date.now() - back, bounds, Date.now));
  if (interviews === null) throw noList(INSTEAD);
  if (isLoadingSample) return passing(interviews).slice(0, SAMPLES);
  return isPopulatingDedupe ? interviews.filter(({ is_analyzed }) => is_analyzed) : passing(interviews);
});

export default defineTrigger({
  key: 'new_interview_analysis',
  noun: 'Interview',
  display: {
    label: 'New Interview Analysis',
    description:
      'Triggers when a new interview analysis is found that passes your quality bar, on plans without webhooks.',
  },
  operation: {
    type: 'polling',
    inputFields: gateFields,
    perform,
    sample: sampleInterview,
    outputFields: outputFieldsOf(interviewSchema),
  },
});
