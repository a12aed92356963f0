/**
 * Changes a file in many small ways and runs its tests on each: what no test notices is shown. Stryker does it, which is
 * fetched when it is needed, because nothing else here needs it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { commandLine } from './command-line.ts';

const { file, tests, concurrency } = commandLine({
  called: 'npm run mutations',
  does: 'Changes a file in many small ways, runs its tests on each, and shows the changes that no test notices.',
  takes: z.object({
    file: z.string().describe('a file, some of its lines, or a pattern: koji/gate.ts, koji/gate.ts:40-63, koji/*.ts'),
    tests: z.string().optional().describe('which tests to run, as a pattern; those that mirror the file if left out'),
    concurrency: z.coerce.number().int().min(1).max(64).default(1).describe('how many changes are tried at a time'),
  }),
  word: 'file',
});

const HOME = 'build/mutations';
/** The latest pair of these that fit together. */
const packages = ['@stryker-mutator/core@10.0.0', '@stryker-mutator/jest-runner@10.0.0'];
const mirror = `test/${file.replace(/(:[\d-]+)?$/, '').replace(/\.ts$/, '.test.ts')}`;

mkdirSync(HOME, { recursive: true });
writeFileSync(
  `${HOME}/stryker.json`,
  JSON.stringify({
    mutate: [file],
    testRunner: 'jest',
    jest: {
      configFile: 'jest.config.js',
      config: { testMatch: [`<rootDir>/${tests ?? mirror}`] },
    },
    coverageAnalysis: 'perTest',
    concurrency,
    timeoutMS: 20_000,
    ignorePatterns: ['build', 'dist', 'coverage'],
    tempDirName: `${HOME}/work`,
    cleanTempDir: 'always',
    reporters: ['progress-append-only', 'clear-text', 'json'],
    clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
    jsonReporter: { fileName: `${HOME}/report.json` },
  }),
);
const show = { stdio: 'inherit' } as const;
execFileSync('npm', ['install', '--prefix', HOME, '--no-audit', '--no-fund', '--loglevel=error', ...packages], show);
execFileSync(
  process.execPath,
  [`${HOME}/node_modules/@stryker-mutator/core/bin/stryker.js`, 'run', `${HOME}/stryker.json`],
  show,
);
