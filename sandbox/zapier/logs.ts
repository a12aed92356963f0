import * as z from 'zod';
import type { VirtualClock } from '../clock.ts';
import { startServer } from '../server.ts';

/**
 * A line of the integration's log: `console` from `z.console.log`, `http` from `z.request`, `error` from a failure. `at` in
 * milliseconds on the sandbox's clock.
 */
export type LogLine = { at: number; type: string; message: string; data: Record<string, unknown> };

/** JSON lines of `{message, data: {log_type, …}}`, as core/src/tools/create-logger.js streams them. */
const line = z
  .object({ message: z.string(), data: z.looseObject({ log_type: z.string() }) })
  .transform(({ message, data }) => ({ type: data.log_type, message: message.replace(/\n$/, ''), data }));

export type Logs = { lines: LogLine[]; url: string; close: () => Promise<void> };

/** Where core posts its log instead of to httplogger.zapier.com, secrets already scrubbed by core. */
export const startLogs = async (clock: VirtualClock): Promise<Logs> => {
  const lines: LogLine[] = [];
  const server = await startServer(({ body }) => {
    for (const text of body.split('\n'))
      if (text !== '') lines.push({ at: clock.now(), ...line.parse(JSON.parse(text)) });
    return { status: 200, body: {} };
  });
  return { lines, url: server.url, close: server.close };
};
