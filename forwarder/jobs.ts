/** What the queue holds: people to start on an interview, interviews to read from Koji, and interviews to write to Amplitude. */
import * as z from 'zod';
import { emailKey, mayBeEmail } from '../boundary/email.ts';
import { failure } from '../boundary/failure.ts';
import { fingerprint } from '../boundary/text.ts';
import { momentOf, type NameOf, readInput } from '../boundary/values.ts';
import { type Interview, interviewSchema } from '../koji/interview.ts';
import { startBody, startInput } from '../koji/start.ts';

const finishedInterview = interviewSchema
  .pick({
    interview_id: true,
    is_analyzed: true,
    respondent_email: true,
    respondent_id: true,
    is_anonymous: true,
    themes: true,
    sentiment: true,
    quality_score: true,
    transcript_url: true,
  })
  // In milliseconds since 1970; null: not known.
  .extend({ completed_at: z.number().nullable() });

/** What a job may be for. */
export const kinds = ['start', 'read', 'write'] as const;

/** A job as the queue keeps it; `id` is the same for the same person and wave, or the same interview, read or written. */
export const jobSchema = z.discriminatedUnion('kind', [
  // What Start Interview takes, as it was sent; it is read again when its turn comes.
  z.object({ kind: z.literal('start'), id: z.uuid(), input: z.record(z.string(), z.unknown()) }),
  // An interview of which Koji's webhook brought the id, or a part; a flag that came with it counts.
  z.object({ kind: z.literal('read'), id: z.uuid(), interviewId: z.string(), isAnonymous: z.boolean() }),
  z.object({ kind: z.literal('write'), id: z.uuid(), interview: finishedInterview }),
]);
export type Job = z.infer<typeof jobSchema>;

/** Something for each kind of job. */
export const byKind = <Value>(make: (kind: Job['kind']) => Value): Record<Job['kind'], Value> => ({
  start: make('start'),
  read: make('read'),
  write: make('write'),
});

/** Names a job where no person may be named: on the page and in the log. */
export const hashOf = ({ id }: Job): string => id.slice(0, 8);

export type StartJob = Extract<Job, { kind: 'start' }>;
type ReadJob = Extract<Job, { kind: 'read' }>;
export type WriteJob = Extract<Job, { kind: 'write' }>;

/** A hash in the form of a UUID, which is what queues take for an id. */
const uuidOf = (...parts: string[]): string =>
  fingerprint(parts.join('\n')).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');

/** NUL and half a character, as JSON spells them: Postgres keeps neither, and refuses all that comes with one. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** The same with a replacement character for NUL and half a character: an interview must not be lost for a broken text. */
export const storable = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value).replace(UNSTORABLE, '$1\ufffd'));

/**
 * A person's job, which is one for an id at Koji, or an email whatever its capitals; another `wave` is another interview.
 * Throws a `VendorFailure` of kind `data`, in the sender's words (`nameOf`), for what Koji or the queue can't take.
 */
export const startJob = (project: string, wave: string, input: StartJob['input'], nameOf?: NameOf): StartJob => {
  const { external_id } = startBody(readInput('Koji', startInput, input, nameOf), nameOf).respondent;
  if (JSON.stringify(input).search(UNSTORABLE) !== -1) {
    throw failure(
      'Koji',
      'data',
      'unstorable',
      'A text holds a NUL or half a character. Take it out and send it again.',
    );
  }
  const who = mayBeEmail(external_id) ? emailKey(external_id) : external_id;
  return { kind: 'start', id: uuidOf('start', project, who, wave), input };
};

const interviewOf = (project: string, interviewId: string): string => uuidOf('interview', project, interviewId);

/** The job of an interview that is still to be read. */
export const readJob = (project: string, interviewId: string, isAnonymous: boolean): ReadJob => ({
  kind: 'read',
  id: interviewOf(project, interviewId),
  interviewId: storable(interviewId),
  isAnonymous,
});

/** The job of an interview to write, with its end, or else the moment of its analysis. */
export const writeJob = (project: string, interview: Interview): WriteJob => {
  const completed_at = momentOf(interview.completed_at ?? interview.analyzed_at);
  return {
    kind: 'write',
    id: interviewOf(project, interview.interview_id),
    interview: storable(finishedInterview.parse({ ...interview, completed_at })),
  };
};

/** Whether it is of an interview that is nobody's: flagged anonymous, or of whom nothing is known. */
export const isNobodys = (job: Job): boolean =>
  job.kind === 'write'
    ? job.interview.respondent_email === null && job.interview.respondent_id === null
    : job.kind === 'read' && job.isAnonymous;
