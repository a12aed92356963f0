/**
 * What a queue of Cloudflare's can't hold or say, kept in one Durable Object: the jobs that wait, who was started when, how
 * fast, what was given up, and what happened. Calls come one after the other, and each is a transaction. What a queue lost,
 * it sends again.
 */
import { DurableObject } from 'cloudflare:workers';
import type { DurableObjectState, Queue } from '@cloudflare/workers-types';
import * as z from 'zod';
import {
  type Counts,
  foreseenOf,
  KEPT_OUT_DAYS,
  type Outcome,
  type Pause,
  pauseAfter,
  serviceOf,
  services,
} from '../engine.ts';
import { byKind, isNobodys, type Job, jobSchema, kinds } from '../jobs.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Hours of tallies and jobs given up are kept so long, in milliseconds. */
const KEPT = 30 * DAY;

/** A message that was not heard of for so long after its time may have expired; another one does no harm. */
const OVERDUE = HOUR;
/** Nobody is sent again more often, so that a queue that is slow or stands still for days does not grow by itself. */
const AGAIN = DAY;
/** At once, of each queue. */
const MOST_SENT_AGAIN = 3_000;

// `sent`: when the queue brings it at the earliest, in milliseconds since 1970; 0: the queue may not have it.
const tables = `
  create table if not exists waiting
    (id text primary key, kind text not null, job text not null, sent integer not null);
  create table if not exists started (id text primary key, at integer not null);
  create table if not exists service (name text primary key, next_at integer not null default 0,
    paused_until integer not null default 0, faults integer not null default 0, why text not null default '');
  insert into service (name) values ('Koji'), ('Amplitude') on conflict do nothing;
  create table if not exists dead (id text primary key, at integer not null, job text not null, why text not null);
  create table if not exists retry (id text primary key, at integer not null, why text not null);
  create table if not exists tally (hour integer, what text, times integer not null, primary key (hour, what));`;

const named = z.object({ id: z.string() });
const kept = z.object({ job: z.string() });
const entry = z.object({ id: z.string(), kind: z.enum(kinds) });
const counted = z.object({ kind: z.string(), jobs: z.number() });
const paused = z.object({ name: z.enum(services), paused_until: z.number(), why: z.string() });
const retried = z.object({ jobs: z.number(), next: z.number(), why: z.string() });
const dead = z.object({ id: z.string(), at: z.number(), job: z.string(), why: z.string() });
const tallied = z.object({ hour: z.number(), what: z.string(), times: z.number() });

/** What names a job: a message of Cloudflare's may have 128 kB, and a job may have more. */
export type Entry = Pick<Job, 'id' | 'kind'>;

/** Cloudflare takes so many at once (https://developers.cloudflare.com/queues/platform/limits/). */
const MOST_MESSAGES = 100;

/** The queues: people to start, and the interviews to read or write, so that no answer waits behind ten thousand starts. */
export type Queues = { STARTS: Queue; WRITES: Queue };

/** Sends all of them, in as few calls as Cloudflare allows, with all tries before them. */
export const sendAll = async ({ STARTS, WRITES }: Queues, entries: Entry[]): Promise<void> => {
  const starts = entries.filter(({ kind }) => kind === 'start');
  const others = entries.filter(({ kind }) => kind !== 'start');
  for (const [queue, all] of [[STARTS, starts] as const, [WRITES, others] as const]) {
    const messages = all.map((entry) => ({ body: { ...entry, triesBefore: 0 } }));
    const places = Array.from(
      { length: Math.ceil(messages.length / MOST_MESSAGES) },
      (_, index) => index * MOST_MESSAGES,
    );
    await Promise.all(places.map((place) => queue.sendBatch(messages.slice(place, place + MOST_MESSAGES))));
  }
};

/** `next` in milliseconds since 1970. */
export type RetryEntry = z.infer<typeof retried>;
/** A job that was given up, as text, and when, in milliseconds since 1970. */
export type DeadEntry = z.infer<typeof dead>;
/** `hour` in milliseconds since 1970. */
export type TallyEntry = z.infer<typeof tallied>;

export class Ledger extends DurableObject {
  private readonly queues: Queues;

  constructor(ctx: DurableObjectState, environment: Queues) {
    super(ctx, environment);
    this.queues = environment;
    ctx.storage.sql.exec(tables);
    void ctx.blockConcurrencyWhile(async () => {
      if ((await ctx.storage.getAlarm()) === null) await ctx.storage.setAlarm(Date.now() + OVERDUE);
    });
  }

