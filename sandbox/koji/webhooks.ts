import { createHash } from 'node:crypto';
import * as z from 'zod';
import { isLoopback } from '../../boundary/host.ts';
import { ANALYSIS_READY_EVENT, STANDARD_SECRET_PREFIX } from '../../koji/contract.ts';
import { makeId } from './interviews.ts';
import type { Project } from './projects.ts';
import type { SignatureScheme } from './signing.ts';
import type { KojiState } from './state.ts';

/** Documented: named by one or the other of the two pages that list Koji's events. */
export const kojiEvents = {
  completed: 'interview.completed',
  analysisReady: ANALYSIS_READY_EVENT,
  qualityScored: 'interview.quality_scored',
  failedQualityGate: 'interview.failed_quality_gate',
  studyPublished: 'study.published',
  reportGenerated: 'report.generated',
} as const;

/** Documented: an HTTPS URL. On this machine http will do. */
const webhookAddress = z
  .url()
  .refine((address) => new URL(address).protocol === 'https:' || isLoopback(new URL(address)), 'must be an HTTPS URL');

/** K7: `{"url", "events"}`. */
export const subscribeBody = z.object({
  url: webhookAddress,
  events: z.array(z.enum(kojiEvents)).min(1),
});

export type Webhook = {
  id: string;
  project: Project;
  url: string;
  events: readonly string[];
  /** The first is the one in force; a second one is the secret before it, during rotation. */
  secrets: [string, ...string[]];
};

/** Makes a webhook without saving it. */
export const draftWebhook = (
  { made }: KojiState,
  project: Project,
  { url, events }: { url: string; events: readonly string[] },
  secret: (id: string) => string,
): Webhook => {
  made.webhooks += 1;
  const id = makeId('wh', `${project.id}:${made.webhooks}`);
  return { id, project, url, events, secrets: [secret(id)] };
};

/** False when it was not there. */
export const removeWebhook = ({ webhooks }: KojiState, webhook: Webhook): boolean => {
  const index = webhooks.indexOf(webhook);
  if (index !== -1) webhooks.splice(index, 1);
  return index !== -1;
};

/** The one with this id; throws when there is none. */
export const findWebhook = ({ webhooks }: KojiState, webhookId: string): Webhook => {
  const webhook = webhooks.find(({ id }) => id === webhookId);
  if (webhook === undefined) throw new Error(`The sandbox has no webhook ${webhookId}.`);
  return webhook;
};

/** Stable from run to run. Standard Webhooks secrets are base64 behind `whsec_`. */
export const newSecret = (scheme: SignatureScheme, seed: string): string => {
  const bytes = createHash('sha256').update(`secret:${seed}`).digest();
  return scheme === 'standard' ? `${STANDARD_SECRET_PREFIX}${bytes.toString('base64')}` : bytes.toString('hex');
};
