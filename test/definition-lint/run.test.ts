import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand, startCommand } from '../support/command.ts';

const core = resolve('node_modules/zapier-platform-core');

/** A folder with another app's build, as far from this repository as another app is. */
const folder = mkdtempSync(join(tmpdir(), 'definition-lint-'));
beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(core, join(folder, 'node_modules', 'zapier-platform-core'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const app = (label: string) => `{
  version: '1.0.0',
  platformVersion: '19.1.0',
  flags: { cleanInputData: false },
  creates: { send: {
    key: 'send',
    noun: 'Thing',
    display: { label: '${label}', description: 'Sends a thing.' },
    operation: { inputFields: [{ key: 'name', label: 'Name' }], perform: async () => ({ id: 1 }), sample: { id: 1 } },
  } },
}`;

const command = 'packages/zapier-definition-lint/run.ts';
const lint = (...words: string[]) => runCommand(command, words, { cwd: folder });

test.each([
  ['an ES module', 'right.mjs', `export default ${app('Send Thing')};`],
  ['CommonJS', 'right.cjs', `module.exports = ${app('Send Thing')};`],
])('a right app in %s ends with 0, and every check is listed', async (_what, name, content) => {
  const { code, out } = await startCommand(command, [write(name, content)], { cwd: folder }).ended;
  expect(out).toMatch(/^ok {7}D001 {2}Input Fields Should Be Insensitive/);
  expect(out).toMatch(/\n32 checks ok, 0 failed, 6 not run \(they need live results\); 0 exceptions, 0 of no use\n$/);
  expect(code).toBe(0);
});

test('a wrong app ends with 1 and says what and where', async () => {
  const { code, out } = await lint(write('wrong.mjs', `export default ${app('send thing')};`));
  expect(out).toContain('✗ creates.send.display.label: is "send thing", not "Send Thing".');
  expect(code).toBe(1);
});

test('exceptions, builds and live results are taken from files', async () => {
  const wrong = write('wrong.mjs', `export default ${app('send thing')};`);
  const entry = {
    check: 'D018',
    where: 'creates.send.display.label',
    reason: 'The label is a brand name.',
    build: 'b',
  };
  const list = write('exceptions.json', JSON.stringify([entry]));
  const live = write('live.json', JSON.stringify({ 'creates.send.operation.perform': [{ number: 1 }] }));
  expect(await lint(wrong, '--exceptions', list, '--build', 'b')).toMatchObject({ code: 0 });
  expect(await lint(wrong, '--exceptions', list)).toMatchObject({ code: 1 });
  const { code, out } = await lint(wrong, '--exceptions', list, '--build', 'b', '--live', live);
  expect(out).toContain('✗ creates.send.sample.id: is not among the keys of the real result.');
  expect(code).toBe(1);
});

test('a file that holds no app is refused', async () => {
  const { code, err } = await lint(write('none.mjs', 'export const app = 1;'));
  expect(err).toContain('does not export a Zapier app');
  expect(code).toBe(1);
});
