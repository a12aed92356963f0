/** An empty queue in a folder, with its tables: made once for all tests, as PGlite takes seconds for one, and a copy takes none. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quickly } from './command.ts';

/** What makes it; when that changes, so does its name. */
const makers = ['forwarder/package.json', ...readdirSync('forwarder/store').map((file) => `forwarder/store/${file}`)];
const version = createHash('sha256')
  .update(makers.map((file) => readFileSync(file, 'utf8')).join(''))
  .digest('hex');
const place = join('build', 'test');

const wait = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Of those who want it at the same moment one makes it; the others wait, but for nobody who was killed. */
const makeOnce = (made: string): void => {
  const claim = `${made}.claim`;
  mkdirSync(place, { recursive: true });
  try {
    mkdirSync(claim);
  } catch {
    for (let look = 0; look < 300 && !existsSync(made); look += 1) wait(200);
    if (existsSync(made)) return;
  }
  const own = `${made}.${process.pid}`;
  try {
    execFileSync(process.execPath, ['test/support/make-queue.ts', own], { stdio: 'pipe', env: quickly(process.env) });
    if (!existsSync(made)) renameSync(join(own, 'queue'), made);
  } finally {
    for (const left of [own, claim]) rmSync(left, { recursive: true, force: true });
  }
};

/** Puts an empty queue into the forwarder's folder, or another one, which Postgres tells apart from it. */
export const putEmptyQueue = (folder: string, which: 'empty' | 'another' = 'empty'): void => {
  const made = join(place, `${which}-queue-${version.slice(0, 12)}`);
  if (!existsSync(made)) makeOnce(made);
  cpSync(made, join(folder, 'queue'), { recursive: true });
};
