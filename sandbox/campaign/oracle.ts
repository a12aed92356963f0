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
export type Stored = { userId: string | null; insertId: string | null; receivedAt: number };

/** What a platform can promise of a person's last interview, in milliseconds. */
export type Promised = {
  /** Written no later than this after its end, an interview is put on the person without asking what is there. */
  unasked: number;
  /** The same where Amplitude did not answer when it was asked. */
  unanswered: number;
  /** Written no later than this after its end, it is put on the person. */
  atAll: number;
};

export type Evidence = {
  held: Held[];
  stored: Stored[];
  /** `last_interview_at` in Amplitude's table of people. */
  lastInterviewAt: (userId: string) => unknown;
  promised: Promised;
  /** Interviews on whose way Amplitude had faults. */
  faultyAtAmplitude: Set<string>;
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

/** Analyzed, 3 or better, not anonymous, and somebody's. */
const mustBeWritten = ({ status, quality_score, respondent_email, respondent, ...flags }: Held): boolean =>
  status === 'analysis_ready' &&
  quality_score !== null &&
  quality_score >= 3 &&
  respondent_email !== null &&
  ![flags, respondent].some(({ anonymous, is_anonymous }) => anonymous === true || is_anonymous === true);

const ownerOf = ({ respondent, respondent_email }: Held): string | null => respondent.external_id ?? respondent_email;

/** Everything that is not as it must be. */
export const judge = (evidence: Evidence): Wrong[] => {
  const { held, stored, skipped, triggeredByForgery, leaks } = evidence;
  const eventsOf = new Map<string, Stored[]>();
  for (const event of stored) {
    const interviewId = event.insertId?.split(':').at(-1) ?? '';
    eventsOf.set(interviewId, [...(eventsOf.get(interviewId) ?? []), event]);
  }
  const writtenOf = new Map<string, Written[]>();
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
    const [first] = events;
    if (owner === null || first === undefined) continue;
    const endedAt = Date.parse(interview.completed_at ?? '');
    const written = { interviewId, endedAt, age: first.receivedAt - endedAt };
    writtenOf.set(owner, [...(writtenOf.get(owner) ?? []), written]);
  }
  for (const [owner, written] of writtenOf) {
    const older = olderOverNewer(written, `${evidence.lastInterviewAt(owner)}`, evidence);
    if (older !== null) found.push({ what: 'older over newer', about: older });
  }
  const known = new Set(held.map(({ interview_id }) => interview_id));
  for (const interviewId of eventsOf.keys())
    if (!known.has(interviewId)) found.push({ what: 'forged', about: interviewId });
  for (const interviewId of triggeredByForgery) found.push({ what: 'forged', about: interviewId });
  for (const line of leaks) found.push({ what: 'leaked', about: line });
  return found;
};

/** An interview that Amplitude has; `age` is how long after its end it came there. */
type Written = { interviewId: string; endedAt: number; age: number };

/** The interview that should stand on the person and doesn't, although the platform can promise that it does. */
const olderOverNewer = (
  written: Written[],
  said: string,
  { promised: { unasked, unanswered, atAll }, faultyAtAmplitude }: Evidence,
): string | null => {
  const newest = written
    .filter(({ age }) => age <= atAll)
    .reduce<Written | null>((best, one) => (best === null || one.endedAt > best.endedAt ? one : best), null);
  if (newest === null) return null;
  const saidAt = Math.floor(Date.parse(`${said.slice(0, 19)}Z`) / 1000);
  const isExcused = written.some(
    ({ interviewId, endedAt, age }) =>
      Math.floor(endedAt / 1000) === saidAt &&
      (endedAt >= newest.endedAt || age <= (faultyAtAmplitude.has(interviewId) ? unanswered : unasked)),
  );
  return isExcused ? null : newest.interviewId;
};
