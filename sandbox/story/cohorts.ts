/** The two cohorts that the loop runs between. */
import type { CohortRule } from '../amplitude/cohorts.ts';
import { DAY, productEvents, TRIAL_DAYS } from './product.ts';

/** The first automation asks these people: their trial has ended, and they did not upgrade. */
export const trialEnded: CohortRule = {
  id: 'trialend',
  name: 'Trial ended without upgrade',
  includes: ({ events }, now) =>
    events.some(({ eventType, time }) => eventType === productEvents.signedUp && now - time >= TRIAL_DAYS * DAY) &&
    !events.some(({ eventType }) => eventType === productEvents.upgraded),
};

/** The third one tells of these people: the cohort is made of what the second one writes. */
export const lastInterviewNegative: CohortRule = {
  id: 'negative',
  name: 'Last interview negative',
  includes: ({ properties }) => properties.last_interview_sentiment === 'negative',
};
