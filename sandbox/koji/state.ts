import type { VirtualClock } from '../clock.ts';
import type { KojiBehavior } from './behavior.ts';
import type { Delivery } from './deliveries.ts';
import type { Stored } from './interviews.ts';
import type { Project } from './projects.ts';
import type { Webhook } from './webhooks.ts';

/** All that the local Koji holds. */
export type KojiState = {
  clock: VirtualClock;
  projects: Project[];
  behavior: KojiBehavior;
  /** How long a webhook's receiver may take, in real milliseconds. */
  answerTimeoutMilliseconds: number;
  /** Of all projects, oldest first. */
  interviews: Stored[];
  /** The same by their ids, and by project and identity. */
  byId: Map<string, Stored>;
  byIdentity: Map<string, Stored>;
  /** Of all projects. The same address may be subscribed several times (K7 is silent). */
  webhooks: Webhook[];
  /** Every attempt to reach a webhook, oldest first. */
  deliveries: Delivery[];
  /** By API key, when its requests of the last minute passed. */
  passed: Map<string, number[]>;
  /** How many there have been, which makes ids and times the same from run to run. */
  made: { webhooks: number; events: number; analyses: number };
};
