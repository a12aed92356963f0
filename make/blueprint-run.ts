/** `npm run make:blueprints -- --app-id koji-a1b2c3`: writes the scenarios to import to build/make. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { regions } from '../amplitude/hosts.ts';
import { appIdSchema, blueprintsOf } from './blueprint.ts';

const options = z.object({
  'app-id': appIdSchema,
  target: z.enum(['koji', 'koji-amplitude']),
  region: z.enum(regions),
});
const { values } = parseArgs({
  options: {
    'app-id': { type: 'string' },
    target: { type: 'string', default: 'koji-amplitude' },
    region: { type: 'string', default: regions[0] },
  },
});
const read = options.safeParse(values);
if (!read.success) {
  console.error(
    'Name the app’s id as Make shows it (--app-id koji-a1b2c3) and, if you like, --target koji and --region eu.',
  );
  process.exit(2);
}
const { target, region, 'app-id': appId } = read.data;
const folder = join('build', 'make', target);
mkdirSync(folder, { recursive: true });
for (const [file, blueprint] of blueprintsOf(target, appId, region)) {
  writeFileSync(join(folder, file), `${JSON.stringify(blueprint, null, 2)}\n`);
  process.stdout.write(`${join(folder, file)}\n`);
}
