/**
 * Runs a blueprint: only what ours use, and nothing that it does not know. Faithful to Make contract §5 and §8 (M12,
 * M13), not to Make.
 */
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { Blueprint, BlueprintModule } from '../../make/blueprint.ts';
import type { VirtualClock } from '../clock.ts';
import type { MakeApp } from './app.ts';
import { MakeError, UnknownToRunner } from './error.ts';
import { evaluate, evaluateAll, type Scope } from './iml.ts';
import { deliver, type IncomingRequest, runInstantTrigger, runModule, type Surroundings } from './run.ts';

/** What came of one module's run. */
export type Execution = {
  module: string;
  outcome: 'done' | 'filtered' | 'ignored' | 'kept to run again' | 'failed';
  output?: unknown;
  error?: MakeError;
};

type Bundles = Scope;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const operators: Record<string, (a: unknown, b: string | undefined) => boolean> = {
  'boolean:equal': (a, b) => String(a) === b,
  'text:equal': (a, b) => a === b,
  'text:notequal': (a, b) => a !== b,
};

/** A scenario with its webhook: give it deliveries, and move the clock. */
export class Scenario {
  readonly executions: Execution[] = [];
  readonly #blueprint: Blueprint;
  readonly #app: MakeApp;
  readonly #clock: VirtualClock;
  readonly #around: Omit<Surroundings, 'parameters' | 'now'>;
  /** Bundles wait in line: the scenario runs them in order, one at a time. */
  #line: Promise<void> = Promise.resolve();

  constructor(
    blueprint: Blueprint,
    app: MakeApp,
    clock: VirtualClock,
    around: Omit<Surroundings, 'parameters' | 'now'>,
  ) {
    this.#blueprint = blueprint;
    this.#app = app;
    this.#clock = clock;
    this.#around = around;
  }

  /** What the webhook answers; its items run when the clock next moves. */
  receive(request: IncomingRequest): { status: number; items: number } {
    const [trigger, ...steps] = this.#blueprint.flow;
    if (trigger === undefined) throw new UnknownToRunner('The scenario has no trigger.');
    const { status, items, watch } = this.#hear(trigger, request);
    for (const item of items) {
      this.#clock.schedule(0, () => {
        this.#line = this.#line.then(async () => {
          const output = await this.#attempt(trigger, {}, () => watch(item));
          if (output !== undefined) await this.#walk(steps, { [trigger.id]: output });
        });
        return this.#line;
      });
    }
    return { status, items: items.length };
  }

  /** A delivery's items, and how the trigger makes a bundle of each. Make's own webhook hands on the body as it is. */
  #hear(trigger: BlueprintModule, request: IncomingRequest) {
    if (trigger.module === 'gateway:CustomWebHook') {
      return { status: 200, items: [jsonOf(request.body)], watch: async (item: unknown) => item };
    }
    const id = trigger.module.split(':')[1] ?? '';
    const webhook = this.#app.module(id).webhook;
    if (webhook === undefined) throw new UnknownToRunner('The scenario has no instant trigger.');
    const around = { ...this.#around, parameters: {}, now: this.#clock.now };
    return {
      ...deliver(this.#app, webhook, { parameters: {}, now: this.#clock.now, request }),
      watch: (item: unknown) => runInstantTrigger(this.#app, id, item, around),
    };
  }

  async #walk(steps: BlueprintModule[], bundles: Bundles): Promise<void> {
    const [step, ...rest] = steps;
    if (step === undefined) return;
    if (!this.#passes(step, bundles)) {
      this.executions.push({ module: step.module, outcome: 'filtered' });
      return;
    }
    if (step.module === 'builtin:BasicFeeder') {
      const list = z.array(z.unknown()).parse(evaluate(String(step.mapper?.array), this.#scope(bundles), ';'));
      for (const item of list) await this.#walk(rest, { ...bundles, [step.id]: item });
      return;
    }
    if (step.module === 'util:FunctionSleep') {
      this.#clock.schedule(Number(step.mapper?.duration) * SECOND, () => this.#walk(rest, bundles));
      return;
    }
    const again = () => this.#walk(steps, bundles);
    const output = await this.#attempt(step, bundles, () => this.#run(step, bundles), again);
    if (output !== undefined) await this.#walk(rest, { ...bundles, [step.id]: output });
  }

  async #run(step: BlueprintModule, bundles: Bundles): Promise<unknown> {
    const id = /^app#[^:]+:(.+)$/.exec(step.module)?.[1];
    if (id === undefined) throw new UnknownToRunner(`The module ${step.module} is not known.`);
    const mapped = evaluateAll(step.mapper ?? {}, this.#scope(bundles), ';');
    const parameters = Object.fromEntries(Object.entries(mapped ?? {}));
    const { bundles: given } = await runModule(this.#app, id, { ...this.#around, parameters, now: this.#clock.now });
    return given[0];
  }

  /** Runs a step; an error goes the way that the blueprint gives it. Undefined when the bundle ends here. */
  async #attempt(
    step: BlueprintModule,
    bundles: Bundles,
    run: () => Promise<unknown>,
    again?: () => Promise<void>,
  ): Promise<unknown> {
    try {
      const output = await run();
      this.executions.push({ module: step.module, outcome: 'done', output });
      return output;
    } catch (error) {
      if (!(error instanceof MakeError)) throw error;
      const failed = { ...bundles, [step.id]: { error: { type: error.type, message: error.message } } };
      const outcome = this.#handle(step.onerror ?? [], failed, again);
      this.executions.push({ module: step.module, outcome, error });
      return undefined;
    }
  }

  #handle(
    handlers: BlueprintModule[],
    failed: Bundles,
    again: (() => Promise<void>) | undefined,
  ): Execution['outcome'] {
    const [handler] = handlers;
    if (handler === undefined || !this.#passes(handler, failed)) return 'failed';
    switch (handler.module) {
      case 'builtin:Ignore':
        return 'ignored';
      case 'builtin:Break':
        if (again === undefined) throw new UnknownToRunner('Whether Make lets a trigger be run again is not known.');
        this.#clock.schedule(Number(handler.mapper?.interval) * MINUTE, again);
        return 'kept to run again';
      case 'builtin:BasicRouter': {
        const outcomes = (handler.routes ?? []).map(({ flow }) => this.#handle(flow, failed, again));
        return outcomes.find((outcome) => outcome !== 'failed') ?? 'failed';
      }
      default:
        throw new UnknownToRunner(`The error handler ${handler.module} is not known.`);
    }
  }

  #passes({ filter }: BlueprintModule, bundles: Bundles): boolean {
    if (filter === undefined) return true;
    return filter.conditions.some((all) =>
      all.every(({ a, o, b }) => {
        const operator = operators[o];
        if (operator === undefined) throw new UnknownToRunner(`The filter ${o} is not known.`);
        return operator(evaluate(a, this.#scope(bundles), ';'), b);
      }),
    );
  }

  #scope(bundles: Bundles): Scope {
    return { ...bundles, timestamp: Math.floor(this.#clock.now() / SECOND) };
  }
}
