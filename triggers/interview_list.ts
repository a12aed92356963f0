import { type Bundle, defineTrigger, type ZObject } from 'zapier-platform-core';
import type { Interview } from '../koji/interview.ts';
import { interviewPage } from '../koji/list.ts';
import { sampleInterview } from '../koji/sample.ts';
import { dayOf } from '../zapier/day.ts';
import { choiceFields } from '../zapier/fields.ts';
import { guarded, kojiThrough } from '../zapier/middleware.ts';

/** An interview as people tell it from others: "Ada Example, 24 May 2026". */
const choiceOf = (interview: Interview) => {
  const { id, respondent_name, respondent_email, respondent_id, completed_at, started_at } = interview;
  const who = respondent_name ?? respondent_email ?? respondent_id ?? 'Anonymous';
  const when = completed_at ?? started_at;
  return { id, name: when === null ? who : `${who}, ${dayOf(when)}` };
};

/** The choices of a dropdown of interviews; none where Koji has no list, so that an id can still be typed in. */
export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const interviews = (await interviewPage(kojiThrough(z), bundle.meta.page)) ?? [];
  return interviews.map(choiceOf);
});

export default defineTrigger({
  key: 'interview_list',
  noun: 'Interview',
  display: {
    label: 'Interview List',
    description: 'Triggers when the editor fills a dropdown of interviews.',
    hidden: true,
  },
  operation: {
    type: 'polling',
    canPaginate: true,
    perform,
    sample: choiceOf(sampleInterview),
    outputFields: choiceFields,
  },
});
