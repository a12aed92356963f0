/** Embedded destinations of Hightouch: https://hightouch.com/docs/destinations/custom */
import * as z from 'zod';
import { takeRows } from '../intake.ts';
import { idOf, type Method, paramsOf } from './json-rpc.ts';
import { BATCH_SIZE, fields, IDENTIFIER } from './respondent.ts';

/** The fields as the tool wants them; `params.object` is a text there. */
export const listFields = () => ({
  fields: fields.map(({ name, label }) => ({
    id: name,
    label,
    type: 'STRING',
    ...(name === IDENTIFIER ? { identifier: true } : {}),
  })),
});

const mapping = z.object({ from: z.string(), to: z.string() });
const addParams = z.object({
  idColumn: z.string().optional(),
  configuration: z.object({ identifierMapping: mapping, mappings: z.array(mapping).default([]) }),
  rows: z.array(z.record(z.string(), z.unknown())),
});

/** A rejected row. Its form is assumed, because the tool's pages show none: the row's id and why. */
type RejectedRow = { id: unknown; error: string };

/** Rows that are new in the source; those that are known already are taken, too. */
const add: Method = async (forwarder, params) => {
  const { idColumn, configuration, rows } = paramsOf(addParams, params);
  const { identifierMapping, mappings } = configuration;
  const mapped = rows.map((row) =>
    Object.fromEntries([...mappings, identifierMapping].map(({ from, to }) => [to, row[from]])),
  );
  const { queued, known, read } = await takeRows(forwarder, mapped);
  const rejectedRows = read.flatMap((row, index): RejectedRow[] =>
    'error' in row ? [{ id: idOf(rows[index]?.[idColumn ?? identifierMapping.from]), error: row.error }] : [],
  );
  forwarder.say('rows were heard', { queued, known, rejected: rejectedRows.length });
  return { rejectedRows };
};

/** What an embedded destination is asked, but for list_objects and list_fields, which Activations asks, too. */
export const hightouchMethods: Record<string, Method> = {
  list_modes: () => ({
    modes: [{ id: 'insert', label: 'Insert', description: 'Starts one interview with each new person.' }],
  }),
  list_options: () => ({ options: null }),
  validate: () => ({ errors: [] }),
  behavior: () => ({
    batchSize: BATCH_SIZE,
    operations: { add: true, change: false, remove: false },
    skipInitialRun: false,
  }),
  add,
  // An interview that was started can be neither changed nor withdrawn, as `behavior` says.
  change: () => null,
  remove: () => null,
};
