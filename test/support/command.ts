import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A command in a process of its own. */
export type Command = {
  child: ChildProcess;
  /** What it said so far, on both streams. */
  printed: () => string;
  /** Waits until it says something, and gives what the pattern found. Rejects with what it printed when it ends before. */
  says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Its end: the code, which is null when it was killed, and what it said on each stream. */
  ended: Promise<{ code: number | null; out: string; err: string }>;
};

const quickStart = pathToFileURL(resolve('test/support/quick-start.js')).href;

/** The environment in which a command, and all that it starts, is there in half the time. */
export const quickly = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  NODE_OPTIONS: [`--import=${quickStart}`, environment.NODE_OPTIONS].join(' '),
});

/** Starts a command as a person does: `startCommand('doctor/run.ts', ['--person', 'u_1'])`. */
export const startCommand = (
  file: string,
  words: string[],
  options: Pick<SpawnOptions, 'cwd' | 'detached' | 'env'> = {},
): Command => {
  const env = quickly(options.env ?? process.env);
  const child = spawn(process.execPath, [resolve(file), ...words], { ...options, env });
  const said = { out: '', err: '', both: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
    said.both += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
    said.both += chunk;
  });
  return {
    child,
    printed: () => said.both,
    says: (pattern) =>
      new Promise((done, fail) => {
        const look = (): void => {
          const found = pattern.exec(said.both);
          if (found !== null) done(found);
        };
        look();
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        child.once('close', (code) => fail(new Error(`It ended with ${code}: ${said.both}`)));
      }),
    ended: once(child, 'close').then(([code]) => ({ code, out: said.out, err: said.err })),
  };
};

/** The same, to its end. */
export const runCommand = (...called: Parameters<typeof startCommand>): Command['ended'] =>
  startCommand(...called).ended;
