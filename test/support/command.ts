import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process';
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
  /** Its end, with a code that is null when it was killed. */
  ended: Promise<Ended>;
};

/** The code that a command ended with, and what it said on each stream. */
export type Ended = { code: unknown; out: string; err: string };

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

/** What `in-one-process.ts` is sent. */
export type Sent = { file: string; words: string[]; cwd?: string; env?: NodeJS.ProcessEnv };

/** One process that runs command after command to its end, so that what they load is loaded once. */
export const openProcess = (...flags: string[]) => {
  const child = fork('test/support/in-one-process.ts', { execArgv: flags, env: quickly({ PATH: process.env.PATH }) });
  const gone = once(child, 'exit');
  let turn: Promise<unknown> = Promise.resolve();
  return {
    run: (sent: Sent): Promise<Ended> => {
      const running = turn.then(async () => {
        child.send(sent, () => {});
        const lost = gone.then(([code]) => {
          throw new Error(`The process of the commands ended with ${code}.`);
        });
        const [ended] = await Promise.race([once(child, 'message'), lost]);
        return ended;
      });
      turn = running.catch(() => {});
      return running;
    },
    close: () => {
      if (child.connected) child.disconnect();
      return gone;
    },
  };
};

let shared: ReturnType<typeof openProcess> | undefined;
afterAll(() => shared?.close());

/**
 * Runs a command to its end, in the process that all of this file's share. It does not show that the command ends by
 * itself; where one is started for the first time, `startCommand` does.
 */
export const runCommand = (
  file: string,
  words: string[],
  { cwd, env = process.env }: Pick<Sent, 'cwd' | 'env'> = {},
) => {
  shared ??= openProcess();
  return shared.run({ file: resolve(file), words, cwd: cwd ?? process.cwd(), env: quickly(env) });
};
