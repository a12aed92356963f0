/**
 * What a queue of Cloudflare's can't hold or say, kept in one Durable Object: the jobs that wait, who was started when, how
 * fast, what was given up, and what happened. Calls come one after the other, and each is a transaction. What a queue lost,
 * it sends again.
 */
import { DurableObject } from 'cloudflare:workers';
import type { DurableObjectState, Queue } from '@cloudflare/workers-types';
import * as z from 'zod';
import { readConfig } from '../config.ts';
import {
  type Counts,
  type DeadJob,
  daysRemembered,
  foreseenOf,
  GIVEN_UP,
  isFault,
  isGivenUp,
  isRemembered,
  KEPT_DAYS,
  type Outcome,
  type Pause,
  pauseAfter,
  type Retry,
  serviceOf,
  services,
  type Tally,
  takesPlace,
} from '../engine.ts';
import { byKind, type Job, jobSchema, kinds } from '../jobs.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** What happened is counted for so long, in milliseconds: the page shows one day. */
const TALLIED = 2 * DAY;

/** A message that was not heard of for so long after its time may have expired; another one does no harm. */
const OVERDUE = HOUR;
/** Nobody is sent again more often, so that a queue that is slow or stands still for days does not grow by itself. */
const AGAIN = DAY;
/** At once, of each queue. */
const MOST_SENT_AGAIN = 3_000;

// `sent`: when the queue brings it at the earliest, in milliseconds since 1970; 0: the queue may not have it. `why` it is tried
// again then, if it is.
const tables = `
  create table if not exists waiting
    (id text primary key, kind text not null, job text not null, sent integer not null, why text);
  create table if not exists started (id text primary key, at integer not null);
  create table if not exists service (name text primary key, next_at integer not null default 0,
    paused_until integer not null default 0, faults integer not null default 0, why text not null default '');
  insert into service (name) values ('Koji'), ('Amplitude') on conflict do nothing;
  create table if not exists dead (id text primary key, at integer not null, job text not null, why text not null);
  create table if not exists tally (hour integer, what text, times integer not null, primary key (hour, what));`;

const moment = z.number().transform((milliseconds) => new Date(milliseconds));
const jobText = z.string().transform((text) => jobSchema.parse(JSON.parse(text)));
const single = z.object({ value: z.number() });
const kept = z.object({ job: z.string() });
const entry = z.object({ id: z.string(), kind: z.enum(kinds) });
const paused = z.object({ name: z.enum(services), paused_until: z.number(), why: z.string() });
const retried = z.object({ jobs: z.number(), next: moment, why: z.string() });
const dead = z.object({ id: z.string(), at: moment, job: jobText, why: z.string() });
const tallied = z.object({ hour: moment, what: z.string(), times: z.number() });

/** What names a job: a message of Cloudflare's may have 128 kB, and a job may have more. */
type Entry = Pick<Job, 'id' | 'kind'>;

/** Cloudflare takes so many at once (https://developers.cloudflare.com/queues/platform/limits/). */
const MOST_MESSAGES = 100;

/** The queues: people to start, and the interviews to read or write, so that no answer waits behind ten thousand starts. */
export type Queues = { STARTS: Queue; WRITES: Queue };

/** So many calls are under way at once: of ten thousand people in one moment Cloudflare refuses some. */
const LANES = 3;

/**
 * Sends all of them, in as few calls as Cloudflare allows, with all tries before them; `taken` hears of each that the queue
 * has, so that whoever tries again after a refusal sends the rest alone.
 */
const sendAll = async ({ STARTS, WRITES }: Queues, entries: Entry[], taken: (entry: Entry) => void): Promise<void> => {
  const batches: [Queue, Entry[]][] = [];
  for (const queue of [STARTS, WRITES]) {
    const all = entries.filter(({ kind }) => (kind === 'start') === (queue === STARTS));
    while (all.length > 0) batches.push([queue, all.splice(0, MOST_MESSAGES)]);
  }
  const send = async (): Promise<void> => {
    for (let next = batches.shift(); next !== undefined; next = batches.shift()) {
      const [queue, batch] = next;
      await queue.sendBatch(batch.map(({ id, kind }) => ({ body: { id, kind, triesBefore: 0 } })));
      batch.forEach(taken);
    }
  };
  await Promise.all(Array.from({ length: LANES }, send));
};

