/** `npm run make:lint`: the rules of lint.ts over both built apps, as they lie in make/app. Exit code 1 for a finding. */
import * as z from 'zod';
import { commandLine } from '../../scripts/command-line.ts';
import { apps } from '../build/apps.ts';
import { folderOf, readBuilt } from '../build/built.ts';
import { lint, makeRules } from './lint.ts';
import { ownRules } from './own.ts';

commandLine({
  called: 'npm run make:lint',
  does: 'Checks both apps in make/app against Make’s rules for a review.',
  takes: z.object({}),
});

let found = 0;
for (const { target } of apps) {
  for (const { check, path, message } of lint(readBuilt(folderOf(target)))) {
    found += 1;
    console.error(`${target}: ${check}: ${path}: ${message}`);
  }
}
process.stdout.write(
  `${apps.length} apps, ${makeRules.length} rules of Make’s, ${ownRules.length} of our own, ${found} findings\n`,
);
process.exitCode = found === 0 ? 0 : 1;
