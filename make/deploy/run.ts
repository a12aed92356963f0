/** `npm run make:deploy`; see deploy.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MakeError } from '@makehq/sdk';
import * as z from 'zod';
import { commandLine } from '../../scripts/command-line.ts';
import { appIdSchema } from '../blueprints/blueprint.ts';
import { appOf } from '../build/apps.ts';
import { targets } from '../language/format.ts';
import {
  lockOrigins,
  newOrigin,
  ORIGINS_FILE,
  OriginsError,
  originAt,
  readOrigins,
  saveOrigin,
  unfinishedNew,
} from '../origins/origins.ts';
import { apiAddress, DeployError, MakeClient } from './client.ts';
import { deploy } from './deploy.ts';

const {
  target,
  zone,
  apply,
  icon,
  new: isNew,
  ...options
} = commandLine({
  called: 'npm run make:deploy',
  does: 'Says what differs between an app here and on Make; with --apply it puts the app there. MAKE_API_TOKEN is needed.',
  takes: z.object({
    target: z.enum(targets),
    zone: z.string().default('eu1').describe('the zone of your account on Make'),
    app: appIdSchema.optional(),
    icon: z.boolean().default(false).describe('sends the logo, too'),
    new: z
      .boolean()
      .default(false)
      .describe('makes another app there beside those that are; to go on with it, name it with --app'),
    apply: z.boolean().default(false).describe('makes the changes; without it they are only shown'),
  }),
});
const token = process.env.MAKE_API_TOKEN ?? '';
if (token === '') {
  console.error(
    'MAKE_API_TOKEN is empty. Put a token of Make’s into it: in your profile on Make under API, with the scopes sdk-apps:read and sdk-apps:write.',
  );
  process.exit(2);
}
const app = appOf(target);

if (process.env.MAKE_API_URL !== undefined && process.env.MAKE_ORIGINS === undefined) {
  console.error('MAKE_API_URL is for trying things out: put a file for what it learns into MAKE_ORIGINS, too.');
  process.exit(2);
}

const file = process.env.MAKE_ORIGINS ?? ORIGINS_FILE;
const unfinished = unfinishedNew(file, target);

const run = async (): Promise<void> => {
  if (isNew && options.app !== undefined)
    throw new DeployError('--new makes another app, and --app names one that is there: give one of the two.');
  if (isNew) unfinished.refuse();
  const baseUrl = apiAddress(zone, process.env.MAKE_API_URL);
  const known = readOrigins(file)[target];
  const saved = isNew ? null : originAt(known, baseUrl, options.app);
  if (saved === null && known.length > 0 && options.app === undefined && !isNew) {
    throw new DeployError(
      `${file} knows this app at ${known.map(({ label, appId }) => `${label} (${appId})`).join(', ')}, not at ${new URL(baseUrl).hostname}. Name that zone with --zone, or put another one here with --new.`,
    );
  }
  const { changes, appId } = await deploy({
    app,
    icon: icon ? readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'listing', 'logo.png')) : null,
    origin: saved ?? (options.app === undefined ? null : newOrigin(baseUrl, options.app)),
    isNew,
    baseUrl,
    beforeMaking: () => {
      if (isNew) unfinished.write('');
    },
    make: new MakeClient(baseUrl, token, { scopes: 'sdk-apps:read and sdk-apps:write' }),
    apply,
    save: (origin) => {
      saveOrigin(file, target, origin);
      if (isNew) unfinished.write(origin.appId);
    },
    say: (line) => process.stdout.write(`${line}\n`),
  });
  if (apply && appId !== null) unfinished.clear(appId);
  process.stdout.write(
    apply
      ? `${changes} changes. The app's id on Make is ${appId}. Next: npm run make:blueprints -- --app ${appId} --target ${target}\n`
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
  if (!(error instanceof DeployError || error instanceof OriginsError || error instanceof MakeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
