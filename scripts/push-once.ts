/**
 * Pushes the version of package.json to Zapier, unless people were promoted to it already: Zapier takes no changes to
 * such a version. Safe to run again; a version that was only pushed is pushed anew. Needs a Zapier login.
 *
 * Usage: node scripts/push-once.ts
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { wasPromoted } from './release.ts';
import { stateOnZapier } from './zapier.ts';

if (wasPromoted(stateOnZapier(packageJson.version))) {
  process.stdout.write(`${packageJson.version} was promoted before: nothing to push.\n`);
} else {
  execFileSync(process.execPath, [join(import.meta.dirname, 'zip.ts'), 'push'], { stdio: 'inherit' });
}
