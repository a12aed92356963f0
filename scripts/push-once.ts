/**
 * Pushes the version of package.json to Zapier, unless people were promoted to it already: Zapier takes no changes to
 * such a version. Safe to run again; a version that was only pushed is pushed anew. Needs a Zapier login.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { commandLine } from './command-line.ts';
import { wasPromoted } from './release.ts';
import { stateOnZapier } from './zapier.ts';

commandLine({
  called: 'npx node scripts/push-once.ts',
  does: 'Pushes the version of package.json to Zapier, unless people were promoted to it already.',
  takes: z.object({}),
});

if (wasPromoted(stateOnZapier(packageJson.version))) {
  process.stdout.write(`${packageJson.version} was promoted before: nothing to push.\n`);
} else {
  execFileSync(process.execPath, [join(import.meta.dirname, 'zip.ts'), 'push'], { stdio: 'inherit' });
}
