import { sandboxProject } from '../amplitude/projects.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { lastInterviewNegative, trialEnded } from '../story/cohorts.ts';
import { parsedAll, type Seen, sentSchema } from '../story/figures.ts';
import { SECOND } from '../story/product.ts';
import { type LoopResult, type Mail, type OnProgress, type Platform, tellStory, type World } from '../story/story.ts';
import { startZapier, type ZapierSandbox } from './platform.ts';
import type { LocalStep } from './runs.ts';
import type { Zap } from './zap.ts';
import type { Poll } from './zap-poll.ts';

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

/** The whole loop on this machine, on Zapier's own runtime. `app` is what the build exports. */
export const runLoop = (app: object, peopleCount: number, onProgress: OnProgress): Promise<LoopResult> =>
  tellStory((world) => startZaps(app, world), peopleCount, onProgress);

const BETWEEN_POLLS = 15 * 60 * SECOND;

const startZaps = async (app: object, world: World): Promise<Platform> => {
  const { clock, koji, amplitude } = world;
  const zapier = await startZapier({
    app,
    clock,
    appIsOnClock: true,
    authData: {
      koji_api_key: sandboxKeys.full,
      amplitude_api_key: sandboxProject.apiKey,
      amplitude_secret_key: sandboxProject.secretKey,
    },
    environment: {
      KOJI_API_URL: koji.url,
      AMPLITUDE_INGESTION_URL: amplitude.url,
      AMPLITUDE_REST_URL: amplitude.url,
    },
  });
  const invitations: Mail[] = [];
  const warnings: Mail[] = [];
  const cohortTrigger = (cohort_id: string, extra_properties: string[]) => ({
    key: 'user_entered_cohort',
    inputData: { cohort_id, extra_properties },
  });
  const zaps: Zaps = {
    asking: zapier.zap({
      trigger: cohortTrigger(trialEnded.id, ['name']),
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
  const polls: Poll[] = [];
  return {
    turnOn: async () => {
      await zapier.testConnection();
      // The editor's test begins the export; a minute later the Zap can be turned on.
      for (const zap of polled) await zap.testTrigger();
      await clock.advance(60 * SECOND);
      for (const zap of polled) await zap.turnOn();
      await zaps.writing.turnOn();
    },
    hearOfCohorts: async () => {
      for (let round = 0; round < 2; round += 1) {
        for (const zap of polled) {
          polls.push(await zap.poll());
          // Somebody looks at so many at once, and lets them go.
          await zap.releaseHeld();
        }
        await clock.advance(BETWEEN_POLLS);
      }
      await clock.runUntilIdle();
    },
    startOutputs: () => zaps.asking.runs().map(({ outputs }) => outputs[0]),
    turnOff: async () => {
      for (const zap of Object.values(zaps)) await zap.turnOff();
    },
    seen: () => seenOnZapier(world, zapier, { zaps, polls, invitations, warnings }),
    close: zapier.close,
  };
};

type Zaps = { asking: Zap; writing: Zap; warning: Zap };
type Happened = { zaps: Zaps; polls: Poll[]; invitations: Mail[]; warnings: Mail[] };

const seenOnZapier = ({ koji, amplitude }: World, zapier: ZapierSandbox, happened: Happened): Seen => {
  const { zaps, polls, invitations, warnings } = happened;
  const runs = zaps.writing.runs();
  const sent = parsedAll(
    sentSchema,
    runs.map(({ outputs }) => outputs[0]),
  );
  const said = zapier.logs.filter(({ type }) => type === 'console').map(({ message }) => message);
  const saying = (words: string) => said.filter((message) => message.includes(words)).length;
  const failed = zapier.runs.filter(({ status }) => status !== 'success' && status !== 'filtered');
  return {
    'Held until confirmed: over 100 at once': polls.reduce((sum, { held }) => sum + held, 0),
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
    'Waited for Amplitude (429), then written': runs.filter(({ history }) =>
      history.some(({ status }) => status === 'waiting'),
    ).length,
    'Tried again at once (503), then written': amplitude.calls.filter(
      ({ answer }) => typeof answer === 'object' && answer.status === 503,
    ).length,
    'Runs that failed': failed.length + polls.filter(({ failure }) => failure !== null).length,
    'Account owners told of one': warnings.filter(({ to, text }) => to.startsWith('owner.') && text.length > 20).length,
    'Webhooks left at Koji': koji.webhooks().length,
  };
};
