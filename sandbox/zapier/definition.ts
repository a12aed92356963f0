import * as z from 'zod';

/** Any JSON object: what a trigger gives, what a step takes and gives. */
export type Item = Record<string, unknown>;

export const itemSchema: z.ZodType<Item> = z.record(z.string(), z.unknown());

/** A field of a form, input or output; only what Zapier's servers act on (Z10). */
const fieldSchema = z.object({
  key: z.string(),
  label: z.string().optional(),
  type: z.string().optional(),
  required: z.boolean().optional(),
  default: z.string().optional(),
  list: z.boolean().optional(),
  dict: z.boolean().optional(),
  primary: z.boolean().optional(),
});
export type Field = z.infer<typeof fieldSchema>;

/** Core serializes a function as `$func$<arity>$<uses arguments>$`; in a list of fields it stands for dynamic ones. */
const functionText = z.string().startsWith('$func$');
const fields = z.array(z.union([functionText, fieldSchema])).default([]);

const throttleSchema = z.object({
  window: z.number(),
  limit: z.number(),
  key: z.string().optional(),
  scope: z.array(z.enum(['user', 'auth', 'account', 'action'])).optional(),
  retry: z.boolean().optional(),
});
/** ThrottleObjectSchema of zapier-platform-schema 19.1.0. */
export type Throttle = z.infer<typeof throttleSchema>;

const operationSchema = z.object({
  type: z.string().optional(),
  performList: z.unknown().optional(),
  performSubscribe: z.unknown().optional(),
  performUnsubscribe: z.unknown().optional(),
  inputFields: fields,
  outputFields: fields,
  sample: itemSchema.optional(),
  throttle: throttleSchema.optional(),
});

const actions = z.record(z.string(), z.object({ operation: operationSchema })).default({});

const definitionSchema = z.object({
  throttle: throttleSchema.optional(),
  authentication: z
    .object({ fields: z.array(fieldSchema).default([]), connectionLabel: z.string().optional() })
    .optional(),
  triggers: actions,
  creates: actions,
  searches: actions,
});
/** The app as core's command `definition` serializes it: what Zapier's servers know of it. */
export type Definition = z.infer<typeof definitionSchema>;

/** What the method `inputFields` gives: every field, dynamic ones among them. */
export const parseFields = (results: unknown): Field[] => z.array(fieldSchema).parse(results);

export const parseDefinition = (results: unknown): Definition => definitionSchema.parse(results);

/** One trigger, create or search. */
export type Operation = z.infer<typeof operationSchema> & {
  group: 'triggers' | 'creates' | 'searches';
  key: string;
  /** What core calls it: `creates.send_event.operation`. */
  path: string;
};

export const isFunctionText = (value: string): boolean => functionText.safeParse(value).success;

export const isHook = (operation: Operation): boolean => operation.type === 'hook';

export const findTrigger = (definition: Definition, key: string): Operation => find(definition, ['triggers'], key);

/** A step is a create or, when no create has that key, a search. */
export const findStep = (definition: Definition, key: string): Operation =>
  find(definition, ['creates', 'searches'], key);

const find = (definition: Definition, groups: Operation['group'][], key: string): Operation => {
  for (const group of groups) {
    const action = definition[group][key];
    if (action !== undefined) return { ...action.operation, group, key, path: `${group}.${key}.operation` };
  }
  throw new Error(`The app has no ${key} among its ${groups.join(' and ')}.`);
};
