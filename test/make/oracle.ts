/** Compares our reading of Make's expressions with another engine's, such as Make's own. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as z from 'zod';
import { MakeError } from '../../sandbox/make/error.ts';
import { evaluate, type Scope } from '../../sandbox/make/iml.ts';
import type { Separator } from '../../sandbox/make/iml-syntax.ts';

const callable = z.custom<(...values: unknown[]) => unknown>((value) => typeof value === 'function');

/** What we use of `@integromat/iml` (M10). */
const engineSchema = z.object({
  parse: callable,
  execute: callable,
  FUNCTIONS: z.record(z.string(), z.unknown()),
});
export type Engine = z.infer<typeof engineSchema>;

/** Make's own engine, out of an installed VS Code extension in `folder`. Throws when it is not there. */
export const engineIn = (folder: string): Engine =>
  engineSchema.parse(createRequire(join(folder, 'package.json'))('@integromat/iml'));

/** Every text with an expression in it, in a JSON value of any depth. */
export const templatesIn = (value: unknown): string[] => {
  if (typeof value === 'string') return value.includes('{{') && value !== '{{...}}' ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...templatesIn(key), ...templatesIn(inner)]);
};

/** The functions that a text calls; what Make adds at runtime only, no other engine has (M9, M10). */
const functionsOf = (template: string): string[] =>
  // What stands in quotes is text: patterns have brackets, too.
  [...template.replace(/'[^']*'|"[^"]*"/g, '').matchAll(/\b([A-Za-z]\w*)\(/g)].map(([, name = '']) => name);

const plain = (value: unknown): unknown => {
  const json = JSON.stringify(value ?? null);
  return json === undefined ? null : JSON.parse(json);
};

const outcome = (run: () => unknown): unknown => {
  try {
    return { is: plain(run()) };
  } catch (error) {
    // A value that can't be made, such as a date of a text that is none, fails in either engine, in words of its own.
    if (error instanceof MakeError || !(error instanceof z.ZodError)) return 'fails';
    throw error;
  }
};

type Comparison = { compared: number; disagreements: { template: string; ours: unknown; theirs: unknown }[] };

/** What of these texts the two engines understand differently, each in each scope. */
export const compare = (engine: Engine, templates: string[], scopes: Scope[], separator: Separator): Comparison => {
  const known = templates.filter((template) =>
    functionsOf(template).every((name) => ['if', 'ifempty'].includes(name) || Object.hasOwn(engine.FUNCTIONS, name)),
  );
  const pairs = known.flatMap((template) =>
    scopes.map((scope) => ({
      template,
      ours: outcome(() => evaluate(template, scope, separator)),
      theirs: outcome(() => engine.execute(engine.parse(template), scope, { functions: engine.FUNCTIONS })),
    })),
  );
  return {
    compared: pairs.length,
    disagreements: pairs.filter(({ ours, theirs }) => JSON.stringify(ours) !== JSON.stringify(theirs)),
  };
};
