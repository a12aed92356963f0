/** What is done with a job: one call to Koji or Amplitude, and what its answer means for the queue. */
import { errorCodes } from '../amplitude/errors.ts';
import { type AmplitudeIngestion, writeEventOnce } from '../amplitude/ingestion.ts';
import { lastInterviewAt } from '../amplitude/last-interview.ts';
import type { AmplitudeRest } from '../amplitude/rest.ts';
import { toLastInterviewEvent } from '../amplitude/send-interview-event.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { readInput } from '../boundary/values.ts';
import { getToldInterview, type Koji } from '../koji/api.ts';
import { kojiFindings } from '../koji/errors.ts';
import { startInput, startInterview } from '../koji/start.ts';
import type { Config } from './config.ts';
import { type Handle, isGivenUp, MOST_TRIES, type Outcome, REPLACED } from './engine.ts';
import type { Say } from './forwarder.ts';
import { hashOf, type Job, type StartJob, type WriteJob, writeJob } from './jobs.ts';

/** How long everybody leaves a service alone that asks for it without saying how long, in seconds. */
const UNSAID_PAUSE = 60;
/** How long to wait for somebody to mend a key, a permission or a plan, in seconds. */
const KEY_PAUSE = 300;

/** What a form is spoken of elsewhere for, by its code: there is none here. */
const reasons = new Map(
  Object.entries({
    no_completed_at:
      'Nothing was sent to Amplitude: neither the delivery nor Koji says when this interview was completed, in a date with its time zone.',
    completed_in_the_future:
      "Nothing was sent to Amplitude: this interview was completed later than it is by this machine's clock. Set the clock right, then try it again.",
  }),
);

/** What stops one job alone, by its code: its interview is not analyzed yet, or its user has had too many events today. */
const itsOwn = new Set<string>([kojiFindings.notAnalyzedYet.code, errorCodes.dailyQuota]);

/** What a failure means for the queue. A fault of the service or the key is no fault of the person whose job met it. */
export const outcomeOf = (error: unknown): Outcome => {
  if (!(error instanceof VendorFailure)) throw error;
  const { kind, code, waitSeconds } = error.details;
  const why = reasons.get(code) ?? error.message;
  if (kind === 'data') return { result: 'hopeless', why };
  if (itsOwn.has(code)) return { result: 'again', why, pauseSeconds: 0, isItsOwn: true };
  // Something on the way may have refused the words of one person.
  if (code === errorCodes.blocked) return { result: 'again', why, pauseSeconds: 0 };
  if (kind === 'wait') return { result: 'pause', why, pauseSeconds: waitSeconds ?? UNSAID_PAUSE };
  if (kind === 'connection') return { result: 'pause', why, pauseSeconds: KEY_PAUSE };
  return { result: 'again', why, pauseSeconds: waitSeconds ?? 0 };
};

/** What the forwarder speaks to, and the time in milliseconds. `people` is null without Amplitude's secret key. */
export type Services = { koji: Koji; amplitude: AmplitudeIngestion; people: AmplitudeRest | null; now: () => number };

const start = async ({ koji }: Services, project: string, { input }: StartJob): Promise<Outcome> => {
  const { already_started } = await startInterview(koji, project, readInput('Koji', startInput, input));
  return { result: 'done', what: already_started ? 'started before' : 'started' };
};

/** Time for one upload, in milliseconds. */
const UPLOAD = 8_000;

const write = async (
  { amplitude, people, now }: Services,
  { interview }: WriteJob,
  writing: Config['writing'],
  isWanted: () => Promise<boolean>,
): Promise<Outcome> => {
  const lookUp = people === null ? null : (userId: string) => lastInterviewAt(people, userId);
  const decision = await toLastInterviewEvent(interview, writing, lookUp, now());
  if ('skipped' in decision) return { result: 'done', what: `skipped: ${decision.skipped}` };
  if (!(await isWanted())) return REPLACED;
  await writeEventOnce(amplitude, decision.event, writing.min_id_length, UPLOAD);
  return { result: 'done', what: 'written' };
};

/** A word without the signs around it. */
const WORD = /[\p{L}\p{N}](?:[^\s“”"',;:=()/?&<>[\]{}]*[\p{L}\p{N}])?/gu;

const namesIn = (job: Job): unknown[] => {
  if (job.kind === 'start') return [job.input.respondent_id, job.input.respondent_name];
  return job.kind === 'write' ? [job.interview.respondent_id] : [];
};

/** A reason in which what a service says, and that is quoted, names nobody; a last word that was cut may begin a name. */
const withoutNames = (why: string, job: Job): string => {
  const names: string[] = namesIn(job).join(' ').toLowerCase().match(WORD) ?? [];
  const blotted = (word: string): string => (names.includes(word.toLowerCase()) ? '•••' : word);
  return why.replace(/“.*/s, (said) => said.replace(/[^\s“]*…”/, '…”').replace(WORD, blotted));
};

/** So often an interview that Koji does not know is asked for again: its delivery may be ahead of it. */
const TIMES_AHEAD = 2;

/** Does one job. */
export const handlerOf = (services: Services, { project, writing }: Config): Handle => {
  const perform: Handle = async (job, triesBefore, isWanted) => {
    if (triesBefore >= MOST_TRIES)
      return { result: 'hopeless', why: 'The process ended each time before this was done.' };
    if (job.kind === 'start') return start(services, project, job);
    if (job.kind === 'write') return write(services, job, writing, isWanted);
    const interview = await getToldInterview(services.koji, job);
    if (interview === null) {
      if (triesBefore < TIMES_AHEAD)
        return { result: 'again', why: 'Koji has no such interview yet.', pauseSeconds: 0, isItsOwn: true };
      return { result: 'done', what: 'ignored: Koji has no such interview' };
    }
    return { result: 'next', job: writeJob(project, interview) };
  };
  return async (job, ...given) => {
    const outcome = await perform(job, ...given).catch(outcomeOf);
    return 'why' in outcome ? { ...outcome, why: withoutNames(outcome.why, job) } : outcome;
  };
};

/** The same for whoever works on the queue: what goes wrong is said. */
export const sayingHandlerOf = (services: Services, config: Config, say: Say): Handle => {
  const handle = handlerOf(services, config);
  return async (job, triesBefore, isWanted) => {
    const outcome = await handle(job, triesBefore, isWanted);
    const whose = { kind: job.kind, whose: hashOf(job) };
    if (outcome.result === 'pause') say('a service is left alone', { why: outcome.why, seconds: outcome.pauseSeconds });
    else if ('why' in outcome && isGivenUp(outcome, triesBefore))
      say('a job was given up', { ...whose, why: outcome.why }, 'error');
    else if (outcome.result === 'again')
      say('a try failed', { ...whose, why: outcome.why, failed: triesBefore + 1, of: MOST_TRIES }, 'warn');
    return outcome;
  };
};