export class Ledger extends DurableObject {
  private readonly queues: Queues;
  private readonly notAgainDays: number | undefined;

  constructor(ctx: DurableObjectState, environment: Queues) {
    super(ctx, environment);
    this.queues = environment;
    this.notAgainDays = readConfig(environment).starting.notAgainDays;
    ctx.storage.sql.exec(tables);
    void ctx.blockConcurrencyWhile(async () => {
      if ((await ctx.storage.getAlarm()) === null) await ctx.storage.setAlarm(Date.now() + OVERDUE);
    });
  }

  /** Once an hour: whatever a queue should have brought long ago is sent again, and what is old is let go. Cloudflare calls it. */
  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + OVERDUE);
    this.run('delete from dead where at < ?', Date.now() - KEPT_DAYS * DAY);
    this.run('delete from tally where hour < ?', Date.now() - TALLIED);
    const before = Date.now() - OVERDUE;
    const overdue = ["kind = 'start'", "kind <> 'start'"].flatMap((which) =>
      this.rows(
        entry,
        `select id, kind from waiting where ${which} and sent < ? order by sent limit ${MOST_SENT_AGAIN}`,
        before,
      ),
    );
    await sendAll(this.queues, overdue, ({ id }) => this.due(id, AGAIN - OVERDUE));
  }

  private rows<Row>(schema: z.ZodType<Row>, sql: string, ...values: (string | number)[]): Row[] {
    return this.ctx.storage.sql
      .exec(sql, ...values)
      .toArray()
      .map((row) => schema.parse(row));
  }

  /** What a statement calls `value`; 0 where it gives none. */
  private value(sql: string, ...values: (string | number)[]): number {
    return this.rows(single, sql, ...values)[0]?.value ?? 0;
  }

  private run(sql: string, ...values: (string | number | null)[]): void {
    this.ctx.storage.sql.exec(sql, ...values);
  }

  private remember(id: string): void {
    this.run('insert or replace into started values (?, ?)', id, Date.now());
  }

  private remembers({ id, kind }: Entry): boolean {
    const days = daysRemembered(kind, this.notAgainDays);
    const since = days === undefined ? 0 : Date.now() - days * DAY;
    return this.value('select count(*) as value from started where id = ? and at > ?', id, since) > 0;
  }

  /** Takes jobs, no two of which have one id, and sends them; gives how many were new. */
  async queue(jobs: Job[]): Promise<number> {
    const fresh = jobs.filter((job) => !this.remembers(job) && this.note(job));
    await this.send(fresh);
    return fresh.length;
  }

  /**
   * Notes that it is about to be sent; false where it waits already. One that was noted and never confirmed is sent again: two
   * messages of one person start nobody twice.
   */
  private note(job: Job): boolean {
    const { id, kind } = job;
    const isSent = this.value('select count(*) as value from waiting where id = ? and sent > 0', id) > 0;
    if (isSent && !takesPlace(kind)) return false;
    this.run('insert or replace into waiting values (?, ?, ?, 0, null)', id, kind, JSON.stringify(job));
    this.run('delete from dead where id = ?', id);
    return true;
  }

  /** Sends those that were noted, and notes that the queue has them. One that was done in the meantime stays done. */
  private send(entries: Entry[]): Promise<void> {
    return sendAll(this.queues, entries, ({ id }) => this.due(id, 0));
  }

  /** Notes in how many milliseconds the queue will bring a job. */
  private due(id: string, milliseconds: number): void {
    this.run('update waiting set sent = ?, why = null where id = ?', Date.now() + milliseconds, id);
  }

  /** Milliseconds until there may be a call for jobs of this kind. */
  private waitOf(kind: Job['kind']): number {
    const until = 'select max(next_at, paused_until) as value from service where name = ?';
    return Math.max(0, this.value(until, serviceOf(kind)) - Date.now());
  }

  /** Learns from what came of a call: nobody calls the service for as long as that asks for. */
  private heed(name: string, outcome: Outcome): void {
    if (!('pauseSeconds' in outcome)) {
      this.run('update service set faults = 0 where name = ?', name);
      return;
    }
    const count = 'update service set faults = faults + ? where name = ? returning faults as value';
    const seconds = pauseAfter(outcome, this.value(count, isFault(outcome) ? 1 : 0, name));
    if (seconds === 0) return;
    const pause = 'update service set paused_until = max(paused_until, ?), why = ? where name = ?';
    this.run(pause, Date.now() + seconds * 1_000, outcome.why, name);
  }

  /**
   * Takes a job and the next slot for it: `wait` milliseconds from now, and `spacing` before the one after. Where the slot is
   * farther than `longestWait`, neither is taken, and the job has to come again then. Null: it was done meanwhile.
   */
  take({ id, kind }: Entry, spacing: number, longestWait: number): { job: string | null; wait: number } | null {
    const [waiting] = this.rows(kept, 'select job from waiting where id = ? and kind = ?', id, kind);
    if (waiting === undefined) return null;
    const wait = this.waitOf(kind);
    if (wait > longestWait) {
      this.due(id, wait);
      return { job: null, wait };
    }
    if (kind !== 'write') {
      this.run('update service set next_at = ? where name = ?', Date.now() + wait + spacing, serviceOf(kind));
    }
    return { ...waiting, wait };
  }

  /** Whether a job waits as it was taken. */
  waits({ id, job }: { id: string; job: string }): boolean {
    return this.value('select count(*) as value from waiting where id = ? and job = ?', id, job) > 0;
  }

  /**
   * What becomes of a job as it was taken, of which so many tries failed before; one that comes again does so in
   * `delaySeconds`. What came meanwhile in the place of the job stays.
   */
  async settle(
    { id, kind, job, triesBefore }: Entry & { job: string; triesBefore: number },
    outcome: Outcome,
    delaySeconds: number,
  ): Promise<void> {
    this.heed(serviceOf(kind), outcome);
    if (outcome.result === 'next') {
      const next = "update waiting set kind = 'write', job = ?, sent = 0 where id = ? and job = ? returning id, kind";
      await this.send(this.rows(entry, next, JSON.stringify(outcome.job), id, job));
      return;
    }
    if (outcome.result === 'done') {
      if (isRemembered(jobText.parse(job))) this.remember(id);
      this.tally(outcome.what);
    } else if (isGivenUp(outcome, triesBefore)) {
      const given = 'insert or replace into dead select id, ?, job, ? from waiting where id = ? and job = ?';
      this.run(given, Date.now(), outcome.why, id, job);
      this.tally(GIVEN_UP);
    } else {
      const why = outcome.result === 'again' ? outcome.why : null;
      const again = 'update waiting set sent = ?, why = ? where id = ? and job = ?';
      this.run(again, Date.now() + delaySeconds * 1_000, why, id, job);
      return;
    }
    this.run('delete from waiting where id = ? and job = ?', id, job);
  }

  foreseen(job: Job): Outcome | null {
    const pause = this.pauses().find(({ service }) => service === serviceOf(job.kind));
    return foreseenOf(this.remembers(job), pause);
  }

  over(job: Job, what: string): void {
    for (const table of ['waiting', 'dead']) this.run(`delete from ${table} where id = ?`, job.id);
    if (isRemembered(job)) this.remember(job.id);
    this.tally(what);
  }

  counts(): Counts {
    return {
      waiting: byKind((kind) => this.value('select count(*) as value from waiting where kind = ?', kind)),
      dead: this.value('select count(*) as value from dead'),
      pauses: this.pauses(),
    };
  }

  private pauses(): Pause[] {
    const now = Date.now();
    return this.rows(paused, 'select * from service where paused_until > ?', now).map(
      ({ name, paused_until, why }) => ({ service: name, seconds: Math.ceil((paused_until - now) / 1_000), why }),
    );
  }

  retries(): Retry[] {
    const waiting = `select count(*) as jobs, min(sent) as next, why from waiting
      where why is not null and sent > ? group by why order by next`;
    return this.rows(retried, waiting, Date.now());
  }

  dead(most: number): DeadJob[] {
    return this.rows(dead, 'select * from dead order by at desc limit ?', most);
  }

  async tryAgain(id: string | null): Promise<number> {
    const raised = this.rows(dead, "delete from dead where ? in ('', id) returning *", id ?? '');
    await this.queue(raised.map(({ job }) => job));
    return raised.length;
  }

  tally(what: string): void {
    const hour = Math.floor(Date.now() / HOUR) * HOUR;
    this.run('insert into tally values (?, ?, 1) on conflict (hour, what) do update set times = times + 1', hour, what);
  }

  tallies(hours: number): Tally[] {
    return this.rows(tallied, 'select * from tally where hour > ? order by hour desc, what', Date.now() - hours * HOUR);
  }
}
