/** An empty queue in a folder, with its tables: PGlite takes seconds for one, and a copy takes none. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quickly } from './command.ts';
import { madeOnce } from './made-once.ts';

/** What makes it; when that changes, so does its name. */
const makers = ['forwarder/package.json', ...readdirSync('forwarder/store').map((file) => `forwarder/store/${file}`)];
const version = createHash('sha256')
  .update(makers.map((file) => readFileSync(file, 'utf8')).join(''))
  .digest('hex');

/** Puts an empty queue into the forwarder's folder. */
export const putEmptyQueue = (folder: string): void => {
  const made = madeOnce(`forwarder-folder-${version.slice(0, 12)}`, (own) => {
    execFileSync(process.execPath, ['test/support/make-queue.ts', own], { stdio: 'pipe', env: quickly(process.env) });
  });
  cpSync(join(made, 'queue'), join(folder, 'queue'), { recursive: true });
};
