/**
 * A built app as Make finds it: the files of make/app/<target>, which are what is committed and reviewed (M2,
 * M3).
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { App } from '../language/format.ts';

export const MANIFEST = 'makecomapp.json';

/** Where an app is built to. */
export const folderOf = (target: App['target']): string => join(import.meta.dirname, '..', 'app', target);

/** The files of a built app's folder, by path. Throws when nothing was built there. */
export const readBuilt = (folder: string): Map<string, string> => {
  if (!existsSync(join(folder, MANIFEST))) throw new Error(`${folder} holds no built app. Run npm run make:build.`);
  const pathsIn = (below: string): string[] =>
    readdirSync(join(folder, below), { withFileTypes: true })
      // Make's extension keeps the account's token in .secrets.
      .filter(({ name }) => !name.startsWith('.'))
      .flatMap((entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        return entry.isDirectory() ? pathsIn(path) : [path];
      });
  return new Map(pathsIn('').map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
};

const TEXT_OR_COMMENT = /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const TEXT_OR_LAST_COMMA = /("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])/g;
const keepText = (_all: string, text: string | undefined): string => text ?? '';

/**
 * JSON as Make's editor takes it: with comments, and with a comma behind the last entry. Undefined for anything else.
 */
export const jsonWithComments = (text: string): unknown =>
  jsonOf(text.replace(TEXT_OR_COMMENT, keepText).replace(TEXT_OR_LAST_COMMA, keepText));

// What Make may find there, as loose as its own schemas: what is wrong should be found by a check, not refused here.

const codeFiles = z.record(z.string(), z.string().nullable());

const componentSchema = z.looseObject({
  codeFiles,
  label: z.string().optional(),
  description: z.string().optional(),
  moduleType: z.string().optional(),
  connection: z.string().nullish(),
  altConnection: z.string().nullish(),
  webhook: z.string().nullish(),
});

const manifestSchema = z.looseObject({
  generalCodeFiles: codeFiles,
  components: z.record(z.string(), z.record(z.string(), componentSchema)),
  origins: z.array(z.unknown()).default([]),
});

const fieldSchema = z.looseObject({
  name: z.string().optional(),
  type: z.string().optional(),
  label: z.string().optional(),
  help: z.string().optional(),
  required: z.boolean().optional(),
  advanced: z.boolean().optional(),
  editable: z.boolean().optional(),
  default: z.unknown().optional(),
  validate: z.looseObject({ pattern: z.string().optional() }).optional(),
});
export type Field = z.infer<typeof fieldSchema>;

/** A text in a list of fields names an RPC that gives more of them. */
const fieldsSchema = z.array(z.union([z.string(), fieldSchema]));

const failureSchema = z.looseObject({ message: z.string().optional(), type: z.string().optional() });

const stepSchema = z.looseObject({
  url: z.string().optional(),
  type: z.string().optional(),
  /** As one text they take the place of base's. */
  headers: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  log: z.looseObject({ sanitize: z.array(z.string()).optional() }).optional(),
  iterate: z.unknown().optional(),
  pagination: z.unknown().optional(),
  response: z
    .looseObject({
      valid: z
        .union([z.boolean(), z.string(), failureSchema.extend({ condition: z.union([z.boolean(), z.string()]) })])
        .optional(),
      error: z.union([z.string(), failureSchema.catchall(z.union([z.string(), failureSchema]))]).optional(),
      iterate: z.unknown().optional(),
      limit: z.union([z.number(), z.string()]).optional(),
      output: z.unknown().optional(),
      metadata: z.looseObject({ type: z.string().optional(), value: z.string().optional() }).optional(),
    })
    .optional(),
});
const stepsSchema = z.union([z.array(stepSchema), stepSchema]);

const groupsSchema = z.array(z.object({ label: z.string(), modules: z.array(z.string()) }));

/** What each code holds, by the key that the manifest has for it. */
export const shapes: Record<string, z.ZodType> = {
  base: stepSchema,
  groups: groupsSchema,
  communication: stepsSchema,
  epoch: stepsSchema,
  attach: stepsSchema,
  detach: stepsSchema,
  update: stepsSchema,
  params: fieldsSchema,
  staticParams: fieldsSchema,
  mappableParams: fieldsSchema,
  interface: fieldsSchema,
  samples: z.record(z.string(), z.unknown()),
};

/** A component, and where the manifest has it. */
export type Component = z.infer<typeof componentSchema> & { kind: string; id: string; place: string };

/** A request, or a step that only thinks, with the file and the place in it. */
export type Step = z.infer<typeof stepSchema> & { component: Component | null; code: string; place: string };

export type BuiltApp = {
  files: Map<string, string>;
  /** The content of every file that is JSON. */
  json: Map<string, unknown>;
  manifest: z.infer<typeof manifestSchema>;
  components: Component[];
  /** What the requests of modules and RPCs begin with (M1). */
  base: Step | null;
  /** All requests but base. What a webhook does with a delivery is none. */
  steps: Step[];
};

const stepsAt = (json: unknown, path: string, component: Component | null, code: string): Step[] => {
  const { data = [] } = stepsSchema.safeParse(json);
  return Array.isArray(data)
    ? data.map((step, index) => ({ ...step, component, code, place: `${path}#/${index}` }))
    : [{ ...data, component, code, place: `${path}#` }];
};

const REQUESTS = ['communication', 'epoch', 'attach', 'detach', 'update'];

/** A built app from its files; null when its manifest is none. */
export const builtApp = (files: Map<string, string>): BuiltApp | null => {
  const json = new Map(
    [...files]
      .filter(([path]) => path.endsWith('.json'))
      .map(([path, text]): [string, unknown] => [path, jsonWithComments(text)]),
  );
  const { data: manifest } = manifestSchema.safeParse(json.get(MANIFEST));
  if (manifest === undefined) return null;
  const components = Object.entries(manifest.components).flatMap(([kind, all]) =>
    Object.entries(all).map(([id, one]) => ({
      ...one,
      kind,
      id,
      place: `${MANIFEST}#/components/${kind}/${id}`,
    })),
  );
  const stepsOf = (component: Component): Step[] =>
    REQUESTS.filter((code) => component.kind !== 'webhook' || code !== 'communication').flatMap((code) => {
      const path = component.codeFiles[code] ?? '';
      return stepsAt(json.get(path), path, component, code);
    });
  const basePath = manifest.generalCodeFiles.base ?? '';
  const [base = null] = stepsAt(json.get(basePath), basePath, null, 'base');
  return { files, json, manifest, components, base, steps: components.flatMap(stepsOf) };
};

/** The fields of one of a component's forms, or of its interface. */
export const fieldsOf = ({ json }: BuiltApp, { codeFiles }: Component, code: string): Field[] => {
  const { data = [] } = fieldsSchema.safeParse(json.get(codeFiles[code] ?? ''));
  return data.filter((field) => typeof field !== 'string');
};

/** Every value in a value, the value itself first, with its place as a JSON pointer. */
export const valuesIn = (value: unknown, place: string): [place: string, value: unknown][] => [
  [place, value],
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => valuesIn(inner, `${place}/${key}`))
    : []),
];

