/**
 * Usage: node packages/zapier-definition-lint/run.ts <built app> [--exceptions file] [--build name] [--live file]
 * Prints every check and ends with 1 if one fails, or if an exception is of no use any more. Needs no network: the app is
 * only loaded, by the zapier-platform-core that it brings.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { exceptionsSchema, lintDefinition, liveSchema } from './lint.ts';
import { report } from './report.ts';

const coreSchema = z.object({
  createAppHandler: z.custom<(app: object) => (event: object) => Promise<{ results: unknown }>>(
    (value) => typeof value === 'function',
  ),
});

const moduleSchema = z.object({ default: z.looseObject({ version: z.string(), platformVersion: z.string() }) });

/** What core serializes of an app in a file, an ES module or CommonJS. */
const definitionOf = async (file: string): Promise<unknown> => {
  const core = coreSchema.parse(createRequire(file)('zapier-platform-core'));
  const loaded = moduleSchema.safeParse(await import(pathToFileURL(file).href));
  if (!loaded.success) {
    throw new Error(`${file} does not export a Zapier app as its default: an object with version and platformVersion.`);
  }
  return (await core.createAppHandler(loaded.data.default)({ command: 'definition', calledFromCli: true })).results;
};

const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const { values, positionals } = parseArgs({
  options: { exceptions: { type: 'string' }, build: { type: 'string' }, live: { type: 'string' } },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined || positionals.length > 1) {
  throw new Error(
    'Usage: node packages/zapier-definition-lint/run.ts <built app> [--exceptions file] [--build name] [--live file]',
  );
}

const outcome = lintDefinition(await definitionOf(resolve(file)), {
  exceptions: values.exceptions === undefined ? [] : exceptionsSchema.parse(json(values.exceptions)),
  live: values.live === undefined ? {} : liveSchema.parse(json(values.live)),
  build: values.build,
});
const { text, passed } = report(outcome);
process.stdout.write(text);
process.exitCode = passed ? 0 : 1;
