/** Amplitude's cohort webhook: everybody who enters is queued before it is answered. */
import { carriesOneOf, readCohortDelivery } from '../../amplitude/cohort-webhook.ts';
import { jsonIn } from '../body.ts';
import type { Forwarder } from '../forwarder.ts';
import { takeRows } from '../intake.ts';
import { storable } from '../jobs.ts';
import { unauthorized } from '../secrets.ts';

/** A cohort's members come with their properties. */
const MOST = { bytes: 10_000_000 };

/** Answers a delivery. */
export const hearCohort = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const { config, say } = forwarder;
  const headers = Object.fromEntries(request.headers);
  const { webhookSecrets } = config.amplitude;
  if (!carriesOneOf(webhookSecrets, headers)) {
    const message = 'X-Webhook-Secret is missing or wrong: send AMPLITUDE_WEBHOOK_SECRET in it.';
    throw unauthorized(webhookSecrets, 'AMPLITUDE_WEBHOOK_SECRET', message);
  }
  const body = await jsonIn(request, MOST);
  const { entries, leftOut } = readCohortDelivery(body, config.members);
  const rows = entries.map(({ amplitude_user_id, respondent_email, cohort_name }) => ({
    external_id: amplitude_user_id,
    email: respondent_email,
    metadata: cohort_name === null ? {} : { cohort: storable(cohort_name) },
  }));
  const { queued, known, read } = await takeRows(forwarder, rows, Number.POSITIVE_INFINITY);
  const errors = read.flatMap((row) => ('error' in row ? [row.error] : []));
  const refused = [...new Set(errors)].map(
    (why) => `${errors.filter((error) => error === why).length} × a user who can't be started: ${why}`,
  );
  const left_out = [...leftOut, ...refused];
  // Amplitude shows nobody what it was answered.
  say('a cohort was heard', { queued, known, leftOut: left_out.join(' ') });
  return Response.json({ accepted: queued, duplicates: known, left_out });
};
