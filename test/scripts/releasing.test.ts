/** docs/releasing.md, followed to the letter on a copy of the repository. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The commands of each numbered step, as the page shows them. */
const steps = [...readFileSync('docs/releasing.md', 'utf8').matchAll(/^ {3}```sh\n(.*?)^ {3}```/gms)].map(
  ([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((line) => line.trim()),
);

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'release-'));
  for (const file of execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n')) {
    if (!existsSync(file)) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(file, join(copy, file));
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  inCopy('git init --quiet && git add --all && git commit --quiet --message "As it is"');
});
afterAll(() => rmSync(copy, { recursive: true }));

const AUTHOR = {
  GIT_AUTHOR_NAME: 'T',
  GIT_AUTHOR_EMAIL: 't@example.com',
  GIT_COMMITTER_NAME: 'T',
  GIT_COMMITTER_EMAIL: 't@example.com',
};
const inCopy = (command: string) => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, ...AUTHOR },
  });
  return { status, said: `${stdout}${stderr}` };
};

/** What the gate asks of a version; the rest of it is the same before and after. */
const versionChecks = ['npm run make:build', 'git diff --exit-code -- make/app', 'npm run make:lint'];

test('the gate refuses a version that the Make app was not built for', () => {
  inCopy('npm version 1.0.9 --no-git-tag-version');
  expect(versionChecks.slice(0, 2).map((command) => inCopy(command).status)).toEqual([0, 1]);
  inCopy('git checkout --quiet .');
});

test('followed to the letter, the page leads to a version that passes', () => {
  const [naming = [], checking = []] = steps;
  expect(naming).toContain('npm version 1.1.0 --no-git-tag-version');
  for (const command of naming)
    expect([command, inCopy(command)]).toEqual([command, expect.objectContaining({ status: 0 })]);

  const changelog = join(copy, 'CHANGELOG.md');
  writeFileSync(
    changelog,
    readFileSync(changelog, 'utf8').replace('## 1.0.0', '## 1.1.0\n\n- Something new.\n\n## 1.0.0'),
  );

  expect(checking).toContain('bash .ci/run');
  const commands = checking.flatMap((command) => (command === 'bash .ci/run' ? versionChecks : [command]));
  for (const command of commands)
    expect([command, inCopy(command)]).toEqual([command, expect.objectContaining({ status: 0 })]);
  expect(inCopy('git status --porcelain').said).toBe('');
});
