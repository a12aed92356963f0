/**
 * The database of a folder, in a thread of its own, which folder.ts can end whatever it is in the middle of. It loads nothing
 * but PGlite, as the process has the rest already: pg-boss' own adapter for it would take as long as PGlite itself.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openPglite } from './disk.ts';

/** What the thread is asked; it answers one question after the other. Without one it closes the database. */
export type Question = { text: string; values: unknown[] | undefined } | null;
/** An error can't cross from thread to thread with all that it has. */
export type Answer = { rows: unknown[] } | { code: string; severity: string };

const port = parentPort;
if (port === null) throw new Error('This runs as a thread.');

const answer = (given: Answer): void => port.postMessage(given);

const database = await openPglite(String(workerData));

/** Several statements at once take no values. */
const rowsOf = async (question: Question): Promise<unknown[]> => {
  if (question === null) {
    await database.close();
    return [];
  }
  const { text, values } = question;
  if (values?.length) return (await database.query(text, values)).rows;
  return (await database.exec(text)).flatMap(({ rows }) => rows);
};

const answerTo = async (question: Question): Promise<Answer> => {
  try {
    return { rows: await rowsOf(question) };
  } catch (error) {
    // Whatever is asked next would be refused in a transaction that failed.
    await database.query('rollback').catch(() => {});
    const { code = '', severity = '' } = Object(error);
    return { code: String(code), severity: String(severity) };
  }
};
port.on('message', async (question: Question) => answer(await answerTo(question)));
answer({ rows: [] });
