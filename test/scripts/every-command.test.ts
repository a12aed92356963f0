/** Every command of package.json that is ours, and every file that is a command: what --help and a wrong word do. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** The files that package.json runs, and those that documents and workflows name. */
const files = [
  ...new Set([
    ...Object.values(scripts).flatMap((line) =>
      [...line.matchAll(/node (?:--\S+ )?(\S+\.ts)/g)].map(([, file]) => file),
    ),
    'packages/zapier-definition-lint/run.ts',
    'scripts/check-tag.ts',
    'scripts/push-once.ts',
    'sandbox/try-hook.ts',
    'bench/cohort.ts',
    'bench/forwarder.ts',
  ]),
].map((file) => z.string().parse(file));

const outcomes = z.record(
  z.string(),
  z.object({ code: z.union([z.number(), z.string()]), out: z.string(), err: z.string() }),
);
/** What each command did with one word behind it. */
let ran: z.infer<typeof outcomes>;

// In a process that may read files and load libraries, and neither write a file nor start a program.
beforeAll(() => {
  const allowed = ['--permission', '--allow-fs-read=*', '--allow-addons', '--no-warnings'];
  const commands = files.flatMap((file) => [`${file} --help`, `${file} --nonsense`]);
  const words = [...allowed, 'test/scripts/in-one-process.ts', ...commands];
  ran = outcomes.parse(JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })));
});

/** Programs of others, which show their own help. */
const programs = ['jest', 'biome', 'depcruise', 'tsc', 'zapier-platform', 'npm'];

test('the list has every command, and nothing but the type check runs before one', () => {
  for (const [name, line] of Object.entries(scripts)) {
    const parts = line.split(' && ').map((part) => part.split(' '));
    const [program = '', ...words] = parts.at(-1) ?? [];
    const isOurs = program === 'zapier-definition-lint' || files.some((file) => words.includes(file));
    expect([name, isOurs || programs.includes(program)]).toEqual([name, true]);
    if (isOurs) expect([name, ...parts.slice(0, -1).flat()]).toEqual([name, ...(parts.length > 1 ? ['tsc'] : [])]);
  }
  expect(files.length).toBeGreaterThan(15);
});

describe.each(files)('%s', (file) => {
  test('--help shows how it is called, ends well and does nothing', () => {
    expect(ran[`${file} --help`]).toEqual({
      code: 0,
      out: expect.stringMatching(/^Usage: (npm |npx |node |zapier-)[^\n]*\n[^\n]/),
      err: '',
    });
  });

  test('an option that there is not is named, with the usage, and nothing is done', () => {
    const did = ran[`${file} --nonsense`];
    expect(did).toEqual({ code: 2, out: '', err: expect.stringMatching(/--nonsense(.|\n)*Usage: /) });
    expect(did?.err).not.toMatch(/\n\s+at |expected |received|NaN/);
  });
});
