/** The file of a cohort's members (A14, A24). */
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { call } from '../boundary/call.ts';
import type { Download, OutgoingRequest, Reply } from '../boundary/send.ts';
import { propertyNamed } from './cohort-entry.ts';
import { amplitudeFindings } from './errors.ts';
import { amplitudeFailure, restFailure } from './failures.ts';
import type { AmplitudeFiles } from './rest.ts';

/** A member with a user id, and the properties that were asked for by the names they were asked for. */
export type Member = { userId: string; properties: Record<string, string | null> };

export type CohortFile = {
  members: Member[];
  /** How many members are anonymous, that is, have no user id. */
  withoutUserId: number;
  /** Names that the file has no column for. */
  missingProperties: string[];
};

export type MembersWanted = { properties: string[]; isWanted: (userId: string) => boolean };

const unreadable = () => amplitudeFailure(amplitudeFindings.unreadableFile, { status: 0 });

/** A longer row means that a quote was never closed. */
const LONGEST_ROW = 1_000_000;

/** All members of a file. Throws a failure of kind `retry` when it is cut short: half an id may be another person's id. */
export const readMembers = async (
  bytes: AsyncIterable<Uint8Array>,
  { properties, isWanted }: MembersWanted,
): Promise<CohortFile> => {
  const members = new Map<string, Member>();
  let columns: Columns | undefined;
  let withoutUserId = 0;
  const read = (row: string[]): null => {
    if (columns === undefined) {
      columns = columnsOf(row, properties);
      return null;
    }
    const { [columns.userId]: userId = '' } = row;
    if (userId.trim() === '') withoutUserId += 1;
    // Somebody may be in the file twice, with two of Amplitude's own ids.
    else if (isWanted(userId) && !members.has(userId)) members.set(userId, memberOf(userId, row, columns));
    return null;
  };
  try {
    const { head, all } = await opened(bytes);
    await pipeline(
      all,
      isGzip(head) ? createGunzip() : new PassThrough(),
      // Rows are taken as they are parsed, and none is handed on: a stream of a million rows takes twice the time.
      parse({ bom: true, skip_empty_lines: true, max_record_size: LONGEST_ROW, on_record: read }),
      new PassThrough({ objectMode: true }).resume(),
    );
  } catch {
    throw unreadable();
  }
  if (columns === undefined) throw unreadable();
  return { members: [...members.values()], withoutUserId, missingProperties: columns.missing };
};

/** Storage may say that a file is packed or keep silent about it, so its first two bytes decide. */
const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** The first bytes, and all of them. */
const opened = async (bytes: AsyncIterable<Uint8Array>) => {
  const chunks = bytes[Symbol.asyncIterator]();
  let head: Uint8Array = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = async function* () {
    yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  return { head, all };
};

type Columns = { userId: number; properties: [name: string, column: number | undefined][]; missing: string[] };

/** How a property's column is spelled is not documented, so capitals and Amplitude's `gp:` make no difference. */
const columnsOf = (header: string[], properties: string[]): Columns => {
  const places = Object.fromEntries(header.map((name, index) => [name, index]));
  const placeOf = (name: string): number | undefined => {
    const place = propertyNamed(places, name);
    return typeof place === 'number' ? place : undefined;
  };
  const userId = placeOf('user_id');
  if (userId === undefined) throw unreadable();
  const found = properties.map((name): [string, number | undefined] => [name, placeOf(name)]);
  return {
    userId,
    properties: found,
    missing: found.filter(([, column]) => column === undefined).map(([name]) => name),
  };
};

const memberOf = (userId: string, row: string[], columns: Columns): Member => ({
  userId,
  properties: Object.fromEntries(
    columns.properties.map(([name, column]) => [name, (column === undefined ? '' : row[column]) || null]),
  ),
});

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 3;
const LONGEST_ERROR = 10_000;

/**
 * Downloads a finished export; null when Amplitude no longer has it. A large file is elsewhere, at an address that works
 * for a minute. The way there is asked for without credentials: they are only added to requests to Amplitude's own host,
 * and the storage refuses an address that brings a second authorization. `remaining` is the time left, in milliseconds.
 */
export const downloadMembers = async (
  amplitude: AmplitudeFiles,
  requestId: string,
  wanted: MembersWanted,
  remaining: () => number,
): Promise<CohortFile | null> => {
  const requestOf = (url: string): OutgoingRequest => ({
    method: 'GET',
    url,
    headers: { accept: 'text/csv, application/json, */*', 'accept-encoding': 'gzip' },
    timeoutMilliseconds: Math.max(1, Math.floor(remaining())),
  });
  const home = `${amplitude.host}/api/5/cohorts/request/${encodeURIComponent(requestId)}/file`;
  let url = home;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    const file = await call('Amplitude', amplitude.download, requestOf(url));
    if (file.status === 200) return readMembers(file.bytes, wanted);
    const body = await beginningOf(file);
    const location = file.header('location');
    if (!REDIRECTS.has(file.status) || location === null) return withoutFile({ ...file, body }, url === home);
    url = redirected(location, url);
  }
  throw amplitudeFailure(amplitudeFindings.endlessRedirects, { status: 0 });
};

const redirected = (location: string, from: string): string => {
  const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
  // A sandbox is reached without encryption, and sends to a place that is, too.
  const isSafe = target?.protocol === 'https:' || target?.protocol === new URL(from).protocol;
  if (target === undefined || !isSafe) {
    throw amplitudeFailure(amplitudeFindings.unsafeRedirect, { status: 0 });
  }
  return target.href;
};

/** Amplitude's answers are judged as ever; the storage's own are XML, and asking Amplitude again mends what they say. */
const withoutFile = (reply: Reply, isAmplitude: boolean): null => {
  if (!isAmplitude) throw amplitudeFailure(amplitudeFindings.storageRefused, { status: reply.status });
  if (reply.status === 404 || reply.status === 410) return null;
  throw restFailure(reply);
};

const beginningOf = async ({ bytes }: Download): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of bytes) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= LONGEST_ERROR) break;
    }
  } catch {
    // What came is enough: it only says why there is no file.
  }
  return Buffer.concat(chunks).toString('utf8');
};
