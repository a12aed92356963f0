/** An empty queue in a folder, made once for all tests: PGlite takes seconds for a new one, and a copy takes none. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(jsonOf(readFileSync('node_modules/@electric-sql/pglite/package.json', 'utf8')));
const made = join('build', 'test', `empty-queue-${version}`);

const MAKE = `import { openPglite } from './forwarder/store/disk.ts';
  await (await openPglite(process.argv[1])).close();`;

/** Other tests may make it at the same moment, so each makes its own and the first one's stays. */
const makeOnce = (): void => {
  const own = `${made}.${process.pid}`;
  mkdirSync(dirname(own), { recursive: true });
  execFileSync(process.execPath, ['--input-type=module', '-e', MAKE, own], { stdio: 'pipe' });
  try {
    renameSync(own, made);
  } catch {
    rmSync(own, { recursive: true });
  }
};

/** Puts an empty queue into the forwarder's folder. */
export const putEmptyQueue = (folder: string): void => {
  if (!existsSync(made)) makeOnce();
  cpSync(made, join(folder, 'queue'), { recursive: true });
};
