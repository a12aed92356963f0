import { KOJI_API_URL, paths, permissions } from '../../koji/contract.ts';
import type { VirtualClock } from '../clock.ts';
import { type Answer, type Call, type LocalServer, startServer } from '../server.ts';
import { methodNotAllowed, notFound, refuse } from './answers.ts';
import { contractBehaviour, type KojiBehaviour } from './behaviour.ts';
import { createDeliveries, type Delivery, type Forgery, type KojiEvent, VERIFICATION_EVENT } from './deliveries.ts';
import { answerInterview, answerList, answerStart } from './interview-endpoints.ts';
import {
  createInterviews,
  type KojiInterview,
  makeId,
  type Outcome,
  price,
  type StartBody,
  type Stored,
} from './interviews.ts';
import { type Caller, identify, lacks, type Project, sandboxProjects, unauthorized } from './projects.ts';
import { createRateLimit } from './rate-limit.ts';
import { answerSubscribe, answerUnsubscribe, withoutWebhooks } from './webhook-endpoints.ts';
import { createWebhooks, kojiEvents, newSecret, type Webhook } from './webhooks.ts';

export type KojiOptions = {
  clock: VirtualClock;
  projects?: Project[];
  behaviour?: Partial<KojiBehaviour>;
  /** How long a webhook's receiver may take, in real milliseconds. */
  answerTimeoutMilliseconds?: number;
};

/** A local Koji. `url` is what `KOJI_API_URL` is set to. */
export type KojiSandbox = Pick<LocalServer, 'url' | 'calls' | 'failNext' | 'close'> & {
  projects: Project[];
  /** Turns switches while the sandbox runs. */
  behave: (change: Partial<KojiBehaviour>) => void;
  /** All interviews, oldest first, as the API would answer them now. */
  interviews: () => KojiInterview[];
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
    choice?: { projectId?: string; events?: string[] },
  ) => Promise<{ id: string; secret: string }>;
  /** Gives the webhook a new secret; deliveries are signed with both from then on. */
  rotateSecret: (webhookId: string) => string;
};

/** K1: what the API's addresses begin with. */
const API_PATH = new URL(KOJI_API_URL).pathname;

