/**
 * Promotes the version of package.json on Zapier, unless an operation of the public build still awaits something.
 * Safe to run again: a version that was promoted before is left alone. Needs a Zapier login, except for a dry run.
 */
import * as z from 'zod';
import { operations } from '../operations.ts';
import packageJson from '../package.json' with { type: 'json' };
import { commandLine } from './command-line.ts';
import { decide, wasPromoted } from './release.ts';
import { runCli, stateOnZapier } from './zapier.ts';

const options = commandLine({
  called: 'npm run promote',
  does: 'Promotes the version of package.json on Zapier, unless an operation still awaits something.',
  takes: z.object({
    'although-awaiting': z.boolean().default(false).describe('promotes all the same'),
    'dry-run': z.boolean().default(false).describe('says what it would run, and asks nothing of Zapier'),
  }),
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const decision = decide({
  version: packageJson.version,
  operations,
  althoughAwaiting: options['although-awaiting'],
});

for (const line of decision.says) say(line);
if (decision.command === null) process.exitCode = 1;
else if (options['dry-run']) say(`Would run: zapier-platform ${decision.command.join(' ')}`);
else if (wasPromoted(stateOnZapier(packageJson.version)))
  say(`${packageJson.version} was promoted before: nothing to do.`);
else runCli(...decision.command);
