import { paths } from '../../amplitude/hosts.ts';
import type { Logged } from '../server.ts';
import { lastInterviewNegative, trialEnded } from '../story/cohorts.ts';
import { parsedAll, type Seen, sentSchema } from '../story/figures.ts';
import { SECOND } from '../story/product.ts';
import {
  type Happening,
  type LoopResult,
  type Mail,
  type OnProgress,
  type OnScene,
  type Platform,
  type Stuck,
  tellStory,
  type World,
} from '../story/story.ts';
import { startConnected } from './connected.ts';
import type { ZapierSandbox } from './platform.ts';
import type { LocalStep, Run } from './runs.ts';
import type { Zap } from './zap.ts';

/** What maps the cohort to Start Interview (docs/zaps/cohort-to-interview.md). */
export const startStep = {
  key: 'start_interview',
  inputData: {
    respondent_email: '{{trigger.respondent_email}}',
    respondent_id: '{{trigger.amplitude_user_id}}',
    respondent_name: '{{trigger.properties.name}}',
    study_link: 'https://koji.so/i/why',
  },
};

/** What maps the trigger to Send Interview Event (docs/zaps/interview-to-amplitude.md). */
export const sendStep = {
  key: 'send_interview_event',
  inputData: {
    interview_id: '{{trigger.interview_id}}',
    completed_at: '{{trigger.completed_at}}',
    amplitude_user_id: '{{trigger.respondent_id}}',
    respondent_email: '{{trigger.respondent_email}}',
    is_anonymous: '{{trigger.is_anonymous}}',
    themes: '{{trigger.themes}}',
    sentiment: '{{trigger.sentiment}}',
    quality_score: '{{trigger.quality_score}}',
    transcript_url: '{{trigger.transcript_url}}',
  },
};

/** An email app that keeps what it would send. */
const emailStep = (outbox: Mail[], inputData: Mail, onlyIf?: LocalStep['onlyIf']): LocalStep => ({
  inputData,
  ...(onlyIf === undefined ? {} : { onlyIf }),
  carryOut: ({ to, subject, text }) => {
    outbox.push({ to: String(to), subject: String(subject), text: String(text) });
    return { sent: true };
  },
});

const invitation = {
  to: '{{trigger.respondent_email}}',
  subject: 'Ten minutes about your trial?',
  text: 'We would like to hear from you: {{steps.0.interview_link}}',
};
const warning = {
  to: '{{trigger.properties.account_owner}}',
  subject: '{{trigger.respondent_email}} was unhappy in their interview',
  text: 'They spoke of {{trigger.properties.last_interview_themes}}.',
};

const COHORT_TRIGGER = 'user_entered_cohort';

/** The three Zaps, by what they are for, with the names that people read. */
export const zapNames = {
  asking: 'User Entered Cohort → Start Interview → email',
  writing: 'Interview Analysis Ready → Send Interview Event',
  warning: 'User Entered Cohort (last interview negative) → message to the account’s owner',
} as const;
type Zaps = Record<keyof typeof zapNames, Zap>;

/** The loop's three Zaps, turned off. */
export type ZapLoop = Pick<Platform, 'turnOn' | 'turnOff' | 'startOutputs' | 'seen' | 'happenings' | 'close'> & {
  stuck: () => Stuck;
  zaps: Zaps;
  /** Both cohorts are looked at, and whoever is held back is let go. */
  poll: () => Promise<void>;
};

