/** The file of a cohort's members (A14, A24). */
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { call } from '../boundary/call.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { isPlaceholder } from '../boundary/placeholders.ts';
import type { Download, OutgoingRequest, Reply } from '../boundary/send.ts';
import { plainName } from './cohort-entry.ts';
import { isGone, MOST_EXPORTED } from './cohort-export.ts';
import { type CsvRow, csvReader } from './csv.ts';
import { amplitudeFindings } from './errors.ts';
import { amplitudeFailure, restFailure } from './failures.ts';
import { paths } from './hosts.ts';
import type { AmplitudeFiles } from './rest.ts';

/** A member with a user id, and the properties that were asked for by the names they were asked for. */
type Member = { userId: string; properties: Record<string, string | null> };

export type CohortFile = {
  members: Member[];
  /** How many members are anonymous, that is, have no user id or only a placeholder for one. */
  withoutUserId: number;
  /** Names that the file has no column for. */
  missingProperties: string[];
  /**
   * The numbers of the rows that were left out, because they have more or fewer values than the header, or are broken
   * (csv.ts); the header is row 1. Behind a quote that was never closed they may be too small.
   */
  badRows: number[];
  /** Whether there are more members, or longer ones, than were asked for; the rest of the file was not read. */
  isCutOff: boolean;
};

/**
 * `most`: how many people, and how many characters of them, can be handed on. `listed`: how many people Amplitude's list
 * says are in the cohort; null: it does not say. Where that is nobody, a file of nothing has lost nothing; where it is
 * somebody, a header alone has.
 */
export type MembersWanted = {
  properties: string[];
  isWanted: (userId: string) => boolean;
  most: { people: number; characters: number };
  listed: number | null;
};

const unreadable = () => amplitudeFailure(amplitudeFindings.unreadableFile);

/** A longer row means that a quote was never closed. */
const LONGEST_ROW = 1_000_000;

/** One bad row in so many is left out; more of them mean that the file is not what it seems. */
const ROWS_FOR_A_BAD_ONE = 100;

/** More bad rows make any file one that is not read, however it goes on. */
const MOST_BAD_ROWS = MOST_EXPORTED / ROWS_FOR_A_BAD_ONE;

/** Where a bad row seems to have more lines, a quote that was never closed has swallowed rows. */
const LONGEST_ROW_IN_LINES = 20;

class Enough extends Error {}

/**
 * All members of a file. Throws a failure of kind `retry` when it is cut short (half an id may be another person's id),
 * when more than one row in 100 is bad, or when `remaining`, the time left in milliseconds, runs out.
 */
export const readMembers = async (
  bytes: AsyncIterable<Uint8Array>,
  wanted: MembersWanted,
  remaining: () => number,
): Promise<CohortFile> => {
  const reading = membersReading(wanted);
  const rows = csvReader(reading.read);
  const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    const text = new TextDecoder('utf-8', { fatal: true });
    for await (const chunk of chunks) {
      if (remaining() <= 0) throw amplitudeFailure(amplitudeFindings.endlessFile);
      if (rows.read(text.decode(chunk, { stream: true })) > LONGEST_ROW) throw unreadable();
    }
    // It throws where the file ends within a character.
    text.decode();
    rows.end();
  };
  try {
    const { head, all } = await opened(bytes);
    await pipeline(all, isGzip(head) ? createGunzip() : new PassThrough(), readAll);
  } catch (error) {
    if (error instanceof Enough) return reading.sofar(true);
    throw error instanceof VendorFailure ? error : unreadable();
  }
  return reading.whole();
};

const linesIn = (row: string[]): number => row.join('').split(/\r\n|[\r\n]/).length;

