import { defineTrigger } from 'zapier-platform-core';
import { ANALYSIS_READY_EVENT, WHERE_WEBHOOKS_ARE } from '../koji/contract.ts';
import { sampleInterview } from '../koji/sample.ts';
import { gateFields } from '../zapier/fields.ts';
import { interviewFields } from '../zapier/interview-fields.ts';
import { hookList, hookPerform } from '../zapier/interview-hook.ts';

export const perform = hookPerform();
export const performList = hookList();

/** A static hook, for accounts whose API can't subscribe. Zapier takes none into a public app (check D016). */
export default defineTrigger({
  key: 'interview_analysis_ready_manual',
  noun: 'Interview',
  display: {
    label: 'Interview Analysis Ready (Manual Webhook)',
    description: 'Triggers when the analysis of an interview is ready, for accounts that add the webhook by hand.',
    directions: `Copy the address below. In Koji open ${WHERE_WEBHOOKS_ARE} → Add Webhook Endpoint, paste it, choose the event ${ANALYSIS_READY_EVENT} and save. Then copy the webhook's secret from Koji into Koji Webhook Secret of this connection (Zapier → Apps → Koji): without it no delivery can be checked, and each one ends in an error.`,
  },
  operation: {
    type: 'hook',
    inputFields: gateFields,
    perform,
    performList,
    sample: sampleInterview,
    outputFields: interviewFields(),
  },
});
