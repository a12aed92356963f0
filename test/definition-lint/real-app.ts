import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import zapier from 'zapier-platform-core';
import * as z from 'zod';
import app from '../../index.ts';
import { operationsOf } from '../../operations.ts';
import { itemSchema } from '../../packages/zapier-definition-lint/definition.ts';
import { exceptionsSchema } from '../../packages/zapier-definition-lint/lint.ts';

const core = z
  .object({ createAppHandler: z.custom<(app: object) => (event: object) => Promise<{ results: unknown }>>() })
  .parse(zapier);

/** What core serializes of an app. */
export const definitionOf = async (raw: object): Promise<unknown> =>
  (await core.createAppHandler(raw)({ command: 'definition', calledFromCli: true })).results;

export const publicApp = { ...app, ...operationsOf('public') };
export const privateApp = { ...app, ...operationsOf('private') };

export const exceptions = exceptionsSchema.parse(
  JSON.parse(readFileSync(join(__dirname, '../../definition-lint.exceptions.json'), 'utf8')),
);

/** A copy of JSON with something else in one place; in a list, a step is an item's `key`. Undefined takes away. */
export const changed = (value: unknown, path: string, to: unknown): unknown => put(value, path.split('.'), to);

const put = (value: unknown, [step, ...rest]: string[], to: unknown): unknown => {
  if (step === undefined) return to;
  if (Array.isArray(value)) {
    const isIt = (item: unknown) => itemSchema.safeParse(item).data?.key === step;
    return value.some(isIt)
      ? value.map((item) => (isIt(item) ? put(item, rest, to) : item))
      : [...value, put({ key: step }, rest, to)];
  }
  const { [step]: before, ...others } = itemSchema.catch({}).parse(value);
  const after = put(before, rest, to);
  return after === undefined ? others : { ...others, [step]: after };
};

/** The value in one place. */
export const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce((inner, step) => itemSchema.catch({}).parse(inner)[step], value);
