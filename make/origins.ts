/** Where the apps lie on Make: what a deploy learned and the next one needs (Make contract §1.1, `origins[]`; §8, M1). */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

const mapping = z.array(z.strictObject({ local: z.string(), remote: z.string() }));
const originSchema = z.strictObject({
  label: z.string(),
  baseUrl: z.string(),
  appId: z.string(),
  appVersion: z.number(),
  apikeyFile: z.string(),
  idMapping: z.strictObject({
    connection: mapping,
    endpoint: mapping,
    function: mapping,
    module: mapping,
    rpc: mapping,
    webhook: mapping,
  }),
});
export type Origin = z.infer<typeof originSchema>;

const originsSchema = z.strictObject({ koji: z.array(originSchema), 'koji-amplitude': z.array(originSchema) });
export type AllOrigins = z.infer<typeof originsSchema>;

/** Reads the file. Throws when it holds anything else. */
export const readOrigins = (file: string): AllOrigins => originsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

/** Writes the file whole or not at all, because a deploy may be ended at any moment. */
export const writeOrigins = (file: string, origins: AllOrigins): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(origins, null, 2)}\n`);
  renameSync(`${file}.new`, file);
};

/** An app that was just made, or found: nothing of it is mapped yet. */
export const newOrigin = (baseUrl: string, appId: string): Origin => ({
  label: new URL(baseUrl).hostname,
  baseUrl,
  appId,
  appVersion: 1,
  apikeyFile: '.secrets/apikey',
  idMapping: { connection: [], endpoint: [], function: [], module: [], rpc: [], webhook: [] },
});