/** Puts the Zaps on the cohort with this id and on “last interview negative”. `app` is what the build exports. */
export const startLoop = async (app: object, world: World, cohortId: string): Promise<ZapLoop> => {
  const { clock } = world;
  const zapier = await startConnected(app, world);
  const invitations: Mail[] = [];
  const warnings: Mail[] = [];
  const cohortTrigger = (cohort_id: string, extra_properties: string[]) => ({
    key: COHORT_TRIGGER,
    inputData: { cohort_id, extra_properties, export_every_hours: 1 },
  });
  const zaps: Zaps = {
    asking: zapier.zap({
      trigger: cohortTrigger(cohortId, ['name']),
      steps: [
        startStep,
        emailStep(
          invitations,
          invitation,
          ({ respondent_email }, [started]) =>
            respondent_email !== null && started?.already_started === false && started.interview_link !== null,
        ),
      ],
    }),
    writing: zapier.zap({ trigger: { key: 'interview_analysis_ready' }, steps: [sendStep] }),
    warning: zapier.zap({
      trigger: cohortTrigger(lastInterviewNegative.id, ['account_owner', 'last_interview_themes']),
      steps: [emailStep(warnings, warning)],
    }),
  };
  const polled = [zaps.asking, zaps.warning];
  const happened: Happened = { zaps, held: 0, failedPolls: [], invitations, warnings };
  return {
    zaps,
    turnOn: async () => {
      await zapier.testConnection();
      // The editor's test begins the export; a minute later the Zap can be turned on.
      for (const zap of polled) await zap.testTrigger();
      await clock.advance(60 * SECOND);
      for (const zap of polled) await zap.turnOn();
      await zaps.writing.turnOn();
    },
    poll: async () => {
      for (const zap of polled) {
        const { held, failure } = await zap.poll();
        happened.held += held;
        if (failure !== null)
          happened.failedPolls.push({ at: clock.now(), who: 'Zapier', what: 'a poll failed', reason: failure.message });
        // Somebody looks at so many at once, and lets them go.
        await zap.releaseHeld();
      }
    },
    stuck: () => stuckIn(zaps, cohortId),
    startOutputs: () => zaps.asking.runs().map(({ outputs }) => outputs[0]),
    turnOff: async () => {
      for (const zap of Object.values(zaps)) await zap.turnOff();
    },
    seen: () => seenOnZapier(world, zapier, happened),
    happenings: () => [
      ...happened.failedPolls,
      ...zapier.logs.flatMap(({ at, type, message, data }) =>
        // What a poll says of itself, four times an hour, would drown the rest.
        type === 'console' && !String(data.method).includes(COHORT_TRIGGER)
          ? [{ at, who: 'The app', what: 'says', reason: message }]
          : [],
      ),
      ...zapier.runs.flatMap((run) => happeningOf(run, zaps)),
    ],
    close: zapier.close,
  };
};

/** How a run ended, or what it waits for; where an email was sent, to whom. */
const happeningOf = ({ zapId, status, history, inputs, outputs }: Run, zaps: Zaps): Happening[] => {
  const last = history.at(-1);
  if (last === undefined) return [];
  const name =
    zapId === zaps.asking.id ? zapNames.asking : zapId === zaps.writing.id ? zapNames.writing : zapNames.warning;
  const sent = outputs.at(-1);
  const mail = inputs.at(-1);
  const ending =
    sent?.status === 'skipped'
      ? `skipped: ${sent.reason_text}`
      : sent?.sent === true
        ? `${mail?.to}: ${mail?.subject}`
        : '';
  return [{ at: last.at, who: 'Zapier', what: `${name}: ${status}`, reason: last.message ?? ending }];
};

/** Runs that came to an end before they were through. */
const hasFailed = ({ status }: Run): boolean => status === 'errored' || status === 'halted';

/** Runs that go on later. */
const isPending = ({ status }: Run): boolean => status === 'waiting' || status === 'held';

const stuckIn = ({ asking, writing }: Zaps, cohortId: string): Stuck => {
  const stopped = (zap: Zap, key: string) =>
    zap
      .runs()
      .filter((run) => hasFailed(run) || isPending(run))
      .map((run): [string, string] => [
        String(run.trigger?.[key]),
        `its run ${isPending(run) ? 'waits' : 'failed'}: ${run.failure?.message ?? 'no reason is known'}`,
      ]);
  const passedOver = asking.passedOver().map(({ id }): [string, string] => [
    // Turned on, the trigger gives the items' ids alone: the cohort's and the user's.
    String(id).slice(`${cohortId}:`.length),
    'was in the cohort when the Zap was turned on, so it is not started',
  ]);
  return {
    people: new Map([...passedOver, ...stopped(asking, 'amplitude_user_id')]),
    interviews: new Map(stopped(writing, 'interview_id')),
  };
};

