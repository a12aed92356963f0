/**
 * Reads a Make app, ours or another's (M2, M12). A directive that this runner does not know is refused when what it stands
 * in is asked for, a field of a form when a value is put in: nothing that runs is passed over.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { jsonWithComments } from '../../make/build/built.ts';
import { errorTypes } from '../../make/language/format.ts';
import { UnknownToRunner } from './error.ts';

const errorType = z.enum(errorTypes);
/** Or an expression that gives one. */
const chosenErrorType = z.union([errorType, z.string().regex(/^\{\{.*\}\}$/)]);
const statusError = z.strictObject({ message: z.string().max(1024), type: chosenErrorType.optional() });
/** Make takes a text alone for the part that matters most. */
const shortFor = <Schema extends z.ZodType>(key: string, whole: Schema) =>
  z.preprocess((given) => (typeof given === 'string' ? { [key]: given } : given), whole);

/** Whatever is neither `message` nor `type` is a status of three digits: Make knows no ranges (M4). */
const errorDirective = shortFor(
  'message',
  z
    .object({ message: z.string().max(1024).optional(), type: chosenErrorType.optional() })
    .catchall(statusError)
    .transform(({ message, type, ...byStatus }) => ({
      message,
      type,
      byStatus: z.record(z.string().regex(/^\d{3}$/), statusError).parse(byStatus),
    })),
);
const templates = z.record(z.string(), z.unknown());

