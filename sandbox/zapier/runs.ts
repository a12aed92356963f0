import type { VirtualClock } from '../clock.ts';
import type { Connection } from './connection.ts';
import type { Definition, Field, Item } from './definition.ts';
import type { Failure } from './failure.ts';
import type { Invoke } from './runtime.ts';
import type { Throttles } from './throttle.ts';

/** Z16, as the Zap's history shows it; `waiting` and `held` go on later. */
export type RunStatus = 'success' | 'filtered' | 'waiting' | 'halted' | 'errored' | 'held';

/** A step's form: JSON with references in its texts, or a function from the trigger's item and the earlier outputs. */
export type StepInput = Item | ((trigger: Item, outputs: readonly Item[]) => Item);

/** A step of another app, run on this machine. */
export type LocalStep = {
  inputData: StepInput;
  /** A filter in front of it; the run ends there as `filtered`. */
  onlyIf?: (trigger: Item, outputs: readonly Item[]) => boolean;
  carryOut: (input: Item) => Item;
};

export type Step = AppStep | LocalStep;

export type AppStep = {
  /** Of a create, or else of a search. */
  key: string;
  inputData?: StepInput;
};

export type Run = {
  id: string;
  zapId: string;
  status: RunStatus;
  /** Null while, or because, the trigger itself did not come through. */
  trigger: Item | null;
  /** What each step was given, types applied. */
  inputs: Item[];
  /** What each step gave. */
  outputs: Item[];
  /** Why it did not go on, the last time it did not. */
  failure: Failure | null;
  /** Every change of status, oldest first. `step` is null for the trigger. */
  history: { at: number; status: RunStatus; step: number | null; message: string | null }[];
};

/** What runs need, and all of them, every Zap's. */
export type Runs = {
  clock: VirtualClock;
  definition: Definition;
  invoke: Invoke;
  connection: Connection;
  throttles: Throttles;
  /** Oldest first. */
  all: Run[];
  /** What forms with dynamic fields turned out to have, by operation and input. */
  dynamicFields: Map<string, Field[]>;
};

/** A run that has no item yet, as a trigger that failed has. */
export const openRun = ({ all }: Runs, zapId: string): Run => {
  const run: Run = {
    id: `run-${all.length + 1}`,
    zapId,
    status: 'waiting',
    trigger: null,
    inputs: [],
    outputs: [],
    failure: null,
    history: [],
  };
  all.push(run);
  return run;
};

/** Ends a run or interrupts it. */
export const markRun = (
  { clock }: Runs,
  run: Run,
  status: RunStatus,
  step: number | null,
  failure: Failure | null,
): void => {
  run.status = status;
  run.failure = failure;
  run.history.push({ at: clock.now(), status, step, message: failure?.message ?? null });
};
