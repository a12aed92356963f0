/** Where the apps lie on Make: what a deploy learned, and what every command for Make needs after it (M2). */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { App } from '../language/format.ts';

/** What is wrong with the file, in words for the person at the command. */
export class OriginsError extends Error {}

/** The file as it is committed. */
export const ORIGINS_FILE = join(import.meta.dirname, 'origins.json');

const mapping = z.array(z.strictObject({ local: z.string(), remote: z.string() }));
const originSchema = z.strictObject({
  label: z.string(),
  baseUrl: z.string(),
  appId: z.string(),
  appVersion: z.number(),
  apikeyFile: z.string(),
  idMapping: z.strictObject({
    connection: mapping,
    endpoint: mapping,
    function: mapping,
    module: mapping,
    rpc: mapping,
    webhook: mapping,
  }),
});
export type Origin = z.infer<typeof originSchema>;

const originsSchema = z.strictObject({ koji: z.array(originSchema), 'koji-amplitude': z.array(originSchema) });
export type AllOrigins = z.infer<typeof originsSchema>;

/** Reads the file; without one, no app is known. Throws a {@link OriginsError} when it holds anything else. */
export const readOrigins = (file: string): AllOrigins => {
  if (!existsSync(file)) return { koji: [], 'koji-amplitude': [] };
  const read = originsSchema.safeParse(jsonOf(readFileSync(file, 'utf8')));
  if (read.success) return read.data;
  throw new OriginsError(
    `${file} does not hold what a deploy wrote: where the apps lie on Make. Restore it from git (git checkout -- ${file}) and run this again.`,
  );
};

/** Of an app's origins the one at this API, or the one that is named. Throws a {@link OriginsError} for several. */
export const originAt = (known: Origin[], baseUrl: string, appId: string | undefined): Origin | null => {
  const [found = null, ...others] = known.filter(
    (one) => one.baseUrl === baseUrl && (appId ?? one.appId) === one.appId,
  );
  if (found === null || others.length === 0) return found;
  const ids = [found, ...others].map((one) => `as ${one.appId}`).join(' and ');
  throw new OriginsError(`The app lies there ${ids}: name one of them with --app.`);
};

/**
 * Keeps where an app lies, and everything else that the file holds by now. The file is written whole or not at all,
 * because a deploy may be ended at any moment.
 */
export const saveOrigin = (file: string, target: App['target'], origin: Origin): void => {
  const all = readOrigins(file);
  const others = all[target].filter((one) => one.appId !== origin.appId || one.baseUrl !== origin.baseUrl);
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...all, [target]: [...others, origin] }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
};

/**
 * Takes the file for one deploy alone, by a lock beside it. Gives what gives it back; throws a {@link OriginsError} when
 * another deploy has it.
 */
export const lockOrigins = (file: string): (() => void) => {
  const lock = `${file}.lock`;
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
  } catch (error) {
    throw new OriginsError(
      Object(error).code === 'EEXIST'
        ? `Another deploy is running, or one was killed: ${lock} is there. Wait for it; if none is running, delete that file and run this again: nothing is made twice.`
        : `${lock} can't be written (${Object(error).code}). Make its folder writable and run this again.`,
    );
  }
  let held = true;
  return () => {
    // Given back once only: the second time, the lock could be another deploy's.
    if (held) rmSync(lock, { force: true });
    held = false;
  };
};

/**
 * The note of another app (`--new`) until all of it is on Make, beside the file: its id, empty while Make may have made it
 * and not told. Nothing else tells it from the apps that were there before, so that a second one would be made.
 */
export const unfinishedNew = (file: string, target: App['target']) => {
  const note = `${file}.${target}.unfinished`;
  const read = (): string | null => (existsSync(note) ? readFileSync(note, 'utf8') : null);
  return {
    /** Throws a {@link OriginsError} that says how to go on, where one is noted. */
    refuse: (): void => {
      const appId = read();
      if (appId === null) return;
      throw new OriginsError(
        appId === ''
          ? `A deploy with --new was cut off and may have made an app on Make. Look for it there. If it is there, go on with it by --app and its id; delete ${note} then, or at once if there is none.`
          : `A deploy with --new made ${appId} and did not end: go on with it by --app ${appId}. If that app is no longer on Make, delete ${note}.`,
      );
    },
    write: (appId: string): void => writeFileSync(note, appId),
    /** This app is there whole; one of another id stays noted. */
    clear: (appId: string): void => {
      if (read() === appId) rmSync(note);
    },
  };
};

/** An app that was just made, or found: nothing of it is mapped yet. */
export const newOrigin = (baseUrl: string, appId: string): Origin => ({
  label: new URL(baseUrl).hostname,
  baseUrl,
  appId,
  appVersion: 1,
  apikeyFile: '.secrets/apikey',
  idMapping: { connection: [], endpoint: [], function: [], module: [], rpc: [], webhook: [] },
});
