/** `npm run campaign`: the loop under every fault the sandbox knows. Exit code 1 if anything is not as the oracle says. */
import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { bundle } from '../scripts/bundle.ts';
import { commandLine } from '../scripts/command-line.ts';
import { isClean, runCampaign } from './campaign/campaign.ts';
import { startThreads } from './campaign/threads.ts';
import { placeOptions, targetIsOfMake } from './place.ts';

const {
  platform,
  target = 'koji-amplitude',
  seed,
  people,
} = commandLine({
  called: 'npm run campaign',
  does: 'Runs the loop under every fault the sandbox knows, and checks who was written.',
  takes: z
    .object({
      ...placeOptions,
      seed: z.coerce.number().int().min(0).max(2_147_483_647).default(1),
      people: z.coerce.number().int().min(1).max(20_000).default(2_000),
    })
    .superRefine(targetIsOfMake),
});

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

if (platform === 'zapier') await bundle('public');
const began = performance.now();
const threads = startThreads({ platform, target }, availableParallelism());
const report = await runCampaign(threads.play, { seed, people, workers: threads.count }, (done) =>
  print(`${done}/${people} interviews`),
);
await threads.close();
const { counts, held, written, replays, shortest } = report;
print(`\n${held} interviews at Koji, ${written} events at Amplitude, ${replays} times tried again by hand.`);
for (const [what, count] of Object.entries(counts)) print(`${what.padEnd(18)}${String(count).padStart(6)}`);
print(`(${((performance.now() - began) / 1000).toFixed(1)} s)`);
if (shortest !== null) print(`\nSeed ${seed}. The shortest case:\n${JSON.stringify(shortest, null, 2)}`);
process.exitCode = isClean(report) ? 0 : 1;
