#!/usr/bin/env node
/**
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

const USAGE = `Usage: zapier-definition-lint <built app> [--exceptions <file>] [--build <name>] [--live <file>]
Runs the checks that Zapier runs on its servers over an app's definition.
  <built app>   a file that exports the app, such as dist/index.js
  --exceptions  a JSON file of findings that have to stay, each with its reason
  --build       counts the exceptions of this build as well
  --live        a JSON file of real results, by the path of the function that gave them`;

/** Ends the process with 2, after saying what is wrong with how it was called. */
const refuse = (problem: string): never => {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
};

const wordsOf = () => {
  try {
    return parseArgs({
      options: {
        exceptions: { type: 'string' },
        build: { type: 'string' },
        live: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    // Node's first sentence names the option; the rest is for programmers.
    return refuse(String(Object(error).message).replace(/\. .*$/s, '.'));
  }
};

const { values, positionals } = wordsOf();
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const [file = refuse('The built app is needed.'), ...more] = positionals;
if (more.length > 0) refuse(`It takes one app, not also ${more.join(', ')}.`);

const outcome = lintDefinition(await definitionOf(resolve(file)), {
  exceptions: values.exceptions === undefined ? [] : exceptionsSchema.parse(json(values.exceptions)),
  live: values.live === undefined ? {} : liveSchema.parse(json(values.live)),
  build: values.build,
});
const { text, passed } = report(outcome);
process.stdout.write(text);
process.exitCode = passed ? 0 : 1;
