/** Runs a Zap that a page of docs/zaps builds: what the page's own tables say goes into the forms of the app, as it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { operationsOf } from '../../operations.ts';
import type { Item } from '../../sandbox/zapier/definition.ts';
import { fillTemplates } from '../../sandbox/zapier/mapping.ts';
import type { ZapierSandbox } from '../../sandbox/zapier/platform.ts';
import type { Run } from '../../sandbox/zapier/runs.ts';

const fieldSchema = z.object({
  key: z.string(),
  label: z.string(),
  dict: z.boolean().optional(),
  list: z.boolean().optional(),
  choices: z.record(z.string(), z.string()).optional(),
});
type Field = z.infer<typeof fieldSchema>;

const operationSchema = z.object({
  key: z.string(),
  display: z.object({ label: z.string() }),
  operation: z.object({ inputFields: z.array(fieldSchema).default([]) }),
});

/** The app's operations by the names that pages call them by. */
const operations = new Map(
  Object.entries(operationsOf('private')).flatMap(([group, all]) =>
    Object.values(all).map((one) => {
      const { key, display, operation } = operationSchema.parse(one);
      return [display.label, { path: `${group}.${key}.operation`, key, fields: operation.inputFields }] as const;
    }),
  ),
);

type PageStep = { app: string; name: string; rows: Map<string, string>; text: string };

/** The steps under one heading of a page, by their numbers. */
const stepsUnder = (page: string, heading: string): Map<number, PageStep> => {
  const text = readFileSync(join(__dirname, '../../docs/zaps', page), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(heading));
  if (section === undefined) throw new Error(`${page} has no heading ${heading}.`);
  return new Map(
    section.split(/^### /m).flatMap((part) => {
      const [, number, app = '', , name = ''] = /^(\d+)\. ([^\n→]+?)( → ([^\n]+))?\n/.exec(part) ?? [];
      if (number === undefined) return [];
      const rows = [...part.matchAll(/^\| ([A-Z][^|]*?) \| ([^|]*?) \|/gm)];
      return [
        [
          Number(number),
          {
            app,
            name,
            rows: new Map(rows.map(([, field = '', given = '']) => [field, given])),
            text: part.replace(/\s+/g, ' '),
          },
        ],
      ];
    }),
  );
};

/** What each step gave, by its number on the page. */
export type Known = Record<number, Item>;

/** What the person who builds the Zap chooses, by the names of the fields. */
type Chosen = Record<string, string>;

