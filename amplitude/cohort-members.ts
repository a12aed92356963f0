/** A cohort's members within a step of 30 seconds, although their export takes longer (A15). */
import { VendorFailure } from '../boundary/failure.ts';
import { shorten } from '../boundary/text.ts';
import {
  allowedAt,
  type ExportJob,
  exportStatus,
  exportUsage,
  nextStep,
  type Purpose,
  requestExport,
} from './cohort-export.ts';
import { type CohortFile, downloadMembers, type MembersWanted } from './cohort-file.ts';
import type { Cohort } from './cohorts.ts';
import { amplitudeFindings } from './errors.ts';
import { amplitudeFailure } from './failures.ts';
import type { Timing } from './ingestion.ts';
import type { AmplitudeFiles } from './rest.ts';

/**
 * Where the export of one cohort is remembered between steps. Nothing here throws, and whatever is lost costs an export
 * at most. `claim` is given to one step at a time, and to nobody while the memory can't say.
 */
export type ExportMemory = {
  read: () => Promise<ExportJob | null | 'no answer'>;
  claim: () => Promise<boolean>;
  release: () => Promise<void>;
  /** Whether it is remembered. */
  write: (job: ExportJob) => Promise<boolean>;
};

/** Time as the step sees it, handed in so that tests need not wait. */
export type StepTime = Omit<Timing, 'random'>;

export type MembersQuestion = {
  cohort: Cohort;
  properties: string[];
  everyHours: number;
  /** The Zap that asks. */
  reader: string;
  purpose: Purpose;
  isWanted: MembersWanted['isWanted'];
  most: MembersWanted['most'];
  /** When the step began, in milliseconds. */
  startedAt: number;
};

/** `none`: nothing to do, and why; `preparing`: the export runs; `quota`: there is none left, perhaps until then. */
export type MembersAnswer =
  | ({ state: 'members'; computedAt: string | null } & CohortFile)
  | { state: 'none'; because: string }
  | { state: 'preparing' }
  | { state: 'quota'; until: string | null };

/**
 * Until when an export is waited for, and all requests and the file's reading end, counted from the step's start. Turning
 * on includes the connection test, of 8 seconds; a cache that hangs takes 2, and many members the rest of the 30.
 */
const longest = { wait: 18_000, whole: 24_000 } as const;
export const limits = { poll: longest, sample: longest, 'turn on': { wait: 12_000, whole: 19_000 } } as const;
const PAUSE = 2_000;

const NO_MEMORY = 'the memory of the export does not answer, so none is started';
const CLAIMED = 'another step is just asking for this export';

/** The members by the last export, or why none are known yet. Throws a `VendorFailure`. */
export const currentMembers = async (
  amplitude: AmplitudeFiles,
  memory: ExportMemory,
  timing: StepTime,
  question: MembersQuestion,
): Promise<MembersAnswer> => {
  const { cohort, purpose, startedAt } = question;
  const known = await memory.read();
  if (known === 'no answer') return { state: 'none', because: NO_MEMORY };
  const started = await startedJob(amplitude, memory, timing, question, known);
  if ('state' in started) return started;
  const { job } = started;

  const status = await waitFor(amplitude, timing, started, startedAt + limits[purpose].wait);
  if (status === 'running') return { state: 'preparing' };
  const remaining = () => startedAt + limits[purpose].whole - timing.now();
  // How many there were when a file was asked for is not known any more once the cohort was computed anew.
  const isAsListed = job.cohort_computed_at === cohort.cohort_computed_at;
  const wanted = { ...question, listed: isAsListed ? cohort.size : null };
  const file = status === 'failed' ? null : await downloadMembers(amplitude, job.request_id, wanted, remaining);
  if (file === null) {
    await memory.write({ ...job, failed: true });
    throw exportFailed(cohort.name);
  }
  if (!Object.hasOwn(job.read_by, question.reader)) {
    const now = timing.now();
    const read_by = { ...job.read_by, ...(purpose === 'sample' ? {} : { [question.reader]: now }) };
    await memory.write({ ...job, delivered_at: job.delivered_at ?? now, read_by });
  }
  return { state: 'members', computedAt: job.cohort_computed_at, ...file };
};

