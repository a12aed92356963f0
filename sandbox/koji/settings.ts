/** Settings → Integrations → Webhooks, as a person uses them. */
import { sendVerification } from './deliveries.ts';
import { findProject } from './projects.ts';
import type { KojiState } from './state.ts';
import { draftWebhook, findWebhook, kojiEvents, newSecret } from './webhooks.ts';

export type WebhookChoice = { projectId?: string; events?: string[] };

/** Add Webhook Endpoint. Throws when the verification request gets no 200. */
export const addWebhook = async (
  koji: KojiState,
  url: string,
  secret?: string,
  { projectId, events = [kojiEvents.analysisReady] }: WebhookChoice = {},
): Promise<{ id: string; secret: string }> => {
  const project = findProject(koji, projectId);
  if (!project.plan.webhooks) throw new Error(`The plan of ${project.id} has no webhooks.`);
  const webhook = draftWebhook(koji, project, { url, events }, (id) => secret ?? newSecret(koji.behavior.scheme, id));
  const { outcome, status } = await sendVerification(koji, webhook);
  if (outcome !== 'accepted') {
    throw new Error(`Koji did not save the webhook: its verification request got ${status ?? 'no answer'}, not 200.`);
  }
  koji.webhooks.push(webhook);
  return { id: webhook.id, secret: webhook.secrets[0] };
};

/** Gives the webhook a new secret; deliveries are signed with both from then on. */
export const rotateSecret = (koji: KojiState, webhookId: string): string => {
  const webhook = findWebhook(koji, webhookId);
  const current = webhook.secrets[0];
  const next = newSecret(koji.behavior.scheme, `${webhook.id}:${current}`);
  webhook.secrets = [next, current];
  return next;
};
