/** Plays groups of a campaign in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import type { Group } from './campaign.ts';
import { platforms } from './platform.ts';
import { playOn } from './play.ts';

const play = await playOn(z.enum(platforms).parse(workerData));
parentPort?.on('message', async (group: Group) => parentPort?.postMessage(await play(group)));
