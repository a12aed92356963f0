/** The service as one file, from the sources as they are: half of what a start takes is finding and reading hundreds of them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { madeOnce } from './made-once.ts';

const sourcesIn = (room: string): string[] =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(room, file));
const sources = [
  ...['forwarder', 'koji', 'amplitude', 'boundary'].flatMap(sourcesIn),
  'scripts/command-line.ts',
  'package-lock.json',
];

// Some packages ask for Node's modules the old way.
const require = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
/** From where it starts its threads, which it runs as they are. */
const thread = pathToFileURL(resolve('forwarder/store/thread.ts')).href;

/** The file that stands for `forwarder/hosts/node.ts`. */
export const bundledHost = (): string => {
  const content = createHash('sha256').update(sources.map((file) => readFileSync(file, 'utf8')).join(''));
  const folder = madeOnce(`forwarder-${content.digest('hex').slice(0, 12)}`, (own) => {
    const how = ['--bundle', '--platform=node', '--format=esm', '--target=node22', '--external:pg-native'];
    const where = [
      `--banner:js=${require}`,
      `--define:import.meta.url="${thread}"`,
      `--outfile=${join(own, 'node.mjs')}`,
    ];
    execFileSync('node_modules/.bin/esbuild', ['forwarder/hosts/node.ts', ...how, ...where], { stdio: 'pipe' });
  });
  return join(folder, 'node.mjs');
};
