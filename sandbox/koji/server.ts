import type { VirtualClock } from '../clock.ts';
import { type LocalServer, serveRoutes } from '../server.ts';
import { assumedBehavior, type KojiBehavior } from './behavior.ts';
import { deliverAgain, deliverEvent, deliverForged, reachedAgain } from './by-hand.ts';
import { type Delivery, sendVerification } from './deliveries.ts';
import type { Forgery } from './forgeries.ts';
import type { KojiInterview, Outcome, StartBody } from './interviews.ts';
import { type Project, sandboxProjects } from './projects.ts';
import { openLink, respond, respondAfter } from './respondent.ts';
import { API_PATH, kojiRoutes } from './routes.ts';
import { addWebhook, rotateSecret, type WebhookChoice } from './settings.ts';
import type { KojiState } from './state.ts';
import { findWebhook } from './webhooks.ts';

export type KojiOptions = {
  clock: VirtualClock;
  projects?: Project[];
  behavior?: Partial<KojiBehavior>;
  /** How long a webhook's receiver may take, in real milliseconds. */
  answerTimeoutMilliseconds?: number;
};

/** A local Koji. `url` is what `KOJI_API_URL` is set to. */
export type KojiSandbox = Pick<LocalServer, 'url' | 'calls' | 'failNext' | 'interfere' | 'close'> & {
  projects: Project[];
  /** Turns switches while the sandbox runs. */
  behave: (change: Partial<KojiBehavior>) => void;
  /** All interviews, oldest first, as the API would answer them now. */
  interviews: () => KojiInterview[];
  /** The last interview that was started with this id of the customer's. */
  interviewOf: (externalId: string) => KojiInterview | undefined;
  /** All webhooks that are subscribed now. */
  webhooks: () => { id: string; projectId: string; url: string; events: string[]; secret: string }[];
  /** Every attempt to reach a webhook, oldest first. */
  deliveries: () => Delivery[];
  /** Somebody opens the study's link, without the API. Gives the interview's id. */
  openLink: (body?: StartBody, projectId?: string) => string;
  /**
   * The respondent finishes. The analysis follows 2–5 seconds later on the clock, and with it a delivery of
   * `interview.analysis_ready` to each webhook that is subscribed to it then.
   */
  respond: (interviewId: string, outcome?: Outcome) => void;
  /** Whoever was started so long ago finishes now, but for those who are to wait. Gives the interviews' ids. */
  respondAfter: (milliseconds: number, waits?: (interview: KojiInterview) => boolean) => string[];
  /** How many webhooks another delivery of the interview's last event would reach. Throws when there was none. */
  reachedAgain: (interviewId: string) => number;
  /** Delivers the interview's last event once more: same id, same bytes. */
  deliverAgain: (interviewId: string) => Promise<Delivery[]>;
  /** Delivers a false `interview.analysis_ready` of this interview to each webhook of its project. */
  deliverForged: (interviewId: string, how: Forgery) => Promise<Delivery[]>;
  /** Delivers an event of any name, truly signed, to each webhook, whether it is subscribed to it or not. */
  deliverEvent: (name: string, interviewId?: string) => Promise<Delivery[]>;
  /** K10: sends the verification request. */
  sendVerification: (webhookId: string) => Promise<Delivery>;
  /** Settings → Integrations → Webhooks → Add Webhook Endpoint. Throws when the verification request gets no 200. */
  addWebhookInSettings: (
    url: string,
    secret?: string,
    choice?: WebhookChoice,
  ) => Promise<{ id: string; secret: string }>;
  /** Gives the webhook a new secret; deliveries are signed with both from then on. */
  rotateSecret: (webhookId: string) => string;
};

export const startKoji = async (options: KojiOptions): Promise<KojiSandbox> => {
  const koji: KojiState = {
    clock: options.clock,
    projects: options.projects ?? sandboxProjects(),
    behavior: { ...assumedBehavior, ...options.behavior },
    answerTimeoutMilliseconds: options.answerTimeoutMilliseconds ?? 10_000,
    interviews: [],
    byId: new Map(),
    byIdentity: new Map(),
    webhooks: [],
    deliveries: [],
    passed: new Map(),
    made: { webhooks: 0, events: 0, analyses: 0 },
  };
  const { url, calls, failNext, interfere, close } = await serveRoutes(kojiRoutes(koji), options.clock.now);

  return {
    url: `${url}${API_PATH}`,
    calls,
    failNext,
    interfere,
    close,
    projects: koji.projects,
    behave: (change) => {
      Object.assign(koji.behavior, change);
    },
    // An interview that changes is replaced by another, and a delivery never changes.
    interviews: () => koji.interviews.map(({ interview }) => interview),
    interviewOf: (externalId) =>
      koji.interviews.findLast(({ interview }) => interview.respondent.external_id === externalId)?.interview,
    webhooks: () =>
      koji.webhooks.map(({ id, project, url: address, events, secrets }) => ({
        id,
        projectId: project.id,
        url: address,
        events: [...events],
        secret: secrets[0],
      })),
    deliveries: () => [...koji.deliveries],
    openLink: (body, projectId) => openLink(koji, body, projectId),
    respond: (interviewId, outcome) => respond(koji, interviewId, outcome),
    respondAfter: (milliseconds, waits) => respondAfter(koji, milliseconds, waits),
    reachedAgain: (interviewId) => reachedAgain(koji, interviewId).length,
    deliverAgain: async (interviewId) => deliverAgain(koji, interviewId),
    deliverForged: async (interviewId, how) => deliverForged(koji, interviewId, how),
    deliverEvent: async (name, interviewId) => deliverEvent(koji, name, interviewId),
    sendVerification: async (webhookId) => sendVerification(koji, findWebhook(koji, webhookId)),
    addWebhookInSettings: (address, secret, choice) => addWebhook(koji, address, secret, choice),
    rotateSecret: (webhookId) => rotateSecret(koji, webhookId),
  };
};
