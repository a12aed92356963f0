/** `npm run logo`: docs/listing/logo.png from docs/listing/logo.svg. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { commandLine } from './command-line.ts';
import { pngOf, SIZE } from './png.ts';

commandLine({
  called: 'npm run logo',
  does: 'Draws docs/listing/logo.png from docs/listing/logo.svg.',
  takes: z.object({}),
});

const folder = join(import.meta.dirname, '..', 'docs', 'listing');
writeFileSync(join(folder, 'logo.png'), pngOf(readFileSync(join(folder, 'logo.svg'), 'utf8')));
process.stdout.write(`docs/listing/logo.png: ${SIZE} × ${SIZE} pixels\n`);
