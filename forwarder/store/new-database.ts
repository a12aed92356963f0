/** Makes an empty database in the folder that it is given. Runs as a thread of its own: see folder.ts. */
import { workerData } from 'node:worker_threads';
import * as z from 'zod';
import { keepAll } from './disk.ts';
import { openPglite } from './folder.ts';

const path = z.string().parse(workerData);
const database = await openPglite(path);
await database.close();
// Whoever makes a new database is not told that it is on the disk.
keepAll(path);
