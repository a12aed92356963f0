/** People as reverse-ETL tools send them: one, a list, or a list under some name, with keys of their own. */
import * as z from 'zod';
import { VendorFailure } from '../boundary/failure.ts';
import { jsonOf } from '../boundary/send.ts';
import { properties, text } from '../boundary/values.ts';
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

/** A record's entries, also where a warehouse wrote it as text; what is no record is an entry itself. */
const entriesOf = (name: string, value: unknown): [string, unknown][] => {
  const { data } = object.safeParse(typeof value === 'string' ? jsonOf(value) : value);
  return data === undefined ? [[name, value]] : Object.entries(data);
};

/** What can be kept of a row besides the person, and the names of the rest. */
const metadataOf = (row: Row) => {
  const records = RECORDS.flatMap((name) => entriesOf(name, row[name]));
  const unknown = Object.entries(row).filter(([name]) => !KNOWN.has(name));
  const given = [...unknown, ...records].filter(([, value]) => !isEmpty(value));
  const { kept, leftOut } = properties.parse(Object.fromEntries(given.slice(0, MOST_METADATA)));
  return { metadata: kept, leftOut: [...leftOut, ...given.slice(MOST_METADATA).map(([name]) => name)] };
};

/** The person of a row in the words of Start Interview. */
const inputOf = (row: Row, defaults: { mode?: string | undefined; language?: string | undefined }) => {
  const found = (candidates: readonly string[]): unknown =>
    candidates.map((name) => row[name]).find((value) => !isEmpty(value));
  const fullName = PARTS_OF_A_NAME.map((name) => row[name])
    .flatMap((value) => (isEmpty(value) ? [] : (text.safeParse(value).data ?? [])))
    .join(' ');
  return {
    respondent_email: found(names.respondent_email),
    respondent_id: found(names.respondent_id),
    respondent_name: found(names.respondent_name) ?? fullName,
    mode: found(names.mode) ?? defaults.mode,
    language: found(names.language) ?? defaults.language,
  };
};

const idIn = ({ respondent_id }: { respondent_id: unknown }): string | null =>
  typeof respondent_id === 'string' ? respondent_id : null;

/** A row as a job, with the names of what could not be kept of it; or why it can't be one. */
export type ReadRow = { job: StartJob; leftOut: string[] } | { error: string; externalId: string | null };

/** Reads one row. Throws nothing: what is wrong with it is said. */
export const readRow = (
  row: unknown,
  project: string,
  starting: { wave: string; mode?: string | undefined; language?: string | undefined },
): ReadRow => {
  const { data } = object.safeParse(row);
  if (data === undefined || Array.isArray(row))
    return { error: 'This is no row: an object is expected.', externalId: null };
  // Keys count whatever their capitals.
  const lowered = Object.fromEntries(Object.entries(data).map(([key, value]) => [key.trim().toLowerCase(), value]));
  const input = inputOf(lowered, starting);
  const { metadata, leftOut } = metadataOf(lowered);
  try {
    return { job: startJob(project, starting.wave, { ...input, metadata }), leftOut };
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    return { error: error.message, externalId: idIn(input) };
  }
};
