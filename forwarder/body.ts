/** A request's body, read no further than it may be long. */
import { jsonOf } from '../boundary/send.ts';
import { Refused } from './refused.ts';

const tooLarge = (): Refused =>
  new Refused(413, 'too_large', 'The body is larger than this address takes: send smaller batches.');

/** What says that a body is not packed; some write there how its text is encoded. */
const PLAIN = ['', 'identity', 'utf-8', 'utf8'];

/** The body unpacked, where it is packed (https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1). */
const unpacked = ({ headers }: Request, body: ReadableStream<Uint8Array<ArrayBuffer>>) => {
  const packing = (headers.get('content-encoding') ?? '').trim().toLowerCase().replace(/^x-/, '');
  if (PLAIN.includes(packing)) return body;
  if (packing === 'gzip' || packing === 'deflate') return body.pipeThrough(new DecompressionStream(packing));
  throw new Refused(415, 'unknown_packing', 'The body can be sent as it is, or packed by gzip or deflate.');
};

/** The text of a body, unpacked where it says so. Throws a {@link Refused} as soon as it is longer than `most` bytes. */
export const textOf = async (request: Request, most: number): Promise<string> => {
  if (Number(request.headers.get('content-length') ?? 0) > most) throw tooLarge();
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of unpacked(request, request.body)) {
      length += chunk.byteLength;
      if (length > most) throw tooLarge();
      chunks.push(chunk);
    }
    // An id with another character in it would be another person's; a signature counts a byte order mark.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
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

/** Where JSON ends to be JSON, counted from 1. The engine does not always say, and quotes what stands there. */
const brokenAt = (text: string): string => {
  if (!isBroken(text)) return 'It ends too early.';
  let [whole, broken] = [0, text.length];
  while (broken - whole > 1) {
    const middle = Math.floor((whole + broken) / 2);
    if (isBroken(text.slice(0, middle))) broken = middle;
    else whole = middle;
  }
  return `It breaks at character ${broken}.`;
};

/** The same for a body that has to be JSON, and is. */
export const jsonTextOf = async (request: Request, most: number): Promise<string> => {
  const text = await textOf(request, most);
  if (jsonOf(text) === undefined) throw new Refused(400, 'not_json', `The body is not JSON. ${brokenAt(text)}`);
  return text;
};
