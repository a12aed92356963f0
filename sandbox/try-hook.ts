/**
 * Tries a trigger that is a hook, which Zapier's CLI can't: turns a Zap with it on, on Zapier's own runtime and a local
 * Koji, sends it something, and prints what it gave.
 */
import * as z from 'zod';
import { jsonOf } from '../boundary/send.ts';
import { commandLine } from '../scripts/command-line.ts';
import { itemSchema } from './zapier/definition.ts';
import { hookKeys, tryHook } from './zapier/hook-trial.ts';

const inputSchema = z
  .string()
  .default('{}')
  .transform((text, { addIssue }) => {
    const read = itemSchema.safeParse(jsonOf(text));
    if (!read.success) addIssue('--input takes a JSON object.');
    return read.data ?? {};
  });

const { trigger, input, forged, again } = commandLine({
  called: 'npx node sandbox/try-hook.ts',
  does: 'Turns a Zap with a hook on, on Zapier’s runtime and a local Koji, sends it something and prints what it gave.',
  takes: z.object({
    trigger: z.enum(hookKeys).default('interview_analysis_ready'),
    input: inputSchema.describe('the trigger’s form, as JSON: \'{"minimum_quality": "5"}\''),
    forged: z.boolean().default(false).describe('also sends the same with a wrong signature or secret'),
    again: z.boolean().default(false).describe('also sends the same bytes once more'),
  }),
  word: 'trigger',
});

// The static hooks are part of the private build alone. The app reads this as it is loaded.
process.env.KOJI_BUILD = 'private';
const { default: app } = await import('../index.ts');

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
for (const { sent, outcome, items, said } of await tryHook(app, { key: trigger, inputData: input, forged, again })) {
  print(`${sent}: ${outcome}, ${items.length === 1 ? '1 item' : `${items.length} items`}`);
  for (const line of said) print(`    ${line}`);
  for (const item of items) print(JSON.stringify(item, null, 2));
}
