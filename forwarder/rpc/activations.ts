/**
 * Custom destinations of Fivetran Activations, once Census:
 * https://fivetran.com/docs/activations/rest-api/custom-destinations/destination-spec
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { VendorFailure } from '../../boundary/failure.ts';
import { probeKojiKey } from '../../koji/probe.ts';
import { takeRows } from '../intake.ts';
import { idOf, invalidParams, type Method, paramsOf } from './json-rpc.ts';
import { BATCH_SIZE, fields, IDENTIFIER, OBJECT } from './respondent.ts';

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

/** The fields as the tool wants them; `params.object` is an object there. */
export const listFields = () => ({
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

/** What a custom destination is asked, but for list_objects and list_fields, which Hightouch asks under the same names. */
export const activationsMethods: Record<string, Method> = {
  test_connection: testConnection,
  supported_operations: () => ({ operations: OPERATIONS }),
  get_sync_speed: () => ({
    maximum_batch_size: BATCH_SIZE,
    maximum_parallel_batches: 4,
    maximum_records_per_second: 1_000,
  }),
  sync_batch: syncBatch,
};
