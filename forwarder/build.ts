/** `npm run forwarder:build`: for each host that wants one, a folder to deploy: the service as one file, and its settings. */
import { cpSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import * as z from 'zod';
import { commandLine } from '../scripts/command-line.ts';

const out = join(import.meta.dirname, '..', 'build', 'forwarder');

// Some packages in the bundle ask for Node's modules the old way.
const require = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
const node: BuildOptions = { target: 'node22', external: ['pg-native'], banner: { js: require } };
const worker: BuildOptions = {
  target: 'es2023',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:workers'],
};

/** Each host with the file that it looks for, and what that is made of. */
const hosts = {
  lambda: { file: 'index.mjs', entry: 'serverless.ts', options: node },
  vercel: { file: 'api/index.mjs', entry: 'serverless.ts', options: node },
  cloudflare: { file: 'worker.mjs', entry: 'cloudflare.ts', options: worker },
};

commandLine({
  called: 'npm run forwarder:build',
  does: 'Makes a folder to deploy for AWS Lambda, Vercel and Cloudflare Workers, in build/forwarder.',
  takes: z.object({}),
});

for (const [host, { file, entry, options }] of Object.entries(hosts)) {
  const folder = join(out, host);
  await build({
    ...options,
    entryPoints: [join(import.meta.dirname, 'hosts', entry)],
    outfile: join(folder, file),
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    logLevel: 'warning',
  });
  cpSync(join(import.meta.dirname, 'deploy', host), folder, { recursive: true });
  process.stdout.write(`${host}: ${relative(process.cwd(), folder)}\n`);
}
