type Entry = { at: number; amount: number };

/** Counts what happened per name within the last so many milliseconds. */
export class Tally {
  readonly #span: number;
  readonly #entries = new Map<string, Entry[]>();

  constructor(spanMilliseconds: number) {
    this.#span = spanMilliseconds;
  }

  add(name: string, now: number, amount = 1): void {
    const entries = this.#recent(name, now);
    const last = entries.at(-1);
    if (last?.at === now) last.amount += amount;
    else entries.push({ at: now, amount });
    this.#entries.set(name, entries);
  }

  count(name: string, now: number): number {
    return this.#recent(name, now).reduce((sum, entry) => sum + entry.amount, 0);
  }

  #recent(name: string, now: number): Entry[] {
    return (this.#entries.get(name) ?? []).filter((entry) => now - entry.at < this.#span);
  }
}
