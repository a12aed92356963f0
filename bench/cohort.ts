/**
 * What reading a cohort's file takes, beside csv-parse alone on the same file: `npx node bench/cohort.ts`. Each measurement
 * is a process of its own, because a process's peak memory never falls.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { parse } from 'csv-parse';
import * as z from 'zod';
import { readMembers } from '../amplitude/cohort-file.ts';
import { isSampled } from '../amplitude/sampling.ts';
import { commandLine } from '../scripts/command-line.ts';

const cases = [
  { members: 10_000, percent: 100 },
  { members: 100_000, percent: 100 },
  { members: 1_000_000, percent: 5 },
] as const;
const MEGABYTE = 1024 * 1024;

function* rows(members: number): Generator<string> {
  yield '"amplitude_id","user_id","email"\n';
  for (let index = 0; index < members; index += 1) {
    const userId = `user_${String(index).padStart(8, '0')}`;
    yield `"${600_000_000_000 + index}","${userId}","${userId}@example.com"\n`;
  }
}

const readers = {
  /** What the trigger does: unpack, parse, sample, and make the answer. */
  trigger: async (path: string, percent: number) => {
    const wanted = {
      properties: ['email'],
      isWanted: (userId: string) => isSampled('7khm89cz', userId, percent),
      most: { people: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY },
      listed: null,
    };
    const { members } = await readMembers(createReadStream(path), wanted, () => 60_000);
    const entries = members.map(({ userId, properties }) => ({
      id: `7khm89cz:${userId}`,
      cohort_id: '7khm89cz',
      cohort_name: 'Trial users who never invited anybody',
      amplitude_user_id: userId,
      respondent_email: properties.email ?? null,
      cohort_computed_at: '2026-05-24T06:00:00.000Z',
      properties: {},
    }));
    return {
      people: members.length,
      answerBytes: Buffer.byteLength(JSON.stringify(entries)),
      idBytes: Buffer.byteLength(JSON.stringify(entries.map(({ id }) => ({ id })))),
    };
  },
  /** What a library for CSV takes: unpack and parse, and drop each row. */
  'csv-parse alone': async (path: string) => {
    let people = 0;
    const count = (): null => {
      people += 1;
      return null;
    };
    const parser = parse({ bom: true, on_record: count });
    await pipeline(createReadStream(path), createGunzip(), parser.resume());
    return { people: people - 1, answerBytes: 0, idBytes: 0 };
  },
  /** A process that does nothing, whose memory is Node's own. */
  nothing: async () => ({ people: 0, answerBytes: 0, idBytes: 0 }),
};

const readerName = z.enum(['trigger', 'csv-parse alone', 'nothing']);
const measurement = z.object({
  milliseconds: z.number(),
  peakBytes: z.number(),
  people: z.number(),
  answerBytes: z.number(),
  idBytes: z.number(),
});

const measure = (reader: z.infer<typeof readerName>, path: string, percent: number) =>
  measurement.parse(
    JSON.parse(
      execFileSync(
        process.execPath,
        [import.meta.filename, '--reader', reader, '--file', path, '--percent', `${percent}`],
        { encoding: 'utf8' },
      ),
    ),
  );

const given = commandLine({
  called: 'npx node bench/cohort.ts',
  does: 'Measures how long cohort files of three sizes take to read; with --reader and --file, one file once.',
  takes: z
    .object({
      reader: readerName.optional(),
      file: z.string().optional().describe('a packed CSV file'),
      percent: z.coerce.number().int().min(0).max(100).default(100),
    })
    .refine(({ reader, file }) => (reader === undefined) === (file === undefined), {
      error: '--reader and --file go together.',
    }),
});
if (given.reader !== undefined && given.file !== undefined) {
  const began = performance.now();
  const counts = await readers[given.reader](given.file, given.percent);
  const milliseconds = performance.now() - began;
  process.stdout.write(JSON.stringify({ ...counts, milliseconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'koji-bench-'));
  const print = (...cells: (string | number)[]) =>
    process.stdout.write(`${cells.map((cell) => `${cell}`.padStart(16)).join('')}\n`);
  const base = measure('nothing', folder, 0).peakBytes;
  print(
    'members',
    'percent',
    'reader',
    'seconds',
    'peak MB',
    'above Node MB',
    'people',
    'answer MB',
    'ids MB',
    'file MB',
  );
  for (const { members, percent: share } of cases) {
    const file = join(folder, `${members}.csv.gz`);
    await pipeline(Readable.from(rows(members)), createGzip(), createWriteStream(file));
    for (const reader of ['trigger', 'csv-parse alone'] as const) {
      const { milliseconds, peakBytes, people, answerBytes, idBytes } = measure(reader, file, share);
      print(
        members,
        share,
        reader,
        (milliseconds / 1000).toFixed(2),
        (peakBytes / MEGABYTE).toFixed(0),
        ((peakBytes - base) / MEGABYTE).toFixed(0),
        people,
        (answerBytes / 1e6).toFixed(2),
        (idBytes / 1e6).toFixed(2),
        (statSync(file).size / 1e6).toFixed(2),
      );
    }
  }
  rmSync(folder, { recursive: true });
}
