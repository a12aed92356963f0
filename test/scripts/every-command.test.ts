/** Every command of package.json that is ours, and every file that is a command: what --help and a wrong word do. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { openProcess } from '../support/command.ts';

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

/** A process that may read files and load libraries, and neither write one of its own nor start a program. */
const allowed = ['--allow-fs-read=*', '--allow-fs-write=build/quick-start*', '--allow-addons'];
const sealed = openProcess('--permission', ...allowed, '--no-warnings');
afterAll(sealed.close);
const run = (file: string, word: string) => sealed.run({ file, words: [word] });

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
  test('--help shows how it is called, ends well and does nothing', async () => {
    expect(await run(file, '--help')).toEqual({
      code: 0,
      out: expect.stringMatching(/^Usage: (npm |npx |node |zapier-)[^\n]*\n[^\n]/),
      err: '',
    });
  });

  test('an option that there is not is named, with the usage, and nothing is done', async () => {
    const did = await run(file, '--nonsense');
    expect(did).toEqual({ code: 2, out: '', err: expect.stringMatching(/--nonsense(.|\n)*Usage: /) });
    expect(did.err).not.toMatch(/\n\s+at |expected |received|NaN/);
  });
});
