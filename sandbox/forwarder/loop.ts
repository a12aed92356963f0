import * as z from 'zod';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { jsonOf } from '../../boundary/send.ts';
import { readConfig } from '../../forwarder/config.ts';
import type { Outcome } from '../../forwarder/engine.ts';
import { createForwarder } from '../../forwarder/forwarder.ts';
import type { Job } from '../../forwarder/jobs.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { handlerOf } from '../../forwarder/work.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { type Call, startServer } from '../server.ts';
import { trialEnded } from '../story/cohorts.ts';
import type { Seen } from '../story/figures.ts';
import {
  type LoopResult,
  type OnProgress,
  type OnScene,
  type Platform,
  tellStory,
  type World,
} from '../story/story.ts';
import { startQueue } from './queue.ts';

const secrets = { koji: 'sandbox-koji-webhook-secret', amplitude: 'sandbox-cohort-webhook-secret' };

/** The same story as on Zapier and Make, through the forwarder's own handler. */
export const runForwarderLoop = (peopleCount: number, onProgress: OnProgress, onScene?: OnScene): Promise<LoopResult> =>
  tellStory(startForwarder, peopleCount, onProgress, onScene);

const answerSchema = z.object({ status: z.string() });

const requestOf = ({ method, address, headers, bytes }: Call): Request =>
  new Request(`http://forwarder${address}`, { method, headers, body: new Uint8Array(bytes) });

const startForwarder = async (world: World): Promise<Platform> => {
  const { clock, koji, amplitude } = world;
  const config = readConfig({
    KOJI_API_KEY: sandboxKeys.full,
    KOJI_WEBHOOK_SECRET: secrets.koji,
    AMPLITUDE_API_KEY: sandboxProject.apiKey,
    AMPLITUDE_WEBHOOK_SECRET: secrets.amplitude,
    KOJI_API_URL: koji.url,
    AMPLITUDE_INGESTION_URL: amplitude.url,
    AMPLITUDE_REST_URL: amplitude.url,
  });
  const services = { ...servicesOf(config), now: clock.now };
  const queue = startQueue(clock, config.spacingMilliseconds);
  const handle = createForwarder(config, queue, services, () => {});
  const done: Done[] = [];
  const work = handlerOf(services, config);
  const stopWorking = queue.work(async (job, ...given) => {
    const outcome = await work(job, ...given);
    // Koji's last answer is the one to this start; later it may hide who that was.
    done.push({
      at: clock.now(),
      job,
      outcome,
      interviewId: job.kind === 'start' ? lastInterviewId(world) : undefined,
    });
    return outcome;
  });

  let isOn = false;
  const answers: string[] = [];
  const server = await startServer(async (call) => {
    // The first sync has everybody who is in the cohort: it is made while the forwarder does not run yet.
    if (!isOn) return { status: 200 };
    const response = await handle(requestOf(call));
    const body = await response.text();
    if (call.path === '/koji/webhook') answers.push(answerSchema.parse(jsonOf(body)).status);
    return { status: response.status, headers: { 'content-type': 'application/json' }, body };
  });
  const hearOfCohorts = async (): Promise<void> => {
    await amplitude.syncCohort(sandboxProject.apiKey, trialEnded.id, {
      url: `${server.url}/amplitude/cohort`,
      headers: { [SECRET_HEADER]: secrets.amplitude },
      properties: ['email'],
    });
    await clock.runUntilIdle();
  };
  return {
    turnOn: async () => {
      await hearOfCohorts();
      isOn = true;
      await koji.addWebhookInSettings(`${server.url}/koji/webhook`, secrets.koji);
    },
    hearOfCohorts,
    startOutputs: () => startsAmong(done),
    // What is added in Koji's settings stays there.
    turnOff: stopWorking,
    seen: () => seenOnForwarder(answers, done),
    happenings: () =>
      done.map(({ at, job, outcome }) => ({
        at,
        who: 'The forwarder',
        what: `${job.kind}: ${'what' in outcome ? outcome.what : outcome.result}`,
        reason: 'why' in outcome ? outcome.why : '',
      })),
    close: server.close,
  };
};

type Done = { at: number; job: Job; outcome: Outcome; interviewId: string | undefined };

const lastAnswer = z.object({ answer: z.object({ body: z.object({ interview_id: z.string() }) }) });
const lastInterviewId = ({ koji }: World): string | undefined =>
  lastAnswer.safeParse(koji.calls.at(-1)).data?.answer.body.interview_id;

/** Who was started, in the words of Start Interview. */
const startsAmong = (done: Done[]): object[] =>
  done.flatMap(({ job, outcome, interviewId }) =>
    job.kind === 'start' && outcome.result === 'done'
      ? [
          {
            respondent_id: job.input.respondent_id,
            interview_id: interviewId,
            already_started: outcome.what === 'started before',
          },
        ]
      : [],
  );

const seenOnForwarder = (answers: string[], done: Done[]): Seen => {
  const answering = (...wanted: string[]): number => answers.filter((answer) => wanted.includes(answer)).length;
  const writes = done.filter(({ job }) => job.kind === 'write');
  const written = writes.filter(({ outcome }) => outcome.result === 'done' && outcome.what === 'written').length;
  return {
    'Deliveries that the forwarder took in': answers.length,
    'Refused: forged signature': answers.filter((answer) => answer.startsWith('signature ')).length,
    'Dropped at once: other event, check of the address': answering('ignored', 'verified'),
    'Kept out: quality below 3': answering('skipped: below_quality'),
    'Kept out: no quality score': answering('skipped: no_quality_score'),
    'Skipped: anonymous': answering('skipped: anonymous'),
    'Sent to Amplitude, one of them again (same event id)': answering('written') + written,
    'Waited in the queue (429, then 503), then written': written,
    'Runs that failed': done.filter(({ outcome }) => outcome.result === 'hopeless').length,
  };
};
