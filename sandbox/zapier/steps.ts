/** What happens behind a trigger: one step after the other, to the end or until something makes it stop or wait. */
import { noteFailure } from './connection.ts';
import { findStep, type Item, itemSchema, type Operation } from './definition.ts';
import { errored, type Failure, InvocationFailed } from './failure.ts';
import { type FilledForm, fillForm } from './forms.ts';
import { fillTemplates } from './mapping.ts';
import { type LocalStep, markRun, type Run, type Runs, type Step } from './runs.ts';

/** Z16: a ThrottledError without a delay waits a minute. */
export const DEFAULT_DELAY_SECONDS = 60;

/** Ours, so that a run that is throttled for ever ends: Z16 names no number for actions. */
const MOST_ATTEMPTS = 50;

/** Goes through the steps. */
export const startRun = async (runs: Runs, run: Run, item: Item, steps: readonly Step[]): Promise<void> => {
  run.trigger = item;
  return proceed(runs, { run, trigger: item, steps, index: 0, attempt: 1 });
};

const fillLocal = ({ inputData }: LocalStep, trigger: Item, outputs: readonly Item[]): Item =>
  fillTemplates(typeof inputData === 'function' ? inputData(trigger, outputs) : inputData, { trigger, steps: outputs });

/** How far a run has come. */
type Place = { run: Run; trigger: Item; steps: readonly Step[]; index: number; attempt: number };

const proceed = async (runs: Runs, place: Place): Promise<void> => {
  const { run, trigger, steps, index } = place;
  const step = steps[index];
  if (step === undefined) return markRun(runs, run, 'success', null, null);
  if ('carryOut' in step) return carryOutLocally(runs, place, step);
  if (runs.connection.isExpired()) return hold(runs, place, () => proceed(runs, place));
  try {
    const operation = findStep(runs.definition, step.key);
    const input = await fillForm(runs, operation, step.inputData, trigger, run.outputs);
    run.inputs[index] = input.inputData;
    await whenThrottleAllows(runs, place, operation, input, () => carryOut(runs, place, operation, input));
  } catch (error) {
    stop(runs, place, toStop(error));
  }
};

const carryOutLocally = async (runs: Runs, place: Place, step: LocalStep): Promise<void> => {
  const { run, trigger, index } = place;
  if (step.onlyIf?.(trigger, run.outputs) === false) return markRun(runs, run, 'filtered', index, null);
  const input = fillLocal(step, trigger, run.outputs);
  run.inputs[index] = input;
  run.outputs.push(step.carryOut(input));
  return proceed(runs, { ...place, index: index + 1, attempt: 1 });
};

const hold = (runs: Runs, { run, index }: Place, resume: () => Promise<void>): void => {
  markRun(runs, run, 'held', index, null);
  runs.connection.hold(resume);
};

const whenThrottleAllows = async (
  runs: Runs,
  place: Place,
  operation: Operation,
  { inputData }: FilledForm,
  go: () => Promise<void>,
): Promise<void> => {
  const throttle = operation.throttle ?? runs.definition.throttle;
  const delay = throttle === undefined ? 0 : runs.throttles.reserve(operation, throttle, inputData);
  if (delay === 0) return go();
  if (throttle?.retry === false) {
    return markRun(runs, place.run, 'held', place.index, errored('Throttled', 'Over the limit, not retried.'));
  }
  markRun(runs, place.run, 'waiting', place.index, null);
  runs.clock.schedule(delay, async () => (runs.connection.isExpired() ? hold(runs, place, go) : go()));
};

const carryOut = async (runs: Runs, place: Place, operation: Operation, input: FilledForm): Promise<void> => {
  const { run, index } = place;
  const outcome = await runs.invoke(`${operation.path}.perform`, { ...input, meta: { zap: { id: run.zapId } } });
  if (!outcome.ok) return stop(runs, place, outcome.failure);
  const output = outputOf(operation, outcome.results);
  if (output === undefined) {
    return markRun(runs, run, 'halted', index, {
      ...errored('NothingFound', 'Nothing was found.'),
      kind: 'halted',
    });
  }
  run.outputs.push(output);
  return proceed(runs, { ...place, index: index + 1, attempt: 1 });
};

const stop = (runs: Runs, place: Place, failure: Failure): void => {
  const { run, index, attempt } = place;
  noteFailure(runs.connection, failure);
  if (failure.kind === 'expired') {
    markRun(runs, run, 'held', index, failure);
    runs.connection.hold(() => proceed(runs, { ...place, attempt: 1 }));
  } else if (failure.kind === 'throttled' && attempt < MOST_ATTEMPTS) {
    markRun(runs, run, 'waiting', index, failure);
    const delaySeconds = failure.delaySeconds ?? DEFAULT_DELAY_SECONDS;
    runs.clock.schedule(delaySeconds * 1000, () => proceed(runs, { ...place, attempt: attempt + 1 }));
  } else {
    markRun(runs, run, failure.kind === 'halted' ? 'halted' : 'errored', index, failure);
  }
};

/** Z8: of what a search finds only the first is used. It may come in `{results, paging_token}` (Z8). */
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
