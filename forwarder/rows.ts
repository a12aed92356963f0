/** People as reverse-ETL tools send them: one, a list, or a list under some name, with keys of their own. */
import * as z from 'zod';
import { VendorFailure } from '../boundary/failure.ts';
import { shallow } from '../boundary/values.ts';
import { type StartJob, startJob } from './jobs.ts';

const object = z.record(z.string(), z.unknown());
type Row = z.infer<typeof object>;

const LISTS = ['rows', 'records', 'respondents', 'users'];
const polytomic = z.object({ object: z.object({ records: z.array(z.object({ fields: z.unknown() })) }) });

/** The rows of a body, whatever they are; null for a body of another shape. */
export const rowsIn = (body: unknown): unknown[] | null => {
  if (Array.isArray(body)) return body;
  const { data: envelope } = object.safeParse(body);
  if (envelope === undefined) return null;
  const { data: fromPolytomic } = polytomic.safeParse(body);
  if (fromPolytomic !== undefined) return fromPolytomic.object.records.map(({ fields }) => fields);
  const list = LISTS.map((name) => envelope[name]).find(Array.isArray);
  return list ?? [body];
};

/** The names that a value may have, the first one present winning. */
const names = {
  respondent_email: ['email', 'respondent_email', 'user_email'],
  respondent_id: ['external_id', 'user_id', 'respondent_id', 'external_user_id', 'id'],
  respondent_name: ['display_name', 'name'],
  mode: ['mode'],
  language: ['locale', 'language'],
} as const;
const PARTS_OF_A_NAME = ['first_name', 'last_name'];
const RECORDS = ['metadata', 'attributes', 'properties'];
const KNOWN = new Set([...Object.values(names).flat(), ...PARTS_OF_A_NAME, ...RECORDS]);

/** What a tool writes for an empty column. */
const EMPTY = new Set(['', 'null', 'none', 'undefined', 'nan']);
const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && EMPTY.has(value.trim().toLowerCase()));

/** More metadata than this nobody maps on purpose. */
const MOST_METADATA = 50;

const metadataOf = (row: Row): Record<string, unknown> => {
  const records = RECORDS.flatMap((name) => Object.entries(object.catch({}).parse(row[name])));
  const unknown = Object.entries(row).filter(([name]) => !KNOWN.has(name));
  return Object.fromEntries([...unknown, ...records].filter(([, value]) => !isEmpty(value)).slice(0, MOST_METADATA));
};

/** A row in the words of Start Interview. Keys count whatever their capitals; a database breaks on what is nested deep. */
const inputOf = (given: Row, defaults: { mode?: string | undefined; language?: string | undefined }) => {
  const row = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key.trim().toLowerCase(), shallow.parse(value)]),
  );
  const found = (candidates: readonly string[]): unknown =>
    candidates.map((name) => row[name]).find((value) => !isEmpty(value));
  const fullName = PARTS_OF_A_NAME.map((name) => row[name])
    .filter((value) => !isEmpty(value))
    .join(' ');
  return {
    respondent_email: found(names.respondent_email),
    respondent_id: found(names.respondent_id),
    respondent_name: found(names.respondent_name) ?? fullName,
    mode: found(names.mode) ?? defaults.mode,
    language: found(names.language) ?? defaults.language,
    metadata: metadataOf(row),
  };
};

const idIn = ({ respondent_id }: { respondent_id: unknown }): string | null =>
  typeof respondent_id === 'string' ? respondent_id : null;

/** A row as a job, or why it can't be one. */
export type ReadRow = { job: StartJob } | { error: string; externalId: string | null };

/** Reads one row. Throws nothing: what is wrong with it is said. */
export const readRow = (
  row: unknown,
  project: string,
  starting: { wave: string; mode?: string | undefined; language?: string | undefined },
): ReadRow => {
  const { data } = object.safeParse(row);
  if (data === undefined || Array.isArray(row))
    return { error: 'This is no row: an object is expected.', externalId: null };
  const input = inputOf(data, starting);
  try {
    return { job: startJob(project, starting.wave, input) };
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    return { error: error.message, externalId: idIn(input) };
  }
};
