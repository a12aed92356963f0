/** What is tried: each interview with how it ends, what goes wrong on its way, and who meddles with its delivery. */
import type { CacheMood } from '../zapier/cache.ts';
import type { Fault } from './faulty-wire.ts';

const STATUSES = [400, 401, 403, 404, 408, 409, 410, 413, 422, 429, 500, 502, 503, 504];

const FAULTS: Fault[] = [
  ...STATUSES.map((status): Fault => ({ kind: 'status', status })),
  ...STATUSES.map((status): Fault => ({ kind: 'status', status, retryAfter: 7 })),
  { kind: 'html' },
  { kind: 'empty' },
  { kind: 'says 500' },
  { kind: 'redirect' },
  { kind: 'reset before' },
  { kind: 'reset after' },
  { kind: 'cut after' },
];

/** Seldom, as each costs seconds of real time. */
const HANG: Fault = { kind: 'hang' };
/** To start, 409 is Koji's true word that there is an interview already (K3). */
const isConflict = (fault: Fault): boolean => fault.kind === 'status' && fault.status === 409;

const MEDDLERS = [
  'doubled',
  'late',
  'wrong-secret',
  'empty-secret',
  'changed-byte',
  'unsigned',
  'malformed',
  'truncated',
  'rotated',
  'replayed',
] as const;
export type Meddler = (typeof MEDDLERS)[number];

const ENDINGS = ['good', 'good', 'good', 'good', 'flagged', 'withheld', 'poor', 'unscored', 'silent', 'old'] as const;
export type Ending = (typeof ENDINGS)[number];

/** One interview. `old` is a second one of the same person that ended ten days ago and arrives last. */
export type Case = {
  number: number;
  ending: Ending;
  score: number;
  atStart: Fault[];
  atKoji: Fault[];
  atAmplitude: Fault[];
  cache: CacheMood | 'forgets';
  meddlers: Meddler[];
};

const CACHES = ['normal', 'normal', 'normal', 'refusing', 'rateLimited', 'forgets'] as const;

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
  const faults = (): Fault[] =>
    Array.from({ length: Math.floor(random() * 3) }, () => (random() < 0.01 ? [HANG] : pick(FAULTS))).flat();
  return Array.from({ length: people }, (_, number) => ({
    number,
    ending: pick(ENDINGS)[0] ?? 'good',
    score: 3 + Math.floor(random() * 3),
    atStart: random() < 0.3 ? faults().filter((fault) => !isConflict(fault)) : [],
    atKoji: random() < 0.4 ? faults() : [],
    atAmplitude: random() < 0.6 ? faults() : [],
    cache: random() < 0.01 ? 'hanging' : (pick(CACHES)[0] ?? 'normal'),
    meddlers: Array.from({ length: Math.floor(random() * 3) }, () => pick(MEDDLERS)).flat(),
  }));
};
