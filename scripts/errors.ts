/** `npm run errors:docs`: docs/errors.md from the tables of errors. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { commandLine } from './command-line.ts';
import { errorPage, sections } from './error-page.ts';

commandLine({
  called: 'npm run errors:docs',
  does: 'Prints docs/errors.md from the tables of errors.',
  takes: z.object({}),
});
writeFileSync(join(import.meta.dirname, '..', 'docs', 'errors.md'), errorPage(sections));
process.stdout.write('docs/errors.md\n');
