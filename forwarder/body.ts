/** A request's body as bytes, read no further than it may be long. */

/** A body that is not taken, with the status and the words of the answer. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused';
  readonly status: 400 | 413 | 415;
  readonly error: string;

  constructor(status: 400 | 413 | 415, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

const tooLarge = (): BodyRefused =>
  new BodyRefused(413, 'too_large', 'The body is larger than this address takes: send smaller batches.');

/** How a body may be packed (https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1). */
const packings = new Map<string, 'gzip' | 'deflate'>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
]);
/** What says that it is not; some write there how its text is encoded. */
const PLAIN = ['', 'identity', 'utf-8', 'utf8'];

const unpacked = ({ headers }: Request, body: ReadableStream<Uint8Array<ArrayBuffer>>) => {
  const named = (headers.get('content-encoding') ?? '').trim().toLowerCase();
  if (PLAIN.includes(named)) return body;
  const packing = packings.get(named);
  if (packing !== undefined) return body.pipeThrough(new DecompressionStream(packing));
  throw new BodyRefused(415, 'unknown_packing', 'The body can be sent as it is, or packed by gzip or deflate.');
};

/** The text of a body, unpacked where it says so. Throws a {@link BodyRefused} as soon as it is longer than `most` bytes. */
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
    if (error instanceof BodyRefused) throw error;
    throw new BodyRefused(400, 'unreadable', 'The body broke off, is not packed as it says, or is not UTF-8.');
  }
};
