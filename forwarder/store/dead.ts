/** Jobs that were given up: each waits under its id in a queue of its own until somebody has it tried again. */
import type { Db } from 'pg-boss';
import * as z from 'zod';
import type { DeadJob } from '../engine.ts';
import { jobSchema } from '../jobs.ts';

/** The queue's name. */
export const DEAD = 'koji-dead';

const rows = z.array(z.object({ id: z.string(), at: z.date(), data: z.object({ job: jobSchema, why: z.string() }) }));

/** The newest first; with an id, that one. */
export const deadJobs = async (db: Db, most: number, id: string | null = null): Promise<DeadJob[]> => {
  const found = await db.executeSql(
    `select id::text, created_on as at, data from pgboss.job
     where name = $1 and state = 'created' and ($2::text is null or id::text = $2) order by created_on desc limit $3`,
    [DEAD, id, most],
  );
  return rows.parse(found.rows).map(({ data, ...row }) => ({ ...row, ...data }));
};
