/** `npm run make:deploy`; see deploy.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { commandLine } from '../scripts/command-line.ts';
import { appOf } from './apps.ts';
import { appIdSchema } from './blueprint.ts';
import { deploy } from './deploy.ts';
import { apiAddress, DeployError, makeApi } from './deploy-api.ts';
import { lockOrigins, newOrigin, readOrigins, saveOrigin } from './origins.ts';

const { target, zone, apply, icon, ...options } = commandLine(
  'npm run make:deploy -- --target koji|koji-amplitude [--zone eu1] [--app ID] [--icon] [--apply]',
  z.object({
    target: z.enum(['koji', 'koji-amplitude']),
    zone: z.string().default('eu1'),
    app: appIdSchema.optional(),
    icon: z.boolean().default(false),
    apply: z.boolean().default(false),
  }),
);
const token = process.env.MAKE_API_TOKEN ?? '';
if (token === '') {
  console.error(
    'MAKE_API_TOKEN is empty. Put a token of Make’s into it: in your profile on Make under API, with the scopes sdk-apps:read and sdk-apps:write.',
  );
  process.exit(2);
}
const app = appOf(target);

const here = import.meta.dirname;
const file = process.env.MAKE_ORIGINS ?? join(here, 'origins.json');

const run = async (): Promise<void> => {
  const baseUrl = apiAddress(zone, process.env.MAKE_API_URL);
  const saved = readOrigins(file)[target].find(
    (one) => one.baseUrl === baseUrl && (options.app ?? one.appId) === one.appId,
  );
  const { changes, appId } = await deploy({
    app,
    readme: readFileSync(join(here, 'app', target, 'README.md'), 'utf8'),
    icon: icon ? readFileSync(join(here, '..', 'docs', 'listing', 'logo.png')) : null,
    origin: saved ?? (options.app === undefined ? null : newOrigin(baseUrl, options.app)),
    newOrigin: (appId) => newOrigin(baseUrl, appId),
    api: makeApi(baseUrl, token),
    apply,
    save: (origin) => saveOrigin(file, target, origin),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(
    apply
      ? `${changes} changes. The app's id on Make is ${appId}. Next: npm run make:blueprints -- --app-id ${appId} --target ${target}\n`
      : `${changes} changes to make, and the code of what is new; --apply makes them\n`,
  );
};

const runLocked = async (): Promise<void> => {
  const unlock = lockOrigins(file);
  // A signal ends the process without a finally.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      unlock();
      process.exit(130);
    });
  }
  try {
    await run();
  } finally {
    unlock();
  }
};

try {
  await (apply ? runLocked() : run());
} catch (error) {
  if (!(error instanceof DeployError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
