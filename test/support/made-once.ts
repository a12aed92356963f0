/** What takes seconds to make, and nobody changes: made once for all tests, in build/test, for copies of it. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const place = join('build', 'test');

const wait = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Of those who want it at the same moment one makes it; the others wait, but for nobody who was killed. */
const makeOnce = (made: string, make: (folder: string) => void): void => {
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
    make(own);
    if (!existsSync(made)) renameSync(own, made);
  } finally {
    for (const left of [own, claim]) rmSync(left, { recursive: true, force: true });
  }
};

/** The folder that `make` makes; the name says of what, so that what changed is made anew. */
export const madeOnce = (name: string, make: (folder: string) => void): string => {
  const made = join(place, name);
  if (!existsSync(made)) makeOnce(made, make);
  return made;
};
