/** `npm run make:build`: writes both apps to make/app, where Make's VS Code extension opens and deploys them. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { commandLine } from '../../scripts/command-line.ts';
import { blueprintsOf } from '../blueprints/blueprint.ts';
import { type AllOrigins, ORIGINS_FILE, OriginsError, readOrigins } from '../origins/origins.ts';
import { apps } from './apps.ts';
import { folderOf } from './built.ts';
import { codeText, filesOf } from './files.ts';

commandLine({
  called: 'npm run make:build',
  does: 'Writes both Make apps to make/app, and their scenarios to make/blueprints.',
  takes: z.object({}),
});

const known = (): AllOrigins => {
  try {
    return readOrigins(ORIGINS_FILE);
  } catch (error) {
    if (!(error instanceof OriginsError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
};
const origins = known();

for (const app of apps) {
  const folder = folderOf(app.target);
  const files = filesOf(app, origins[app.target]);
  // Make's extension keeps the account's token there.
  for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
    if (entry !== '.secrets') rmSync(join(folder, entry), { recursive: true });
  }
  for (const [path, content] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  process.stdout.write(`make/app/${app.target}: ${files.size} files\n`);
  for (const [name, blueprint] of blueprintsOf(app.target)) {
    writeFileSync(join(import.meta.dirname, '..', 'blueprints', `${app.target}.${name}`), codeText(blueprint));
  }
}
