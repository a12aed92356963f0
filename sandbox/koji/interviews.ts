import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ANALYZED_STATUS, modes, qualityScale } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import type { Project } from './projects.ts';
import type { KojiState } from './state.ts';

/** K12 gives no names for what comes before `analysis_ready`. */
export const earlierStatus = { open: 'in_progress', completed: 'completed' } as const;

const metadata = z.record(z.string(), z.unknown());

/**
 * K2: the newest documented body (`respondent`, `locale`) with `respondent_email` at top level, and the older one
 * (`project_id`, `guide_id`, `respondent_name`, `metadata`, `language`). Unknown fields are ignored.
 */
export const startBody = z.object({
  respondent: z
    .object({
      external_id: z.string().min(1).max(255).optional(),
      display_name: z.string().max(255).optional(),
      metadata: metadata.optional(),
    })
    .optional(),
  respondent_email: z.email().optional(),
  respondent_name: z.string().max(255).optional(),
  metadata: metadata.optional(),
  mode: z.enum(modes).optional(),
  locale: z.string().min(2).max(35).optional(),
  language: z.string().min(2).max(35).optional(),
  project_id: z.string().optional(),
  guide_id: z.string().optional(),
});
export type StartBody = z.infer<typeof startBody>;

type Anonymity = { anonymous?: boolean; is_anonymous?: boolean };
type Settled = Omit<
  typeof sampleWireInterview,
  | 'completed_at'
  | 'analyzed_at'
  | 'duration_seconds'
  | 'respondent_email'
  | 'respondent'
  | 'quality_score'
  | 'sentiment'
  | 'themes'
  | 'summary'
  | 'key_quotes'
  | 'transcript_url'
  | 'answers'
>;

/** K11: an interview as it travels, in the shape of the sample. */
export type KojiInterview = Settled &
  Anonymity & {
    completed_at: string | null;
    analyzed_at: string | null;
    duration_seconds: number | null;
    respondent_email: string | null;
    respondent: Anonymity & {
      external_id: string | null;
      display_name: string | null;
      metadata: Record<string, unknown>;
    };
    quality_score: number | null;
    sentiment: string | null;
    themes: (string | { name: string })[];
    summary: string | null;
    key_quotes: string[];
    transcript_url: string | null;
    answers: { question_id: string; question: string; type: string; value: unknown }[];
  };

/** How a respondent's interview ends. What is left out comes from the sample. */
export type Outcome = {
  quality_score?: number | null;
  sentiment?: string | null;
  themes?: KojiInterview['themes'];
  summary?: string | null;
  key_quotes?: string[];
  answers?: KojiInterview['answers'];
  /**
   * Documented: in Koji's anonymous mode `respondent_email` is null. K14: it may also say so by a flag. `true` hides
   * all that is known of the respondent and sets no flag.
   */
  anonymous?:
    | true
    | { flag: keyof Anonymity; at: 'interview' | 'respondent'; hides: 'everything' | 'email' | 'nothing' };
  /** K14: no email, no flag; id, name and metadata stay as they were given to start. */
  withholdEmail?: boolean;
  /** Fields put over the interview as they are: odd values, and fields that no page names. */
  extra?: Record<string, unknown>;
};

export type Stored = {
  project: Project;
  /** K2, K3: what the respondent is recognized by. */
  identities: string[];
  sessionToken: string;
  interview: KojiInterview;
};

/** Documented: a text interview costs 1 credit, a voice interview 3. */
export const price = (mode: string): number => (mode === 'voice' ? 3 : 1);

/**
 * Documented: Koji de-duplicates on a stable `respondent_email`; K2: on `respondent.external_id`. Either one makes the
 * same respondent. Without both nobody is recognized.
 */
const identitiesOf = (body: StartBody): string[] =>
  [body.respondent?.external_id, body.respondent_email].filter((identity) => identity !== undefined);

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Stable from run to run, and not to be guessed from the one before. */
export const makeId = (prefix: string, seed: string): string =>
  `${prefix}_${createHash('sha256').update(`${prefix}:${seed}`).digest('hex').slice(0, 16)}`;

/** The one with this id; throws when there is none. */
export const findInterview = ({ byId }: KojiState, interviewId: string): Stored => {
  const stored = byId.get(interviewId);
  if (stored === undefined) throw new Error(`The sandbox has no interview ${interviewId}.`);
  return stored;
};

const keyOf = (project: Project, identity: string): string => `${project.id}\n${identity}`;