export const startKoji = async (options: KojiOptions): Promise<KojiSandbox> => {
  const { clock } = options;
  const projects = options.projects ?? sandboxProjects();
  const behaviour: KojiBehaviour = { ...contractBehaviour, ...options.behaviour };
  const interviews = createInterviews(clock);
  const webhooks = createWebhooks();
  const deliveries = createDeliveries(clock, webhooks, behaviour, options.answerTimeoutMilliseconds ?? 10_000);
  const waitSeconds = createRateLimit(clock);
  let events = 0;
  let analyses = 0;

  const makeEvent = (name: string, stored: Stored | null): KojiEvent => {
    events += 1;
    return {
      id: makeId('evt', `${events}`),
      name,
      createdAt: new Date(clock.now()).toISOString(),
      interviewId: stored?.interview.interview_id ?? null,
      data: { ...stored?.interview },
    };
  };

  const verify = (webhook: Webhook): Promise<Delivery> =>
    deliveries.verify(webhook, makeEvent(VERIFICATION_EVENT, null));

  /** K8: one event, a delivery of its own for each webhook. */
  const publish = (name: string, stored: Stored): void => {
    const event = makeEvent(name, stored);
    for (const webhook of webhooks.all) {
      if (webhook.project !== stored.project || !webhook.events.includes(name)) continue;
      clock.schedule(0, async () => {
        if (webhooks.all.includes(webhook)) await deliveries.send(webhook, event);
      });
    }
  };

  const findProject = (projectId?: string): Project => {
    const project = projectId === undefined ? projects[0] : projects.find(({ id }) => id === projectId);
    if (project === undefined) throw new Error(`The sandbox has no project ${projectId}.`);
    return project;
  };

  const toEach = async (
    some: readonly Webhook[],
    send: (webhook: Webhook) => Promise<Delivery>,
  ): Promise<Delivery[]> => {
    const sent: Delivery[] = [];
    for (const webhook of [...some]) sent.push(await send(webhook));
    return sent;
  };

  const handle = async (call: Call): Promise<Answer> => {
    // K5: any web site answers 404, but not with Koji's error body.
    if (!call.path.startsWith(`${API_PATH}/`)) return { status: 404, body: '<!doctype html><title>Not found</title>' };

    const caller = identify(projects, call);
    if (caller === null) return unauthorized();
    const seconds = waitSeconds(caller.key);
    if (seconds !== null) {
      return refuse(
        429,
        'rate_limited',
        'Too many requests.',
        behaviour.retryAfter ? { 'Retry-After': `${seconds}` } : {},
      );
    }
    return answer(call, caller, call.path.slice(API_PATH.length));
  };

  const answer = async (call: Call, caller: Caller, path: string): Promise<Answer> => {
    const { project } = caller;

    if (path === paths.start) {
      if (call.method !== 'POST') return methodNotAllowed(call);
      return lacks(caller, permissions.start) ?? answerStart(interviews, project, behaviour, call);
    }
    if (path === paths.list) {
      if (call.method !== 'GET') return methodNotAllowed(call);
      return lacks(caller, permissions.read) ?? answerList(interviews, project, behaviour, call);
    }
    // K7 names no permission for webhooks: reading interviews is what they amount to.
    if (path === paths.webhooks) {
      if (call.method !== 'POST') return methodNotAllowed(call);
      return (
        lacks(caller, permissions.read) ??
        withoutWebhooks(project, behaviour, call) ??
        answerSubscribe(
          webhooks,
          project,
          behaviour,
          call,
          async (webhook) => (await verify(webhook)).outcome === 'accepted',
        )
      );
    }
    const webhookId = below(paths.webhook, path);
    if (webhookId !== null) {
      if (call.method !== 'DELETE') return methodNotAllowed(call);
      return (
        lacks(caller, permissions.read) ??
        withoutWebhooks(project, behaviour, call) ??
        answerUnsubscribe(webhooks, project, webhookId)
      );
    }
    const interviewId = below(paths.interview, path);
    if (interviewId !== null) {
      if (call.method !== 'GET') return methodNotAllowed(call);
      return lacks(caller, permissions.read) ?? answerInterview(interviews, project, behaviour, interviewId);
    }
    return notFound(`${call.method} ${call.path}`);
  };

  const server = await startServer(handle);

  return {
    url: `${server.url}${API_PATH}`,
    calls: server.calls,
    failNext: server.failNext,
    close: server.close,
    projects,

    behave: (change) => {
      Object.assign(behaviour, change);
    },

    interviews: () => interviews.all.map(({ interview }) => structuredClone(interview)),

    webhooks: () =>
      webhooks.all.map(({ id, project, url, events: names, secrets }) => ({
        id,
        projectId: project.id,
        url,
        events: [...names],
        secret: secrets[0],
      })),

    deliveries: () => structuredClone(deliveries.log),

    openLink: (body = {}, projectId) => {
      const project = findProject(projectId);
      const stored = interviews.existing(project, body) ?? interviews.begin(project, body);
      return stored.interview.interview_id;
    },

    respond: (interviewId, outcome = {}) => {
      const stored = interviews.find(interviewId);
      interviews.complete(stored, outcome);
      publish(kojiEvents.completed, stored);
      clock.schedule(analysisMilliseconds(analyses++), async () => {
        interviews.analyse(stored, outcome);
        // Documented: an interview of less than 3 costs no credit.
        const score = stored.interview.quality_score;
        if (score !== null && score >= 3) stored.project.credits -= price(stored.interview.mode);
        publish(kojiEvents.analysisReady, stored);
      });
    },

    deliverAgain: async (interviewId) => {
      const last = deliveries.log.findLast((entry) => entry.kind === 'event' && entry.interviewId === interviewId);
      if (last === undefined) throw new Error(`Nothing was delivered of interview ${interviewId} yet.`);
      const { eventId, event, body } = last;
      const told = new Set(deliveries.log.filter((entry) => entry.eventId === eventId).map((entry) => entry.webhookId));
      return toEach(
        webhooks.all.filter((webhook) => told.has(webhook.id)),
        (webhook) =>
          deliveries.again(webhook, { id: eventId, name: event, createdAt: '', interviewId, data: {} }, body),
      );
    },

    deliverForged: (interviewId, how) => {
      const stored = interviews.find(interviewId);
      return toEach(
        webhooks.all.filter((webhook) => webhook.project === stored.project),
        (webhook) => deliveries.forge(webhook, makeEvent(kojiEvents.analysisReady, stored), how),
      );
    },

    deliverEvent: (name, interviewId) => {
      const stored = interviewId === undefined ? null : interviews.find(interviewId);
      const event = makeEvent(name, stored);
      return toEach(
        webhooks.all.filter((webhook) => stored === null || webhook.project === stored.project),
        (webhook) => deliveries.send(webhook, event),
      );
    },

    sendVerification: async (webhookId) => verify(webhooks.find(webhookId)),

    addWebhookInSettings: async (url, secret, choice = {}) => {
      const project = findProject(choice.projectId);
      if (!project.plan.webhooks) throw new Error(`The plan of ${project.id} has no webhooks.`);
      const webhook = webhooks.draft(
        project,
        url,
        choice.events ?? [kojiEvents.analysisReady],
        (id) => secret ?? newSecret(behaviour.scheme, id),
      );
      const { outcome, status } = await verify(webhook);
      if (outcome !== 'accepted') {
        throw new Error(
          `Koji did not save the webhook: its verification request got ${status ?? 'no answer'}, not 200.`,
        );
      }
      webhooks.save(webhook);
      return { id: webhook.id, secret: webhook.secrets[0] };
    },

    rotateSecret: (webhookId) => {
      const webhook = webhooks.find(webhookId);
      const current = webhook.secrets[0];
      const next = newSecret(behaviour.scheme, `${webhook.id}:${current}`);
      webhook.secrets = [next, current];
      return next;
    },
  };
};

/** Documented: typically 2–5 seconds after completion. Spread over that range, the same from run to run. */
const analysisMilliseconds = (number: number): number => 2_000 + ((number * 1_300) % 3_001);

/** The id in a path like `/interviews/<id>`; null when the path is another one. */
const below = (pathOf: (id: string) => string, path: string): string | null => {
  const prefix = pathOf('');
  if (!path.startsWith(prefix)) return null;
  const rest = path.slice(prefix.length);
  if (rest === '' || rest.includes('/')) return null;
  try {
    return decodeURIComponent(rest);
  } catch {
    return null;
  }
};
