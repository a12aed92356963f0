/**
 * What reverse-ETL tools ask over JSON-RPC, each method with its answer. Custom destinations of Fivetran Activations, once
 * Census: https://fivetran.com/docs/activations/rest-api/custom-destinations/destination-spec. Embedded destinations of
 * Hightouch: https://hightouch.com/docs/destinations/custom. Both ask list_objects and list_fields.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { VendorFailure } from '../../boundary/failure.ts';
import { probeKojiKey } from '../../koji/probe.ts';
import type { Forwarder } from '../forwarder.ts';
import { takeRows } from '../intake.ts';
import { Refused } from '../refused.ts';

/** Does what a method is for; what it gives is the result. */
type Method = (forwarder: Forwarder, params: unknown) => unknown;

/** What is wrong with a method's parameters, in words that the tool shows to whoever set it up. */
const invalidParams = (message: string): Refused => new Refused(422, 'invalid_params', message);

/** A method's parameters, parsed. Throws a {@link Refused} that names what is wrong with them. */
const paramsOf = <Schema extends z.ZodType>(schema: Schema, params: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => ['params', ...path].join('.'));
  throw invalidParams(`Missing, or not of the expected form: ${[...new Set(places)].join(', ')}.`);
};

/** What tells a call or a record apart. */
export const idSchema = z.union([z.string(), z.number()]);
/** The same, as it is given back; null for what is none. */
export const idOf = (value: unknown) => idSchema.safeParse(value).data ?? null;

/** The name of the only thing that rows can become here. */
const OBJECT = 'respondent';

/** The field that tells people apart. */
const IDENTIFIER = 'external_id';

/** A Koji respondent as people map columns to it, each field with its label; other columns become metadata. */
const fields = [
  { name: IDENTIFIER, label: 'External id' },
  { name: 'email', label: 'Email' },
  { name: 'display_name', label: 'Name' },
  { name: 'mode', label: 'Mode (text or voice)' },
  { name: 'locale', label: 'Language' },
];

/** Rows of one call; Koji takes one a second, so that larger batches would gain nothing. */
const BATCH_SIZE = 100;

/** One object, with the keys that each of the two tools looks for. */
const objects = [
  {
    object_api_name: OBJECT,
    label: 'Koji respondent',
    can_create_fields: 'on_write',
    id: OBJECT,
    description: 'Somebody to interview.',
  },
];
/** `params.object` is an object where Activations asks, and a text where Hightouch does. */
const namesAnObject = z.object({ object: z.looseObject({ object_api_name: z.string() }) });

/** The tool gives up on slow calls without saying when; in milliseconds. */
const PROBE = 5_000;

/** Whether the queue is there and Koji takes the key. */
const testConnection: Method = async ({ engine, services }) => {
  await engine.counts();
  try {
    await probeKojiKey(services.koji, randomUUID(), PROBE);
    return { success: true };
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    return { success: false, error_message: error.message };
  }
};

/** The fields as Activations wants them. */
const fieldsOfActivations = () => ({
  fields: fields.map(({ name, label }) => ({
    field_api_name: name,
    label,
    identifier: name === IDENTIFIER,
    required: name === IDENTIFIER,
    createable: true,
    updateable: false,
    type: 'string',
    array: false,
  })),
});

/** An interview that was started can be neither changed nor withdrawn. */
const OPERATIONS = ['insert', 'upsert'];

const syncBatchParams = z.object({
  sync_plan: z.object({
    object: z.object({ object_api_name: z.string() }),
    operation: z.string(),
    schema: z.record(
      z.string(),
      z.object({ active_identifier: z.boolean(), field: z.object({ field_api_name: z.string() }).optional() }),
    ),
  }),
  records: z.array(z.record(z.string(), z.unknown())),
});
type SyncPlan = z.infer<typeof syncBatchParams>['sync_plan'];

/** Why nothing of a batch can be taken, in one sentence; null when it can. */
const refusalOf = ({ object, operation }: SyncPlan): string | null => {
  if (object.object_api_name !== OBJECT) return `There is only one object to sync to: ${OBJECT}.`;
  if (OPERATIONS.includes(operation)) return null;
  return 'An interview that was started can not be changed or withdrawn: choose insert, or upsert.';
};

/** The name of the field that tells records apart in this sync. */
const identifierOf = ({ schema }: SyncPlan): string => {
  const active = Object.entries(schema).find(([, { active_identifier }]) => active_identifier);
  if (active === undefined) throw invalidParams('No field of the schema is the active identifier.');
  const [key, { field }] = active;
  return field?.field_api_name ?? key;
};

/** One result for each record; a success only once the person is safely queued, or was known. */
const syncBatch: Method = async (forwarder, params) => {
  const { sync_plan, records } = paramsOf(syncBatchParams, params);
  const identifier = identifierOf(sync_plan);
  const refusal = refusalOf(sync_plan);
  const read = refusal === null ? (await takeRows(forwarder, records)).read : records.map(() => ({ error: refusal }));
  const record_results = read.map((row, index) => ({
    identifier: idOf(records[index]?.[identifier]),
    ...('error' in row ? { success: false, error_message: row.error } : { success: true }),
  }));
  const taken = record_results.filter(({ success }) => success).length;
  forwarder.say('records were heard', { taken, rejected: records.length - taken });
  return { record_results };
};

/** The fields as Hightouch wants them. */
const fieldsOfHightouch = () => ({
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

/** Rows that are new in the source; those that are known already are taken, too. */
const add: Method = async (forwarder, params) => {
  const { idColumn, configuration, rows } = paramsOf(addParams, params);
  const { identifierMapping, mappings } = configuration;
  const mapped = rows.map((row) =>
    Object.fromEntries([...mappings, identifierMapping].map(({ from, to }) => [to, row[from]])),
  );
  const { queued, known, read } = await takeRows(forwarder, mapped);
  // Their form is assumed, because the tool's pages show none: the row's id and why.
  const rejectedRows = read.flatMap((row, index) =>
    'error' in row ? [{ id: idOf(rows[index]?.[idColumn ?? identifierMapping.from]), error: row.error }] : [],
  );
  forwarder.say('rows were heard', { queued, known, rejected: rejectedRows.length });
  return { rejectedRows };
};

export const methods: Record<string, Method> = {
  list_objects: () => ({ objects }),
  list_fields: (_forwarder, params) =>
    namesAnObject.safeParse(params).success ? fieldsOfActivations() : fieldsOfHightouch(),
  // Activations
  test_connection: testConnection,
  supported_operations: () => ({ operations: OPERATIONS }),
  get_sync_speed: () => ({
    maximum_batch_size: BATCH_SIZE,
    maximum_parallel_batches: 4,
    maximum_records_per_second: 1_000,
  }),
  sync_batch: syncBatch,
  // Hightouch
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
