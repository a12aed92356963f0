import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = process.cwd();
const biome = join(root, 'node_modules', '.bin', 'biome');

/** Lints one file with one import, in a tree of its own, by the repository's rules; true when the import is refused. */
const isRefused = (file: string, imported: string): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'));
  try {
    const { $schema: _schema, vcs: _vcs, ...rules } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(rules));
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `import { thing } from '${imported}';\n\nexport const other = thing;\n`);
    const { stdout, stderr } = spawnSync(biome, ['lint', '--colors=off', file], { cwd: folder, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toContain('Checked 1 file');
    return `${stdout}${stderr}`.includes('noRestrictedImports');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test.each([
  ['koji/', 'koji/x.ts', '../amplitude/hosts.ts'],
  ['koji/', 'koji/x.ts', '../connection.ts'],
  ['koji/', 'koji/x.ts', 'zapier-platform-core'],
  ['amplitude/', 'amplitude/x.ts', '../koji/gate.ts'],
  ['amplitude/', 'amplitude/x.ts', 'zapier-platform-core'],
  ['the one mapping', 'amplitude/interview-event.ts', '../connection.ts'],
  ['boundary/', 'boundary/x.ts', '../koji/gate.ts'],
  ['a trigger', 'triggers/x.ts', './interview_analysis_ready.ts'],
  ['a create', 'creates/x.ts', '../sandbox/clock.ts'],
  ['the app', 'hook.ts', './sandbox/clock.ts'],
  ['the app', 'hook.ts', './make/apps.ts'],
  ['the doctor', 'doctor/x.ts', '../hook.ts'],
  ['the doctor', 'doctor/x.ts', '../sandbox/clock.ts'],
  ['the doctor', 'doctor/x.ts', 'zapier-platform-core'],
  ['definition-lint/', 'definition-lint/x.ts', '../boundary/text.ts'],
  ['definition-lint/', 'definition-lint/x.ts', '../index.ts'],
  ['a check of definition-lint/', 'definition-lint/checks/x.ts', '../../boundary/text.ts'],
  ['the Make app', 'make/x.ts', '../connection.ts'],
  ['the Make app', 'make/x.ts', '../sandbox/clock.ts'],
  ['the Make app', 'make/x.ts', 'zapier-platform-core'],
])('%s may not import: %s → %s', (_room, file, imported) => {
  expect(isRefused(file, imported)).toBe(true);
});

describe.each(['koji', 'amplitude', 'boundary', 'triggers', 'creates', 'searches'])('%s/', (room) => {
  test.each(['sandbox/clock.ts', 'doctor/shape.ts', 'definition-lint/check.ts', 'make/apps.ts'])(
    'may not import %s',
    (file) => {
      expect(isRefused(`${room}/x.ts`, `../${file}`)).toBe(true);
    },
  );
});

test.each([
  ['koji/x.ts', '../boundary/values.ts'],
  ['koji/x.ts', './gate.ts'],
  ['amplitude/interview-event.ts', '../koji/gate.ts'],
  ['triggers/x.ts', '../hook.ts'],
  ['sandbox/x.ts', '../hook.ts'],
  ['doctor/x.ts', '../koji/contract.ts'],
  ['doctor/x.ts', '../amplitude/hosts.ts'],
  ['doctor/x.ts', '../boundary/failure.ts'],
  ['doctor/x.ts', '../connection.ts'],
  ['doctor/x.ts', './shape.ts'],
  ['definition-lint/x.ts', './checks/fields.ts'],
  ['definition-lint/checks/x.ts', '../check.ts'],
  ['make/x.ts', '../koji/gate.ts'],
  ['make/koji/x.ts', '../format.ts'],
])('%s may import %s', (file, imported) => {
  expect(isRefused(file, imported)).toBe(false);
});
