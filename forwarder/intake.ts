/** People who come in by whichever door for reverse ETL. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import type { Forwarder } from './forwarder.ts';
import { Refused } from './refused.ts';
import { type ReadRow, readRow } from './rows.ts';

/** The most that one request of a tool may bring. */
export const MOST = { bytes: 1_000_000, rows: 5_000 };
/** Most rows that are queued at once, in one transaction: a queue in a folder gives up a question after half a minute. */
const AT_ONCE = 10_000;
/** Rows that are read before others are heard. */
const AT_A_TURN = 50;
/** A count of all who wait holds so long, in milliseconds: ten thousand who come one by one would each have it made. */
const COUNTED_FOR = 5_000;

/** How many more people may wait. */
export const roomIn = (engine: Engine, most: number) => {
  let [room, until] = [0, 0];
  return {
    isLeft: async (): Promise<boolean> => {
      const now = performance.now();
      if (now > until) [room, until] = [most - (await engine.counts()).waiting.start, now + COUNTED_FOR];
      return room > 0;
    },
    take: (people: number): void => {
      room -= people;
    },
  };
};

/** How long the sender is asked to wait where too many people wait already, in seconds. */
const FULL_PAUSE = '300';

/** So many columns are named of which something could not be kept. */
const MOST_NAMED = 20;
/** A column's name that goes into the log; senders may write an email or an id in the place of one. */
const NAMES_NOBODY = /^[a-z_]{1,40}$/i;

/**
 * Queues the good rows; all are safe once it resolves, and what became of each is `read`, in their order. Throws a
 * {@link Refused}, and takes nobody, where there are more than `most`, or too many people wait.
 */
export const takeRows = async ({ config, engine, room, say }: Forwarder, rows: unknown[], most = MOST.rows) => {
  if (rows.length > most)
    throw new Refused(413, 'too_many_rows', `At most ${most} rows a request.`, { max_rows: most });
  // Not counted with those who come: a batch larger than all that may wait would be refused for ever.
  if (!(await room.isLeft())) {
    const message = 'Too many people are waiting. Send it again later.';
    throw new Refused(429, 'queue_full', message, {}, { 'retry-after': FULL_PAUSE });
  }
  let [queued, known] = [0, 0];
  const read: ReadRow[] = [];
  for (let place = 0; place < rows.length; place += AT_ONCE) {
    for (const row of rows.slice(place, place + AT_ONCE)) {
      if (read.push(readRow(row, config.project, config.starting)) % AT_A_TURN === 0) await turn();
    }
    const jobs = read.slice(place).flatMap((row) => ('job' in row ? [row.job] : []));
    const fresh = await engine.queue([...new Map(jobs.map((job) => [job.id, job])).values()]);
    room.take(fresh);
    queued += fresh;
    known += jobs.length - fresh;
  }
  const names = new Set(read.flatMap((row) => ('job' in row ? row.leftOut : [])));
  const leftOut = [...names].slice(0, MOST_NAMED);
  const columns = [...new Set(leftOut.map((name) => (NAMES_NOBODY.test(name) ? name : '•••')))].join(', ');
  if (columns !== '') say('of some rows not everything was kept', { columns });
  return { queued, known, read, leftOut };
};
