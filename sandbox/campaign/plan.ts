/** What is tried: each interview with how it ends, what goes wrong on its way, and who meddles with its delivery. */
import type { KojiBehavior } from '../koji/behavior.ts';
import type { Forgery } from '../koji/forgeries.ts';
import type { Outcome } from '../koji/interviews.ts';
import type { CacheMood } from '../zapier/cache.ts';
import type { Fault } from './faulty-wire.ts';

const STATUSES = [400, 401, 403, 404, 408, 409, 410, 413, 422, 429, 500, 502, 503, 504];

const FAULTS: Fault[] = [
  ...STATUSES.map((status): Fault => ({ kind: 'status', status })),
  ...STATUSES.map((status): Fault => ({ kind: 'status', status, retryAfter: 7 })),
  ...[200, ...STATUSES].map((status): Fault => ({ kind: 'page', status })),
  { kind: 'empty' },
  { kind: 'says 500' },
  { kind: 'redirect' },
  { kind: 'gzip bomb' },
  { kind: 'reset before' },
  { kind: 'reset after' },
  { kind: 'cut after' },
  { kind: 'hang before' },
  { kind: 'hang after' },
  // Within everybody's patience, and beyond it.
  ...[1, 50].flatMap((seconds): Fault[] => [
    { kind: 'slow head', seconds },
    { kind: 'slow body', seconds },
  ]),
];

/** Koji itself may tell of an interview before it has it. */
const KOJI_FAULTS: Fault[] = [...FAULTS, { kind: 'not there yet' }, { kind: 'not there yet' }];

/** To start, 409 is Koji's true word that there is an interview already (K3). */
const isConflict = (fault: Fault): boolean => fault.kind === 'status' && fault.status === 409;

/** Answers that are no error by their status, and not the service's own. */
export const looksFine = (fault: Fault): boolean =>
  fault.kind === 'page' ? fault.status === 200 : ['empty', 'says 500', 'redirect', 'gzip bomb'].includes(fault.kind);

export const forgeries = [
  'wrong-secret',
  'empty-secret',
  'changed-byte',
  'unsigned',
  'malformed',
  'truncated',
  'stale',
  'future',
] as const satisfies Forgery[];

/** `late`: the platform refuses it a few times. `day late`: it refuses every try, and the last comes by hand, hours later. */
const MEDDLERS = [...forgeries, 'doubled', 'late', 'day late', 'rotated', 'replayed'] as const;
export type Meddler = (typeof MEDDLERS)[number];

/** `old`: a second interview of the same person that ended before and arrives last. `again`: one that ends after. */
const ENDINGS = [
  'good',
  'good',
  'again',
  'again',
  'flagged',
  'withheld',
  'poor',
  'unscored',
  'silent',
  'old',
  'old',
] as const;
export type Ending = (typeof ENDINGS)[number];

export type Cache = CacheMood | 'forgets';
const CACHES: Cache[] = ['normal', 'normal', 'normal', 'refusing', 'rateLimited', 'hanging', 'forgets'];

/** What an analysis found, or did not. */
const FINDINGS = [null, 'positive', 'mixed', 'negative'].flatMap((sentiment) =>
  [[], ['pricing confusion', 'fast setup 🙂'], [{ name: 'slow, buggy app' }]].map((themes) => ({ sentiment, themes })),
);
export type Findings = Pick<Outcome, 'sentiment' | 'themes'>;

/** One interview. */
export type Case = {
  number: number;
  ending: Ending;
  score: number;
  findings: Findings;
  /** Of the person's second interview, where there is one. */
  secondFindings: Findings;
  /** Of an older interview: how many hours before the newer one it ended. Of a late delivery: how many it is late. */
  hours: number;
  atStart: Fault[];
  atKoji: Fault[];
  atAmplitude: Fault[];
  cache: Cache;
  meddlers: Meddler[];
};

/** Koji as it may be, from one group of people to the next: how it signs, and whatever else its pages leave open. */
export const KOJIS: [KojiAsItMayBe, ...KojiAsItMayBe[]] = [
  { scheme: 'sha256-hex' },
  { scheme: 'standard', deliveryShape: 'type', interviewShape: 'wrapped', startShape: 'wrapped', invalidBody: 400 },
  { scheme: 'timestamped', deliveryShape: 'flat', existing: 'conflict', retryAfter: false },
  { scheme: 'base64', spelling: 'plain', existing: 'conflict-with-id', linkName: 'link', saysStartedAt: true },
  { scheme: 'standard', deliveryShape: 'id', interviewShape: 'wrapped' },
  { scheme: 'hex', verifiesOnSubscribe: true, verificationBody: 'empty', verificationSigned: false },
];
export type KojiAsItMayBe = Partial<KojiBehavior> & Pick<KojiBehavior, 'scheme'>;

/** A group of cases that share a world. */
export type Group = { cases: Case[]; behavior: KojiAsItMayBe };

/** A stream of numbers from 0 up to 1, the same for the same seed (mulberry32). */
const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** The same cases for the same seed. */
export const casesOf = (seed: number, people: number): Case[] => {
  const random = randomOf(seed);
  const pick = <Value>(values: readonly Value[]): Value[] =>
    values.slice(Math.floor(random() * values.length)).slice(0, 1);
  const upToTwo = <Value>(values: readonly Value[]): Value[] =>
    Array.from({ length: Math.floor(random() * 3) }, () => pick(values)).flat();
  return Array.from({ length: people }, (_, number) => ({
    number,
    ending: pick(ENDINGS)[0] ?? 'good',
    score: 3 + Math.floor(random() * 3),
    hours: 1 + Math.floor(random() ** 2 * 240),
    atStart: random() < 0.3 ? upToTwo(FAULTS).filter((fault) => !isConflict(fault)) : [],
    atKoji: random() < 0.4 ? upToTwo(KOJI_FAULTS) : [],
    atAmplitude: random() < 0.6 ? upToTwo(FAULTS) : [],
    cache: pick(CACHES)[0] ?? 'normal',
    meddlers: upToTwo(MEDDLERS),
    findings: pick(FINDINGS)[0] ?? {},
    secondFindings: pick(FINDINGS)[0] ?? {},
  }));
};

/** The same case with one thing less that goes wrong, in every way. */
export const simplerThan = (one: Case): Case[] => {
  const without = <Value>(list: readonly Value[]): Value[][] => list.map((_, place) => list.toSpliced(place, 1));
  return [
    ...without(one.atStart).map((atStart) => ({ ...one, atStart })),
    ...without(one.atKoji).map((atKoji) => ({ ...one, atKoji })),
    ...without(one.atAmplitude).map((atAmplitude) => ({ ...one, atAmplitude })),
    ...without(one.meddlers).map((meddlers) => ({ ...one, meddlers })),
    ...(one.cache === 'normal' ? [] : [{ ...one, cache: 'normal' as const }]),
    ...(one.ending === 'good' ? [] : [{ ...one, ending: 'good' as const }]),
  ];
};

/** How much goes wrong in a case. */
export const lengthOf = ({ atStart, atKoji, atAmplitude, meddlers, cache }: Case): number =>
  atStart.length + atKoji.length + atAmplitude.length + meddlers.length + (cache === 'normal' ? 0 : 1);
