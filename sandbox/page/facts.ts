/** What the page shows of a loop: how many went over each arrow, who stands where, what happened. */
import { sandboxProject } from '../amplitude/projects.ts';
import { earlierStatus, type KojiInterview } from '../koji/interviews.ts';
import { type Seen, startedAmong } from '../story/figures.ts';
import type { Happening, Scene } from '../story/story.ts';

/** People are shown so many at once. */
export const PAGE = 50;
const MOST_HAPPENINGS = 60;
const MOST_REQUESTS = 25;

/** Which people are to be shown: of those whose id or email has `find` in it, the newest first, from the `from`th on. */
export type Choice = { find: string; from: number };

/** Somebody, with what each of the services holds of them. */
export type Person = {
  userId: string;
  email: string | null;
  stage: string;
  interview: KojiInterview | null;
  events: number;
  properties: Record<string, unknown>;
};

export type Facts = {
  now: number;
  counts: Seen;
  choice: Choice;
  /** How many are found by the choice, and how many there are. */
  found: number;
  all: number;
  people: Person[];
  /** The newest first, as are the requests. */
  happenings: Happening[];
  requests: { service: string; method: string; path: string; status: string }[];
};

/** Why an interview was not written, as it shows in Koji. */
const whyNot = ({ quality_score, respondent_email, anonymous }: KojiInterview): string => {
  if (quality_score === null) return 'no quality score';
  if (quality_score < 3) return 'quality below 3';
  return respondent_email === null || anonymous === true ? 'anonymous' : 'not yet';
};

const stageOf = (interview: KojiInterview | null, events: number): string => {
  if (interview === null) return 'in the cohort; the automation hears of it at Amplitude’s next export';
  if (interview.status === earlierStatus.open) return 'invited; has not answered';
  if (interview.status === earlierStatus.completed) return 'has answered; Koji analyzes';
  return events > 0 ? 'written to Amplitude' : `analyzed; not written: ${whyNot(interview)}`;
};

const peopleOf = ({ world: { koji, amplitude }, startOutputs }: Scene, shown: ReturnType<Scene['people']>) => {
  const interviewIds = new Map(
    startedAmong(startOutputs()).map(({ respondent_id, interview_id }) => [respondent_id, interview_id]),
  );
  const all = koji.interviews();
  const byId = new Map(all.map((interview) => [interview.interview_id, interview]));
  // Of whoever came without the automation; an anonymous interview names nobody any more.
  const byUserId = new Map(all.map((interview) => [interview.respondent.external_id, interview]));
  return shown.map(({ userId, email }): Person => {
    const interview = byId.get(interviewIds.get(userId) ?? '') ?? byUserId.get(userId) ?? null;
    const user = amplitude.user(sandboxProject.apiKey, userId);
    const events = user?.events.filter(({ insertId }) => insertId?.startsWith('koji:')).length ?? 0;
    return { userId, email, interview, events, stage: stageOf(interview, events), properties: user?.properties ?? {} };
  });
};

const deliveriesOf = ({ world: { koji } }: Scene): Happening[] =>
  koji
    .deliveries()
    .slice(-MOST_HAPPENINGS)
    .map(({ at, kind, event, interviewId, status, outcome, attempt }) => ({
      at,
      who: 'Koji',
      what: `${kind === 'forgery' ? 'a forged' : 'a signed'} ${event}${interviewId === null ? '' : ` of ${interviewId}`}, try ${attempt}`,
      reason: `answered ${status ?? 'by nobody'}: ${outcome}`,
    }));

/** What the page shows now. */
export const factsOf = (scene: Scene, choice: Choice): Facts => {
  const { clock, koji, amplitude } = scene.world;
  const all = scene.people().toReversed();
  const wanted = choice.find.toLowerCase();
  const found = all.filter(({ userId, email }) => `${userId} ${email ?? ''}`.toLowerCase().includes(wanted));
  return {
    now: clock.now(),
    counts: scene.counts(),
    choice,
    found: found.length,
    all: all.length,
    people: peopleOf(scene, found.slice(choice.from - 1, choice.from - 1 + PAGE)),
    happenings: [...scene.happenings(), ...deliveriesOf(scene)]
      .sort((one, other) => other.at - one.at)
      .slice(0, MOST_HAPPENINGS),
    requests: [
      ...koji.calls.slice(-MOST_REQUESTS).map(({ call, answer }) => ({ service: 'Koji', call, answer })),
      ...amplitude.calls.slice(-MOST_REQUESTS).map(({ call, answer }) => ({ service: 'Amplitude', call, answer })),
    ]
      .reverse()
      .map(({ service, call, answer }) => ({
        service,
        method: call.method,
        // Keys travel in headers and bodies, which are not shown; this is the path alone.
        path: call.path,
        status: typeof answer === 'string' ? answer : String(answer.status),
      })),
  };
};
