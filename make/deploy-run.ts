/** `npm run make:deploy -- --target koji-amplitude [--zone eu1] [--app <id>] [--apply]`; see deploy.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { apps } from './apps.ts';
import { deploy } from './deploy.ts';
import { apiAddress, DeployError, makeApi } from './deploy-api.ts';
import { newOrigin, readOrigins, writeOrigins } from './origins.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    zone: { type: 'string', default: 'eu1' },
    app: { type: 'string' },
    apply: { type: 'boolean', default: false },
  },
});
const target = z.enum(['koji', 'koji-amplitude']).safeParse(values.target);
const token = process.env.MAKE_API_TOKEN ?? '';
const app = apps.find((one) => one.target === target.data);
if (app === undefined || token === '') {
  console.error(
    'Name the app (--target koji or --target koji-amplitude), and put a token of Make’s into MAKE_API_TOKEN.',
  );
  process.exit(2);
}

const file = process.env.MAKE_ORIGINS ?? join(import.meta.dirname, 'origins.json');
try {
  const baseUrl = apiAddress(values.zone, process.env.MAKE_API_URL);
  const origins = readOrigins(file);
  const saved = origins[app.target].find((one) => one.baseUrl === baseUrl && (values.app ?? one.appId) === one.appId);
  const changes = await deploy({
    app,
    readme: readFileSync(join(import.meta.dirname, 'app', app.target, 'README.md'), 'utf8'),
    origin: saved ?? (values.app === undefined ? null : newOrigin(baseUrl, values.app)),
    newOrigin: (appId) => newOrigin(baseUrl, appId),
    api: makeApi(baseUrl, token),
    apply: values.apply,
    save: (origin) => {
      const others = origins[app.target].filter((one) => one.appId !== origin.appId || one.baseUrl !== baseUrl);
      origins[app.target] = [...others, origin];
      writeOrigins(file, origins);
    },
    say: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${changes} changes${values.apply ? '' : ' to make; --apply makes them'}\n`);
} catch (error) {
  if (!(error instanceof DeployError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
