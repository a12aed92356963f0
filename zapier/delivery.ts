/** A request to a hook's address, as Zapier hands it on. */
import * as z from 'zod';
import { text } from '../boundary/values.ts';

/** Header names come with `Http-` before them (Z4). What is no text is passed over. */
const headers = z
  .record(z.string(), z.unknown())
  .catch({})
  .transform((given) =>
    Object.fromEntries(
      Object.entries(given).flatMap(([name, value]): [string, string][] => {
        const read = text.safeParse(value);
        return read.success ? [[name.replace(/^http-/i, ''), read.data]] : [];
      }),
    ),
  );

const rawRequest = z.object({ headers, content: z.string().catch('') });

/** The headers of a delivery by their own names, and its raw bytes as text. */
export const deliveryOf = (request: unknown): z.infer<typeof rawRequest> => rawRequest.parse(request);
