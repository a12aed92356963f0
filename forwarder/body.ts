/** A request's body, read no further than it may be long. */
import { jsonOf } from '../boundary/send.ts';
import { Refused } from './refused.ts';

/** How much of a body is read, in bytes; `rows` says how many it may have, to whoever sent more. */
type Most = { bytes: number; rows?: number };

const tooLarge = ({ rows }: Most): Refused =>
  new Refused(413, 'too_large', 'The body is larger than this address takes: send smaller batches.', {
    max_rows: rows,
  });

/** What says that a body is not packed; some write there how its text is encoded. */
const PLAIN = ['', 'identity', 'utf-8', 'utf8'];

/** The bytes of a body, unpacked where it is packed (https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1). */
const bytesOf = async (request: Request, most: Most): Promise<Uint8Array> => {
  const { headers } = request;
  const announced = headers.get('content-length');
  if (Number(announced) > most.bytes) throw tooLarge(most);
  const packing = (headers.get('content-encoding') ?? '').trim().toLowerCase().replace(/^x-/, '');
  const isPlain = PLAIN.includes(packing);
  // As long as it said: nothing is saved by reading it bit by bit.
  if (isPlain && announced !== null) return new Uint8Array(await request.arrayBuffer());
  let body = request.body;
  if (body === null) return new Uint8Array();
  if (packing === 'gzip' || packing === 'deflate') body = body.pipeThrough(new DecompressionStream(packing));
  else if (!isPlain)
    throw new Refused(415, 'unknown_packing', 'The body can be sent as it is, or packed by gzip or deflate.');
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > most.bytes) throw tooLarge(most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** The text of a body, unpacked where it says so. Throws a {@link Refused} as soon as there is too much of it. */
export const textOf = async (request: Request, most: Most): Promise<string> => {
  try {
    // An id with another character in it would be another person's; a signature counts a byte order mark.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await bytesOf(request, most));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(400, 'unreadable', 'The body broke off, is not packed as it says, or is not UTF-8.');
  }
};

/** Whether a text that is no JSON can be none, whatever follows it. */
const isBroken = (beginning: string): boolean => {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    const [, position = beginning.length] = /position (\d+)/.exec(String(error)) ?? [];
    return Number(position) < beginning.length || /is not valid JSON/.test(String(error));
  }
};

/** Where a text breaks is looked for so far, in characters: each look reads it from its beginning. */
const SEARCHED = 1_000_000;

/** Where JSON ends to be JSON, counted from 1. The engine does not always say, and quotes what stands there. */
const brokenAt = (text: string): string => {
  let [whole, broken] = [0, Math.min(text.length, SEARCHED)];
  if (!isBroken(text.slice(0, broken)))
    return broken === text.length ? 'It ends too early.' : `It breaks after character ${broken}.`;
  while (broken - whole > 1) {
    const middle = Math.floor((whole + broken) / 2);
    if (isBroken(text.slice(0, middle))) broken = middle;
    else whole = middle;
  }
  return `It breaks at character ${broken}.`;
};

/** What a body says that has to be JSON, and is. */
export const jsonIn = async (request: Request, most: Most): Promise<unknown> => {
  const text = await textOf(request, most);
  const json = jsonOf(text);
  if (json === undefined) throw new Refused(400, 'not_json', `The body is not JSON. ${brokenAt(text)}`);
  return json;
};
