import type { Definition, Item, Operation } from './definition.ts';

/** What really came out of an app's functions, by their path: `triggers.new_thing.operation.performList`. */
export type Live = Record<string, Item[]>;

export type Problem = { where: string; message: string };

/** One of the checks; `run` answers null when what it looks at was not given. */
export type Check = {
  id: string;
  title: string;
  /** Where the rule is written. */
  source: string;
  run: (definition: Definition, live: Live) => Problem[] | null;
};

export const zapierChecks = 'https://docs.zapier.com/integrations/publish/integration-checks-reference';

/** One of the checks that Zapier numbers, under the title that Zapier gives it. */
export const zapierCheck = (id: string, title: string, run: Check['run']): Check => ({
  id,
  title,
  source: `${zapierChecks}#${id}`,
  run,
});

export const performed = ({ path }: Operation, live: Live): Item[] => live[`${path}.operation.perform`] ?? [];

export const listed = ({ path }: Operation, live: Live): Item[] => live[`${path}.operation.performList`] ?? [];
