/** `npm run make:blueprints -- --app-id koji-a1b2c3`: writes the scenarios to import to build/make. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { regions } from '../../amplitude/hosts.ts';
import { commandLine, refuse } from '../../scripts/command-line.ts';
import { targetOf } from '../build/apps.ts';
import { targets } from '../language/format.ts';
import { appIdSchema, blueprintsOf } from './blueprint.ts';

const command = {
  called: 'npm run make:blueprints',
  does: 'Writes the scenarios to import on Make to build/make.',
  takes: z.object({
    'app-id': appIdSchema,
    target: z.enum(targets).optional().describe('which of the two apps, where the id does not tell'),
    region: z.enum(regions).default(regions[0]),
  }),
};
const { 'app-id': appId, target: chosen, region } = commandLine(command);
const target =
  chosen ??
  targetOf(appId) ??
  refuse(command, [
    `--target is needed, because the id ${appId} does not tell which app it is: ${targets.join(' or ')}.`,
  ]);
const folder = join('build', 'make', target);
mkdirSync(folder, { recursive: true });
for (const [file, blueprint] of blueprintsOf(target, appId, region)) {
  writeFileSync(join(folder, file), `${JSON.stringify(blueprint, null, 2)}\n`);
  process.stdout.write(`${join(folder, file)}\n`);
}
