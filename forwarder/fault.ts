/** What the log says of an error: its message may hold a person or a secret; its name and code hold neither. */
import * as z from 'zod';

/** Postgres' SQLSTATE, such as 53100 for a full disk, or Node's own, such as ECONNREFUSED. */
const coded = z.object({ code: z.string().regex(/^[A-Z\d_]{1,40}$/) });

export const faultOf = (error: unknown): { error: string; code?: string } => ({
  error: error instanceof Error ? error.name : 'unknown',
  ...coded.safeParse(error).data,
});
