/** A Zapier app's definition as core's command `definition` serializes it, parsed once and flattened for the checks. */
import * as z from 'zod';

/** A field of a form (input, authentication) or of a result (output). */
export type Field = {
  key: string;
  label?: string | undefined;
  type?: string | undefined;
  helpText?: string | undefined;
  required?: boolean | undefined;
  list?: boolean | undefined;
  dict?: boolean | undefined;
  primary?: boolean | undefined;
  computed?: boolean | undefined;
  inputFormat?: string | undefined;
  dynamic?: string | undefined;
  search?: string | undefined;
  choices?: unknown;
  children?: Field[] | undefined;
};

const fieldSchema: z.ZodType<Field> = z.object({
  key: z.string(),
  label: z.string().optional(),
  type: z.string().optional(),
  helpText: z.string().optional(),
  required: z.boolean().optional(),
  list: z.boolean().optional(),
  dict: z.boolean().optional(),
  primary: z.boolean().optional(),
  computed: z.boolean().optional(),
  inputFormat: z.string().optional(),
  dynamic: z.string().optional(),
  search: z.string().optional(),
  choices: z.unknown().optional(),
  get children() {
    return z.array(fieldSchema).optional();
  },
});

/** Core writes a function as `$func$<arity>$<uses arguments>$`. */
const functionText = z.string().startsWith('$func$');
export const isFunctionText = (value: unknown): boolean => functionText.safeParse(value).success;

/** A form's fields; those that a function or a request gives at run time are only known to be there. */
const fieldsSchema = z
  .union([functionText, z.array(z.union([fieldSchema, functionText, z.object({ url: z.string() })]))])
  .default([])
  .transform((given) => {
    const all = [given].flat();
    const known = all.flatMap((field) => (typeof field === 'object' && 'key' in field ? [field] : []));
    return { known, dynamic: known.length < all.length };
  });
export type Fields = z.infer<typeof fieldsSchema>;

/** Any JSON object: a sample, a result. */
export type Item = Record<string, unknown>;
export const itemSchema: z.ZodType<Item> = z.record(z.string(), z.unknown());

const actionSchema = z.object({
  display: z
    .object({
      label: z.string().default(''),
      description: z.string().default(''),
      directions: z.string().optional(),
      hidden: z.boolean().default(false),
    })
    .prefault({}),
  operation: z.object({
    type: z.string().optional(),
    performList: z.unknown().optional(),
    performSubscribe: z.unknown().optional(),
    performUnsubscribe: z.unknown().optional(),
    inputFields: fieldsSchema,
    outputFields: fieldsSchema,
    sample: itemSchema.optional(),
    cleanInputData: z.boolean().optional(),
  }),
});

const actions = z.record(z.string(), actionSchema).default({});

const definitionSchema = z.object({
  authentication: z.object({ fields: fieldsSchema, connectionLabel: z.unknown().optional() }).nullish(),
  triggers: actions,
  searches: actions,
  creates: actions,
  searchOrCreates: z
    .record(
      z.string(),
      z.object({
        key: z.string(),
        search: z.string(),
        create: z.string().optional(),
        update: z.string().optional(),
      }),
    )
    .default({}),
  flags: z.object({ cleanInputData: z.boolean().optional() }).default({}),
});

const groups = ['triggers', 'searches', 'creates'] as const;

/** One trigger, search or create, with where it stands: `creates.send_event`. */
export type Operation = z.infer<typeof actionSchema>['operation'] & {
  group: (typeof groups)[number];
  key: string;
  path: string;
  display: z.infer<typeof actionSchema>['display'];
};

export type Definition = {
  authentication: z.infer<typeof definitionSchema>['authentication'];
  operations: Operation[];
  searchOrCreates: z.infer<typeof definitionSchema>['searchOrCreates'];
  flags: z.infer<typeof definitionSchema>['flags'];
  /** The definition as it was given, for checks that read all of its text. */
  raw: unknown;
};

export const parseDefinition = (raw: unknown): Definition => {
  const parsed = definitionSchema.parse(raw);
  return {
    authentication: parsed.authentication,
    searchOrCreates: parsed.searchOrCreates,
    flags: parsed.flags,
    operations: groups.flatMap((group) =>
      Object.entries(parsed[group]).map(([key, { display, operation }]) => ({
        ...operation,
        group,
        key,
        path: `${group}.${key}`,
        display,
      })),
    ),
    raw,
  };
};

export const triggersOf = ({ operations }: Definition): Operation[] =>
  operations.filter(({ group }) => group === 'triggers');

export const visible = (operations: Operation[]): Operation[] => operations.filter(({ display }) => !display.hidden);

/** Triggers poll unless they say otherwise. */
export const isPolling = ({ group, type }: Operation): boolean =>
  group === 'triggers' && (type ?? 'polling') === 'polling';

export const isHook = ({ group, type }: Operation): boolean => group === 'triggers' && type === 'hook';

/** A hook without subscribe or unsubscribe: its address is copied by hand. */
export const isStaticHook = (operation: Operation): boolean =>
  isHook(operation) && (operation.performSubscribe === undefined || operation.performUnsubscribe === undefined);

/** What Zapier tells items of a polling trigger apart by: the primary output fields, else `id`. */
export const primaryKeysOf = ({ outputFields }: Operation): string[] => {
  const primary = outputFields.known.filter((field) => field.primary).map(({ key }) => key);
  return primary.length === 0 ? ['id'] : primary;
};

export type Placed<T> = { where: string; value: T };

const placed = (path: string, fields: Field[]): Placed<Field>[] =>
  fields.flatMap((field) => {
    const where = `${path}.${field.key}`;
    return [{ where, value: field }, ...placed(where, field.children ?? [])];
  });

export const inputFieldsOf = ({ path, inputFields }: Operation): Placed<Field>[] =>
  placed(`${path}.inputFields`, inputFields.known);

export const outputFieldsOf = ({ path, outputFields }: Operation): Placed<Field>[] =>
  placed(`${path}.outputFields`, outputFields.known);

export const authFieldsOf = ({ authentication }: Definition): Placed<Field>[] =>
  placed('authentication.fields', authentication?.fields.known ?? []);

/** Every field that people fill in. */
export const formFieldsOf = (definition: Definition): Placed<Field>[] => [
  ...authFieldsOf(definition),
  ...definition.operations.flatMap(inputFieldsOf),
];

/** Every text in which people may meet Markdown. */
export const proseOf = (definition: Definition): Placed<string>[] =>
  [
    ...definition.operations.flatMap(({ path, display }) => [
      { where: `${path}.display.description`, value: display.description },
      { where: `${path}.display.directions`, value: display.directions },
    ]),
    ...formFieldsOf(definition).map(({ where, value }) => ({ where, value: value.helpText })),
  ].flatMap(({ where, value }) => (value === undefined ? [] : [{ where, value }]));

/** Every value inside a JSON value, itself first, with the keys that lead to it. */
export const walk = (value: unknown, path: string[] = []): { path: string[]; value: unknown }[] => [
  { path, value },
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => walk(inner, [...path, key]))
    : []),
];

/** Every text inside a JSON value. */
export const textsIn = (value: unknown): { path: string[]; text: string }[] =>
  walk(value).flatMap((inner) => (typeof inner.value === 'string' ? [{ path: inner.path, text: inner.value }] : []));
