import * as z from 'zod';

/** A field of a form, as far as tests look at it. */
const field = z.looseObject({
  key: z.string(),
  type: z.string().optional(),
  list: z.boolean().optional(),
  default: z.string().optional(),
  dynamic: z.string().optional(),
  choices: z.record(z.string(), z.string()).optional(),
});

const fields = z.array(field).default([]);

/** The fields of an operation's form. */
export const fieldsOf = ({ operation }: { operation: { inputFields?: unknown } }) =>
  fields.parse(operation.inputFields);

/** What a form fills in by itself, by the keys of its fields. */
export const defaultsOf = (declaration: Parameters<typeof fieldsOf>[0]): Record<string, string> =>
  Object.fromEntries(
    fieldsOf(declaration).flatMap((one) => (one.default === undefined ? [] : [[one.key, one.default]])),
  );
