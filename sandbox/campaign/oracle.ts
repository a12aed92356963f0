/**
 * What is right, from docs/facts and from what went over the wire. Shares no code with the product: what the stand-ins
 * of Koji and Amplitude hold is read here anew.
 */
import { isDeepStrictEqual } from 'node:util';

/** An interview as Koji holds it (K11, K14). */
export type Held = {
  interview_id: string;
  status: string;
  completed_at: string | null;
  respondent_email: string | null;
  quality_score: number | null;
  sentiment: string | null;
  themes: (string | { name: string })[];
  transcript_url: string | null;
  anonymous?: boolean;
  is_anonymous?: boolean;
  respondent: { external_id: string | null; anonymous?: boolean; is_anonymous?: boolean };
};
/** Whom somebody had started. */
export type Person = { user_id: string; email: string; name: string };
/** An event as Amplitude stores it. */
export type Stored = {
  userId: string | null;
  insertId: string | null;
  receivedAt: number;
  eventType: string;
  time: number;
  eventProperties: Record<string, unknown>;
};

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
  /** Whose an interview is by whoever had it started, by its id. */
  people: Map<string, Person>;
  stored: Stored[];
  /** Amplitude's table of people. */
  table: { userId: string | null; properties: Record<string, unknown> }[];
  promised: Promised;
  /** Interviews on whose way Amplitude had faults. */
  faultyAtAmplitude: Set<string>;
  /** Interviews that a step said it had skipped. */
  skipped: Set<string>;
  /** Interviews whose false delivery triggered. */
  triggeredByForgery: string[];
  /** Everything that people or logs get to see. */
  lines: string[];
  /** Keys and secrets, as they are and as headers spell them. */
  secrets: string[];
};

export const wrongs = [
  'lost',
  'doubled',
  'forged',
  'kept out wrongly',
  'written wrongly',
  'wrong person',
  'wrong event',
  'older over newer',
  'wrong record',
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
  const { held, people, stored, table, skipped, triggeredByForgery } = evidence;
  const eventsOf = new Map<string, Stored[]>();
  for (const event of stored) {
    const interviewId = event.insertId?.split(':').at(-1) ?? '';
    eventsOf.set(interviewId, [...(eventsOf.get(interviewId) ?? []), event]);
  }
  const interviewsOf = new Map<string, OfPerson[]>();
  const found: Wrong[] = [];
  for (const interview of held) {
    const { interview_id: interviewId } = interview;
    const events = eventsOf.get(interviewId) ?? [];
    const owner = ownerOf(interview);
    const wrong = (what: Wrong['what']): void => {
      found.push({ what, about: interviewId });
    };
    if (mustBeWritten(interview)) {
      if (events.length === 0) wrong(skipped.has(interviewId) ? 'kept out wrongly' : 'lost');
      if (events.length > 1) wrong('doubled');
      if (events.some(({ userId }) => userId !== owner)) wrong('wrong person');
      if (!events.every((event) => tells(event, interview))) wrong('wrong event');
    } else if (events.length > 0) {
      wrong('written wrongly');
    }
    const person = people.get(interviewId);
    if (person === undefined) wrong('doubled');
    else if (!isAbout(interview, person)) wrong('wrong person');
    if (owner === null) continue;
    const receivedAt = mustBeWritten(interview) ? events[0]?.receivedAt : undefined;
    interviewsOf.set(owner, [...(interviewsOf.get(owner) ?? []), { interview, receivedAt }]);
  }
  const propertiesOf = new Map(table.map(({ userId, properties }) => [userId, properties]));
  for (const [owner, interviews] of interviewsOf) {
    const wrong = wrongWithRecord(interviews, propertiesOf.get(owner) ?? {}, evidence);
    if (wrong !== null) found.push(wrong);
  }
  for (const { userId, properties } of table) {
    const isNobodys = userId === null || !interviewsOf.has(userId);
    if (isNobodys && Object.keys(recordIn(properties)).length > 0)
      found.push({ what: 'wrong person', about: `${userId}` });
  }
  const known = new Set(held.map(({ interview_id }) => interview_id));
  for (const interviewId of eventsOf.keys())
    if (!known.has(interviewId)) found.push({ what: 'forged', about: interviewId });
  for (const interviewId of triggeredByForgery) found.push({ what: 'forged', about: interviewId });
  for (const line of evidence.lines.filter((text) => holdsHalf(text, evidence.secrets)))
    found.push({ what: 'leaked', about: line });
  return found;
};

