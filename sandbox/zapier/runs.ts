import type { VirtualClock } from '../clock.ts';
import { type Connection, noteFailure } from './connection.ts';
import {
  type Definition,
  type Field,
  findStep,
  type Item,
  isFunctionText,
  itemSchema,
  type Operation,
  parseFields,
} from './definition.ts';
import { errored, type Failure, InvocationFailed } from './failure.ts';
import { applyFields, fillTemplates } from './mapping.ts';
import type { Invoke } from './runtime.ts';
import type { Throttles } from './throttle.ts';

/** Contract §3, as the Zap's history shows it; `waiting` and `held` go on later. */
export type RunStatus = 'success' | 'filtered' | 'waiting' | 'halted' | 'errored' | 'held';

/** A step's form: JSON with references in its texts, or a function from the trigger's item and the earlier outputs. */
export type StepInput = Item | ((trigger: Item, outputs: readonly Item[]) => Item);

export type Step = {
  /** Of a create, or else of a search. */
  key: string;
  inputData?: StepInput;
  /** A search that finds nothing halts the run, unless this is set; the step's output is then empty. Inferred. */
  continueWhenNothingFound?: boolean;
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

export type RunPlan = { steps: readonly Step[]; filter?: ((item: Item) => boolean) | undefined };

export type Runs = {
  all: Run[];
  /** A run that has no item yet, for a trigger that failed. */
  open: (zapId: string) => Run;
  start: (run: Run, item: Item, plan: RunPlan) => Promise<void>;
  /** Ends a run or interrupts it. */
  mark: (run: Run, status: RunStatus, step: number | null, failure: Failure | null) => void;
  /** The form's fields, dynamic ones resolved. */
  fieldsOf: (operation: Operation, inputData: Item) => Promise<Field[]>;
  /** One step by itself, as the editor tests it; throws what the person would read. */
  testStep: (zapId: string, step: Step, trigger: Item, outputs: readonly Item[]) => Promise<Item>;
};

/** Contract §3: a ThrottledError without a delay waits a minute. */
export const DEFAULT_DELAY_SECONDS = 60;

/** Ours, so that a run that is throttled for ever ends: the contract names no number for actions. */
const MOST_ATTEMPTS = 50;

export type RunsOptions = {
  clock: VirtualClock;
  definition: Definition;
  invoke: Invoke;
  connection: Connection;
  throttles: Throttles;
};

export const createRuns = ({ clock, definition, invoke, connection, throttles }: RunsOptions): Runs => {
  const all: Run[] = [];
  const dynamicFields = new Map<string, Field[]>();

  const mark: Runs['mark'] = (run, status, step, failure) => {
    run.status = status;
    run.failure = failure;
    run.history.push({ at: clock.now(), status, step, message: failure?.message ?? null });
  };

  const fieldsOf: Runs['fieldsOf'] = async (operation, inputData) => {
    const known = operation.inputFields.flatMap((field) => (typeof field === 'string' ? [] : [field]));
    if (!operation.inputFields.some((field) => typeof field === 'string' && isFunctionText(field))) return known;
    const name = JSON.stringify([operation.path, inputData]);
    const cached = dynamicFields.get(name);
    if (cached !== undefined) return cached;
    const outcome = await invoke(`${operation.path}.inputFields`, { inputData, inputDataRaw: inputData });
    if (!outcome.ok) throw new InvocationFailed(outcome.failure);
    const fields = parseFields(outcome.results);
    dynamicFields.set(name, fields);
    return fields;
  };

  const inputOf = async (operation: Operation, step: Step, trigger: Item, outputs: readonly Item[]) => {
    const { inputData = {} } = step;
    const form = typeof inputData === 'function' ? inputData(trigger, outputs) : inputData;
    const inputDataRaw = fillTemplates(form, { trigger, steps: outputs });
    const fields = await fieldsOf(operation, inputDataRaw);
    return { inputData: applyFields(inputDataRaw, fields, clock.now()), inputDataRaw };
  };

  const stop = (run: Run, step: number, failure: Failure, attempt: number, again: Again): void => {
    noteFailure(connection, failure);
    if (failure.kind === 'expired') {
      mark(run, 'held', step, failure);
      connection.hold(() => again(1));
    } else if (failure.kind === 'throttled' && attempt < MOST_ATTEMPTS) {
      mark(run, 'waiting', step, failure);
      const delaySeconds = failure.delaySeconds ?? DEFAULT_DELAY_SECONDS;
      clock.schedule(delaySeconds * 1000, () => again(attempt + 1));
    } else {
      mark(run, failure.kind === 'halted' ? 'halted' : 'errored', step, failure);
    }
  };

  /** Goes on from this step: to the end, or until something makes it stop or wait. */
  const proceed = async (
    run: Run,
    trigger: Item,
    steps: readonly Step[],
    index: number,
    attempt = 1,
  ): Promise<void> => {
    const step = steps[index];
    if (step === undefined) return mark(run, 'success', null, null);
    const again: Again = (next) => proceed(run, trigger, steps, index, next);
    if (connection.isExpired()) {
      mark(run, 'held', index, null);
      return connection.hold(() => again(attempt));
    }

    try {
      const operation = findStep(definition, step.key);
      const input = await inputOf(operation, step, trigger, run.outputs);
      run.inputs[index] = input.inputData;

      const carryOut = async (): Promise<void> => {
        const outcome = await invoke(`${operation.path}.perform`, { ...input, meta: { zap: { id: run.zapId } } });
        if (!outcome.ok) return stop(run, index, outcome.failure, attempt, again);
        const output = outputOf(operation, outcome.results);
        if (output === undefined && step.continueWhenNothingFound !== true) {
          return mark(run, 'halted', index, { ...errored('NothingFound', 'Nothing was found.'), kind: 'halted' });
        }
        run.outputs.push(output ?? {});
        return proceed(run, trigger, steps, index + 1);
      };

      const throttle = operation.throttle ?? definition.throttle;
      const delay = throttle === undefined ? 0 : throttles.reserve(operation, throttle, input.inputData);
      if (delay === 0) return await carryOut();
      if (throttle?.retry === false)
        return mark(run, 'held', index, errored('Throttled', 'Over the limit, not retried.'));
      mark(run, 'waiting', index, null);
      clock.schedule(delay, async () => {
        if (!connection.isExpired()) return carryOut();
        mark(run, 'held', index, null);
        connection.hold(carryOut);
      });
    } catch (error) {
      stop(run, index, toStop(error), attempt, again);
    }
  };

  return {
    all,
    mark,
    fieldsOf,
    open: (zapId) => {
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
    },
    start: async (run, item, { steps, filter }) => {
      run.trigger = item;
      try {
        if (filter !== undefined && !filter(item)) return mark(run, 'filtered', null, null);
      } catch (error) {
        return mark(run, 'errored', null, toStop(error));
      }
      return proceed(run, item, steps, 0);
    },
    testStep: async (zapId, step, trigger, outputs) => {
      const operation = findStep(definition, step.key);
      const input = await inputOf(operation, step, trigger, outputs);
      const outcome = await invoke(`${operation.path}.perform`, {
        ...input,
        meta: { isLoadingSample: true, zap: { id: zapId } },
      });
      if (outcome.ok) return outputOf(operation, outcome.results) ?? {};
      noteFailure(connection, outcome.failure);
      throw new InvocationFailed(outcome.failure);
    },
  };
};

type Again = (attempt: number) => Promise<void>;

/** Contract §4.5: of what a search finds only the first is used. It may come in `{results, paging_token}` (§1.4). */
const outputOf = (operation: Operation, results: unknown): Item | undefined => {
  if (operation.group === 'creates') return itemSchema.parse(results);
  const found = Array.isArray(results) ? results : itemSchema.parse(results).results;
  const first: unknown = Array.isArray(found) ? found[0] : undefined;
  return first === undefined ? undefined : itemSchema.parse(first);
};

const toStop = (error: unknown): Failure => {
  if (error instanceof InvocationFailed) return error.failure;
  return error instanceof Error ? errored(error.name, error.message) : errored('Error', String(error));
};