/** What is gathered of a file, row by row. */
const membersReading = ({ properties, isWanted, most, listed }: MembersWanted) => {
  const members = new Map<string, Member>();
  const badRows: number[] = [];
  let columns: Columns | undefined;
  let rows = 0;
  let isCut = false;
  let characters = 0;
  let withoutUserId = 0;

  const keep = (member: Member): void => {
    members.set(member.userId, member);
    characters += Object.values(member.properties).reduce(
      (sum, value) => sum + (value?.length ?? 0),
      member.userId.length,
    );
    if (members.size > most.people || characters > most.characters) throw new Enough();
  };
  const tooManyBad = () =>
    amplitudeFailure(amplitudeFindings.badRows, { bad: String(badRows.length), rows: String(rows - 1) });
  const leaveOut = ({ values, hasLineEnd }: CsvRow): void => {
    isCut = !hasLineEnd;
    const lines = linesIn(values);
    const lost = lines > LONGEST_ROW_IN_LINES ? lines : 1;
    for (let one = 0; one < lost; one += 1) badRows.push(rows + one);
    rows += lost - 1;
    if (badRows.length > MOST_BAD_ROWS) throw tooManyBad();
  };
  const takeIn = (row: string[], columns: Columns): void => {
    const { [columns.userId]: userId = '' } = row;
    if (isPlaceholder(userId)) withoutUserId += 1;
    // Somebody may be in the file twice, with two of Amplitude's own ids.
    else if (isWanted(userId) && !members.has(userId)) keep(memberOf(userId, row, columns));
  };
  const read = (row: CsvRow): void => {
    rows += 1;
    if (columns === undefined) columns = columnsOf(row, properties);
    else if (row.isBroken || row.values.length !== columns.width) leaveOut(row);
    else takeIn(row.values, columns);
  };
  const sofar = (isCutOff: boolean): CohortFile => ({
    members: [...members.values()],
    withoutUserId,
    missingProperties: columns?.missing ?? [],
    badRows,
    isCutOff,
  });
  const whole = (): CohortFile => {
    if (rows === 0 && listed === 0) return sofar(false);
    const hasLostAll = rows === 1 && listed !== null && listed > 0;
    if (columns === undefined || hasLostAll) throw unreadable();
    // A bad row at the end without a line end may be one that was cut.
    if ((badRows.length - Number(isCut)) * ROWS_FOR_A_BAD_ONE > rows - 1) throw tooManyBad();
    if (isCut) throw unreadable();
    return sofar(false);
  };
  return { read, sofar, whole };
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

type Columns = {
  width: number;
  userId: number;
  properties: [name: string, column: number | undefined][];
  missing: string[];
};

/** The first column of each name, by the names that `spelled` makes of them. */
const firstPlaces = (header: string[], spelled: (name: string) => string): Map<string, number> => {
  const places = new Map<string, number>();
  for (const [place, name] of header.entries()) {
    if (!places.has(spelled(name))) places.set(spelled(name), place);
  }
  return places;
};

/**
 * Amplitude's own columns come before those of properties, which may have the same name. How a property's column is
 * spelled is not documented, so capitals and Amplitude's `gp:` make no difference.
 */
const columnsOf = ({ values: header, isBroken }: CsvRow, properties: string[]): Columns => {
  const exact = firstPlaces(header, (name) => name);
  const alike = firstPlaces(header, plainName);
  const placeOf = (name: string) => exact.get(name) ?? alike.get(plainName(name));
  const userId = placeOf('user_id');
  if (userId === undefined || isBroken) throw unreadable();
  const found = properties.map((name): [string, number | undefined] => [name, placeOf(name)]);
  return {
    width: header.length,
    userId,
    properties: found,
    missing: found.filter(([, column]) => column === undefined).map(([name]) => name),
  };
};

/** A value of the file may be a part of a longer text, all of which stays in memory as long as the part does. */
const copied = (value = ''): string => Buffer.from(value).toString();

const memberOf = (userId: string, row: string[], columns: Columns): Member => ({
  userId: copied(userId),
  properties: Object.fromEntries(
    columns.properties.map(([name, column]) => [name, column === undefined ? null : copied(row[column]) || null]),
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
  const home = `${amplitude.host}${paths.exportFile(requestId)}`;
  let url = home;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    const file = await call('Amplitude', amplitude.download, requestOf(url));
    if (file.status === 200) return readMembers(file.bytes, wanted, remaining);
    const body = await beginningOf(file);
    const location = file.header('location');
    if (!REDIRECTS.has(file.status) || location === null) return withoutFile({ ...file, body }, url === home);
    url = redirected(amplitude, location, url);
  }
  throw amplitudeFailure(amplitudeFindings.endlessRedirects);
};

/** Where to look next. An address that holds a key would take it to another host, and into the log. */
const redirected = ({ holdsSecret }: AmplitudeFiles, location: string, from: string): string => {
  const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
  // A sandbox is reached without encryption, and sends to a place that is, too.
  const isSafe = target?.protocol === 'https:' || target?.protocol === new URL(from).protocol;
  if (target === undefined || !isSafe || holdsSecret(target.href)) {
    throw amplitudeFailure(amplitudeFindings.unsafeRedirect);
  }
  return target.href;
};

/** Amplitude's answers are judged as ever; the storage's own are XML, and asking Amplitude again mends what they say. */
const withoutFile = (reply: Reply, isAmplitude: boolean): null => {
  if (!isAmplitude) throw amplitudeFailure(amplitudeFindings.storageRefused, {}, { status: reply.status });
  if (isGone(reply)) return null;
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
