/** `npm run make:qa -- --team 12 --app koji-amplitude-a1b2c3 …`; see qa.ts. Exit code 1 when a point is wrong. */
import { Make } from '@makehq/sdk';
import * as z from 'zod';
import { regions } from '../../amplitude/hosts.ts';
import { commandLine, refuse } from '../../scripts/command-line.ts';
import { appIdSchema } from '../blueprints/blueprint.ts';
import { qa } from './qa.ts';

const command = {
  called: 'npm run make:qa',
  does: 'Runs the app’s modules once on your account of Make’s and says which open points are confirmed. It needs MAKE_API_TOKEN, KOJI_API_KEY, AMPLITUDE_API_KEY and AMPLITUDE_SECRET_KEY.',
  takes: z.object({
    team: z.string().regex(/^\d+$/).describe('the number of your team, from its address on Make'),
    app: appIdSchema,
    'koji-account': z.string().describe('what Make calls the app’s Koji connection, as the deploy told'),
    'amplitude-account': z.string().describe('what Make calls the app’s Amplitude connection'),
    region: z.enum(regions).default(regions[0]),
    zone: z.string().default('eu1').describe('the zone of your account on Make'),
  }),
};
const { team, app, region, zone, ...accounts } = commandLine(command);
const needed = ['MAKE_API_TOKEN', 'KOJI_API_KEY', 'AMPLITUDE_API_KEY', 'AMPLITUDE_SECRET_KEY'];
const missing = needed.filter((name) => (process.env[name] ?? '') === '');
if (missing.length > 0) refuse(command, [`${missing.join(', ')} must be set.`]);

const [token = '', koji = '', amplitude = '', amplitudeSecret = ''] = needed.map((name) => process.env[name]);
const address = new URL(process.env.MAKE_API_URL ?? `https://${zone}.make.com`);
const make = new Make(token, address.host);
make.protocol = address.protocol.replace(':', '');

try {
  const verdicts = await qa(
    make,
    Number(team),
    app,
    { koji: accounts['koji-account'], amplitude: accounts['amplitude-account'] },
    { koji, amplitude, amplitudeSecret, region },
    new Date(),
  );
  for (const { point, verdict, seen } of verdicts) process.stdout.write(`${verdict}\t${point}\t${seen}\n`);
  process.exitCode = verdicts.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
} catch (error) {
  console.error(`Make did not go along: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
