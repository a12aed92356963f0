/** Reads a built Make app; every directive that this runner does not know is refused (M2, M12). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errorTypes } from '../../make/language/format.ts';
import { UnknownToRunner } from './error.ts';

const errorType = z.enum(errorTypes);
/** Or an expression that gives one. */
const chosenErrorType = z.union([errorType, z.string().regex(/^\{\{.*\}\}$/)]);
const statusError = z.strictObject({ message: z.string().max(1024), type: chosenErrorType });
/** Whatever is neither `message` nor `type` is a status of three digits: Make knows no ranges (M4). */
const errorDirective = z
  .object({ message: z.string().max(1024), type: chosenErrorType.optional() })
  .catchall(statusError)
  .transform(({ message, type, ...byStatus }) => ({
    message,
    type,
    byStatus: z.record(z.string().regex(/^\d{3}$/), statusError).parse(byStatus),
  }));
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
  followRedirects: z.literal(false).optional(),
  log,
  timeout: z.number().optional(),

  response: z.strictObject({ error: errorDirective }),
});

const respond = z.strictObject({ type: z.literal('text'), status: z.int(), body: z.string() });
const webhook = z.strictObject({
  verification: z.strictObject({ condition: z.string(), respond }).optional(),
  condition: z.string().optional(),
  iterate: z.strictObject({ container: z.string().max(512), condition: z.string() }).optional(),
  output: z.unknown(),
});

const fieldTypes = [
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
] as const;

/** What a field of each type may have besides (make/language/format.ts); the rest of Make's form language is not known here. */
const fieldKeys: Record<(typeof fieldTypes)[number], string[]> = {
  text: ['default', 'multiline', 'pattern'],
  password: ['editable', 'pattern'],
  number: ['default', 'min', 'max'],
  uinteger: ['default', 'min', 'max'],
  integer: ['default', 'min', 'max'],
  boolean: ['default'],
  date: [],
  url: [],
  select: ['options', 'default', 'multiple', 'editable', 'mode', 'pattern'],
  collection: ['spec'],
  array: ['spec'],
  any: [],
};
const everyFieldsKeys = ['name', 'type', 'label', 'help', 'required', 'advanced', 'mappable', 'validate'];

const options = z.union([
  z.array(z.strictObject({ label: z.string(), value: z.union([z.string(), z.number()]) })),
  z.strictObject({ store: z.string().startsWith('rpc://') }),
]);
const parameter = z.strictObject({
  name: z.string(),
  type: z.enum(fieldTypes),
  label: z.string(),
  help: z.string().optional(),
  required: z.boolean().optional(),
  advanced: z.boolean().optional(),
  mappable: z.boolean().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  multiline: z.boolean().optional(),
  editable: z.literal(true).optional(),
  multiple: z.boolean().optional(),
  mode: z.enum(['edit', 'choose']).optional(),
  options: options.optional(),
  validate: z
    .strictObject({ pattern: z.string().optional(), min: z.number().optional(), max: z.number().optional() })
    .optional(),
  get spec() {
    return z.union([z.array(parameter), z.strictObject({ type: z.literal('text') })]).optional();
  },
});
export type Parameter = z.infer<typeof parameter>;

const hasOnlyItsTypesKeys = ({ type, validate, spec, ...others }: Parameter): boolean =>
  [...Object.keys(others), ...Object.keys(validate ?? {}), ...(spec === undefined ? [] : ['spec'])].every((key) =>
    [...everyFieldsKeys, ...fieldKeys[type]].includes(key),
  ) &&
  (!Array.isArray(spec) || spec.every(hasOnlyItsTypesKeys));
const parameters = z.array(parameter.refine(hasOnlyItsTypesKeys, 'A key that a field of this type does not have'));

