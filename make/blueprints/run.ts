/** `npm run make:blueprints -- --app koji-a1b2c3`: writes the scenarios to import to build/make. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { regions } from '../../amplitude/hosts.ts';
import { commandLine, refuse } from '../../scripts/command-line.ts';
import { targetOf, targets } from '../language/format.ts';
import { appIdSchema, blueprintsOf } from './blueprint.ts';

const command = {
  called: 'npm run make:blueprints',
  does: 'Writes the scenarios to import on Make, with an app’s id in them, to build/make.',
  takes: z.object({
    app: appIdSchema,
    target: z.enum(targets).optional().describe('which of the two apps, where the id does not tell'),
    region: z.enum(regions).default(regions[0]),
    'study-link': z
      .string()
      .regex(/^https?:\/\/[^\s"\\{}]+$/)
      .optional()
      .describe('the study’s link from Koji’s Share tab; without it, the builder is asked for it'),
  }),
};
const { app: appId, target: chosen, region, 'study-link': studyLink } = commandLine(command);
const target =
  chosen ??
  targetOf(appId) ??
  refuse(command, [
    `--target is needed, because the id ${appId} does not tell which app it is: ${targets.join(' or ')}.`,
  ]);
const folder = join('build', 'make', target);
mkdirSync(folder, { recursive: true });
for (const [name, blueprint] of blueprintsOf(target, { appId, region, studyLink })) {
  writeFileSync(join(folder, name), `${JSON.stringify(blueprint, null, 2)}\n`);
  process.stdout.write(`${join(folder, name)}\n`);
}
