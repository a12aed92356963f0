/**
 * Bundles the app, zod included and core left outside, into dist/index.js.
 * Usage: node scripts/build.ts [--private]. The private build also holds what is not fit for a public app.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({ options: { private: { type: 'boolean', default: false } } });
const root = join(import.meta.dirname, '..');

await build({
  entryPoints: [join(root, 'index.ts')],
  outfile: join(root, 'dist', 'index.js'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  external: ['zapier-platform-core'],
  sourcemap: true,
  logLevel: 'warning',
  define: { 'process.env.KOJI_BUILD': JSON.stringify(values.private ? 'private' : 'public') },
});