const path = z.string();
// Metadata that changes nothing in what a component does is passed over; of its code nothing unknown is.
const component = {
  connection: z.looseObject({
    label: z.string(),
    connectionType: z.string().optional(),
    codeFiles: z.looseObject({ communication: path, params: path, common: path.nullish() }),
  }),
  webhook: z.looseObject({
    label: z.string(),
    webhookType: z.literal('web'),
    connection: z.string().nullable(),
    codeFiles: z.looseObject({
      communication: path,
      params: path,
      attach: path.optional(),
      detach: path.optional(),
    }),
  }),
  rpc: z.looseObject({
    label: z.string(),
    connection: z.string().nullable(),
    codeFiles: z.looseObject({ communication: path, params: path }),
  }),
  module: z.looseObject({
    label: z.string(),
    description: z.string(),
    // Which of two connections a request takes is not known here.
    altConnection: z.null().optional(),
    moduleType: z.enum(['instant_trigger', 'trigger', 'action', 'search', 'universal']),
    actionCrud: z.string().nullable().optional(),
    connection: z.string().nullable(),
    webhook: z.string().optional(),
    codeFiles: z.looseObject({
      communication: path,
      // What an OAuth token must be allowed changes nothing here.
      scope: path.nullish(),
      staticParams: path.optional(),
      mappableParams: path.optional(),
      interface: path,
      samples: path.optional(),
      epoch: path.optional(),
    }),
  }),
};
const manifest = z.looseObject({
  fileVersion: z.literal(1),
  generalCodeFiles: z.looseObject({ base: path, common: path.nullable(), groups: path, readme: path }),
  components: z.looseObject({
    connection: z.record(z.string(), component.connection),
    // Apps of before it was there have none.
    endpoint: z.looseObject({}).default({}),
    // A call of one is refused when it comes.
    function: z.record(z.string(), z.unknown()),
    module: z.record(z.string(), component.module),
    rpc: z.record(z.string(), component.rpc),
    webhook: z.record(z.string(), component.webhook),
  }),
  // Where the app lies on Make changes nothing in what it does.
  origins: z.unknown(),
});

/** A built app. Each kind of component gives its parsed code by its id, or throws where there is none. */
export type MakeApp = ReturnType<typeof readApp>;

const foundIn = <Component>(all: Record<string, Component>, id: string): Component => {
  const one = all[id];
  if (one === undefined) throw new UnknownToRunner(`The app has no ${id}.`);
  return one;
};

/** JSON as Make's editor takes it: with comments, and with a comma behind the last entry. Throws for anything else. */
const withoutComments = (text: string): unknown =>
  JSON.parse(
    text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=\s*[\]}])/g, (_all, kept?: string) => kept ?? ''),
  );

/** Reads the folder that holds `makecomapp.json`. Throws for what Make, or this runner, would not understand. */
export const readApp = (folder: string) => {
  const json = (file: string): unknown => withoutComments(readFileSync(join(folder, file), 'utf8'));
  const { generalCodeFiles, components: all } = manifest.parse(json('makecomapp.json'));
  return {
    base: base.parse(json(generalCodeFiles.base)),
    ids: {
      connection: Object.keys(all.connection),
      module: Object.keys(all.module),
      webhook: Object.keys(all.webhook),
      rpc: Object.keys(all.rpc),
    },
    connection: (id: string) => {
      const { codeFiles } = foundIn(all.connection, id);
      return {
        communication: request.parse(json(codeFiles.communication)),
        parameters: parameters.parse(json(codeFiles.params)),
      };
    },
    webhook: (id: string) => {
      const { codeFiles } = foundIn(all.webhook, id);
      return {
        communication: webhook.parse(json(codeFiles.communication)),
        parameters: parameters.parse(json(codeFiles.params)),
      };
    },
    rpc: (id: string) => {
      const { connection, codeFiles } = foundIn(all.rpc, id);
      return { connection, communication: request.parse(json(codeFiles.communication)) };
    },
    module: (id: string) => {
      const { moduleType, connection, webhook, codeFiles } = foundIn(all.module, id);
      const { communication, staticParams, mappableParams, epoch } = codeFiles;
      return {
        kind: moduleType,
        connection,
        webhook,
        epoch: epoch === undefined ? undefined : request.parse(json(epoch)),
        steps: z.union([z.array(request), request.transform((only) => [only])]).parse(json(communication)),
        parameters: [staticParams, mappableParams].flatMap((file) =>
          file === undefined ? [] : parameters.parse(json(file)),
        ),
        interface: parameters.parse(json(codeFiles.interface)),
        samples: codeFiles.samples === undefined ? {} : templates.parse(json(codeFiles.samples)),
      };
    },
  };
};