/** Every field of the app's forms and interfaces, those inside of others too. */
export const allFields = (app: BuiltApp): { component: Component; code: string; place: string; field: Field }[] =>
  app.components.flatMap((component) =>
    ['params', 'staticParams', 'mappableParams', 'interface'].flatMap((code) => {
      const path = component.codeFiles[code] ?? '';
      return valuesIn(app.json.get(path), `${path}#`).flatMap(([place, value]) => {
        const { data: field } = fieldSchema.safeParse(value);
        return field?.name === undefined ? [] : [{ component, code, place, field }];
      });
    }),
  );

/** How modules are grouped on Make. */
export const groupsOf = ({ json, manifest }: BuiltApp): z.infer<typeof groupsSchema> =>
  groupsSchema.safeParse(json.get(manifest.generalCodeFiles.groups ?? '')).data ?? [];

/** A sentence about a failure, and Make's kind of error for it. */
export type Failure = { from: 'error' | 'valid'; place: string; message: string | undefined; type: string | undefined };

const failureAt = (from: Failure['from'], place: string, failure: z.infer<typeof failureSchema> | string): Failure =>
  typeof failure === 'string'
    ? { from, place, message: failure, type: undefined }
    : { from, place, message: failure.message, type: failure.type };

/** What a step says of failures: the default, each status, and an answer that is not valid (M16). */
export const failuresOf = ({ place, response: { error, valid } = {} }: Step): Failure[] => [
  ...(error === undefined ? [] : [failureAt('error', `${place}/response/error`, error)]),
  ...Object.entries(typeof error === 'object' ? error : {}).flatMap(([status, one]) =>
    /^\d/.test(status) && one !== undefined ? [failureAt('error', `${place}/response/error/${status}`, one)] : [],
  ),
  ...(typeof valid === 'object' ? [failureAt('valid', `${place}/response/valid`, valid)] : []),
];
