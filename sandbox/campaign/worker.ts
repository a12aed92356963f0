/** Plays groups of a campaign in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { targets } from '../../make/language/format.ts';
import type { Group } from './plan.ts';
import { platforms } from './platform.ts';
import { playOn } from './play.ts';

const play = await playOn(z.object({ platform: z.enum(platforms), target: z.enum(targets) }).parse(workerData));
parentPort?.on('message', async (group: Group) => parentPort?.postMessage(await play(group)));
