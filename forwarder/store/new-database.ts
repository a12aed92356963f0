/** Makes an empty database in the folder that it is given. Runs as a thread of its own: see folder.ts. */
import { workerData } from 'node:worker_threads';
import * as z from 'zod';
import { openPglite } from './folder.ts';

const database = await openPglite(z.string().parse(workerData));
await database.close();
