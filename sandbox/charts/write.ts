/** `npm run charts:docs`: writes docs/charts.md from the charts' definitions. */
import { writeFileSync } from 'node:fs';
import * as z from 'zod';
import { commandLine } from '../../scripts/command-line.ts';
import { chartsDocument } from './document.ts';

commandLine({
  called: 'npm run charts:docs',
  does: 'Writes docs/charts.md from the charts’ definitions.',
  takes: z.object({}),
});

writeFileSync('docs/charts.md', chartsDocument());
process.stdout.write('docs/charts.md\n');
