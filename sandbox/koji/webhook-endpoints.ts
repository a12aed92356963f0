import type { Answer, Call } from '../server.ts';
import { methodNotAllowed, notFound, readBody, refuse } from './answers.ts';
import { sendVerification } from './deliveries.ts';
import type { Project } from './projects.ts';
import type { KojiState } from './state.ts';
import { draftWebhook, newSecret, removeWebhook, subscribeBody } from './webhooks.ts';

/** K7: what the API answers where the plan has no webhooks. */
export const withoutWebhooks = ({ behavior }: KojiState, call: Call): Answer => {
  switch (behavior.withoutWebhooks) {
    case 403:
      return refuse(403, 'plan_upgrade_required', 'Webhooks are part of the Interviews and Enterprise plans.');
    case 404:
      return notFound(`${call.method} ${call.path}`);
    case 405:
      return methodNotAllowed(call);
  }
};

/** K7: `POST /webhooks {"url", "events"}` → 201 `{"id", "secret"}`. */
export const answerSubscribe = async (koji: KojiState, project: Project, call: Call): Promise<Answer> => {
  const { behavior } = koji;
  const read = readBody(call, subscribeBody, behavior.invalidBody);
  if (!read.ok) return read.answer;

  const webhook = draftWebhook(koji, project, read.body, (id) => newSecret(behavior.scheme, id));
  if (behavior.verifiesOnSubscribe && (await sendVerification(koji, webhook)).outcome !== 'accepted') {
    return refuse(behavior.invalidBody, 'webhook_verification_failed', 'The verification request did not get 200.');
  }
  koji.webhooks.push(webhook);
  return {
    status: 201,
    body: { id: webhook.id, ...(behavior.givesSecret ? { secret: webhook.secrets[0] } : {}) },
  };
};

/** K7: `DELETE /webhooks/:id` → 204, and 404 when there is nothing left to delete. */
export const answerUnsubscribe = (koji: KojiState, project: Project, webhookId: string): Answer => {
  const webhook = koji.webhooks.find((candidate) => candidate.id === webhookId && candidate.project === project);
  return webhook !== undefined && removeWebhook(koji, webhook) ? { status: 204 } : notFound('The webhook');
};
