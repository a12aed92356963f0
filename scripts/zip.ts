/**
 * Runs the Zapier CLI's build or push in a staging folder that holds the tracked files, the bundle and the
 * production dependencies. In place, the CLI copies every file of node_modules at once ("too many open files") and puts each
 * development package's package.json into the zip. dist/ is neither read nor changed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import * as z from 'zod';
import { bundle } from './bundle.ts';
import { commandLine } from './command-line.ts';
import { cli, root } from './zapier.ts';

const command = {
  called: 'node scripts/zip.ts',
  does: 'Has Zapier’s CLI pack the app (npm run zip) or upload it (npm run push), and leaves both zips in build.',
  takes: z.object({
    what: z.enum(['build', 'push']),
    private: z.boolean().default(false).describe('the private build, as build/private.zip'),
  }),
  word: 'what' as const,
};
const { what, private: isPrivate } = commandLine(command);
const kind = isPrivate ? 'private' : 'public';
const cliWords = {
  build: ['build', '--skip-validation', '--skip-dep-install'],
  push: ['push', '--skip-dep-install'],
}[what];
/** What the CLI names its zips, and what they are named here. */
const zips = {
  'build.zip': isPrivate ? 'private.zip' : 'build.zip',
  'source.zip': isPrivate ? 'private-source.zip' : 'source.zip',
};

const linesOf = (program: string, ...words: string[]): string[] =>
  execFileSync(program, words, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

const trackedFiles = linesOf('git', 'ls-files').filter((file) => existsSync(join(root, file)));
/** What Zapier runs: core and what it needs. The packages of this repository's workspaces are for this machine alone. */
const locked = z
  .object({ packages: z.record(z.string(), z.object({ dependencies: z.record(z.string(), z.string()).default({}) })) })
  .parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))).packages;

/** Where a package that another one needs is installed: beside it, or in a folder further up. */
const folderOf = (name: string, neededBy: string): string[] => {
  const folder = [neededBy, 'node_modules', name].filter(Boolean).join('/');
  if (locked[folder] !== undefined) return [folder];
  const above = neededBy.lastIndexOf('node_modules/');
  return above === -1 ? [] : folderOf(name, neededBy.slice(0, Math.max(0, above - 1)));
};

const productionPackages = new Set<string>();
const collect = (neededBy: string): void => {
  for (const folder of Object.keys(locked[neededBy]?.dependencies ?? {}).flatMap((name) => folderOf(name, neededBy))) {
    if (productionPackages.has(folder)) continue;
    productionPackages.add(folder);
    collect(folder);
  }
};
collect('');

/** Zapier's CLI packs every package.json that it finds, and the workspaces are no part of the Zapier app. */
const isOfWorkspace = (file: string): boolean => /^(packages|forwarder)\//.test(file);

const staging = mkdtempSync(join(tmpdir(), 'koji-zapier-'));
const copy = (path: string, options = {}): void => {
  mkdirSync(dirname(join(staging, path)), { recursive: true });
  cpSync(join(root, path), join(staging, path), { recursive: true, ...options });
};
/** A package's own files; the packages nested in it are listed by themselves. */
const withoutNested = (folder: string) => ({
  filter: (source: string) => !relative(join(root, folder), source).split('/').includes('node_modules'),
});

try {
  for (const file of trackedFiles) if (!isOfWorkspace(file)) copy(file);
  for (const folder of productionPackages) copy(folder, withoutNested(folder));
  await bundle(kind, join(staging, 'dist', 'index.js'));
  if (existsSync(join(root, '.zapierapprc'))) copy('.zapierapprc');

  // The bundle is there already, and the staging folder has no compiler to make it again.
  const manifestPath = join(staging, 'package.json');
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  delete manifest.scripts['_zapier-build'];
  delete manifest.workspaces;
  writeFileSync(manifestPath, JSON.stringify(manifest, null, 2));

  const { status } = spawnSync(process.execPath, [cli, ...cliWords], { cwd: staging, stdio: 'inherit' });
  // What is wrong the CLI has said itself.
  process.exitCode = status ?? 1;
  mkdirSync(join(root, 'build'), { recursive: true });
  for (const [made, name] of status === 0 ? Object.entries(zips) : []) {
    cpSync(join(staging, 'build', made), join(root, 'build', name));
    process.stdout.write(`The ${kind} build: build/${name}, ${statSync(join(root, 'build', name)).size} bytes\n`);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}