/** An interview keeps whom it was started with; once it is over, its email may be withheld. */
const isAbout = ({ status, respondent, respondent_email }: Held, { user_id, email }: Person): boolean =>
  respondent.external_id === user_id &&
  (respondent_email === email || (respondent_email === null && status === 'analysis_ready'));

/** Half of a secret is as good as the whole for finding it. */
const holdsHalf = (line: string, secrets: string[]): boolean =>
  secrets
    .flatMap((secret) => [secret.slice(0, secret.length / 2), secret.slice(secret.length / 2)])
    .some((half) => line.includes(half));

/** One of a person's interviews; `receivedAt` is when Amplitude had its event, undefined where it has none or must not. */
type OfPerson = { interview: Held; receivedAt: number | undefined };

/** Whether an event says what was found in the interview, and when that ended; what it lacks is not there, or null. */
const tells = ({ eventType, time, eventProperties }: Stored, interview: Held): boolean => {
  const { completed_at, themes, sentiment, quality_score, transcript_url } = interview;
  const [theme_top_1, theme_top_2] = themes.map(nameOf);
  const told = { theme_top_1, theme_top_2, sentiment, quality_score, transcript_url };
  return (
    eventType === 'koji.interview_completed' &&
    time === Date.parse(completed_at ?? '') &&
    Object.entries(told).every(([name, value]) => (eventProperties[name] ?? null) === (value ?? null))
  );
};

const nameOf = (theme: Held['themes'][number]): string => (typeof theme === 'string' ? theme : theme.name);

/** Of one interview, and nothing of another: what it lacks is not there (docs/zaps/interview-to-amplitude.md). */
const recordOf = ({ completed_at, sentiment, themes, quality_score }: Held): Record<string, unknown> => ({
  last_interview_at: new Date(completed_at ?? '').toISOString().slice(0, 'YYYY-MM-DDTHH:mm:ss'.length),
  ...(sentiment === null ? {} : { last_interview_sentiment: sentiment }),
  ...(themes.length === 0 ? {} : { last_interview_themes: themes.map(nameOf) }),
  last_interview_quality: quality_score,
});

const recordIn = (properties: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => name.startsWith('last_interview_')));

/** What is wrong with a person's last interview, as far as the platform can promise which one it is. */
const wrongWithRecord = (
  interviews: OfPerson[],
  properties: Record<string, unknown>,
  { promised: { unasked, unanswered, atAll }, faultyAtAmplitude }: Evidence,
): Wrong | null => {
  const written = interviews.flatMap(({ interview, receivedAt }) => {
    const endedAt = Date.parse(interview.completed_at ?? '');
    return receivedAt === undefined ? [] : [{ interview, endedAt, receivedAt, age: receivedAt - endedAt }];
  });
  const isUnanswered = ({ interview }: (typeof written)[number]): boolean =>
    faultyAtAmplitude.has(interview.interview_id);
  // Where Amplitude may not have answered, a later one may be on the person, and may not.
  const [newest] = written
    .filter((one) => one.age <= (isUnanswered(one) ? unanswered : atAll))
    .toSorted((left, right) => right.endedAt - left.endedAt);
  const record = recordIn(properties);
  const about = (newest?.interview ?? interviews[0]?.interview)?.interview_id ?? '';
  if (Object.keys(record).length === 0) return newest === undefined ? null : { what: 'wrong record', about };
  const standing = written.filter(({ interview }) => isDeepStrictEqual(recordOf(interview), record));
  if (standing.length === 0) return { what: written.length === 0 ? 'written wrongly' : 'wrong record', about };
  const isRight = standing.some((one) => {
    if (one.age <= atAll && one.endedAt >= (newest?.endedAt ?? Number.NEGATIVE_INFINITY)) return true;
    // Only what came after the newest may have replaced it.
    const isLater = newest !== undefined && one.receivedAt >= newest.receivedAt;
    return isLater && one.age <= (isUnanswered(one) ? unanswered : unasked);
  });
  return isRight ? null : { what: 'older over newer', about };
};
