/** `npm run make:blueprints -- --target koji --app-id koji-a1b2c3`: writes the scenarios to import to build/make. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { regions } from '../amplitude/hosts.ts';
import { commandLine } from '../scripts/command-line.ts';
import { appIdSchema, blueprintsOf } from './blueprint.ts';

const {
  target,
  region,
  'app-id': appId,
} = commandLine(
  'npm run make:blueprints -- --target koji|koji-amplitude --app-id koji-a1b2c3 [--region us|eu]',
  z.object({
    'app-id': appIdSchema,
    target: z.enum(['koji', 'koji-amplitude'], 'must be koji or koji-amplitude'),
    region: z.enum(regions).default(regions[0]),
  }),
);
const folder = join('build', 'make', target);
mkdirSync(folder, { recursive: true });
for (const [file, blueprint] of blueprintsOf(target, appId, region)) {
  writeFileSync(join(folder, file), `${JSON.stringify(blueprint, null, 2)}\n`);
  process.stdout.write(`${join(folder, file)}\n`);
}
