import { type ParseArgsConfig, parseArgs } from 'node:util';
import * as z from 'zod';

/** What a command was given, or why it can't run: one line for each thing that is wrong. */
export type CommandLine<Values> = { values: Values } | { problems: string[] };

const kindsIn = (schema: z.ZodObject): NonNullable<ParseArgsConfig['options']> => {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.fromEntries(
    Object.entries(properties).map(([name, option]) => [
      name,
      { type: typeof option === 'object' && option.type === 'boolean' ? 'boolean' : 'string' },
    ]),
  );
};

/** The words after a command, by a schema whose keys are the names of its options. */
export const commandLineOf = <Schema extends z.ZodObject>(
  schema: Schema,
  words: string[],
): CommandLine<z.infer<Schema>> => {
  let given: object;
  try {
    given = parseArgs({ args: words, options: kindsIn(schema) }).values;
  } catch (error) {
    // Node's first sentence names the word; what follows is about positional arguments, which no command here takes.
    return { problems: [String(Object(error).message).replace(/\. .*$/s, '.')] };
  }
  const read = schema.safeParse(given);
  if (read.success) return { values: read.data };
  return { problems: read.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`) };
};

/** The same for this process: prints what is wrong and ends it with 2; with --help it shows the usage and ends well. */
export const commandLine = <Schema extends z.ZodObject>(usage: string, schema: Schema): z.infer<Schema> => {
  const words = process.argv.slice(2);
  if (words.includes('--help')) {
    process.stdout.write(`Usage: ${usage}\n`);
    process.exit(0);
  }
  const read = commandLineOf(schema, words);
  if ('values' in read) return read.values;
  console.error([...read.problems, `Usage: ${usage}`].join('\n'));
  process.exit(2);
};
