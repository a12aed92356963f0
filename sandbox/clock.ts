type Task = { at: number; order: number; run: () => Promise<void> };
type Limit = { at: number; run: () => void };

/**
 * The sandbox's time, in milliseconds since the epoch. It stands still until somebody moves it, so a minute's
 * rate limit or a day's dedupe costs no waiting. Tasks run one after another, in the order of their time.
 */
export class VirtualClock {
  #now: number;
  #order = 0;
  #tasks: Task[] = [];
  readonly #limits = new Set<Limit>();

  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  now = (): number => this.#now;

  /** Runs the task once the clock has been moved that far. */
  schedule(delayMilliseconds: number, run: () => Promise<void>): void {
    this.#tasks.push({ at: this.#now + Math.max(0, delayMilliseconds), order: this.#order++, run });
  }

  get pending(): number {
    return this.#tasks.length;
  }

  /** Ends somebody's patience once so much time has gone by, however it goes by. Gives what calls that off. */
  limit(milliseconds: number, run: () => void): () => void {
    const limit = { at: this.#now + milliseconds, run };
    this.#limits.add(limit);
    return () => this.#limits.delete(limit);
  }

  /** How long until the next patience ends; undefined when nobody waits. */
  get untilNextLimit(): number | undefined {
    const [first] = this.#dueLimits(Infinity);
    return first === undefined ? undefined : Math.max(0, first.at - this.#now);
  }

  /** Time that somebody sleeps away while nobody else acts: tasks that fall due meanwhile run when the clock next moves. */
  pass(milliseconds: number): void {
    this.#moveTo(this.#now + milliseconds);
  }

  /** Moves the clock on to a moment, unless that is past. */
  advanceTo(moment: number): Promise<void> {
    return this.advance(Math.max(0, moment - this.#now));
  }

  /** Moves the clock on, running what falls due on the way. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (let task = this.#takeNext(end); task !== undefined; task = this.#takeNext(end)) {
      this.#moveTo(task.at);
      await task.run();
    }
    this.#moveTo(end);
  }

  /** Jumps from task to task until none is left. */
  async runUntilIdle(): Promise<void> {
    for (let task = this.#takeNext(Infinity); task !== undefined; task = this.#takeNext(Infinity)) {
      this.#moveTo(task.at);
      await task.run();
    }
  }

  #moveTo(moment: number): void {
    for (const limit of this.#dueLimits(moment)) {
      this.#limits.delete(limit);
      this.#now = Math.max(this.#now, limit.at);
      limit.run();
    }
    this.#now = Math.max(this.#now, moment);
  }

  #dueLimits(end: number): Limit[] {
    return [...this.#limits].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at);
  }

  #takeNext(end: number): Task | undefined {
    let next: Task | undefined;
    for (const task of this.#tasks) {
      if (task.at > end) continue;
      if (next === undefined || task.at < next.at || (task.at === next.at && task.order < next.order)) next = task;
    }
    if (next !== undefined) this.#tasks.splice(this.#tasks.indexOf(next), 1);
    return next;
  }
}
