import { defineTrigger } from 'zapier-platform-core';
import { type CohortEntry, sampleCohortEntry } from '../amplitude/cohort-entry.ts';
import { SECRET_HEADER } from '../amplitude/cohort-webhook.ts';
import { WHERE_COHORT_WEBHOOKS_ARE } from '../amplitude/hosts.ts';
import { cohortEntryFields } from '../zapier/cohort-fields.ts';
import { cohortWebhookFields, hearCohort } from '../zapier/cohort-webhook.ts';
import { guarded } from '../zapier/middleware.ts';

export const perform = guarded(hearCohort);
/** Amplitude keeps no deliveries to look at again, so the editor shows the sample. */
export const performList = guarded(async (): Promise<CohortEntry[]> => []);

/** A static hook, because Amplitude lets nobody subscribe. Zapier takes none into a public app (check D016). */
export default defineTrigger({
  key: 'user_entered_cohort_webhook',
  noun: 'User',
  display: {
    label: 'User Entered Cohort (Webhook)',
    description: 'Triggers when Amplitude reports through a webhook that a user entered a cohort.',
    directions: `1. Copy the address below. 2. In Amplitude Data open ${WHERE_COHORT_WEBHOOKS_ARE} and paste it as the URL. 3. Add the header ${SECRET_HEADER} with a long random text of your own. 4. Put the same text into Amplitude Webhook Secret of this connection (Zapier → Apps → Koji). 5. Keep the default payload and click Save. 6. Set Sample Percent in this step: the first sync sends the whole cohort. 7. Turn this Zap on. 8. In Amplitude open your cohort and click Sync → Webhook. 9. Choose this destination, tick the user property email, choose how often and click Sync.`,
  },
  operation: {
    type: 'hook',
    inputFields: cohortWebhookFields,
    perform,
    performList,
    sample: sampleCohortEntry,
    outputFields: cohortEntryFields(),
  },
});
