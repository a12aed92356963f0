/** `npm run build`: the Zapier app as one file. */
import { relative } from 'node:path';
import * as z from 'zod';
import { bundle, bundleOf } from './bundle.ts';
import { commandLine } from './command-line.ts';

const { private: isPrivate } = commandLine({
  called: 'npm run build',
  does: 'Bundles the Zapier app into dist, or its private build into build/private.',
  takes: z.object({
    private: z.boolean().default(false).describe('with the operations that are not fit for a public app'),
  }),
});

const kind = isPrivate ? 'private' : 'public';
await bundle(kind);
process.stdout.write(`The ${kind} build: ${relative(process.cwd(), bundleOf[kind])}\n`);
