/** Vercel's own dev server on the function that would be deployed. Its cron is called by hand: GET /work. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const workPath = join(import.meta.dirname, '..', '..', 'build', 'forwarder', 'vercel');
const { startDevServer } = createRequire(join(import.meta.dirname, '../../build/hosts/package.json'))('@vercel/node');

const { port } = await startDevServer({
  entrypoint: 'api/index.mjs',
  workPath,
  repoRootPath: workPath,
  config: {},
  files: {},
  meta: { isDev: true, env: process.env },
});
process.stdout.write(`Is it alive? http://127.0.0.1:${port}/healthz\n`);
