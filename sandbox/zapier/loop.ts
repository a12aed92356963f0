import { sandboxProject } from '../amplitude/projects.ts';
import { sandboxKeys } from '../koji/projects.ts';
import {
  type LoopResult,
  type OnProgress,
  type Platform,
  parsedAll,
  type Seen,
  sentSchema,
  tellStory,
  type World,
} from '../story.ts';
import { startZapier, type ZapierSandbox } from './platform.ts';
import type { Zap } from './zap.ts';

/** What maps the cohort to Start Interview. */
export const startStep = {
  key: 'start_interview',
  inputData: {
    respondent_email: '{{trigger.email}}',
    respondent_id: '{{trigger.user_id}}',
    respondent_name: '{{trigger.name}}',
  },
};

/** What maps the trigger to Send Interview Event. */
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

/** The whole loop on this machine, on Zapier's own runtime. `app` is what the build exports. */
export const runLoop = (app: object, peopleCount: number, onProgress: OnProgress): Promise<LoopResult> =>
  tellStory((world) => startZaps(app, world), peopleCount, onProgress);

const startZaps = async (app: object, world: World): Promise<Platform> => {
  const { clock, koji, amplitude } = world;
  const zapier = await startZapier({
    app,
    clock,
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
  const zap = zapier.zap({ trigger: { key: 'interview_analysis_ready' }, steps: [sendStep] });
  return {
    enter: async ({ user_id, email, name }) => {
      await zapier.runSteps({ user_id, email, name }, [startStep]);
    },
    startOutputs: () => zapier.runs.map(({ outputs }) => outputs[0]),
    turnOn: async () => {
      await zapier.testConnection();
      await zap.turnOn();
    },
    turnOff: zap.turnOff,
    seen: () => seenOnZapier(world, zapier, zap),
    close: zapier.close,
  };
};

const seenOnZapier = ({ koji, amplitude }: World, zapier: ZapierSandbox, zap: Zap): Seen => {
  const runs = zap.runs();
  const sent = parsedAll(
    sentSchema,
    runs.map(({ outputs }) => outputs[0]),
  );
  const said = zapier.logs.filter(({ type }) => type === 'console').map(({ message }) => message);
  const saying = (words: string) => said.filter((message) => message.includes(words)).length;
  return {
    'Deliveries that Zapier took in': zap.deliveries.length,
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
    'Runs that failed': zapier.runs.filter(({ status }) => status !== 'success').length,
    'Webhooks left at Koji': koji.webhooks().length,
  };
};
