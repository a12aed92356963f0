/** A request's body as bytes, read no further than it may be long. */

/** The body is longer than it may be, packed or unpacked. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** The body broke off, or is not packed as it says. */
export class BodyUnreadable extends Error {
  override readonly name = 'BodyUnreadable';
}

/**
 * The text of a body, unpacked where it says so. Throws a {@link BodyTooLarge} as soon as it is longer than `most` bytes, and a
 * {@link BodyUnreadable} when it can't be read to its end.
 */
export const textOf = async (request: Request, most: number): Promise<string> => {
  if (Number(request.headers.get('content-length') ?? 0) > most) throw new BodyTooLarge();
  if (request.body === null) return '';
  const isPacked = /^gzip$/i.test(request.headers.get('content-encoding') ?? '');
  const body: ReadableStream<Uint8Array> = isPacked
    ? request.body.pipeThrough(new DecompressionStream('gzip'))
    : request.body;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.byteLength;
      if (length > most) throw new BodyTooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof BodyTooLarge ? error : new BodyUnreadable();
  }
  return Buffer.concat(chunks).toString('utf8');
};
