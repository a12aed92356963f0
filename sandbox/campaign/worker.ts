/** Plays groups of a campaign in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { placeSchema } from '../place.ts';
import type { Group } from './plan.ts';
import { playOn } from './play.ts';

const play = await playOn(placeSchema.parse(workerData));
parentPort?.on('message', async (group: Group) => parentPort?.postMessage(await play(group)));