  /** Once an hour: whatever a queue should have brought long ago is sent again. Cloudflare calls it. */
  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + OVERDUE);
    const before = Date.now() - OVERDUE;
    const overdue = ["kind = 'start'", "kind <> 'start'"].flatMap((which) =>
      this.rows(
        entry,
        `select id, kind from waiting where ${which} and sent < ? order by sent limit ${MOST_SENT_AGAIN}`,
        before,
      ),
    );
    await sendAll(this.queues, overdue);
    for (const { id } of overdue) this.due(id, AGAIN - OVERDUE);
  }

  private rows<Row>(schema: z.ZodType<Row>, sql: string, ...values: (string | number)[]): Row[] {
    return this.ctx.storage.sql
      .exec(sql, ...values)
      .toArray()
      .map((row) => schema.parse(row));
  }

  private isStarted(id: string, notAgainDays: number | undefined): boolean {
    const since = notAgainDays === undefined ? 0 : Date.now() - notAgainDays * DAY;
    return this.rows(named, 'select id from started where id = ? and at > ?', id, since).length > 0;
  }

  /**
   * Notes that these are about to be sent, and gives those to send: not the ones that wait or were started.
   * One that was noted and never confirmed is sent again: two messages of one person start nobody twice. An interview to
   * write takes the place of what waits of it.
   */
  note(jobs: Job[], notAgainDays: number | undefined): Entry[] {
    return jobs
      .filter(({ id, kind }) => !this.isStarted(id, kind === 'start' ? notAgainDays : KEPT_OUT_DAYS))
      .filter(
        ({ id, kind }) =>
          kind === 'write' || this.rows(named, 'select id from waiting where id = ? and sent > 0', id).length === 0,
      )
      .map((job) => {
        const { id, kind } = job;
        const values = [id, kind, JSON.stringify(job)];
        const known =
          kind === 'write' ? '(id) do update set kind = excluded.kind, job = excluded.job, sent = 0' : 'do nothing';
        this.rows(named, `insert into waiting values (?, ?, ?, 0) on conflict ${known}`, ...values);
        this.rows(named, 'delete from dead where id = ?', id);
        return { id, kind };
      });
  }

  /** Notes that the queue has them. One that was done in the meantime stays done. */
  confirm(entries: Entry[]): void {
    for (const { id } of entries) this.due(id, 0);
  }

  /** Notes in how many milliseconds the queue will bring a job. */
  private due(id: string, milliseconds: number): void {
    this.rows(named, 'update waiting set sent = ? where id = ?', Date.now() + milliseconds, id);
  }

  /** Milliseconds until there may be a call for jobs of this kind. */
  private waitOf(kind: Job['kind']): number {
    const [until] = this.rows(
      z.object({ at: z.number() }),
      'select max(next_at, paused_until) as at from service where name = ?',
      serviceOf(kind),
    );
    return Math.max(0, (until?.at ?? 0) - Date.now());
  }

  /** Nobody calls the service for so long as an outcome asks for. */
  private pause(kind: Job['kind'], outcome: Extract<Outcome, { pauseSeconds: number }>): void {
    const name = serviceOf(kind);
    const count = 'update service set faults = faults + ? where name = ? returning faults';
    const [met] = this.rows(z.object({ faults: z.number() }), count, outcome.result === 'again' ? 1 : 0, name);
    const seconds = pauseAfter(outcome, met?.faults ?? 0);
    if (seconds === 0) return;
    const pause = 'update service set paused_until = max(paused_until, ?), why = ? where name = ?';
    this.rows(named, pause, Date.now() + seconds * 1_000, outcome.why, name);
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
      this.rows(named, 'update service set next_at = ? where name = ?', Date.now() + wait + spacing, serviceOf(kind));
    }
    return { ...waiting, wait };
  }

  /**
   * Remembers what became of a job as it was taken; one that comes again does so in `delaySeconds`. Gives the one to send that
   * comes of it. What came meanwhile in the place of the job stays.
   */
  settle({ id, kind, job }: Entry & { job: string }, outcome: Outcome, delaySeconds: number): Entry[] {
    this.rows(named, 'delete from retry where id = ?', id);
    if (outcome.result === 'again') {
      this.rows(named, 'insert into retry values (?, ?, ?)', id, Date.now() + delaySeconds * 1_000, outcome.why);
    }
    if ('pauseSeconds' in outcome) {
      this.pause(kind, outcome);
      this.due(id, delaySeconds * 1_000);
      return [];
    }
    this.rows(named, 'update service set faults = 0 where name = ?', serviceOf(kind));
    if (outcome.result === 'next') {
      const next = "update waiting set kind = 'write', job = ?, sent = 0 where id = ? and job = ? returning id";
      const text = JSON.stringify(outcome.job);
      return this.rows(named, next, text, id, job).map((row) => ({ ...row, kind: 'write' }));
    }
    if (outcome.result === 'done') {
      if (kind === 'start' || isNobodys(jobSchema.parse(JSON.parse(job)))) this.keepStarted(id);
      this.tally(outcome.what);
    } else if (outcome.result === 'hopeless') {
      const given = 'insert or replace into dead select id, ?, job, ? from waiting where id = ? and job = ?';
      this.rows(named, given, Date.now(), outcome.why, id, job);
      this.tally('given up');
    }
    this.rows(named, 'delete from waiting where id = ? and job = ?', id, job);
    return [];
  }

  private keepStarted(id: string): void {
    this.rows(named, 'insert or replace into started values (?, ?)', id, Date.now());
  }

  foreseen({ id, kind }: Entry): Outcome | null {
    const pause = this.pauses().find(({ service }) => service === serviceOf(kind));
    return foreseenOf(this.isStarted(id, KEPT_OUT_DAYS), pause);
  }

  /** An interview came to its end outside of the queue. */
  over(job: Job, what: string): void {
    for (const table of ['waiting', 'dead']) this.rows(named, `delete from ${table} where id = ?`, job.id);
    if (isNobodys(job)) this.keepStarted(job.id);
    this.tally(what);
  }

  counts(): Counts {
    const waiting = new Map(
      this.rows(counted, 'select kind, count(*) as jobs from waiting group by kind').map(({ kind, jobs }) => [
        kind,
        jobs,
      ]),
    );
    const [given] = this.rows(z.object({ jobs: z.number() }), 'select count(*) as jobs from dead');
    return {
      waiting: byKind((kind) => waiting.get(kind) ?? 0),
      dead: given?.jobs ?? 0,
      pauses: this.pauses(),
    };
  }

  private pauses(): Pause[] {
    const now = Date.now();
    return this.rows(paused, 'select * from service where paused_until > ?', now).map(
      ({ name, paused_until, why }) => ({ service: name, seconds: Math.ceil((paused_until - now) / 1_000), why }),
    );
  }

  /** Those that wait for another try, the next one first. */
  retries(): RetryEntry[] {
    const waiting =
      'select count(*) as jobs, min(at) as next, why from retry join waiting using (id) where at > ? group by why order by next';
    return this.rows(retried, waiting, Date.now());
  }

  /** The newest first; with an id, that one. */
  dead(most: number, id: string | null): DeadEntry[] {
    this.rows(named, 'delete from dead where at < ?', Date.now() - KEPT);
    const one = id ?? '';
    return this.rows(dead, "select * from dead where ? in ('', id) order by at desc limit ?", one, most);
  }

  /** Has all that were given up wait again, or the one of this id, at once: gives how many, and those to send. */
  raise(id: string | null, notAgainDays: number | undefined): { raised: number; fresh: Entry[] } {
    const jobs = this.dead(Number.MAX_SAFE_INTEGER, id).map(({ job }) => jobSchema.parse(JSON.parse(job)));
    for (const job of jobs) this.rows(named, 'delete from dead where id = ?', job.id);
    return { raised: jobs.length, fresh: this.note(jobs, notAgainDays) };
  }

  tally(what: string): void {
    const hour = Math.floor(Date.now() / HOUR) * HOUR;
    this.rows(named, 'delete from tally where hour < ?', Date.now() - KEPT);
    this.rows(
      named,
      'insert into tally values (?, ?, 1) on conflict (hour, what) do update set times = times + 1',
      hour,
      what,
    );
  }

  tallies(hours: number): TallyEntry[] {
    return this.rows(tallied, 'select * from tally where hour > ? order by hour desc, what', Date.now() - hours * HOUR);
  }
}
