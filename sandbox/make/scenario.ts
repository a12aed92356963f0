/**
 * Runs a blueprint: only what ours use, and nothing that it does not know. Faithful to M26 and M27 and to help.make.com on incomplete executions and sequential processing, not to Make.
 */
import * as z from 'zod';
import type { Blueprint, BlueprintModule } from '../../make/blueprints/blueprint.ts';
import type { VirtualClock } from '../clock.ts';
import type { MakeApp } from './app.ts';
import { builtIns } from './built-ins.ts';
import { MakeError, UnknownToRunner } from './error.ts';
import { evaluate, evaluateAll, type Scope } from './iml.ts';
import { jsonOf } from './json.ts';
import { deliver, type IncomingRequest, runInstantTrigger, runModule, type Surroundings } from './run.ts';

/** What came of one module's run. What is `left for a person` has used up its attempts and waits to be resolved. */
export type Outcome = 'done' | 'filtered' | 'ignored' | 'kept to run again' | 'left for a person' | 'failed';
/** `at` in milliseconds on the clock. */
export type Execution = { at: number; module: string; outcome: Outcome; output?: unknown; error?: MakeError };

/** What is still to do: these steps, with what the steps before them gave. The first step may be the trigger. */
type Work = { steps: BlueprintModule[]; bundles: Scope };
/** One run of the scenario, or what a Break kept of one. */
type Run = { work: Work[]; attempts: number };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** By the schema, or refused: what Make makes of anything else is not known. */
const knownAs = <Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.infer<Schema> => {
  const { data, error } = schema.safeParse(value);
  if (error !== undefined) throw new UnknownToRunner(`Of ${what} only what our blueprints have is known: ${error}`);
  return data;
};

const yesOrNo = z.enum(['true', 'false']);
/** Each with values of its own kind alone; an empty text may be nothing on Make. */
const operators: Record<string, (a: unknown, b: string | undefined) => boolean> = {
  'boolean:equal': (a, b) => String(knownAs(z.boolean(), a, 'boolean:equal')) === knownAs(yesOrNo, b, 'boolean:equal'),
  'text:equal': (a, b) => knownAs(z.string().min(1), a, 'text:equal') === b,
  'text:notequal': (a, b) => knownAs(z.string().min(1), a, 'text:notequal') !== b,
  exist: (a) => knownAs(z.string().min(1).nullish(), a, 'exist') != null,
};

const breakSettings = z.strictObject({
  retry: z.literal(true),
  count: z.int().positive(),
  interval: z.int().positive(),
});

/** Only with these does a scenario run as it does here: in order, and what breaks off is kept. */
const settings = z.strictObject({
  roundtrips: z.literal(1),
  maxErrors: z.literal(3),
  autoCommit: z.literal(true),
  autoCommitTriggerLast: z.literal(true),
  sequential: z.literal(true),
  confidential: z.literal(false),
  dataloss: z.literal(false),
  dlq: z.literal(true),
  freshVariables: z.literal(false),
});

const collections = z.array(z.record(z.string(), z.unknown()));
const pause = z.strictObject({ duration: z.int().positive() });

/** A scenario with its webhook: give it deliveries, and move the clock. */
export class Scenario {
  readonly executions: Execution[] = [];
  readonly #blueprint: Blueprint;
  readonly #app: MakeApp;
  readonly #clock: VirtualClock;
  readonly #around: Omit<Surroundings, 'parameters' | 'now'>;
  readonly #hookParameters: Record<string, unknown>;
  readonly #queue: unknown[] = [];
  #isBusy = false;
  #isOn = true;
  #incomplete = 0;
  /** How many of the incomplete ones nothing but a person ends. */
  #left = 0;

  /** `hookParameters` are what people filled in for the webhook. */
  constructor(
    blueprint: Blueprint,
    app: MakeApp,
    clock: VirtualClock,
    around: Omit<Surroundings, 'parameters' | 'now'>,
    hookParameters: Record<string, unknown> = {},
  ) {
    knownAs(settings, blueprint.metadata.scenario, 'the settings of a scenario');
    this.#blueprint = blueprint;
    this.#app = app;
    this.#clock = clock;
    this.#around = around;
    this.#hookParameters = hookParameters;
  }

