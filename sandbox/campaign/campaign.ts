import { type Wrong, wrongs } from './oracle.ts';
import { type Case, casesOf } from './plan.ts';
import { type Result, runCases, type Verdict } from './zapier.ts';

/** So many share a world: its days must end before the app's own. */
const TOGETHER = 250;

export type Report = Omit<Result, 'verdicts'> & {
  counts: Record<Wrong['what'], number>;
  /** Null when all is right. */
  shortest: { verdict: Verdict; one: Case | null } | null;
};

/** The campaign of this seed. `app` is what the build exports. */
export const runCampaign = async (
  app: object,
  { seed, people }: { seed: number; people: number },
  onProgress: (done: number) => void = () => {},
): Promise<Report> => {
  const cases = casesOf(seed, people);
  const report = { verdicts: [] as Verdict[], held: 0, written: 0, replays: 0 };
  for (let first = 0; first < people; first += TOGETHER) {
    const { verdicts, held, written, replays } = await runCases(app, cases.slice(first, first + TOGETHER));
    report.verdicts.push(...verdicts);
    report.held += held;
    report.written += written;
    report.replays += replays;
    onProgress(Math.min(people, first + TOGETHER));
  }
  const { verdicts, ...figures } = report;
  const count = (what: Wrong['what']) => verdicts.filter((verdict) => verdict.what === what).length;
  const failed = verdicts
    .map((verdict) => ({ verdict, one: cases.find(({ number }) => number === verdict.number) ?? null }))
    .sort((left, right) => lengthOf(left.one) - lengthOf(right.one));
  return {
    ...figures,
    counts: {
      lost: count('lost'),
      doubled: count('doubled'),
      forged: count('forged'),
      'kept out wrongly': count('kept out wrongly'),
      'written wrongly': count('written wrongly'),
      'wrong person': count('wrong person'),
      'older over newer': count('older over newer'),
      leaked: count('leaked'),
    },
    shortest: failed[0] ?? null,
  };
};

/** How much goes wrong in a case. */
const lengthOf = (one: Case | null): number =>
  one === null
    ? Number.POSITIVE_INFINITY
    : one.atStart.length +
      one.atKoji.length +
      one.atAmplitude.length +
      one.meddlers.length +
      (one.cache === 'normal' ? 0 : 1);

/** Whether nothing went wrong. */
export const isClean = ({ counts }: Report): boolean => wrongs.every((what) => counts[what] === 0);
