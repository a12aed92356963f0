/**
 * Promotes the version of package.json on Zapier, unless an operation of the public build still awaits something.
 * Safe to run again: a version that was promoted before is left alone. Needs a Zapier login, except for a dry run.
 *
 * Usage: node scripts/promote.ts [--although-awaiting] [--dry-run]
 */
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { decide, tableOf, wasPromoted } from './release.ts';
import { runCli, stateOnZapier } from './zapier.ts';

const { values } = parseArgs({
  options: {
    'although-awaiting': { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const decision = decide({
  version: packageJson.version,
  operations: tableOf(await import('../operations.ts')),
  althoughAwaiting: values['although-awaiting'],
});

for (const line of decision.says) say(line);
if (decision.command === null) process.exitCode = 1;
else if (values['dry-run']) say(`Would run: zapier-platform ${decision.command.join(' ')}`);
else if (wasPromoted(stateOnZapier(packageJson.version)))
  say(`${packageJson.version} was promoted before: nothing to do.`);
else runCli(...decision.command);