const response = z.strictObject({
  type: z.string().optional(),
  valid: shortFor(
    'condition',
    z.strictObject({ condition: z.string(), message: z.string().optional(), type: chosenErrorType.optional() }),
  ).optional(),
  error: errorDirective.optional(),
  temp: templates.optional(),
  iterate: shortFor(
    'container',
    z.strictObject({ container: z.string().max(512), condition: z.string().optional() }),
  ).optional(),
  limit: z.union([z.string(), z.number().transform(String)]).optional(),
  output: z.unknown().optional(),
  trigger: z
    .strictObject({ type: z.literal('date'), order: z.literal('unordered'), id: z.string(), date: z.string().max(512) })
    .optional(),
  metadata: z.strictObject({ type: z.enum(['text', 'email']), value: z.string() }).optional(),
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
  baseUrl: z.string().optional(),
  headers: templates.optional(),
  followRedirects: z.literal(false).optional(),
  log: log.default({ sanitize: [] }),
  timeout: z.number().optional(),
  response: z.strictObject({ error: errorDirective.optional() }).default({}),
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
const knownField = z.strictObject({
  name: z.string(),
  type: z.enum(fieldTypes),
  label: z.string().default(''),
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
    return z.union([z.array(knownField), z.strictObject({ type: z.literal('text') })]).optional();
  },
});
type KnownField = z.infer<typeof knownField>;

const hasOnlyItsTypesKeys = ({ type, validate, spec, ...others }: KnownField): boolean =>
  [...Object.keys(others), ...Object.keys(validate ?? {}), ...(spec === undefined ? [] : ['spec'])].every((key) =>
    [...everyFieldsKeys, ...fieldKeys[type]].includes(key),
  ) &&
  (!Array.isArray(spec) || spec.every(hasOnlyItsTypesKeys));

/** A field that is not known here, or an RPC that gives fields: nothing may be put into it. */
const otherField = z
  .union([z.string().transform((name) => ({ name })), z.looseObject({ name: z.string().default('') })])
  .transform((field: { name: string; required?: unknown; default?: unknown }) => ({
    name: field.name,
    label: '',
    type: 'unknown' as const,
    required: field.required === true,
    ...(field.default === undefined ? {} : { default: JSON.stringify(field.default) }),
  }));
const parameters = z.array(z.union([knownField.refine(hasOnlyItsTypesKeys), otherField]));
export type Parameter = Omit<KnownField, 'type'> & { type: KnownField['type'] | 'unknown' };

const path = z.string().nullish();
const reference = z.string().nullish();
// Metadata that changes nothing in what a component does is passed over.
const component = {
  connection: z.looseObject({ codeFiles: z.looseObject({ communication: path, params: path, common: path }) }),
  webhook: z.looseObject({
    webhookType: z.string().optional(),
    codeFiles: z.looseObject({ communication: path, params: path }),
  }),
  rpc: z.looseObject({ connection: reference, codeFiles: z.looseObject({ communication: path }) }),
  module: z.looseObject({
    moduleType: z.string(),
    connection: reference,
    altConnection: reference,
    webhook: reference,
    codeFiles: z.looseObject({
      communication: path,
      staticParams: path,
      mappableParams: path,
      interface: path,
      samples: path,
      epoch: path,
    }),
  }),
};
const manifest = z.looseObject({
  fileVersion: z.literal(1),
  generalCodeFiles: z.looseObject({ base: path, common: path }),
  // A call of one of the app's own functions is refused when it comes.
  components: z.looseObject({
    connection: z.record(z.string(), component.connection).default({}),
    module: z.record(z.string(), component.module).default({}),
    rpc: z.record(z.string(), component.rpc).default({}),
    webhook: z.record(z.string(), component.webhook).default({}),
  }),
});

const moduleKinds = z.enum(['instant_trigger', 'trigger', 'action', 'search', 'universal']);
const steps = z.union([z.array(request), request.transform((only) => [only])]);

/** A built app. Each kind of component gives its parsed code by its id, or throws where there is none. */
export type MakeApp = ReturnType<typeof readApp>;

const foundIn = <Component>(all: Record<string, Component>, id: string): Component => {
  const one = all[id];
  if (one === undefined) throw new UnknownToRunner(`The app has no ${id}.`);
  return one;
};

/** Reads each only once. */
const once = <Component>(read: (id: string) => Component): ((id: string) => Component) => {
  const known = new Map<string, Component>();
  return (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const component = read(id);
    known.set(id, component);
    return component;
  };
};

/** Reads the folder that holds `makecomapp.json`. Throws for what Make, or this runner, would not understand. */
export const readApp = (folder: string) => {
  /** A file's content; what stands there by itself where there is none. */
  const read = (file: string | null | undefined, otherwise: unknown): unknown => {
    if (file === null || file === undefined) return otherwise;
    const content = jsonWithComments(readFileSync(join(folder, file), 'utf8'));
    if (content === undefined) throw new UnknownToRunner(`${file} is not JSON.`);
    return content;
  };
  const { generalCodeFiles, components: all } = manifest.parse(read('makecomapp.json', {}));
  return {
    base: base.parse(read(generalCodeFiles.base, {})),
    /** What every expression of the app finds in `common`. */
    common: templates.parse(read(generalCodeFiles.common, {})),
    ids: {
      connection: Object.keys(all.connection),
      module: Object.keys(all.module),
      webhook: Object.keys(all.webhook),
      rpc: Object.keys(all.rpc),
    },
    connection: once((id: string) => {
      const { communication, params, common } = foundIn(all.connection, id).codeFiles;
      return {
        steps: steps.parse(read(communication, {})),
        parameters: parameters.parse(read(params, [])),
        common: templates.parse(read(common, {})),
      };
    }),
    webhook: once((id: string) => {
      const { webhookType, codeFiles } = foundIn(all.webhook, id);
      if (webhookType !== 'web') throw new UnknownToRunner(`${id} is a webhook of the type ${webhookType}.`);
      return {
        communication: webhook.parse(read(codeFiles.communication, {})),
        parameters: parameters.parse(read(codeFiles.params, [])),
      };
    }),
    rpc: once((id: string) => {
      const { connection = null, codeFiles } = foundIn(all.rpc, id);
      return { connection, steps: steps.parse(read(codeFiles.communication, {})) };
    }),
    module: once((id: string) => {
      const { moduleType, connection = null, altConnection, webhook, codeFiles } = foundIn(all.module, id);
      if (altConnection) throw new UnknownToRunner(`Which of its two connections ${id} takes is not known.`);
      const { communication, staticParams, mappableParams, epoch } = codeFiles;
      return {
        kind: moduleKinds.parse(moduleType),
        connection,
        webhook: webhook ?? undefined,
        epoch: epoch ? request.parse(read(epoch, {})) : undefined,
        steps: steps.parse(read(communication, {})),
        parameters: [staticParams, mappableParams].flatMap((file) => parameters.parse(read(file, []))),
        interface: parameters.parse(read(codeFiles.interface, [])),
        samples: templates.parse(read(codeFiles.samples, {})),
      };
    }),
  };
};
