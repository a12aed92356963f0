/** What the page shows of a loop: how many went over each arrow, who stands where, what happened. */
import { qualityScale } from '../../koji/contract.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import type { Delivery } from '../koji/deliveries.ts';
import { earlierStatus, type KojiInterview } from '../koji/interviews.ts';
import { type Seen, startedAmong } from '../story/figures.ts';
import type { Happening, Scene } from '../story/story.ts';

/** People are shown so many at once. */
export const PAGE = 50;
const MOST_HAPPENINGS = 60;
const MOST_REQUESTS = 25;

/** Which people are to be shown: of those whose id, email or name has `find` in it, the newest first, from the `from`th on. */
export type Choice = { find: string; from: number };

/** Somebody, with what each of the services holds of them. */
export type Person = {
  userId: string;
  email: string | null;
  name: string | null;
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
  requests: { at: number; service: string; method: string; path: string; status: string }[];
};

/** Why an interview was not written, as it shows in Koji. */
const whyKeptOut = ({ quality_score, respondent_email, anonymous }: KojiInterview): string => {
  if (quality_score === null) return 'no quality score';
  if (quality_score < qualityScale.defaultMinimum) return `quality below ${qualityScale.defaultMinimum}`;
  return respondent_email === null || anonymous === true ? 'anonymous' : 'not yet';
};

/** What stands between somebody and the next stage. */
type Hindrance = { toStart: string | undefined; toWrite: string | undefined; wasDelivered: boolean };

const stageOf = (interview: KojiInterview | null, events: number, hindrance: Hindrance): string => {
  const { toStart, toWrite, wasDelivered } = hindrance;
  if (interview === null) return `in the cohort; ${toStart ?? 'the automation hears of it at Amplitude’s next export'}`;
  if (interview.status === earlierStatus.open) return 'invited; has not answered';
  if (interview.status === earlierStatus.completed) return 'has answered; Koji analyzes';
  if (events > 0) return 'written to Amplitude';
  if (!wasDelivered) return 'analyzed; not written: was analyzed while the automation was off';
  return `analyzed; not written: ${toWrite ?? whyKeptOut(interview)}`;
};

/** The interview of each of the people. */
const interviewFinder = ({ world: { koji }, startOutputs }: Scene): ((userId: string) => KojiInterview | null) => {
  const interviewIds = new Map(
    startedAmong(startOutputs()).map(({ respondent_id, interview_id }) => [respondent_id, interview_id]),
  );
  const all = koji.interviews();
  const byId = new Map(all.map((interview) => [interview.interview_id, interview]));
  // Of whoever came without the automation; an anonymous interview names nobody any more.
  const byUserId = new Map(all.map((interview) => [interview.respondent.external_id, interview]));
  return (userId) => byId.get(interviewIds.get(userId) ?? '') ?? byUserId.get(userId) ?? null;
};

/** The interviews of which an event was sent to a webhook. */
const deliveredIds = ({ world: { koji } }: Scene): Set<string | null> =>
  new Set(koji.deliveries().flatMap(({ kind, interviewId }) => (kind === 'event' ? [interviewId] : [])));

/** Interviews of all people, whoever is shown: those to be answered, and those that Koji can deliver once more. */
export const interviewsToPlay = (scene: Scene) => {
  const interviewOf = interviewFinder(scene);
  const delivered = deliveredIds(scene);
  const all = scene
    .people()
    .toReversed()
    .flatMap(({ userId, name }) => {
      const interview = interviewOf(userId);
      const who = name === null ? userId : `${name}, ${userId}`;
      return interview === null ? [] : [{ id: interview.interview_id, who, status: interview.status }];
    });
  return {
    open: all.filter(({ status }) => status === earlierStatus.open),
    delivered: all.filter(({ id }) => delivered.has(id)),
  };
};

const peopleOf = (scene: Scene, shown: ReturnType<Scene['people']>) => {
  const { amplitude } = scene.world;
  const interviewOf = interviewFinder(scene);
  const delivered = deliveredIds(scene);
  const stuck = scene.stuck?.();
  return shown.map(({ userId, email, name }): Person => {
    const interview = interviewOf(userId);
    const interviewId = interview?.interview_id ?? '';
    const user = amplitude.user(sandboxProject.apiKey, userId);
    const events = user?.events.filter(({ insertId }) => insertId?.startsWith('koji:')).length ?? 0;
    const stage = stageOf(interview, events, {
      toStart: stuck?.people.get(userId),
      toWrite: stuck?.interviews.get(interviewId),
      wasDelivered: delivered.has(interviewId),
    });
    return { userId, email, name, interview, events, stage, properties: user?.properties ?? {} };
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
      reason:
        kind === 'forgery' && outcome === 'accepted'
          ? `answered ${status}, as a platform’s hook answers every delivery: the signature is looked at after that`
          : `answered ${status ?? 'by nobody'}: ${outcomeWords[outcome]}`,
    }));

const outcomeWords: Record<Delivery['outcome'], string> = {
  accepted: 'accepted',
  refused: 'refused',
  'will-retry': 'Koji tries again',
  'given-up': 'Koji gives up',
  'webhook-removed': 'Koji removes the webhook',
};

/** What the page shows now. */
export const factsOf = (scene: Scene, choice: Choice): Facts => {
  const { clock, koji, amplitude } = scene.world;
  const all = scene.people().toReversed();
  const wanted = choice.find.toLowerCase();
  const found = all.filter(({ userId, email, name }) =>
    `${userId} ${email ?? ''} ${name ?? ''}`.toLowerCase().includes(wanted),
  );
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
      ...koji.calls.slice(-MOST_REQUESTS).map((logged) => ({ service: 'Koji', ...logged })),
      ...amplitude.calls.slice(-MOST_REQUESTS).map((logged) => ({ service: 'Amplitude', ...logged })),
    ]
      .sort((one, other) => other.order - one.order)
      .map(({ at, service, call, answer }) => ({
        at,
        service,
        method: call.method,
        // Keys travel in headers and bodies, which are not shown; this is the path alone.
        path: call.path,
        status: typeof answer === 'string' ? answer : String(answer.status),
      })),
  };
};
