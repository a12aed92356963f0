/** `npm run campaign`: the loop under every fault the sandbox knows. Exit code 1 if anything is not as the oracle says. */
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { bundle, bundleOf } from '../scripts/bundle.ts';
import { commandLine } from '../scripts/command-line.ts';
import { isClean, runCampaign } from './campaign/campaign.ts';

const { seed, people } = commandLine({
  called: 'npm run campaign',
  does: 'Runs the loop on Zapier under every fault the sandbox knows, and checks who was written.',
  takes: z.object({
    seed: z.coerce.number().int().min(0).max(2_147_483_647).default(1),
    people: z.coerce.number().int().min(1).max(20_000).default(2_000),
  }),
});

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

await bundle('public');
const app = z.object({ default: z.looseObject({}) }).parse(await import(pathToFileURL(bundleOf.public).href));
const began = performance.now();
const report = await runCampaign(app.default, { seed, people }, (done) => print(`${done}/${people} interviews`));
const { counts, held, written, replays, shortest } = report;
print(`\n${held} interviews at Koji, ${written} events at Amplitude, ${replays} runs replayed.`);
for (const [what, count] of Object.entries(counts)) print(`${what.padEnd(18)}${String(count).padStart(6)}`);
print(`(${((performance.now() - began) / 1000).toFixed(1)} s)`);
if (shortest !== null) print(`\nSeed ${seed}. The shortest case:\n${JSON.stringify(shortest, null, 2)}`);
process.exitCode = isClean(report) ? 0 : 1;
