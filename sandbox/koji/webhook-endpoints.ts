import type { Answer, Call } from '../server.ts';
import { methodNotAllowed, notFound, readBody, refuse } from './answers.ts';
import type { KojiBehaviour } from './behaviour.ts';
import type { Project } from './projects.ts';
import { newSecret, subscribeBody, type Webhook, type Webhooks } from './webhooks.ts';

/** K7: what the API answers where the plan has no webhooks. Null where it has. */
export const withoutWebhooks = (project: Project, behaviour: KojiBehaviour, call: Call): Answer | null => {
  if (project.plan.webhooks) return null;
  switch (behaviour.withoutWebhooks) {
    case 403:
      return refuse(403, 'plan_upgrade_required', 'Webhooks are part of the Interviews and Enterprise plans.');
    case 404:
      return notFound(`${call.method} ${call.path}`);
    case 405:
      return methodNotAllowed(call);
  }
};

/** K7: `POST /webhooks {"url", "events"}` → 201 `{"id", "secret"}`. */
export const answerSubscribe = async (
  webhooks: Webhooks,
  project: Project,
  behaviour: KojiBehaviour,
  call: Call,
  verified: (webhook: Webhook) => Promise<boolean>,
): Promise<Answer> => {
  const read = readBody(call, subscribeBody, behaviour.invalidBody);
  if (!read.ok) return read.answer;

  const webhook = webhooks.draft(
    project,
    read.body.url,
    read.body.events,
    (id) => project.webhookSecret ?? newSecret(behaviour.scheme, id),
  );
  if (behaviour.verifiesOnSubscribe && !(await verified(webhook))) {
    return refuse(behaviour.invalidBody, 'webhook_verification_failed', 'The verification request did not get 200.');
  }
  webhooks.save(webhook);
  return {
    status: 201,
    body: { id: webhook.id, ...(behaviour.givesSecret ? { secret: webhook.secrets[0] } : {}) },
  };
};

/** K7: `DELETE /webhooks/:id` → 204, and 404 when there is nothing left to delete. */
export const answerUnsubscribe = (webhooks: Webhooks, project: Project, webhookId: string): Answer => {
  const webhook = webhooks.all.find((candidate) => candidate.id === webhookId && candidate.project === project);
  return webhooks.remove(webhook) ? { status: 204 } : notFound('The webhook');
};
