/**
 * Tries a trigger that is a hook, which Zapier's CLI can't: turns a Zap with it on, on Zapier's own runtime and a local
 * Koji, sends it something, and prints what it gave.
 *
 * Usage: npx node sandbox/try-hook.ts [trigger] [--input '{"minimum_quality": "5"}'] [--forged] [--again]
 */
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { itemSchema } from './zapier/definition.ts';
import { hookKeys, tryHook } from './zapier/hook-trial.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    input: { type: 'string', default: '{}' },
    forged: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
  },
});
const key = z.enum(hookKeys).safeParse(positionals[0] ?? hookKeys[0]);
if (!key.success) {
  console.error(`There is no hook ${positionals[0]}. There are: ${hookKeys.join(', ')}.`);
  process.exit(2);
}
const inputData = itemSchema.parse(JSON.parse(values.input));

// The static hooks are part of the private build alone. The app reads this as it is loaded.
process.env.KOJI_BUILD = 'private';
const { default: app } = await import('../index.ts');

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
for (const { sent, outcome, items, said } of await tryHook(app, { key: key.data, inputData, ...values })) {
  print(`${sent}: ${outcome}, ${items.length === 1 ? '1 item' : `${items.length} items`}`);
  for (const line of said) print(`    ${line}`);
  for (const item of items) print(JSON.stringify(item, null, 2));
}
