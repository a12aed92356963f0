/** Every command of package.json that is ours, and every file that is a command: what --help and a wrong word do. */
import { execFile } from 'node:child_process';
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

type Ran = { code: number | string | null; out: string; err: string };
/** Runs a command that may read files and load libraries, and neither write a file nor start a program. */
const run = (file: string, ...words: string[]): Promise<Ran> =>
  new Promise((done) => {
    const allowed = ['--permission', '--allow-fs-read=*', '--allow-addons', '--no-warnings'];
    execFile(process.execPath, [...allowed, file, ...words], { timeout: 20_000 }, (error, out, err) =>
      done({ code: error === null ? 0 : (error.code ?? null), out, err }),
    );
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
  test('--help shows how it is called, ends well and does nothing', async () => {
    const { code, out, err } = await run(file, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Usage: (npm |npx |node |zapier-)/);
    expect(out.trim().split('\n').length).toBeGreaterThanOrEqual(2);
  });

  test('an option that there is not is named, with the usage, and nothing is done', async () => {
    const { code, out, err } = await run(file, '--nonsense');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('--nonsense');
    expect(err).toContain('Usage: ');
    expect(err).not.toMatch(/\n\s+at |expected |received|NaN/);
  });
});
