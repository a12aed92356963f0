import { type Wrong, wrongs } from './oracle.ts';
import { type Case, casesOf, type Group, KOJIS, type KojiAsItMayBe, lengthOf, simplerThan } from './plan.ts';
import type { Result, Verdict } from './world.ts';

/** So many share a world: its days must end before the app's own. */
const TOGETHER = 100;

/** Plays a group, here or in another thread. */
export type Play = (group: Group) => Promise<Result>;

export type Report = Omit<Result, 'verdicts'> & {
  counts: Record<Wrong['what'], number>;
  /** Null when all is right. */
  shortest: { verdict: Verdict; one: Case | null; behavior: KojiAsItMayBe } | null;
};

const groupsOf = (cases: Case[]): Group[] =>
  Array.from({ length: Math.ceil(cases.length / TOGETHER) }, (_, group) => ({
    cases: cases.slice(group * TOGETHER, (group + 1) * TOGETHER),
    behavior: KOJIS[group % KOJIS.length] ?? KOJIS[0],
  }));

/** The campaign of this seed, `workers` groups at a time. */
export const runCampaign = async (
  play: Play,
  { seed, people, workers = 1 }: { seed: number; people: number; workers?: number },
  onProgress: (done: number) => void = () => {},
): Promise<Report> => {
  const groups = groupsOf(casesOf(seed, people));
  const figures = { held: 0, written: 0, replays: 0 };
  const failed: NonNullable<Report['shortest']>[] = [];
  const waiting = [...groups];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
      const { cases, behavior } = group;
      const { verdicts, held, written, replays } = await play(group);
      failed.push(
        ...verdicts.map((verdict) => ({
          verdict,
          one: cases.find(({ number }) => number === verdict.number) ?? null,
          behavior,
        })),
      );
      figures.held += held;
      figures.written += written;
      figures.replays += replays;
      done += cases.length;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const count = (what: Wrong['what']) => failed.filter(({ verdict }) => verdict.what === what).length;
  const [first] = failed.sort((left, right) => lengthOfAny(left.one) - lengthOfAny(right.one));
  return {
    ...figures,
    counts: {
      lost: count('lost'),
      doubled: count('doubled'),
      forged: count('forged'),
      'kept out wrongly': count('kept out wrongly'),
      'written wrongly': count('written wrongly'),
      'wrong person': count('wrong person'),
      'wrong event': count('wrong event'),
      'older over newer': count('older over newer'),
      'wrong record': count('wrong record'),
      leaked: count('leaked'),
    },
    shortest: first === undefined ? null : await shrunk(play, first),
  };
};

const lengthOfAny = (one: Case | null): number => (one === null ? Number.POSITIVE_INFINITY : lengthOf(one));

/** Takes away what goes wrong, piece by piece, as long as the same is wrong without it; as it is where it needs company. */
const shrunk = async (play: Play, found: NonNullable<Report['shortest']>): Promise<NonNullable<Report['shortest']>> => {
  const { verdict, one, behavior } = found;
  if (one === null) return found;
  for (const simpler of simplerThan(one)) {
    const { verdicts } = await play({ cases: [simpler], behavior });
    const same = verdicts.find(({ what }) => what === verdict.what);
    if (same !== undefined) return shrunk(play, { verdict: same, one: simpler, behavior });
  }
  return found;
};

/** Whether nothing went wrong. */
export const isClean = ({ counts }: Report): boolean => wrongs.every((what) => counts[what] === 0);
