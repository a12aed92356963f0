/** `npm run make:deploy`; see deploy.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { commandLine } from '../scripts/command-line.ts';
import { appOf } from './apps.ts';
import { deploy } from './deploy.ts';
import { apiAddress, DeployError, makeApi } from './deploy-api.ts';
import { newOrigin, readOrigins, writeOrigins } from './origins.ts';

const { target, zone, apply, icon, ...options } = commandLine(
  'npm run make:deploy -- --target koji|koji-amplitude [--zone eu1] [--app ID] [--icon] [--apply]',
  z.object({
    target: z.enum(['koji', 'koji-amplitude']),
    zone: z.string().default('eu1'),
    app: z.string().optional(),
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
try {
  const baseUrl = apiAddress(zone, process.env.MAKE_API_URL);
  const origins = readOrigins(file);
  const saved = origins[app.target].find((one) => one.baseUrl === baseUrl && (options.app ?? one.appId) === one.appId);
  const { changes, appId } = await deploy({
    app,
    readme: readFileSync(join(here, 'app', app.target, 'README.md'), 'utf8'),
    icon: icon ? readFileSync(join(here, '..', 'docs', 'listing', 'logo.png')) : null,
    origin: saved ?? (options.app === undefined ? null : newOrigin(baseUrl, options.app)),
    newOrigin: (appId) => newOrigin(baseUrl, appId),
    api: makeApi(baseUrl, token),
    apply,
    save: (origin) => {
      const others = origins[app.target].filter((one) => one.appId !== origin.appId || one.baseUrl !== baseUrl);
      origins[app.target] = [...others, origin];
      writeOrigins(file, origins);
    },
    say: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(
    apply
      ? `${changes} changes. The app's id on Make is ${appId}. Next: npm run make:blueprints -- --app-id ${appId} --target ${target}\n`
      : `${changes} changes to make, and the code of what is new; --apply makes them\n`,
  );
} catch (error) {
  if (!(error instanceof DeployError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
