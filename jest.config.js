import { availableParallelism } from 'node:os';

// Whose clocks are not UTC's sees what only holds there.
process.env.TZ = 'America/St_Johns';

// Jest starts its workers with them, and they spare a fifth of the time: more room for what is soon let go, no
// threads beside it that collect it, and no hook at each promise for Zapier's core to know whose it is.
process.execArgv.push('--max-semi-space-size=64', '--single-threaded-gc', '--experimental-async-context-frame');

/** Tests run as CommonJS through swc; imports keep their .ts endings, which jest resolves as they are. */
export default {
  testEnvironment: './test/environment.ts',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Their own command brings what they need: npm run test:hosts.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/hosts/'],
  // Jest can't require an ES module.
  moduleNameMapper: {
    '^echarts/dist/echarts.esm.min.mjs$': 'echarts',
    // Each file of tests loads zod anew, and half of that are the languages that nobody asks it for.
    '/locales/index\\.cjs$': 'zod/v4/locales/en.cjs',
  },
  modulePathIgnorePatterns: ['<rootDir>/build', '<rootDir>/dist'],
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
  // What the app prints for its log on Zapier would drown the results.
  silent: true,
  transform: {
    '^.+\\.ts$|/(pg-boss|serialize-error|non-error|rrule-temporal)/.+\\.js$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
      },
    ],
  },
  // By itself jest leaves a core idle; one more than there are, as many tests wait for a process that they started. With more
  // they cost each other more processor time than they win, and services answer later than tests of their patience allow.
  maxWorkers: availableParallelism() + 1,
  // Packages that are ES modules, which jest can't require either.
  transformIgnorePatterns: ['/node_modules/(?!(pg-boss|serialize-error|non-error|rrule-temporal)/)'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['koji/**/*.ts', 'amplitude/**/*.ts', 'boundary/**/*.ts'],
  coverageReporters: ['text-summary'],
  coverageThreshold: { global: { statements: 100, branches: 100, functions: 100, lines: 100 } },
  // For a machine that has much else to do.
  testTimeout: 300_000,
};
