import { sandboxProject } from '../amplitude/projects.ts';
import { startAmplitude } from '../amplitude/server.ts';
import { VirtualClock } from '../clock.ts';
import type { Forgery } from '../koji/forgeries.ts';
import type { Outcome } from '../koji/interviews.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { startKoji } from '../koji/server.ts';
import { signsTime } from '../koji/signing.ts';
import { faultyWire } from './faulty-wire.ts';
import { judge, type Person, type Wrong } from './oracle.ts';
import { type Case, forgeries, type Group, looksFine, type Meddler } from './plan.ts';
import type { Platform, World } from './platform.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** K8: the first try and three more. */
const EVERY_TRY = 4;

export type Verdict = { number: number | null; what: Wrong['what']; about: string };
export type Result = { verdicts: Verdict[]; held: number; written: number; replays: number };

/** These cases one after the other in a fresh world. */
export const runCases = async (
  startPlatform: (world: World) => Promise<Platform>,
  { cases, behavior }: Group,
): Promise<Result> => {
  const clock = new VirtualClock(Date.now());
  const koji = await startKoji({ clock, behavior });
  const amplitude = await startAmplitude({ now: clock.now });
  const kojiWire = faultyWire(koji, clock);
  const amplitudeWire = faultyWire(amplitude, clock);
  const calm = (): void => {
    kojiWire.next([]);
    amplitudeWire.next([]);
  };
  const platform = await startPlatform({ clock, koji, amplitude, calm });
  const { settle } = platform;
  const triggeredByForgery: string[] = [];
  const numberOf = new Map<string, number>();
  const people = new Map<string, Person>();
  const notStarted: number[] = [];
  const faultyAtAmplitude = new Set<string>();

  const forge = async (one: Case, interviewId: string): Promise<void> => {
    for (const how of one.meddlers.filter((meddler) => isForgery(meddler))) {
      if ((how === 'stale' || how === 'future') && !signsTime(behavior.scheme)) continue;
      const before = platform.believed();
      await koji.deliverForged(interviewId, how);
      await settle();
      if (platform.believed() > before) triggeredByForgery.push(interviewId);
    }
  };

  const answer = async (one: Case, interviewId: string, outcome: Outcome): Promise<void> => {
    const has = (meddler: Meddler): boolean => one.meddlers.includes(meddler);
    const again = () => koji.deliverAgain(interviewId);
    if (has('rotated')) koji.rotateSecret(koji.webhooks()[0]?.id ?? '');
    if (has('late')) platform.hook.failNext(() => true, { status: 503 }, 1 + (one.number % 3));
    if (has('day late')) platform.hook.failNext(() => true, { status: 503 }, EVERY_TRY);
    platform.setCache(one.cache);
    kojiWire.next(one.atKoji);
    const atAmplitude = one.atAmplitude.filter((fault) => platform.readsAnswers || !looksFine(fault));
    if (atAmplitude.length > 0) faultyAtAmplitude.add(interviewId);
    amplitudeWire.next(atAmplitude);
    koji.respond(interviewId, outcome);
    await settle();
    if (has('day late')) {
      await clock.advance((one.hours % 24) * HOUR);
      await again();
      await settle();
    }
    if (has('doubled')) await again();
    await settle();
    await platform.attend(again);
    calm();
    platform.setCache('normal');
    // A second rotation would retire the secret that is known; this gives one in force.
    if (has('rotated')) await platform.takeSecret();
    if (has('replayed')) await platform.replayLast();
    await settle();
  };

  const play = async (one: Case): Promise<void> => {
    const person = personOf(one.number);
    kojiWire.next(one.atStart);
    await platform.start(person);
    calm();
    const interviewId = koji.interviewOf(person.user_id)?.interview_id;
    if (interviewId === undefined) {
      notStarted.push(one.number);
      return;
    }
    numberOf.set(interviewId, one.number);
    people.set(interviewId, person);
    await forge(one, interviewId);
    if (one.ending === 'silent') return;
    await answer(one, interviewId, outcomeOf(one));
    await forge(one, interviewId);
    if (one.ending !== 'old' && one.ending !== 'again') return;
    const second = koji.openLink();
    numberOf.set(second, one.number);
    people.set(second, person);
    await clock.advance(MINUTE);
    const completedAt = clock.now() - (one.ending === 'old' ? one.hours * HOUR : 0);
    await answer(one, second, {
      quality_score: 5,
      ...one.secondFindings,
      extra: {
        completed_at: new Date(completedAt).toISOString(),
        respondent_email: person.email,
        respondent: { external_id: person.user_id, display_name: person.name, metadata: {} },
      },
    });
  };

  try {
    await platform.turnOn();
    for (const one of cases) await play(one);
    const held = koji.interviews();
    const { apiKey, secretKey } = sandboxProject;
    const stored = amplitude.events(apiKey);
    const wrong = judge({
      held,
      people,
      stored,
      table: amplitude.users(apiKey),
      promised: platform.promised,
      faultyAtAmplitude,
      skipped: new Set(platform.skipped()),
      triggeredByForgery,
      lines: platform.lines(),
      secrets: [
        sandboxKeys.full,
        apiKey,
        secretKey,
        Buffer.from(`${apiKey}:${secretKey}`).toString('base64'),
        ...koji.webhooks().map(({ secret }) => secret),
      ],
    });
    return {
      verdicts: [
        ...notStarted.map((number): Verdict => ({ number, what: 'lost', about: 'never started' })),
        ...wrong.map(({ what, about }): Verdict => ({ what, about, number: numberOf.get(about) ?? null })),
      ],
      held: held.length,
      written: stored.length,
      replays: platform.replays(),
    };
  } finally {
    await platform.close();
    await Promise.all([koji.close(), amplitude.close()]);
  }
};

const isForgery = (meddler: Meddler): meddler is Meddler & Forgery => forgeries.some((how) => how === meddler);

const personOf = (number: number): Person => ({
  user_id: `user_${String(number + 1).padStart(5, '0')}`,
  email: `person.${number + 1}@example.com`,
  name: `Person ${number + 1}`,
});

const outcomeOf = ({ ending, score, findings }: Case): Outcome => {
  const outcome = { quality_score: score, ...findings };
  if (ending === 'flagged') return { ...outcome, anonymous: { flag: 'anonymous', at: 'respondent', hides: 'nothing' } };
  if (ending === 'withheld') return { ...outcome, withholdEmail: true };
  if (ending === 'poor') return { ...outcome, quality_score: 2 };
  return ending === 'unscored' ? { ...outcome, quality_score: null } : outcome;
};
