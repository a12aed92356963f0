/** Reads a built Make app; every directive that this runner does not know is refused (Make contract §1, §2.6). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { makeErrorTypes, UnknownToRunner } from './error.ts';

const errorType = z.enum(makeErrorTypes);
/** Or an expression that gives one. */
const chosenErrorType = z.union([errorType, z.string().regex(/^\{\{.*\}\}$/)]);
const errorDirective = z
  .object({ message: z.string().max(1024), type: chosenErrorType.optional() })
  .catchall(z.union([z.string(), z.strictObject({ message: z.string().max(1024), type: chosenErrorType })]));
const templates = z.record(z.string(), z.unknown());

const response = z.strictObject({
  valid: z.strictObject({ condition: z.string(), message: z.string(), type: chosenErrorType }).optional(),
  error: errorDirective.optional(),
  temp: templates.optional(),
  iterate: z.strictObject({ container: z.string().max(512), condition: z.string().optional() }).optional(),
  limit: z.string().optional(),
  output: z.unknown().optional(),
  trigger: z
    .strictObject({ type: z.literal('date'), order: z.literal('unordered'), id: z.string(), date: z.string().max(512) })
    .optional(),
  metadata: z.strictObject({ type: z.literal('text'), value: z.string() }).optional(),
});

const log = z.strictObject({ sanitize: z.array(z.string()) });

const request = z.strictObject({
  temp: templates.optional(),
  condition: z.union([z.string(), z.strictObject({ condition: z.string(), default: z.unknown() })]).optional(),
  url: z.string().max(512).optional(),
  method: z.string().optional(),
  type: z.enum(['json', 'urlencoded', 'text']).optional(),
  headers: templates.optional(),
  qs: templates.optional(),
  body: z.unknown().optional(),
  followRedirects: z.literal(false).optional(),
  log: log.optional(),
  pagination: z.strictObject({ qs: templates, condition: z.string() }).optional(),
  response: response.optional(),
});
export type Request = z.infer<typeof request>;

const base = z.strictObject({
  baseUrl: z.string(),
  headers: templates.optional(),
  followRedirects: z.literal(false),
  log,
  response: z.strictObject({ error: errorDirective }),
});

const respond = z.strictObject({ type: z.literal('text'), status: z.int(), body: z.string() });
const webhook = z.strictObject({
  verification: z.strictObject({ condition: z.string(), respond }).optional(),
  condition: z.string().optional(),
  iterate: z.strictObject({ container: z.string().max(512), condition: z.string() }).optional(),
  output: z.unknown(),
});

const parameter = z.object({
  name: z.string(),
  type: z.enum([
    'text',
    'password',
    'number',
    'uinteger',
    'integer',
    'boolean',
    'date',
    'url',
    'select',
    'collection',
    'array',
    'any',
  ]),
  required: z.boolean().optional(),
  default: z.unknown().optional(),
  multiple: z.boolean().optional(),
  options: z
    .union([z.array(z.object({ value: z.union([z.string(), z.number()]) })), z.object({ store: z.string() })])
    .optional(),
  validate: z
    .strictObject({ pattern: z.string().optional(), min: z.number().optional(), max: z.number().optional() })
    .optional(),
  get spec() {
    return z.union([z.array(parameter), z.object({ type: z.literal('text') })]).optional();
  },
});
export type Parameter = z.infer<typeof parameter>;
const parameters = z.array(parameter);

const component = z.object({
  codeFiles: z.record(z.string(), z.string()),
  connection: z.string().nullish(),
  webhook: z.string().optional(),
  moduleType: z.enum(['instant_trigger', 'trigger', 'action', 'search', 'universal']).optional(),
});
const components = z.record(z.string(), component);
const manifest = z.object({
  generalCodeFiles: z.object({ base: z.string() }),
  components: z.object({ connection: components, module: components, rpc: components, webhook: components }),
});

/** A built app; `of` gives a component's parsed code, or throws for one that is not there. */
export type MakeApp = ReturnType<typeof readApp>;

/** Reads the folder that holds `makecomapp.json`. Throws for what Make, or this runner, would not understand. */
export const readApp = (folder: string) => {
  const json = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const { generalCodeFiles, components: all } = manifest.parse(json('makecomapp.json'));
  const code = <Schema extends z.ZodType>(
    of: z.infer<typeof component>,
    key: string,
    schema: Schema,
  ): z.infer<Schema> => {
    const path = of.codeFiles[key];
    if (path === undefined) throw new UnknownToRunner(`The app has no ${key} here.`);
    return schema.parse(json(path));
  };
  const found = (kind: keyof typeof all, id: string) => {
    const one = all[kind][id];
    if (one === undefined) throw new UnknownToRunner(`The app has no ${kind} ${id}.`);
    return one;
  };
  return {
    base: base.parse(json(generalCodeFiles.base)),
    ids: {
      connection: Object.keys(all.connection),
      module: Object.keys(all.module),
      webhook: Object.keys(all.webhook),
      rpc: Object.keys(all.rpc),
    },
    connection: (id: string) => {
      const one = found('connection', id);
      return { communication: code(one, 'communication', request), parameters: code(one, 'params', parameters) };
    },
    webhook: (id: string) => {
      const one = found('webhook', id);
      return { communication: code(one, 'communication', webhook), parameters: code(one, 'params', parameters) };
    },
    rpc: (id: string) => {
      const one = found('rpc', id);
      return { connection: one.connection ?? null, communication: code(one, 'communication', request) };
    },
    module: (id: string) => {
      const one = found('module', id);
      return {
        kind: one.moduleType,
        connection: one.connection ?? null,
        webhook: one.webhook,
        epoch: one.codeFiles.epoch === undefined ? undefined : code(one, 'epoch', request),
        steps: code(one, 'communication', z.union([z.array(request), request.transform((only) => [only])])),
        parameters: [
          ...code(one, 'staticParams', parameters),
          ...(one.codeFiles.mappableParams === undefined ? [] : code(one, 'mappableParams', parameters)),
        ],
        interface: code(one, 'interface', parameters),
        samples: code(one, 'samples', templates),
      };
    },
  };
};