  /** False once an error that nothing handles has ended it (M26). */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Deliveries that wait: for their turn, for an incomplete execution, or for somebody to turn the scenario on. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** What the webhook answers; its items run when the clock next moves, one after the other. */
  receive(request: IncomingRequest): { status: number; items: number } {
    const { status, items } = this.#hear(request);
    this.#queue.push(...items);
    this.#clock.schedule(0, () => this.#next());
    return { status, items: items.length };
  }

  /** Runs once, when the clock next moves: for a scenario that no webhook starts. */
  runOnce(): void {
    this.#queue.push(undefined);
    this.#clock.schedule(0, () => this.#next());
  }

  /** Somebody deletes what is left for a person, so that what waits behind it goes on. */
  deleteLeft(): void {
    this.#incomplete -= this.#left;
    this.#left = 0;
    this.#clock.schedule(0, () => this.#next());
  }

  get #trigger(): BlueprintModule {
    const [trigger] = this.#blueprint.flow;
    if (trigger === undefined) throw new UnknownToRunner('The scenario has no trigger.');
    return trigger;
  }

  /** A delivery's items. Make's own webhook hands on a collection as it is; what it makes of anything else is not known. */
  #hear(request: IncomingRequest): { status: number; items: unknown[] } {
    if (this.#trigger.module === 'gateway:CustomWebHook') {
      return { status: 200, items: knownAs(collections, [jsonOf(request.body)], 'what a webhook of Make’s own hears') };
    }
    const webhook = this.#app.module(this.#ownModule(this.#trigger)).webhook;
    if (webhook === undefined) throw new UnknownToRunner('The scenario has no instant trigger.');
    return deliver(this.#app, webhook, { parameters: this.#hookParameters, now: this.#clock.now, request });
  }

  /** Begins the next run: not before the last one has ended, and not while one is kept to be run again. */
  async #next(): Promise<void> {
    if (!this.#isOn || this.#isBusy || this.#incomplete > 0 || this.#queue.length === 0) return;
    const item = this.#queue.shift();
    this.#isBusy = true;
    await this.#go({ work: [{ steps: this.#blueprint.flow, bundles: { [this.#trigger.id]: item } }], attempts: 0 });
  }

  async #go(run: Run): Promise<void> {
    for (let now = run.work.pop(); now !== undefined; now = run.work.pop()) {
      const [step, ...rest] = now.steps;
      if (step === undefined) continue;
      const { bundles } = now;
      if (!this.#passes(step, bundles)) {
        this.executions.push({ at: this.#clock.now(), module: step.module, outcome: 'filtered' });
      } else if (step.module === 'builtin:BasicFeeder') {
        const { array } = this.#mapped(step, bundles);
        const list = knownAs(collections, array, 'what is iterated over');
        run.work.push(...list.map((item) => ({ steps: rest, bundles: { ...bundles, [step.id]: item } })).reverse());
      } else if (step.module === 'util:FunctionSleep') {
        run.work.push({ steps: rest, bundles });
        const { duration } = knownAs(pause, this.#mapped(step, bundles), 'a pause');
        this.#clock.schedule(duration * SECOND, () => this.#go(run));
        return;
      } else if (!(await this.#attempt(step, rest, bundles, run))) {
        return;
      }
    }
    if (run.attempts > 0) this.#incomplete -= 1;
    this.#isBusy = false;
    this.#clock.schedule(0, () => this.#next());
  }

  /** Runs one step. Gives false when the run ends here, because the scenario has or because it is kept. */
  async #attempt(step: BlueprintModule, rest: BlueprintModule[], bundles: Scope, run: Run): Promise<boolean> {
    try {
      const output = await this.#output(step, bundles, rest.length > 0);
      this.executions.push({ at: this.#clock.now(), module: step.module, outcome: 'done', output });
      run.work.push({ steps: rest, bundles: { ...bundles, [step.id]: output } });
      return true;
    } catch (error) {
      if (!(error instanceof MakeError)) throw error;
      const failed = { ...bundles, [step.id]: { error: { type: error.type, message: error.message } } };
      const handler = this.#handlerOf(step, failed);
      const outcome = this.#handle(handler, { steps: [step, ...rest], bundles }, run);
      this.executions.push({ at: this.#clock.now(), module: step.module, outcome, error });
      return outcome === 'ignored' || (outcome === 'kept to run again' && run.attempts === 0);
    }
  }

  /** The error handler that takes this error. What becomes of an error that a module's handlers all leave is not known. */
  #handlerOf(step: BlueprintModule, failed: Scope): BlueprintModule | undefined {
    if (step.onerror === undefined) return undefined;
    const [taker, ...others] = this.#takersIn(step.onerror, failed);
    if (taker !== undefined && others.length === 0) return taker;
    throw new UnknownToRunner(`The error of ${step.module} is taken by ${others.length === 0 ? 'none' : 'several'}.`);
  }

  #takersIn(handlers: BlueprintModule[], failed: Scope): BlueprintModule[] {
    const [handler, ...after] = handlers;
    if (handler === undefined) throw new UnknownToRunner('A way of errors has no handler at its end.');
    const isHandler = /^builtin:(Ignore|Break)$/.test(handler.module);
    if (isHandler && handler.filter !== undefined) {
      throw new UnknownToRunner(`Whether the handler ${handler.module} may have a filter is not known.`);
    }
    if (!this.#passes(handler, failed)) return [];
    if (isHandler) return after.length === 0 ? [handler] : [];
    // What notes the error changes nothing else.
    if (handler.module === 'util:SetVariables') return this.#takersIn(after, failed);
    if (handler.module !== 'builtin:BasicRouter') throw new UnknownToRunner(`${handler.module} on a way of errors.`);
    return (handler.routes ?? []).flatMap(({ flow }) => this.#takersIn(flow, failed));
  }

  #handle(handler: BlueprintModule | undefined, work: Work, run: Run): Outcome {
    switch (handler?.module) {
      case undefined:
        this.#isOn = false;
        return 'failed';
      case 'builtin:Ignore':
        return 'ignored';
      case 'builtin:Break': {
        const { count, interval } = knownAs(breakSettings, handler.mapper, 'Break');
        // The first failure opens an incomplete execution; its own failures are its attempts.
        if (run.attempts === 0) this.#incomplete += 1;
        if (run.attempts === count) {
          this.#left += 1;
          return 'left for a person';
        }
        const kept: Run = { work: [work], attempts: run.attempts + 1 };
        this.#clock.schedule(interval * MINUTE, () => this.#go(kept));
        return 'kept to run again';
      }
      default:
        throw new UnknownToRunner(`The error handler ${handler?.module} is not known.`);
    }
  }

  /** What a step's fields come to. */
  #mapped(step: BlueprintModule, bundles: Scope): Record<string, unknown> {
    return Object.fromEntries(Object.entries(evaluateAll(step.mapper ?? {}, this.#scope(bundles), ';') ?? {}));
  }

  /** What a step gives; the trigger's own bundle holds the item that it fetches. */
  async #output(step: BlueprintModule, bundles: Scope, isFollowed: boolean): Promise<unknown> {
    const around = { ...this.#around, now: this.#clock.now };
    if (step === this.#trigger && bundles[step.id] !== undefined) {
      if (step.module === 'gateway:CustomWebHook') return bundles[step.id];
      const id = this.#ownModule(step);
      return runInstantTrigger(this.#app, id, bundles[step.id], { ...around, parameters: {} });
    }
    const parameters = this.#mapped(step, bundles);
    const builtIn = builtIns[step.module];
    if (builtIn !== undefined) {
      return builtIn({ version: step.version, settings: step.parameters, parameters, http: this.#around.http });
    }
    const given = (await runModule(this.#app, this.#ownModule(step), { ...around, parameters })).bundles;
    // Each would have a run of the steps after it, or, with none, nothing would.
    if (isFollowed && given.length !== 1)
      throw new UnknownToRunner(`${step.module} gave ${given.length} bundles, and only one is known.`);
    return given[0];
  }

  #ownModule({ module, parameters }: BlueprintModule): string {
    const id = /^app#[^:]+:(.+)$/.exec(module)?.[1];
    if (id === undefined) throw new UnknownToRunner(`The module ${module} is not known.`);
    if (Object.keys(parameters).length > 0)
      throw new UnknownToRunner(`${module} is known without settings of its own.`);
    return id;
  }

  #passes({ filter }: BlueprintModule, bundles: Scope): boolean {
    if (filter === undefined) return true;
    return filter.conditions.some((all) =>
      all.every(({ a, o, b }) => {
        const operator = operators[o];
        if (operator === undefined || b?.includes('{{'))
          throw new UnknownToRunner(`The filter ${o} ${b} is not known.`);
        return operator(evaluate(a, this.#scope(bundles), ';'), b);
      }),
    );
  }

  #scope(bundles: Scope): Scope {
    return { ...bundles, now: new Date(this.#clock.now()), timestamp: Math.floor(this.#clock.now() / SECOND) };
  }
}