/** The interview that this respondent has in the project already. */
export const existingInterview = ({ byIdentity }: KojiState, project: Project, body: StartBody): Stored | undefined =>
  identitiesOf(body)
    .map((identity) => byIdentity.get(keyOf(project, identity)))
    .find((stored) => stored !== undefined);

export const beginInterview = (koji: KojiState, project: Project, body: StartBody): Stored => {
  const { interviews, clock } = koji;
  const number = `${project.id}:${interviews.length + 1}`;
  const study = project.studies.find(({ id }) => id === body.guide_id) ?? project.studies[0];
  const stored: Stored = {
    project,
    identities: identitiesOf(body),
    sessionToken: makeId('sess', number),
    interview: {
      ...sampleWireInterview,
      ...unfinished,
      interview_id: makeId('int', number),
      study_id: study.id,
      study_name: study.name,
      status: earlierStatus.open,
      started_at: iso(clock.now()),
      mode: body.mode ?? 'text',
      language: body.locale ?? body.language ?? 'en',
      respondent_email: body.respondent_email ?? null,
      respondent: {
        external_id: body.respondent?.external_id ?? null,
        display_name: body.respondent?.display_name ?? body.respondent_name ?? null,
        metadata: { ...body.metadata, ...body.respondent?.metadata },
      },
    },
  };
  interviews.push(stored);
  koji.byId.set(stored.interview.interview_id, stored);
  for (const identity of stored.identities) {
    const key = keyOf(project, identity);
    if (!koji.byIdentity.has(key)) koji.byIdentity.set(key, stored);
  }
  return stored;
};

/** The respondent has finished; throws when they had before. `now` in milliseconds. */
export const completeInterview = (stored: Stored, outcome: Outcome, now: number): void => {
  const { interview } = stored;
  if (interview.status !== earlierStatus.open) {
    throw new Error(`Interview ${interview.interview_id} is ${interview.status}: it cannot be completed again.`);
  }
  stored.interview = {
    ...hideRespondent(interview, outcome),
    status: earlierStatus.completed,
    completed_at: iso(now),
    duration_seconds: Math.round((now - Date.parse(interview.started_at)) / 1000),
  };
};

/** Koji has analyzed it. Documented: an interview of less than 3 costs no credit. */
export const analyzeInterview = (stored: Stored, outcome: Outcome, now: number): void => {
  const { interview, project } = stored;
  const { quality_score, sentiment, summary, transcript_url } = sampleWireInterview;
  stored.interview = {
    ...interview,
    status: ANALYZED_STATUS,
    analyzed_at: iso(now),
    quality_score: outcome.quality_score === undefined ? quality_score : outcome.quality_score,
    sentiment: outcome.sentiment === undefined ? sentiment : outcome.sentiment,
    themes: outcome.themes ?? sampleWireInterview.themes,
    summary: outcome.summary === undefined ? summary : outcome.summary,
    key_quotes: outcome.key_quotes ?? sampleWireInterview.key_quotes,
    transcript_url: transcript_url.replace(sampleWireInterview.interview_id, interview.interview_id),
    answers: outcome.answers ?? sampleWireInterview.answers,
    ...outcome.extra,
  };
  const score = stored.interview.quality_score;
  if (score !== null && score >= qualityScale.defaultMinimum) project.credits -= price(interview.mode);
};

/** K12: before analysis there is no score, and nothing else that the analysis finds. */
const unfinished = {
  completed_at: null,
  analyzed_at: null,
  duration_seconds: null,
  quality_score: null,
  sentiment: null,
  themes: [],
  summary: null,
  key_quotes: [],
  transcript_url: null,
  answers: [],
};

const nobody = { external_id: null, display_name: null, metadata: {} };

/** K14. */
const hideRespondent = (interview: KojiInterview, { anonymous, withholdEmail }: Outcome): KojiInterview => {
  if (anonymous === undefined) {
    return withholdEmail === true ? { ...interview, respondent_email: null } : interview;
  }
  if (anonymous === true) return { ...interview, respondent_email: null, respondent: nobody };

  const { flag, at, hides } = anonymous;
  const respondent = hides === 'everything' ? nobody : interview.respondent;
  return {
    ...interview,
    ...(hides === 'nothing' ? {} : { respondent_email: null }),
    respondent: at === 'respondent' ? { ...respondent, [flag]: true } : respondent,
    ...(at === 'interview' ? { [flag]: true } : {}),
  };
};
