/**
 * Runs the commands that it is sent, one after another, in this process, so that what they share is loaded once. Each
 * is answered with what it said and the code that it asked to end with; one that asks for none is left after 30 seconds.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Ended, Sent } from './command.ts';

const LONGEST = 30_000;

class Exit extends Error {
  code: unknown;
  constructor(code: unknown) {
    super(`It ended with ${code}.`);
    this.code = code;
  }
}
process.on('disconnect', process.exit.bind(process, 0));
process.exit = (code) => {
  throw new Exit(code ?? process.exitCode ?? 0);
};

const [node = ''] = process.argv;
let count = 0;
const run = async ({ file, words, cwd, env }: Sent): Promise<Ended> => {
  const said = { out: '', err: '' };
  process.stdout.write = (text) => {
    said.out += text;
    return true;
  };
  process.stderr.write = (text) => {
    said.err += text;
    return true;
  };
  process.argv = [node, resolve(file), ...words];
  process.exitCode = undefined;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  // With a query of its own the file is run anew.
  count += 1;
  const address = `${pathToFileURL(resolve(file))}?${count}`;
  if (cwd !== undefined) process.chdir(cwd);
  const running = import(address).then(
    () => process.exitCode ?? 0,
    (error) => {
      if (error instanceof Exit) return error.code;
      said.err += `${inspect(error)}\n`;
      return 1;
    },
  );
  const late = new Promise((done) => setTimeout(done, LONGEST, 'It went on.').unref());
  const code = await Promise.race([running, late]);
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  return { code, ...said };
};

let turn: Promise<unknown> = Promise.resolve();
process.on('message', (sent: Sent) => {
  turn = turn.then(() => run(sent)).then((ended) => process.send?.(ended));
});
