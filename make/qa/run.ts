/** `npm run make:qa -- --team 12`; see qa.ts. Exit code 1 when a scenario or a point is wrong. */
import { MakeError } from '@makehq/sdk';
import * as z from 'zod';
import { regions } from '../../amplitude/hosts.ts';
import { commandLine, refuse } from '../../scripts/command-line.ts';
import { appIdSchema } from '../blueprints/blueprint.ts';
import { apiAddress, DeployError, MakeClient } from '../deploy/client.ts';
import { ORIGINS_FILE, OriginsError, originAt, readOrigins } from '../origins/origins.ts';
import { qa, type Verdict } from './qa.ts';

const command = {
  called: 'npm run make:qa',
  does: 'Runs every group of modules, every dropdown and every blueprint once on your account of Make’s, and says which open points are confirmed. It needs MAKE_API_TOKEN, KOJI_API_KEY, AMPLITUDE_API_KEY and AMPLITUDE_SECRET_KEY.',
  takes: z.object({
    team: z.string().regex(/^\d+$/).describe('the number of your team, from its address on Make'),
    app: appIdSchema.optional(),
    region: z.enum(regions).default(regions[0]),
    zone: z.string().default('eu1').describe('the zone of your account on Make'),
    patience: z.coerce.number().int().min(1).max(900).default(120),
  }),
};
const { team, app, region, zone, patience } = commandLine(command);
const needed = ['MAKE_API_TOKEN', 'KOJI_API_KEY', 'AMPLITUDE_API_KEY', 'AMPLITUDE_SECRET_KEY'];
const missing = needed.filter((name) => (process.env[name] ?? '') === '');
if (missing.length > 0) refuse(command, [`${missing.join(', ')} must be set.`]);
const [token = '', koji = '', amplitude = '', amplitudeSecret = ''] = needed.map((name) => process.env[name]);

const table = (heading: string, rows: Verdict[]): string =>
  [
    `\n| ${heading} | verdict | seen |`,
    '|---|---|---|',
    ...rows.map(
      ({ of, verdict, seen }) => `| ${of} | ${verdict} | ${seen.replaceAll('|', '\\|').replace(/\s+/g, ' ')} |`,
    ),
    '',
  ].join('\n');

try {
  const baseUrl = apiAddress(zone, process.env.MAKE_API_URL);
  const known = readOrigins(process.env.MAKE_ORIGINS ?? ORIGINS_FILE)['koji-amplitude'];
  const origin = originAt(known, baseUrl, app);
  if (origin === null) {
    throw new OriginsError(
      'The app koji-amplitude was not deployed there: run npm run make:deploy first, with the same --zone.',
    );
  }
  const scopes =
    'to read and write scenarios, hooks, connections, incomplete executions and apps (sdk-apps), and to run scenarios';
  const make = new MakeClient(baseUrl, token, { scopes });
  const place = { make, team: Number(team), origin, patience: patience * 1000 };
  const { scenarios, points } = await qa(place, { koji, amplitude, amplitudeSecret, region }, new Date());
  process.stdout.write(table('scenario or dropdown', scenarios) + table('open point', points));
  process.exitCode = [...scenarios, ...points].some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
} catch (error) {
  if (!(error instanceof MakeError || error instanceof DeployError || error instanceof OriginsError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
