/** Refuses a release whose tag, package.json, package-lock.json and CHANGELOG.md do not name the same version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { commandLine } from './command-line.ts';
import { faultsOf } from './release.ts';

const { tag } = commandLine({
  called: 'npx node scripts/check-tag.ts',
  does: 'Checks that a tag, package.json, package-lock.json and CHANGELOG.md name the same version.',
  takes: z.object({ tag: z.string().describe('a tag such as v1.0.0') }),
  word: 'tag',
});

const root = join(import.meta.dirname, '..');
const contentOf = (file: string): string => readFileSync(join(root, file), 'utf8');

const faults = faultsOf(tag, {
  packageVersion: packageJson.version,
  lockedVersion: z.object({ version: z.string() }).parse(JSON.parse(contentOf('package-lock.json'))).version,
  changelog: contentOf('CHANGELOG.md'),
});
for (const fault of faults) process.stdout.write(`${fault}\n`);
if (faults.length === 0) process.stdout.write(`${tag} is what the repository says it is.\n`);
else process.exitCode = 1;
