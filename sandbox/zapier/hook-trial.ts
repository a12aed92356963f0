import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { told } from '../amplitude/cohort-sync.ts';
import { VirtualClock } from '../clock.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { type KojiSandbox, startKoji } from '../koji/server.ts';
import type { Item } from './definition.ts';
import { InvocationFailed } from './failure.ts';
import { startZapier } from './platform.ts';
import type { Zap } from './zap.ts';

/** The hooks there are to try: two of Koji's, one of Amplitude's. */
export const hookKeys = [
  'interview_analysis_ready',
  'interview_analysis_ready_manual',
  'user_entered_cohort_webhook',
] as const;
export type HookKey = (typeof hookKeys)[number];

/** What else is sent after the true delivery. */
export type HookPlan = { key: HookKey; inputData?: Item; forged?: boolean; again?: boolean };

/** One thing that was sent to the Zap, and what the trigger made of it. */
export type Told = { sent: string; outcome: string; items: Item[]; said: string[] };

const SECOND = 1_000;
/** The story is told in the past, so that nothing in it lies in the future of the app, whose own clock is the real one. */
const HOUR = 3_600 * SECOND;
const secrets = { koji: 'sandbox-webhook-secret', amplitude: 'sandbox-cohort-webhook-secret' } as const;

type Sender = { sends: string; send: () => Promise<void> };

/** Turns a Zap with this trigger on, sends it what the plan says, and tells what came of each. `app` as built. */
export const tryHook = async (app: object, { key, inputData = {}, forged, again }: HookPlan): Promise<Told[]> => {
  const clock = new VirtualClock(Date.now() - HOUR);
  const koji = await startKoji({ clock });
  const zapier = await startZapier({
    app,
    clock,
    authData: {
      koji_api_key: sandboxKeys.full,
      koji_webhook_secret: secrets.koji,
      amplitude_webhook_secret: secrets.amplitude,
    },
    environment: { KOJI_API_URL: koji.url },
  });
  try {
    const zap = zapier.zap({ trigger: { key, inputData } });
    const refused = await zap.turnOn().then(() => null, whyRefused);
    if (refused !== null) return [{ sent: 'The Zap is turned on', outcome: 'failed', items: [], said: [refused] }];
    const sender = key === 'user_entered_cohort_webhook' ? cohortSender(zap) : await kojiSender(koji, clock, zap);
    const plan: Sender[] = [
      ...sender.first,
      ...(forged === true ? [sender.forged] : []),
      ...(again === true ? [sender.again] : []),
    ];
    const told: Told[] = [];
    for (const { sends, send } of plan) {
      const before = { runs: zap.runs().length, logs: zapier.logs.length };
      await send();
      await clock.runUntilIdle();
      const runs = zap.runs().slice(before.runs);
      told.push({
        sent: sends,
        outcome: zap.deliveries.at(-1)?.outcome ?? 'nothing arrived',
        items: runs.flatMap(({ trigger }) => (trigger === null ? [] : [trigger])),
        said: [
          ...zapier.logs
            .slice(before.logs)
            .filter(({ type }) => type === 'console')
            .map(({ message }) => message),
          ...runs.flatMap(({ failure }) => (failure === null ? [] : [failure.message])),
        ],
      });
    }
    await zap.turnOff();
    return told;
  } finally {
    await Promise.all([zapier.close(), koji.close()]);
  }
};

/** What people read of a Zap that can't be turned on. */
const whyRefused = (error: unknown): string => {
  if (error instanceof InvocationFailed) return error.message;
  throw error;
};

type Senders = { first: Sender[]; forged: Sender; again: Sender };

/** An interview of Ada's is started, answered and analyzed; a hook that can't subscribe is added in Koji's settings. */
const kojiSender = async (koji: KojiSandbox, clock: VirtualClock, zap: Zap): Promise<Senders> => {
  const interviewId = koji.openLink({
    respondent: { external_id: 'user_10042', display_name: 'Ada Example' },
    respondent_email: 'ada@example.com',
  });
  const analyzed: Sender = {
    sends: 'An analyzed interview',
    send: async () => {
      await clock.advance(600 * SECOND);
      koji.respond(interviewId);
      await clock.advance(10 * SECOND);
    },
  };
  const added: Sender = {
    sends: "Koji's verification request, as the address was added in its settings",
    send: async () => {
      await koji.addWebhookInSettings(zap.targetUrl() ?? '', secrets.koji);
    },
  };
  return {
    first: koji.webhooks().length === 0 ? [added, analyzed] : [analyzed],
    forged: {
      sends: 'A forged one, signed with the secret of somebody else',
      send: async () => {
        await koji.deliverForged(interviewId, 'wrong-secret');
      },
    },
    again: {
      sends: 'The same one again',
      send: async () => {
        await koji.deliverAgain(interviewId);
      },
    },
  };
};

const entered = told(
  { id: 'trialend', name: 'Trial ended without upgrade', computedAt: 1_779_622_800 },
  'enter',
  '9baaa88f::enter::0',
  [
    { user_id: 'user_10042', user_properties: { email: 'ada@example.com', name: 'Ada Example' } },
    { user_id: 'user_10043', user_properties: { email: 'ben@example.com', name: 'Ben Example' } },
  ],
);

const cohortSender = (zap: Zap): Senders => {
  const post = (sends: string, secret: string): Sender => ({
    sends,
    send: async () => {
      const response = await fetch(zap.targetUrl() ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json', [SECRET_HEADER]: secret },
        body: JSON.stringify(entered),
      });
      await response.arrayBuffer();
    },
  });
  return {
    first: [post('Two people who entered a cohort', secrets.amplitude)],
    forged: post('The same with a wrong X-Webhook-Secret', 'the-secret-of-somebody-else'),
    again: post('The same again', secrets.amplitude),
  };
};
