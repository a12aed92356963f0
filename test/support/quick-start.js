/**
 * Loaded before a command that a test starts: what Node made of a TypeScript file is kept, and found again by the file's
 * text. Node itself strips each file anew, in every process. And V8 compiles WebAssembly, which PGlite is, quickly and not
 * well. Plain JavaScript, as it comes before all that.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { enableCompileCache, registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--liftoff-only');

const folder = join(import.meta.dirname, '..', '..', 'build', 'quick-start');
const stripped = join(folder, `stripped-${process.version}`);
mkdirSync(stripped, { recursive: true });
enableCompileCache(folder);

/** Node warns that the function may change; its own loader, which calls it too, doesn't. */
const quietly = (run) => {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
  }
};

const strip = (text) => {
  const file = join(stripped, createHash('sha256').update(text).digest('hex'));
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const source = quietly(() => stripTypeScriptTypes(text));
    // Another process reads it whole or not at all.
    writeFileSync(`${file}.${process.pid}`, source);
    renameSync(`${file}.${process.pid}`, file);
    return source;
  }
};

registerHooks({
  load: (url, context, next) =>
    url.endsWith('.ts')
      ? { format: 'module', source: strip(readFileSync(new URL(url), 'utf8')), shortCircuit: true }
      : next(url, context),
});