type Started = { job: ExportJob; isNew: boolean };
type Unavailable = Exclude<MembersAnswer, { state: 'members' }>;

/** The export to go on with: the remembered one or a new one. */
const startedJob = async (
  amplitude: AmplitudeFiles,
  memory: ExportMemory,
  timing: StepTime,
  question: MembersQuestion,
  known: ExportJob | null,
): Promise<Started | Unavailable> => {
  const goOnWith = (job: ExportJob | null): Started | Unavailable | 'request' => {
    if (job === null) return 'request';
    const step = nextStep({ ...question, job, computedAt: question.cohort.cohort_computed_at }, timing.now());
    if (step === 'nothing') return { state: 'none', because: nothingNew(job) };
    return step === 'resume' ? { job, isNew: false } : step;
  };
  const remembered = goOnWith(known);
  if (remembered !== 'request') return remembered;
  if (!(await memory.claim())) return { state: 'none', because: CLAIMED };

  // Another step may have asked between our reading and our claim.
  const latest = await memory.read();
  if (latest === 'no answer') return { state: 'none', because: NO_MEMORY };
  const others = goOnWith(latest);
  if (others === 'request') return newJob(amplitude, memory, timing, question, latest);
  await memory.release();
  return others;
};

const nothingNew = ({ failed }: ExportJob): string =>
  failed ? 'the last export failed, the next is not due' : 'no new export is due';

const newJob = async (
  amplitude: AmplitudeFiles,
  memory: ExportMemory,
  timing: StepTime,
  { cohort, properties, purpose }: MembersQuestion,
  previous: ExportJob | null,
): Promise<Started | Unavailable> => {
  const usage = await exportUsage(amplitude);
  const allowed = usage === null ? 0 : allowedAt(usage, previous?.requested_at ?? null, timing.now());
  // What is left is spread over the month for those who wait anyway, not for a person at the screen.
  if (allowed === null || (purpose === 'poll' && allowed > timing.now())) {
    await memory.release();
    const until = allowed ?? usage?.resetsAt ?? null;
    return { state: 'quota', until: until === null ? null : new Date(until).toISOString() };
  }
  const job: ExportJob = {
    request_id: await requested(amplitude, memory, cohort.id, properties),
    cohort_computed_at: cohort.cohort_computed_at,
    requested_at: timing.now(),
    delivered_at: null,
    read_by: {},
    failed: false,
  };
  // An export that could not be remembered keeps its claim, so that the next steps do not ask for one each.
  if (await memory.write(job)) await memory.release();
  return { job, isNew: true };
};

/** A refusal gives the claim back. When no answer came, an export may well be under way. */
const requested = async (
  amplitude: AmplitudeFiles,
  memory: ExportMemory,
  cohortId: string,
  properties: string[],
): Promise<string> => {
  try {
    return await requestExport(amplitude, cohortId, properties);
  } catch (error) {
    if (error instanceof VendorFailure && error.details.status >= 400 && error.details.status < 500) {
      await memory.release();
    }
    throw error;
  }
};

const waitFor = async (
  amplitude: AmplitudeFiles,
  timing: StepTime,
  { job, isNew }: Started,
  deadline: number,
): Promise<'ready' | 'failed' | 'running'> => {
  let status = isNew ? 'running' : await exportStatus(amplitude, job.request_id);
  while (status === 'running' && timing.now() + PAUSE < deadline) {
    await timing.sleep(PAUSE);
    status = await exportStatus(amplitude, job.request_id);
  }
  return status;
};

const exportFailed = (name: string): VendorFailure =>
  amplitudeFailure(amplitudeFindings.exportFailed, { cohort: shorten(name, 60) });