/** One Zap of a page. Steps of other apps are not run: what they would be given is told instead. */
export const zapOf = (zapier: ZapierSandbox, page: string, heading = 'The steps') => {
  const steps = stepsUnder(page, heading);
  const stepAt = (number: number): PageStep => {
    const step = steps.get(number);
    if (step === undefined) throw new Error(`${page} has no step ${number}.`);
    return step;
  };
  const operationAt = (number: number) => {
    const { name } = stepAt(number);
    const operation = operations.get(name);
    if (operation === undefined) throw new Error(`Step ${number} of ${page}, ${name}, is none of Koji's.`);
    return operation;
  };

  /** The names that the editor shows of a step's result, with the places of their values in it. */
  const placesIn = async (number: number): Promise<Map<string, string>> => {
    const { path } = operationAt(number);
    const { inputData } = await formOf(number, {});
    const shown = await zapier.invoke(`${path}.outputFields`, { inputData });
    const fields = z.array(z.object({ key: z.string(), label: z.string() })).parse(shown);
    return new Map(fields.map(({ key, label }) => [label, key.replaceAll('__', '.')]));
  };

  /** "*Interview Link* of step 2" as the reference that Zapier keeps; columns of other apps stay under their own names. */
  const referenceTo = async (label: string, number: number): Promise<string> => {
    if (stepAt(number).app !== 'Koji') return `{{trigger.${number}.${label}}}`;
    const place = (await placesIn(number)).get(label);
    if (place === undefined) throw new Error(`${page}: step ${number} shows no ${label} to map.`);
    return `{{trigger.${number}.${place}}}`;
  };

  const REFERENCE = /(?:\*([^*]+)\*|column ([A-Z][\w ]*?)) of step (\d+)/g;
  const withReferences = async (cell: string): Promise<string> => {
    let text = cell.replace(/,? then /g, '');
    for (const [found, label, column, number] of cell.matchAll(REFERENCE)) {
      text = text.replace(found, await referenceTo(label ?? column ?? '', Number(number)));
    }
    return text.replaceAll('`', '').trim();
  };

  const filledIn = async ({ dict, list, choices }: Field, cell: string): Promise<unknown> => {
    if (dict) {
      const pairs = cell.split('; ').map((pair) => pair.split(' = '));
      const entries = pairs.map(async ([name = '', given = '']) => [
        await withReferences(name),
        await withReferences(given),
      ]);
      return Object.fromEntries(await Promise.all(entries));
    }
    if (list) return [...cell.matchAll(/`([^`]+)`/g)].map(([, one]) => one);
    const choice = Object.entries(choices ?? {}).find(([, label]) => label === cell);
    return choice?.[0] ?? withReferences(cell);
  };

  const formOf = async (number: number, chosen: Chosen): Promise<{ key: string; inputData: Item }> => {
    const { key, fields } = operationAt(number);
    const inputData: Item = {};
    for (const [label, cell] of stepAt(number).rows) {
      const field = fields.find((candidate) => candidate.label === label);
      if (field === undefined) throw new Error(`${page}: step ${number} has no field ${label}.`);
      if (cell === 'nothing') continue;
      const given = cell.startsWith('chosen') ? chosen[label] : await filledIn(field, cell);
      if (given !== undefined) inputData[field.key] = given;
    }
    return { key, inputData };
  };

  return {
    /** The names of all steps, in their order. */
    names: [...steps.values()].map(({ app, name }) => (name === '' ? app : `${app} → ${name}`)),
    /** Which of our triggers begins it, filled in. */
    trigger: (chosen: Chosen = {}) => formOf(1, chosen),
    /** Runs one step of ours after the steps before it. */
    run: async (number: number, known: Known, chosen: Chosen = {}): Promise<Run> =>
      zapier.runSteps(known, [await formOf(number, chosen)]),
    /** Whether a step Filter by Zapier lets the run go on. */
    passes: async (number: number, known: Known): Promise<boolean> => {
      const conditions = [
        ...stepAt(number).text.matchAll(/\*([^*]+)\* of step (\d+)(?: is)? \*\*([^*]+)\*\*(?: `([^`]+)`)?/g),
      ];
      if (conditions.length === 0) throw new Error(`${page}: step ${number} has no condition.`);
      const kept = conditions.map(async ([, label = '', of, how = '', wanted = '']) => {
        const { value } = fillTemplates({ value: await referenceTo(label, Number(of)) }, { trigger: known, steps: [] });
        return holds(value, how, wanted);
      });
      return (await Promise.all(kept)).every(Boolean);
    },
    /** What a step of another app is given. */
    given: async (number: number, known: Known): Promise<Item> => {
      const form: Item = {};
      for (const [field, cell] of stepAt(number).rows) form[field] = await withReferences(cell);
      return fillTemplates(form, { trigger: known, steps: [] });
    },
  };
};

/** A condition of Filter by Zapier, in the words of its menu. */
const holds = (value: unknown, how: string, wanted: string): boolean => {
  switch (how) {
    case 'exists':
      return value !== undefined && value !== '';
    case 'does not exist':
      return value === undefined || value === '';
    case 'is true':
      return value === 'true';
    case 'is false':
      return value === 'false';
    case 'exactly matches':
      return value === wanted;
    case 'after':
      return Date.parse(String(value)) > Date.parse(wanted);
    default:
      throw new Error(`Filter by Zapier has no condition “${how}”.`);
  }
};
