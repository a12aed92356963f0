/** How every command here reads the words behind its name, and what it says of those that it can't take. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import * as z from 'zod';

/** A command as its usage shows it. */
export type Command<Schema extends z.ZodObject> = {
  /** How it is called, without what it takes: `npm run make:lint`. */
  called: string;
  /** One sentence: what it does. */
  does: string;
  /** What it takes, by name. Each is an option, but for the one that `word` names. */
  takes: Schema;
  /** What stands behind the command without `--`. */
  word?: keyof z.infer<Schema> & string;
};

/** What a command was given, or why it can't run: one sentence for each thing that is wrong. */
export type CommandLine<Values> = { values: Values } | { problems: string[] };

/** What an option takes, as its schema says. */
const kindSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
});
type Kind = z.infer<typeof kindSchema>;

const kindsIn = (takes: z.ZodObject): Map<string, Kind> => {
  const { properties = {} } = z.toJSONSchema(takes, { io: 'input' });
  return new Map(Object.entries(properties).map(([name, kind]) => [name, kindSchema.parse(kind)]));
};

/** "koji or koji-amplitude", "a whole number from 20 to 1000". */
const wordsFor = ({ enum: choices, type, minimum, maximum, description }: Kind): string => {
  if (choices !== undefined) return choices.join(' or ');
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  return description ?? 'a text';
};

const isFlag = ({ type }: Kind): boolean => type === 'boolean';

/** The words behind a command, read by what it takes. */
export const commandLineOf = <Schema extends z.ZodObject>(
  { takes, word }: Pick<Command<Schema>, 'takes' | 'word'>,
  words: string[],
): CommandLine<z.infer<Schema>> => {
  const kinds = kindsIn(takes);
  const nameOf = (key: string): string => (key === word ? `<${key}>` : `--${key}`);
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    [...kinds].map(([name, kind]) => [name, { type: isFlag(kind) ? 'boolean' : 'string' }]),
  );
  const { tokens } = parseArgs({ args: words, options, strict: false, tokens: true });
  const given = new Map<string, string | boolean>();
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (word === undefined || given.has(word)) problems.push(`It takes no word "${token.value}".`);
      else given.set(word, token.value);
      continue;
    }
    const { name, rawName, value, inlineValue } = token;
    const kind = name === word || !rawName.startsWith('--') ? undefined : kinds.get(name);
    if (kind === undefined) problems.push(`There is no option ${rawName}.`);
    else if (isFlag(kind) && value !== undefined) problems.push(`${rawName} takes no value.`);
    else if (isFlag(kind)) given.set(name, true);
    else if (value === undefined || (!inlineValue && value.startsWith('--'))) {
      problems.push(`${rawName} needs a value: ${wordsFor(kind)}.`);
    } else given.set(name, value);
  }
  if (problems.length > 0) return { problems };

  const read = takes.safeParse(Object.fromEntries(given));
  if (read.success) return { values: read.data };
  const problemOf = ({ code, path, message }: z.core.$ZodIssue): string => {
    const key = path.join('.');
    const kind = kinds.get(key);
    // A rule between options brings its own sentence.
    if (code === 'custom' || kind === undefined) return message;
    const value = given.get(key);
    return value === undefined
      ? `${nameOf(key)} is needed: ${wordsFor(kind)}.`
      : `${nameOf(key)} takes ${wordsFor(kind)}, not "${value}".`;
  };
  return { problems: [...new Set(read.error.issues.map(problemOf))] };
};

/** What --help shows: how the command is called, what it does, and every option with its default. */
export const usageOf = <Schema extends z.ZodObject>({ called, does, takes, word }: Command<Schema>): string => {
  const kinds = [...kindsIn(takes)];
  const isNeeded = (name: string): boolean => !takes.shape[name]?.safeParse(undefined).success;
  const shown = kinds.map(([name, kind]) => {
    const what =
      name === word ? `<${name}>` : isFlag(kind) ? `--${name}` : `--${name} <${kind.enum?.join('|') ?? '…'}>`;
    return isNeeded(name) ? what : `[${what}]`;
  });
  const rows = kinds.map(([name, kind]) => {
    const explained = [isFlag(kind) ? undefined : wordsFor(kind), kind.description];
    const standard = kind.default === undefined || isFlag(kind) ? '' : `; ${kind.default} if left out`;
    return `  ${(name === word ? `<${name}>` : `--${name}`).padEnd(22)}${[...new Set(explained)].filter(Boolean).join(': ')}${standard}`;
  });
  // npm keeps what stands before -- for itself.
  const call = called.startsWith('npm ') && shown.length > 0 ? `${called} --` : called;
  return [`Usage: ${[call, ...shown].join(' ')}`, does, ...rows].join('\n');
};

/**
 * What this process was given. With --help it shows the usage and ends the process with 0; where something is wrong it
 * says what, shows the usage and ends the process with 2. To be asked before anything else is done.
 */
export const commandLine = <Schema extends z.ZodObject>(command: Command<Schema>): z.infer<Schema> => {
  const words = process.argv.slice(2);
  if (words.includes('--help')) {
    process.stdout.write(`${usageOf(command)}\n`);
    process.exit(0);
  }
  const read = commandLineOf(command, words);
  return 'values' in read ? read.values : refuse(command, read.problems);
};

/** Says what is wrong with how a command was called, shows its usage and ends this process with 2. */
export const refuse = <Schema extends z.ZodObject>(command: Command<Schema>, problems: string[]): never => {
  console.error([...problems, '', usageOf(command)].join('\n'));
  process.exit(2);
};
