/**
 * Runs the Zapier CLI's build or push in a staging folder that holds the tracked files, dist/ and the production
 * dependencies. In place, the CLI copies every file of node_modules at once ("too many open files") and puts each
 * development package's package.json into the zip.
 *
 * Usage: node scripts/zip.ts build|push [--private]. Leaves build/build.zip and build/source.zip.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const cli = join(root, 'node_modules', 'zapier-platform-cli', 'src', 'bin', 'run');
const commands: Record<string, string[]> = {
  build: ['build', '--skip-validation', '--skip-dep-install'],
  push: ['push', '--skip-dep-install'],
};

const { values, positionals } = parseArgs({
  options: { private: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const command = commands[positionals[0] ?? ''];
if (command === undefined) throw new Error('Usage: node scripts/zip.ts build|push [--private]');

const bundle = [join(root, 'scripts', 'build.ts'), ...(values.private ? ['--private'] : [])];
execFileSync(process.execPath, bundle, { cwd: root, stdio: 'inherit' });

const linesOf = (program: string, ...words: string[]): string[] =>
  execFileSync(program, words, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

const trackedFiles = linesOf('git', 'ls-files').filter((file) => existsSync(join(root, file)));
/** The lockfile marks what only development needs, and what core can do without. */
const lockfile: { packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
);
const productionPackages = Object.entries(lockfile.packages)
  .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional)
  .map(([path]) => path);

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
  for (const file of trackedFiles) copy(file);
  for (const folder of productionPackages) copy(folder, withoutNested(folder));
  copy('dist');
  if (existsSync(join(root, '.zapierapprc'))) copy('.zapierapprc');

  // dist/ is built already, and the staging folder has no compiler to build it again.
  const manifestPath = join(staging, 'package.json');
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  delete manifest.scripts['_zapier-build'];
  writeFileSync(manifestPath, JSON.stringify(manifest, null, 2));

  execFileSync(process.execPath, [cli, ...command], { cwd: staging, stdio: 'inherit' });

  for (const zip of ['build.zip', 'source.zip']) {
    mkdirSync(join(root, 'build'), { recursive: true });
    cpSync(join(staging, 'build', zip), join(root, 'build', zip));
    process.stdout.write(`build/${zip}: ${Math.round(statSync(join(root, 'build', zip)).size / 1000)} kB\n`);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}
