/** What is done with a job: one call to Koji or Amplitude, and what its answer means for the queue. */
import { type AmplitudeIngestion, writeEventOnce } from '../amplitude/ingestion.ts';
import { toInterviewEvent } from '../amplitude/interview-event.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { readInput } from '../boundary/values.ts';
import type { Koji } from '../koji/api.ts';
import { startInput, startInterview } from '../koji/start.ts';
import type { Config } from './config.ts';
import type { Outcome } from './engine.ts';
import type { Job, StartJob, WriteJob } from './jobs.ts';

/** How long everybody leaves a service alone that had a fault, in seconds. */
const FAULT_PAUSE = 60;
/** How long to wait for somebody to mend a key, a permission or a plan, in seconds. */
const KEY_PAUSE = 300;

/** What a failure means for the queue. A fault of the service or the key is no fault of the person whose job met it. */
export const outcomeOf = (error: unknown): Outcome => {
  if (!(error instanceof VendorFailure)) throw error;
  const { kind, waitSeconds } = error.details;
  const why = error.message;
  if (kind === 'data') return { result: 'hopeless', why };
  if (kind === 'wait') return { result: 'pause', why, pauseSeconds: waitSeconds ?? FAULT_PAUSE };
  if (kind === 'connection') return { result: 'pause', why, pauseSeconds: KEY_PAUSE };
  return { result: 'again', why, pauseSeconds: waitSeconds ?? FAULT_PAUSE };
};

type Services = { koji: Koji; amplitude: AmplitudeIngestion; now: () => number };

const start = async ({ koji }: Services, project: string, { input }: StartJob): Promise<Outcome> => {
  const { already_started } = await startInterview(koji, project, readInput('Koji', startInput, input));
  return { result: 'done', what: already_started ? 'started before' : 'started' };
};

/** Time for one upload, in milliseconds. */
const UPLOAD = 8_000;

const write = async (
  { amplitude, now }: Services,
  { interview }: WriteJob,
  writing: Config['writing'],
  timeoutMilliseconds: number,
): Promise<Outcome> => {
  const decision = toInterviewEvent(interview, writing, now());
  if ('skipped' in decision) return { result: 'done', what: `skipped: ${decision.skipped}` };
  await writeEventOnce(amplitude, decision.event, writing.min_id_length, timeoutMilliseconds);
  return { result: 'done', what: 'written' };
};

/** Does one job. */
export const handlerOf =
  (services: Services, project: string, { writing }: Config, timeoutMilliseconds = UPLOAD) =>
  async (job: Job): Promise<Outcome> => {
    try {
      return job.kind === 'start'
        ? await start(services, project, job)
        : await write(services, job, writing, timeoutMilliseconds);
    } catch (error) {
      return outcomeOf(error);
    }
  };
