import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtApp, MANIFEST, readBuilt } from '../../../make/build/built.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'built-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('reads every file of a built app by its path', () => {
  mkdirSync(join(folder, 'general'));
  writeFileSync(join(folder, MANIFEST), '{}');
  writeFileSync(join(folder, 'general', 'base.iml.json'), '[]');

  expect(Object.fromEntries(readBuilt(folder))).toEqual({ [MANIFEST]: '{}', 'general/base.iml.json': '[]' });
});

test('leaves the account’s token alone', () => {
  mkdirSync(join(folder, '.secrets'));
  writeFileSync(join(folder, MANIFEST), '{}');
  writeFileSync(join(folder, '.secrets', 'apikey'), 'token');

  expect([...readBuilt(folder).keys()]).toEqual([MANIFEST]);
});

test('says what to do where nothing was built', () => {
  expect(() => readBuilt(folder)).toThrow(`${folder} holds no built app. Run npm run make:build.`);
});

test.each([
  ['no manifest', []],
  ['a manifest that is not JSON', [[MANIFEST, '{']]],
  ['a manifest of something else', [[MANIFEST, '{"components": []}']]],
] satisfies [string, [string, string][]][])('%s is no app', (_what, files) => {
  expect(builtApp(new Map(files))).toBeNull();
});
