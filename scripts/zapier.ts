import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { stateIn } from './release.ts';

/** This repository's folder, and Zapier's CLI in it. */
export const root = join(import.meta.dirname, '..');
export const cli = join(root, 'node_modules', 'zapier-platform-cli', 'src', 'bin', 'run');

/** Runs Zapier's CLI in this repository and lets it speak to the person directly. Throws when it fails. */
export const runCli = (...words: string[]): void => {
  execFileSync(process.execPath, [cli, ...words], { cwd: root, stdio: 'inherit' });
};

/** The state of a version on Zapier. Needs a Zapier login. Throws when Zapier can't be asked. */
export const stateOnZapier = (version: string): string => {
  const printed = execFileSync(process.execPath, [cli, 'versions', '--all', '--format', 'raw'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return stateIn(JSON.parse(printed), version);
};
