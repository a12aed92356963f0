import { builtinModules } from 'node:module';
import type { IConfiguration } from 'dependency-cruiser';

const vendors = ['koji', 'amplitude', 'boundary', 'zod'];
const declaration = ['zapier', ...vendors, 'zapier-platform-core'];
const make = ['make/language', ...vendors];
const command = 'scripts/command-line.ts';

/**
 * Each room, and what it may import beside itself and Node: rooms, files and packages. What is not named is refused. A
 * row for one file or folder of a room holds for that in place of the room's row. A `*` is any one file or folder: such
 * may not import each other.
 */
export const rooms: Record<string, string[] | 'everything'> = {
  'index.ts': ['authentication.ts', 'operations.ts', 'zapier', 'package.json', 'zapier-platform-core'],
  'authentication.ts': declaration,
  'operations.ts': ['triggers', 'creates', 'searches', 'zapier', 'zapier-platform-core'],
  'triggers/*.ts': declaration,
  'creates/*.ts': declaration,
  'searches/*.ts': declaration,
  zapier: [...vendors, 'package.json', 'zapier-platform-core'],
  koji: ['boundary', 'zod'],
  amplitude: ['boundary', 'zod'],
  'amplitude/interview-event.ts': ['amplitude', 'koji', 'boundary', 'zod'],
  boundary: ['zod'],
  'make/language': vendors,
  'make/koji': make,
  'make/amplitude': [...make, 'package.json'],
  'make/origins': ['make/language', 'boundary', 'zod'],
  'make/build': [...make, 'make/koji', 'make/amplitude', 'make/origins', 'make/blueprints', command, 'ajv'],
  'make/lint': [...make, 'make/build', command],
  'make/deploy': [...make, 'make/build', 'make/origins', 'make/blueprints', command, '@makehq/sdk'],
  'make/blueprints': [...make, 'make/amplitude', command],
  'make/qa': [
    ...make,
    'make/koji',
    'make/build',
    'make/origins',
    'make/deploy',
    'make/blueprints',
    command,
    '@makehq/sdk',
  ],
  forwarder: [
    ...vendors,
    command,
    'esbuild',
    'hono',
    '@hono/node-server',
    'pg',
    'pg-boss',
    '@electric-sql/pglite',
    'pino',
    '@cloudflare/workers-types',
    'prom-client',
  ],
  'packages/*': ['zod'],
  doctor: [...vendors, 'zapier/connection.ts', command],
  scripts: ['operations.ts', 'package.json', 'zod', 'esbuild', '@resvg/resvg-js'],
  'scripts/command-line.ts': ['zod'],
  'scripts/deliver.ts': ['koji', 'boundary', command, 'zod'],
  'scripts/error-page.ts': ['koji', 'amplitude', 'boundary'],
  sandbox: 'everything',
  bench: 'everything',
  test: 'everything',
};

const escaped = (text: string): string => text.replaceAll('.', '\\.');
const isFile = (place: string): boolean => /\.(ts|json)$/.test(place);
const isRoom = (place: string): boolean => isFile(place) || Object.keys(rooms).some((room) => within(room, place));
const within = (room: string, place: string): boolean => room === place || room.startsWith(`${place}/`);

/** The paths in a place; `each` is what its `*` stands for. */
const patternOf = (place: string, each = isFile(place) ? '(.+)' : '([^/]+)'): string =>
  isRoom(place)
    ? `^${escaped(place).replace('*', each)}${isFile(place) ? '$' : '/'}`
    : `(^|/)node_modules/${escaped(place)}/`;

export default {
  forbidden: [
    ...Object.entries(rooms).flatMap(([room, imports]) =>
      imports === 'everything'
        ? []
        : [
            {
              name: room,
              comment: `${room} may import ${[...imports, 'Node'].join(', ')}, and nothing else.`,
              severity: 'error' as const,
              from: {
                path: patternOf(room),
                pathNot: Object.keys(rooms)
                  .filter((other) => other !== room && within(other, room))
                  .map((other) => patternOf(other)),
              },
              to: {
                pathNot: [patternOf(room, '$1'), ...imports.map((place) => patternOf(place))],
                dependencyTypesNot: ['core' as const],
              },
            },
          ],
    ),
    {
      name: 'no room',
      comment: 'Only what is in the table of rooms imports anything.',
      severity: 'error',
      from: {
        pathNot: [
          '^(\\.dependency-cruiser\\.ts|jest\\.config\\.js)$',
          ...Object.keys(rooms).map((room) => patternOf(room)),
        ],
      },
      to: {},
    },
    {
      name: 'circle',
      comment: 'Files do not run each other in a circle; types may go round.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
    builtInModules: { override: [...builtinModules, 'cloudflare:workers'], add: [] },
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^(dist|build|coverage|make/app)/' },
  },
} satisfies IConfiguration;
