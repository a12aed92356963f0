/** People as reverse-ETL tools send them: one, a list, or a list under some name, with keys of their own. */
import * as z from 'zod';
import { VendorFailure } from '../boundary/failure.ts';
import { saysNothing } from '../boundary/placeholders.ts';
import { jsonOf } from '../boundary/send.ts';
import { properties, text } from '../boundary/values.ts';
import { EMAIL_METADATA_KEY } from '../koji/contract.ts';
import { type StartJob, startJob } from './jobs.ts';

const object = z.record(z.string(), z.unknown());
/** A name in small letters, as they count whatever their capitals, and what stands under it. */
type Column = [name: string, value: unknown];

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

/** What Start Interview takes, by the names that it may have; the first one present wins. */
const names = {
  respondent_email: ['email', 'respondent_email', 'user_email'],
  respondent_id: ['external_id', 'user_id', 'respondent_id', 'external_user_id', 'id'],
  respondent_name: ['display_name', 'name'],
  mode: ['mode'],
  language: ['locale', 'language'],
} satisfies Record<string, string[]>;
/** What a row calls something that Start Interview takes. */
const columnOf = (thing: string): string => new Map<string, string[]>(Object.entries(names)).get(thing)?.[0] ?? thing;

const PARTS_OF_A_NAME = ['first_name', 'last_name'];
const RECORDS = ['metadata', 'attributes', 'properties'];

/** What a tool writes for an empty column. */
const EMPTY = new Set(['', 'null', 'none', 'undefined', 'nan']);
const isGiven = ([, value]: Column): boolean =>
  value !== null && value !== undefined && !(typeof value === 'string' && EMPTY.has(value.trim().toLowerCase()));

const textOf = (value: unknown): string | undefined => text.safeParse(value).data;
/** Whether two columns say the same; some write a number as text. */
const isSame = (one: unknown, other: unknown): boolean =>
  one === other || (textOf(one) !== undefined && textOf(one) === textOf(other));

/** The parts of a name as one column, where there is no whole one. */
const withWholeName = (columns: Column[]): Column[] => {
  if (columns.some(([name]) => names.respondent_name.includes(name))) return columns;
  const parts = PARTS_OF_A_NAME.flatMap((part) =>
    columns.filter(([name, value]) => name === part && textOf(value) !== undefined),
  );
  if (parts.length === 0) return columns;
  const whole: Column = ['name', parts.map(([, value]) => value).join(' ')];
  return [...columns.filter((column) => !parts.includes(column)), whole];
};

/** Whom a row is about, in the words of Start Interview, and the columns that say anything else. */
const personOf = (columns: Column[]): { person: StartJob['input']; rest: Column[] } => {
  const person: StartJob['input'] = {};
  let rest = withWholeName(columns);
  for (const [thing, candidates] of Object.entries(names)) {
    const [winner] = candidates.flatMap((candidate) => rest.filter(([name]) => name === candidate));
    if (winner === undefined) continue;
    person[thing] = winner[1];
    rest = rest.filter(([name, value]) => !candidates.includes(name) || !isSame(value, winner[1]));
  }
  return { person, rest };
};

/** What Start Interview leaves out of the person, because it says nothing. An id that says nothing is refused. */
const nothingsIn = ({ respondent_id: _id, ...person }: StartJob['input']): string[] =>
  Object.entries(person).flatMap(([thing, value]) => (saysNothing(textOf(value) ?? '') ? [thing] : []));

/** More metadata than this nobody maps on purpose. */
const MOST_METADATA = 50;

/** A record's entries, also where a warehouse wrote it as text; what is no record is an entry itself. */
const entriesOf = ([name, value]: Column): Column[] => {
  if (!RECORDS.includes(name)) return [[name, value]];
  const { data } = object.safeParse(typeof value === 'string' ? jsonOf(value) : value);
  return data === undefined ? [[name, value]] : Object.entries(data);
};

/** What can be kept of the columns besides the person, and the names of the rest. */
const metadataOf = (columns: Column[], email: unknown) => {
  // The email has this name there, whatever else may be called so.
  const first = new Map([[EMAIL_METADATA_KEY, email]]);
  const crowdedOut: string[] = [];
  for (const [name, value] of columns.flatMap(entriesOf).filter(isGiven)) {
    if (!first.has(name) && first.size <= MOST_METADATA) first.set(name, value);
    else if (!isSame(first.get(name), value)) crowdedOut.push(name);
  }
  first.delete(EMAIL_METADATA_KEY);
  const { kept, leftOut } = properties.parse(Object.fromEntries(first));
  return { metadata: kept, leftOut: [...leftOut, ...crowdedOut] };
};

/** A row as a job, with the names of what could not be kept of it; or why it can't be one. */
export type ReadRow = { job: StartJob; leftOut: string[] } | { error: string; externalId: string | null };

/** Reads one row. Throws nothing: what is wrong with it is said. */
export const readRow = (
  row: unknown,
  project: string,
  starting: { wave: string; mode?: string | null | undefined; language?: string | null | undefined },
): ReadRow => {
  const { data } = object.safeParse(row);
  if (data === undefined || Array.isArray(row))
    return { error: 'This is no row: an object is expected.', externalId: null };
  const columns = Object.entries(data).map(([name, value]): Column => [name.trim().toLowerCase(), value]);
  const { person, rest } = personOf(columns.filter(isGiven));
  const { metadata, leftOut } = metadataOf(rest, person.respondent_email);
  const nothings = nothingsIn(person);
  const orSetting = (thing: 'mode' | 'language'): unknown =>
    nothings.includes(thing) ? starting[thing] : (person[thing] ?? starting[thing]);
  try {
    const input = { ...person, mode: orSetting('mode'), language: orSetting('language'), metadata };
    const job = startJob(project, starting.wave, input, columnOf);
    return { job, leftOut: [...nothings.map(columnOf), ...leftOut] };
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    return { error: error.message, externalId: textOf(person.respondent_id) ?? null };
  }
};
