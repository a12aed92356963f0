/**
 * What is right, from docs/facts and from what went over the wire. Shares no code with the product: what the stand-ins
 * of Koji and Amplitude hold is read here anew.
 */

/** An interview as Koji holds it (K11, K14). */
export type Held = {
  interview_id: string;
  status: string;
  completed_at: string | null;
  respondent_email: string | null;
  quality_score: number | null;
  anonymous?: boolean;
  is_anonymous?: boolean;
  respondent: { external_id: string | null; anonymous?: boolean; is_anonymous?: boolean };
};
/** An event as Amplitude stores it. */
export type Stored = { userId: string | null; insertId: string | null; time: number };

export type Evidence = {
  held: Held[];
  stored: Stored[];
  /** `last_interview_at` in Amplitude's table of people. */
  lastInterviewAt: (userId: string) => unknown;
  /** Interviews that a step said it had skipped. */
  skipped: Set<string>;
  /** Interviews whose false delivery triggered. */
  triggeredByForgery: string[];
  /** Lines of logs and errors that hold a marked secret. */
  leaks: string[];
};

export const wrongs = [
  'lost',
  'doubled',
  'forged',
  'kept out wrongly',
  'written wrongly',
  'wrong person',
  'older over newer',
  'leaked',
] as const;
export type Wrong = {
  what: (typeof wrongs)[number];
  /** An interview's id; of a leak the line. */
  about: string;
};

const DAY = 86_400_000;

/** Analyzed, 3 or better, not anonymous, and somebody's. */
const mustBeWritten = ({ status, quality_score, respondent_email, respondent, ...flags }: Held): boolean =>
  status === 'analysis_ready' &&
  quality_score !== null &&
  quality_score >= 3 &&
  respondent_email !== null &&
  ![flags, respondent].some(({ anonymous, is_anonymous }) => anonymous === true || is_anonymous === true);

const ownerOf = ({ respondent, respondent_email }: Held): string | null => respondent.external_id ?? respondent_email;

/** Everything that is not as it must be. */
export const judge = (evidence: Evidence, now: number): Wrong[] => {
  const { held, stored, lastInterviewAt, skipped, triggeredByForgery, leaks } = evidence;
  const eventsOf = new Map<string, Stored[]>();
  for (const event of stored) {
    const interviewId = event.insertId?.split(':').at(-1) ?? '';
    eventsOf.set(interviewId, [...(eventsOf.get(interviewId) ?? []), event]);
  }
  const newestOf = new Map<string, Held>();
  const found: Wrong[] = [];
  for (const interview of held) {
    const { interview_id: interviewId } = interview;
    const events = eventsOf.get(interviewId) ?? [];
    const owner = ownerOf(interview);
    const wrong = (what: Wrong['what']): void => {
      found.push({ what, about: interviewId });
    };
    if (!mustBeWritten(interview)) {
      if (events.length > 0) wrong('written wrongly');
      continue;
    }
    if (events.length === 0) wrong(skipped.has(interviewId) ? 'kept out wrongly' : 'lost');
    if (events.length > 1) wrong('doubled');
    if (events.some(({ userId }) => userId !== owner)) wrong('wrong person');
    const newest = newestOf.get(owner ?? '');
    if (owner !== null && endOf(interview) > (newest === undefined ? now - 7 * DAY : endOf(newest))) {
      newestOf.set(owner, interview);
    }
  }
  for (const [owner, newest] of newestOf) {
    const said = `${lastInterviewAt(owner)}`;
    const isWritten = (eventsOf.get(newest.interview_id) ?? []).length > 0;
    if (isWritten && said.slice(0, 19) !== newest.completed_at?.slice(0, 19)) {
      found.push({ what: 'older over newer', about: newest.interview_id });
    }
  }
  const known = new Set(held.map(({ interview_id }) => interview_id));
  for (const interviewId of eventsOf.keys())
    if (!known.has(interviewId)) found.push({ what: 'forged', about: interviewId });
  for (const interviewId of triggeredByForgery) found.push({ what: 'forged', about: interviewId });
  for (const line of leaks) found.push({ what: 'leaked', about: line });
  return found;
};

const endOf = ({ completed_at }: Held): number => Date.parse(completed_at ?? '');
