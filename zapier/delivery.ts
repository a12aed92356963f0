/** A request to a hook's address, as Zapier hands it on. */
import * as z from 'zod';
import { text } from '../boundary/values.ts';

/**
 * In small letters, and without the `Http-` that Zapier puts before a name (Z4). One that comes several times, in a list or
 * in other capitals, is one with commas, as HTTP has it; what is no text is passed over.
 */
const headers = z
  .record(z.string(), z.unknown())
  .catch({})
  .transform((given) => {
    const read = new Map<string, string>();
    for (const [name, value] of Object.entries(given)) {
      const own = name.replace(/^http-/i, '').toLowerCase();
      const texts = [read.get(own), value].flat().flatMap((one) => text.safeParse(one).data ?? []);
      if (texts.length > 0) read.set(own, texts.join(', '));
    }
    return Object.fromEntries(read);
  });

const rawRequest = z.object({ headers, content: z.string().catch('') });

/** The headers of a delivery by their own names, and its raw bytes as text. */
export const deliveryOf = (request: unknown): z.infer<typeof rawRequest> => rawRequest.parse(request);
