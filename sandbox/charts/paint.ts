/** `npm run pictures`: paints the README's pictures into docs/pictures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { commandLine } from '../../scripts/command-line.ts';
import { pictures } from './pictures.ts';

commandLine({
  called: 'npm run pictures',
  does: 'Paints the README’s pictures into docs/pictures, from a run of the loop.',
  takes: z.object({}),
});

const FOLDER = 'docs/pictures';
mkdirSync(FOLDER, { recursive: true });
for (const [name, { svg }] of Object.entries(await pictures())) {
  writeFileSync(`${FOLDER}/${name}`, svg);
  process.stdout.write(`${FOLDER}/${name}\n`);
}
