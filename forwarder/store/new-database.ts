/**
 * Makes an empty database at the path that it is given. Runs as a thread of its own, whose end gives the half gigabyte back
 * that this takes; and under another name until it is whole, so that being killed in the middle leaves nothing behind that
 * looks like a database.
 */
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import { keep, keepAll, openPglite } from './disk.ts';

const path = String(workerData);
const unfinished = `${path}.unfinished`;
rmSync(unfinished, { recursive: true, force: true });
try {
  const database = await openPglite(unfinished);
  await database.close();
  // Whoever makes a new database is not told that it is on the disk.
  keepAll(unfinished);
  renameSync(unfinished, path);
  keep(dirname(path));
} finally {
  rmSync(unfinished, { recursive: true, force: true });
}
