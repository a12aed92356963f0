/** The database of a folder, in a thread of its own, which folder.ts can end whatever it is in the middle of. */
import { parentPort, workerData } from 'node:worker_threads';
import { fromPglite } from 'pg-boss';
import * as z from 'zod';
import { openPglite } from './disk.ts';

/** What the thread is asked; it answers one question after the other. Without one it closes the database. */
export type Question = { text: string; values: unknown[] | undefined } | null;
/** An error can't cross from thread to thread with all that it has. */
export type Answer = { rows: unknown[] } | { message: string; code: string; severity: string };

const port = parentPort;
if (port === null) throw new Error('This runs as a thread.');

const failed = z.object({ message: z.string(), code: z.string().catch(''), severity: z.string().catch('') });
const answer = (given: Answer): void => port.postMessage(given);

const database = await openPglite(z.string().parse(workerData));
const db = fromPglite(database);
port.on('message', (question: Question) => {
  const asked =
    question === null ? database.close().then(() => ({ rows: [] })) : db.executeSql(question.text, question.values);
  asked.then(({ rows }) => answer({ rows })).catch((error: unknown) => answer(failed.parse(error)));
});
answer({ rows: [] });
