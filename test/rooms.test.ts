import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import * as z from 'zod';
import { rooms } from '../.dependency-cruiser.ts';

const root = process.cwd();
const config = join(root, '.dependency-cruiser.ts');
const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');

const folder = mkdtempSync(join(tmpdir(), 'rooms-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
};

const named = Object.values(rooms).flatMap((imports) => (imports === 'everything' ? [] : imports));
const isFile = (place: string): boolean => /\.(ts|json)$/.test(place);
const isIn = (room: string, place: string): boolean => place === room || place.startsWith(`${room}/`);
const isOurs = (place: string): boolean => isFile(place) || Object.keys(rooms).some((room) => isIn(place, room));

/** Whatever the table names: rooms, single files and packages, and one package that it does not name. */
const places = [...new Set([...Object.keys(rooms), ...named, 'lodash'])];

/** A file in a place, so many folders deep. */
const fileIn = (place: string, name: string, depth = 0): string => {
  const inside = `${'deeper/'.repeat(depth)}${name}`;
  if (place.endsWith('*.ts')) return place.replace('*.ts', `${inside}.ts`);
  if (isFile(place)) return place;
  return `${place.replace('*', name === 'probe' ? 'one' : 'another')}/${inside}.ts`;
};

const pathOf = (place: string): string => (isOurs(place) ? fileIn(place, 'target') : `node_modules/${place}/index.js`);

const isAllowed = (room: string, place: string): boolean => {
  const imports = rooms[room] ?? [];
  if (imports === 'everything' || imports.some((allowed) => isIn(allowed, place))) return true;
  return !room.includes('*') && isIn(room, place);
};

const probesOf = (room: string): string[] =>
  isFile(room) && !room.includes('*') ? [room] : [0, 1, 2, 3].map((depth) => fileIn(room, 'probe', depth));

const cruise = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** What the rules refuse each probe, in one run over all of them: each imports everything there is. */
const refused = new Map<string, Set<string>>();
beforeAll(() => {
  for (const place of places) write(pathOf(place), place.endsWith('.json') ? '{}' : '');
  for (const probe of Object.keys(rooms).flatMap(probesOf)) {
    const imports = places.map((place) => {
      const path = relative(dirname(probe), pathOf(place)).split(sep).join('/');
      return `import '${isOurs(place) ? (path.startsWith('.') ? path : `./${path}`) : place}';\n`;
    });
    write(probe, `import 'node:fs';\n${imports.join('')}`);
  }
  const { stdout: printed } = spawnSync(process.execPath, [cruiser, '--config', config, '--output-type', 'json', '.'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  for (const { from, to, rule } of cruise.parse(JSON.parse(printed)).summary.violations) {
    if (rule.name !== 'circle') refused.set(from, (refused.get(from) ?? new Set()).add(to));
  }
});

test.each(Object.keys(rooms))('%s may import what its row says and nothing else, at any depth', (room) => {
  for (const probe of probesOf(room)) {
    const forbidden = new Set(places.filter((place) => !isAllowed(room, place)).map(pathOf));
    expect({ probe, refused: refused.get(probe) ?? new Set() }).toEqual({ probe, refused: forbidden });
  }
});

test('the rows keep the arrows: no vendor sees a platform, and no platform the other', () => {
  for (const room of ['koji', 'amplitude', 'amplitude/interview-event.ts', 'boundary', 'forwarder', 'make/koji']) {
    for (const place of ['zapier-platform-core', 'zapier', 'triggers/*.ts', 'operations.ts', 'sandbox', 'scripts']) {
      expect([room, place, isAllowed(room, place)]).toEqual([room, place, false]);
    }
  }
  expect(isAllowed('koji', 'amplitude')).toBe(false);
  expect(isAllowed('amplitude', 'koji')).toBe(false);
  expect(isAllowed('zapier', 'make/koji')).toBe(false);
});

test('.gitignore hides no committed file, which lint would pass over', () => {
  const { stdout: hidden, status } = spawnSync('git', ['ls-files', '--cached', '--ignored', '--exclude-standard'], {
    encoding: 'utf8',
  });
  expect([status, hidden]).toEqual([0, '']);
});

test('npm run lint fails where a file imports what it may not, and names each', () => {
  const copy = join(folder, 'copy');
  for (const file of ['package.json', 'biome.json', '.gitignore', '.dependency-cruiser.ts'])
    cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const broken = [
    ['koji/broken.ts', '../amplitude/hosts.ts'],
    ['make/koji/broken.ts', '../../sandbox/clock.ts'],
    ['scripts/broken.ts', '../zapier/fields.ts'],
    ['packages/zapier-definition-lint/checks/broken.ts', '../../../boundary/text.ts'],
  ] as const;
  for (const [file, imported] of broken) {
    write(join('copy', file), `import { thing } from '${imported}';\n\nexport const broken = thing;\n`);
    write(join('copy', dirname(file), imported), 'export const thing = 1;\n');
  }
  const { stdout: printed, status } = spawnSync('npm', ['run', 'lint'], { cwd: copy, encoding: 'utf8' });
  for (const [file, imported] of broken) expect(printed).toContain(`${file} → ${join(dirname(file), imported)}`);
  expect(printed).toContain(`x ${broken.length} dependency violations`);
  expect(status).not.toBe(0);
});
