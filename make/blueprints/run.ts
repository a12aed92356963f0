/** `npm run make:blueprints -- --app-id koji-a1b2c3`: writes the scenarios to import to build/make. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { regions } from '../../amplitude/hosts.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { targetOf } from '../build/apps.ts';
import { targets } from '../language/format.ts';
import { appIdSchema, blueprintsOf } from './blueprint.ts';

const USAGE = `npm run make:blueprints -- --app-id koji-a1b2c3 [--target ${targets.join('|')}] [--region ${regions.join('|')}]`;
const {
  target: chosen,
  region,
  'app-id': appId,
} = commandLine(
  USAGE,
  z.object({
    'app-id': appIdSchema,
    target: z.enum(targets).optional(),
    region: z.enum(regions).default(regions[0]),
  }),
);
const target = chosen ?? targetOf(appId);
if (target === undefined) {
  console.error(`--target: ${targets.join(' or ')}, which the id ${appId} does not tell\nUsage: ${USAGE}`);
  process.exit(2);
}
const folder = join('build', 'make', target);
mkdirSync(folder, { recursive: true });
for (const [file, blueprint] of blueprintsOf(target, appId, region)) {
  writeFileSync(join(folder, file), `${JSON.stringify(blueprint, null, 2)}\n`);
  process.stdout.write(`${join(folder, file)}\n`);
}
