/** A queue in a folder on this machine (PGlite): apart, because hosts without a disk of their own never load it. */
import { once } from 'node:events';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from 'pg-boss';
import * as z from 'zod';
import { faultOf, reasonOf, StartError, StoreFault } from '../fault.ts';
import type { Database } from './database.ts';
import { lockFolder } from './lock.ts';
import { openThread, type Thread, workerOn } from './thread.ts';

/** So much has to be free, in bytes: Postgres writes ahead in files of 16 MB, and breaks where it can't make the next. */
const ROOM = 20_000_000;
const ROOM_OF_A_NEW_ONE = 60_000_000;

/** A database that broke is left closed for so long, and for twice as long when it breaks again soon, in milliseconds. */
const SHORTEST_REST = 5_000;
const LONGEST_REST = 60_000;

/**
 * How often the files are tidied, in milliseconds. A server does it by itself, in processes that PGlite has none of; its files
 * would grow for ever.
 */
const TIDY = 600_000;

/** Postgres' own code for data that it can't make sense of. */
const DAMAGED = 'XX001';

const hasRoom = (folder: string, room: number): boolean => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= room;
};

/** What Postgres tells databases apart by. */
const IDENTIFIER = 'select system_identifier::text as identifier from pg_control_system()';
const identified = z.object({ rows: z.tuple([z.object({ identifier: z.string() })]) });

/** Takes the folder, and opens the database in it or makes one; where one is expected, no other. */
const open = async (folder: string, expected?: string) => {
  let thread: Thread | undefined;
  // What it is in the middle of may never end.
  const lock = lockFolder(folder, () => thread?.end());
  const path = join(folder, 'queue');
  const isThere = existsSync(path);
  try {
    if (!hasRoom(folder, isThere ? ROOM : ROOM_OF_A_NEW_ONE)) throw new StoreFault('ENOSPC');
    if (isThere) accessSync(path, constants.R_OK | constants.W_OK);
    else await once(workerOn('./new-database.ts', path), 'exit');
    thread = await openThread(path);
    const { identifier } = identified.parse(await thread.ask({ text: IDENTIFIER, values: undefined })).rows[0];
    if (expected !== undefined && identifier !== expected) throw new StoreFault('ENOENT');
    return { lock, thread, identifier, at: performance.now() };
  } catch (error) {
    thread?.end();
    lock.release();
    // What is not there yet is not damaged.
    throw isThere && faultOf(error).code === undefined ? new StoreFault(DAMAGED) : error;
  }
};

/**
 * Whether Postgres can't go on after an error: where its process would end to recover, PGlite has none, and files that it
 * holds may be no good any more. The codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. 24000 is what
 * PGlite says when it broke in the middle of a statement; an error without a code is PGlite's own.
 */
const breaks = ({ code, severity }: { code: string; severity: string }): boolean =>
  severity === 'PANIC' || severity === 'FATAL' || /^(24000|42501|58|XX)|^$/.test(code);

const startErrorOf = (folder: string, error: unknown): StartError => {
  if (error instanceof StartError) return error;
  const another = 'or name another folder with FORWARDER_FOLDER.';
  const remedies: Record<string, string> = {
    ENOSPC: `Make room (a new one takes 60 MB), ${another}`,
    [DAMAGED]: `Put a backup of the folder in its place, or move ${join(folder, 'queue')} away: the forwarder makes a new one then, and whoever waited has to be sent again.`,
  };
  const remedy = remedies[faultOf(error).code ?? ''] ?? `Mend that, ${another}`;
  return new StartError(`The queue in ${folder} can't be opened: ${reasonOf(error)}. ${remedy}`);
};

/**
 * A folder, for one process alone. Throws a {@link StartError} when another one has it, or it can't be used. What can't be
 * used later on rejects whatever is asked of it; it is opened anew when it can be, after a rest.
 */
export const openFolder = async (folder: string): Promise<Database> => {
  let opened = await open(folder).catch((error: unknown) => {
    throw startErrorOf(folder, error);
  });
  let fault: { error: unknown; until: number } | null = null;
  let rest = SHORTEST_REST;
  const restAfter = (error: unknown, isFirst: boolean): void => {
    rest = isFirst ? SHORTEST_REST : Math.min(2 * rest, LONGEST_REST);
    fault = { error, until: performance.now() + rest };
  };
  const breakOff = (error: unknown): void => {
    opened.thread.end();
    restAfter(error, performance.now() - opened.at > LONGEST_REST);
  };

  /** Throws where nothing should be written; files that are not to be had are let go. */
  const check = (): void => {
    try {
      opened.lock.check();
    } catch (error) {
      breakOff(error);
      throw error;
    }
    if (!hasRoom(folder, ROOM)) throw new StoreFault('ENOSPC');
  };

  /** Opens what broke, where that may be good for something. */
  const openAgain = async (): Promise<void> => {
    if (fault === null) return;
    if (performance.now() < fault.until || !opened.thread.hasEnded()) throw fault.error;
    // A new one, or another one below an unmounted disk, would take people in whom nobody finds when this one is back.
    if (!existsSync(join(folder, 'queue'))) throw new StoreFault('ENOENT');
    opened.lock.release();
    try {
      opened = await open(folder, opened.identifier);
      fault = null;
    } catch (error) {
      restAfter(error, false);
      throw error;
    }
  };

  const db: Db = {
    executeSql: async (text, values) => {
      const answer = await opened.thread.ask({ text, values }).catch((error: unknown) => {
        breakOff(error);
        throw error;
      });
      if ('rows' in answer) return answer;
      if (!breaks(answer)) throw new StoreFault(answer.code);
      // Where Postgres can't write ahead, PGlite tells of what went wrong after that.
      const error = new StoreFault(hasRoom(folder, ROOM) ? answer.code : 'ENOSPC');
      breakOff(error);
      throw error;
    },
  };

  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: there is one connection. */
  const alone = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(async () => {
      await openAgain();
      check();
      return run();
    });
    last = mine.catch(() => {});
    return mine;
  };
  const tidying = setInterval(() => {
    alone(() => db.executeSql('vacuum').then(() => db.executeSql('checkpoint'))).catch(() => {});
  }, TIDY).unref();
  const executeSql: Db['executeSql'] = (text, values) => alone(() => db.executeSql(text, values));
  return {
    backend: 'pglite',
    executeSql,
    glance: executeSql,
    transaction: (run) =>
      alone(async () => {
        await db.executeSql('begin');
        try {
          const result = await run(db);
          check();
          await db.executeSql('commit');
          return result;
        } catch (error) {
          if (fault === null) await db.executeSql('rollback');
          throw error;
        }
      }),
    close: async () => {
      clearInterval(tidying);
      await last;
      try {
        if (fault === null) await opened.thread.ask(null);
      } finally {
        opened.thread.end();
        opened.lock.release();
      }
    },
  };
};
