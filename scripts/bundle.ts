import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import * as z from 'zod';

/** The two builds of the Zapier app; the private one also holds what is not fit for a public app. */
export type Build = 'public' | 'private';

const root = join(import.meta.dirname, '..');

/** Where each build lies in this repository. What Zapier's CLI runs is dist, and that is always the public one. */
export const bundleOf: Record<Build, string> = {
  public: join(root, 'dist', 'index.js'),
  private: join(root, 'build', 'private', 'index.js'),
};

/**
 * Bundles the app into one file, core left outside: it is the only package that is there on Zapier. What is bundled (zod)
 * is therefore a development dependency, or the zip would hold it twice. Each file is there as a whole or as it was: another
 * process may be reading it.
 */
export const bundle = async (kind: Build, outfile = bundleOf[kind]): Promise<void> => {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['zapier-platform-core'],
    sourcemap: true,
    logLevel: 'warning',
    define: { 'process.env.KOJI_BUILD': JSON.stringify(kind) },
    write: false,
  });
  for (const { path, contents } of outputFiles) {
    const unfinished = `${path}.${process.pid}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(unfinished, contents);
    renameSync(unfinished, path);
  }
};

/** What a build that was made exports. */
export const builtApp = async (kind: Build): Promise<object> =>
  z.object({ default: z.looseObject({}) }).parse(await import(pathToFileURL(bundleOf[kind]).href)).default;