const BETWEEN_POLLS = 15 * 60 * SECOND;

/** The whole loop on this machine, on Zapier's own runtime. `app` is what the build exports. */
export const runLoop = (
  app: object,
  peopleCount: number,
  onProgress: OnProgress,
  onScene?: OnScene,
): Promise<LoopResult> => tellStory((world) => startZaps(app, world), peopleCount, onProgress, onScene);

const startZaps = async (app: object, world: World): Promise<Platform> => {
  const loop = await startLoop(app, world, trialEnded.id);
  return {
    ...loop,
    hearOfCohorts: async () => {
      for (let round = 0; round < 2; round += 1) {
        await loop.poll();
        await world.clock.advance(BETWEEN_POLLS);
      }
      await world.clock.runUntilIdle();
    },
  };
};

/** `held`: how many people flood protection held back. */
type Happened = { zaps: Zaps; held: number; failedPolls: Happening[]; invitations: Mail[]; warnings: Mail[] };

const waitedAndWrote = ({ history, outputs }: Run): boolean =>
  outputs[0]?.status === 'written' &&
  history.some(({ status, message }) => status === 'waiting' && message?.includes('Amplitude'));

const statusOf = ({ answer }: Logged): number | null => (typeof answer === 'object' ? answer.status : null);

/** The app tries again within this; a run that waits does so for longer. */
const AT_ONCE = 5 * SECOND;

/** Uploads that were answered 503, and 200 when the same came again, before a run that waits goes on. */
const retriedAtOnce = (calls: Logged[]): number =>
  calls.filter(
    (refused) =>
      refused.call.path === paths.upload &&
      statusOf(refused) === 503 &&
      calls.some(
        (again) =>
          again.order > refused.order &&
          again.at - refused.at < AT_ONCE &&
          again.call.body === refused.call.body &&
          statusOf(again) === 200,
      ),
  ).length;

const seenOnZapier = ({ koji, amplitude }: World, zapier: ZapierSandbox, happened: Happened): Seen => {
  const { zaps, held, failedPolls, invitations, warnings } = happened;
  const runs = zaps.writing.runs();
  const sent = parsedAll(
    sentSchema,
    runs.map(({ outputs }) => outputs[0]),
  );
  const said = zapier.logs.filter(({ type }) => type === 'console').map(({ message }) => message);
  const saying = (words: string) => said.filter((message) => message.includes(words)).length;
  return {
    'Held until confirmed: over 100 at once': held,
    'Link mailed': invitations.filter(({ to, text }) => to.includes('@') && text.includes('https://')).length,
    'Deliveries that Zapier took in': zaps.writing.deliveries.length,
    'Refused: forged signature': saying('signature is wrong'),
    'Ignored: another event': saying('another event'),
    'Ignored: delivered before': saying('delivered before'),
    'Kept out: quality below 3': saying('below the minimum quality'),
    'Kept out: no quality score': saying('no quality score'),
    'Triggered the Zap': runs.length,
    'Skipped: anonymous': sent.filter(({ reason }) => reason === 'anonymous').length,
    'Written to Amplitude': sent.filter(({ status }) => status === 'written').length,
    'Waited for Amplitude (429), then written': runs.filter(waitedAndWrote).length,
    'Tried again at once (503), then written': retriedAtOnce(amplitude.calls),
    'Runs that failed': zapier.runs.filter(hasFailed).length,
    'Runs that wait or are held': zapier.runs.filter(isPending).length,
    'Polls that failed': failedPolls.length,
    'Account owners told of one': warnings.filter(({ to, text }) => to.startsWith('owner.') && text.length > 20).length,
    'Webhooks left at Koji': koji.webhooks().length,
  };
};
