/**
 * Runs commands such as `doctor/run.ts --help` one after another in this process, so that what they share is loaded once.
 * What each said, and the code that it asked to end with, goes out as JSON; one that asks for none is left after five seconds.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

class Ended extends Error {
  code: unknown;
  constructor(code: unknown) {
    super(`It ended with ${code}.`);
    this.code = code;
  }
}
process.exit = (code) => {
  throw new Ended(code);
};

const [node = '', , ...commands] = process.argv;
const say = process.stdout.write.bind(process.stdout);
const ran: Record<string, object> = {};
for (const [index, command] of commands.entries()) {
  const [file = '', ...words] = command.split(' ');
  let out = '';
  let err = '';
  process.stdout.write = (text) => {
    out += text;
    return true;
  };
  process.stderr.write = (text) => {
    err += text;
    return true;
  };
  process.argv = [node, resolve(file), ...words];
  // With a query of its own the file is run anew.
  const running = import(`${pathToFileURL(resolve(file))}?${index}`).then(
    () => 'It ended by itself.',
    (error) => (error instanceof Ended ? (error.code ?? 0) : String(error)),
  );
  const late = new Promise((done) => setTimeout(done, 5_000, 'It went on.').unref());
  const code = await Promise.race([running, late]);
  ran[command] = { code, out, err };
}
say(JSON.stringify(ran));
