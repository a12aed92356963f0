/** `npm run pictures`: paints the README's pictures into docs/pictures, and photographs the page in Chromium. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { builtApp, bundle } from '../../scripts/bundle.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { isThereChromium } from '../page/chromium.ts';
import { photograph } from '../page/photograph.ts';
import { pictures } from './pictures.ts';

commandLine({
  called: 'npm run pictures',
  does: 'Paints the README’s pictures into docs/pictures, from a run of the loop.',
  takes: z.object({}),
});

const FOLDER = 'docs/pictures';
mkdirSync(FOLDER, { recursive: true });
const write = (name: string, content: string | Uint8Array): void => {
  writeFileSync(`${FOLDER}/${name}`, content);
  process.stdout.write(`${FOLDER}/${name}\n`);
};
await bundle('public');
const { drawn, scene } = await pictures(await builtApp('public'));
for (const [name, { svg }] of Object.entries(drawn)) write(name, svg);
if (isThereChromium()) {
  for (const [theme, png] of Object.entries(await photograph(scene))) write(`page-${theme}.png`, png);
} else {
  process.stdout.write('There is no Chromium: the pictures of the page stay as they are.\n');
}
