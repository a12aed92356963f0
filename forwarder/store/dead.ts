/** Jobs that were given up: each waits in a queue of its own until somebody has it tried again. */
import type { Db } from 'pg-boss';
import * as z from 'zod';
import type { DeadJob } from '../engine.ts';
import { type Job, jobSchema } from '../jobs.ts';

/** The queue's name; pg-boss moves jobs there whose workers died each time. */
export const DEAD = 'koji-dead';

/** A job as we give it up, with why; pg-boss gives one up as it is. */
const given = z.union([
  z.object({ job: jobSchema, why: z.string() }),
  jobSchema.transform((job) => ({ job, why: 'The process ended each time before this was done.' })),
]);
const rows = z.array(z.object({ id: z.string(), at: z.date(), data: given }));
const places = z.array(z.object({ id: z.string() }));

/** The newest first; with an id, that one. */
export const deadJobs = async (db: Db, most: number, id: string | null = null): Promise<DeadJob[]> => {
  const found = await db.executeSql(
    `select id::text, created_on as at, data from pgboss.job
     where name = $1 and state = 'created' and ($2::text is null or id::text = $2) order by created_on desc limit $3`,
    [DEAD, id, most],
  );
  return rows.parse(found.rows).map(({ data, ...row }) => ({ ...row, ...data }));
};

/** Where these jobs are kept among the dead, if they are. */
export const placesAmongDead = async (db: Db, jobs: Job[]): Promise<string[]> => {
  const found = await db.executeSql(
    `select id::text from pgboss.job where name = $1 and coalesce(data->'job'->>'id', data->>'id') = any($2)`,
    [DEAD, jobs.map(({ id }) => id)],
  );
  return places.parse(found.rows).map(({ id }) => id);
};
