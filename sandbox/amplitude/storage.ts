import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

/** A request for a file, with the answer's status. */
export type FileCall = { path: string; headers: Record<string, string>; status: number };

/** The host that a large cohort file is fetched from: another origin than Amplitude's, as S3 is. */
export type Storage = {
  url: string;
  calls: FileCall[];
  /** An address of the file that works for one minute. */
  sign: (text: string) => string;
  close: () => Promise<void>;
};

/** "The download URL is valid for one minute" (A13). */
const VALID_MILLISECONDS = 60_000;

const errorXml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

type FileAnswer = { status: number; headers: Record<string, string>; body: string | Buffer };

const refuse = (status: number, code: string, message: string): FileAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: errorXml(code, message),
});

export const startStorage = async (now: () => number): Promise<Storage> => {
  const files = new Map<string, { text: string; signedAt: number }>();
  const calls: FileCall[] = [];

  const answerTo = (path: string, headers: Record<string, string>): FileAnswer => {
    // A pre-signed address refuses a second way of authorizing (A13).
    if (headers.authorization !== undefined) {
      return refuse(400, 'InvalidArgument', 'Only one auth mechanism allowed');
    }
    const file = files.get(path);
    if (file === undefined) return refuse(403, 'SignatureDoesNotMatch', 'The signature does not match');
    if (now() - file.signedAt > VALID_MILLISECONDS) return refuse(403, 'AccessDenied', 'Request has expired');
    return {
      status: 200,
      headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
      body: gzipSync(file.text),
    };
  };

  const server = createServer((request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
    const path = request.url ?? '/';
    const answer = answerTo(path, headers);
    calls.push({ path, headers, status: answer.status });
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox storage has no port.');
  const url = `http://127.0.0.1:${address.port}`;

  return {
    url,
    calls,
    sign: (text) => {
      const path = `/cohort-files/${randomUUID()}.csv.gz?X-Amz-Expires=60&X-Amz-Signature=${randomUUID()}`;
      files.set(path, { text, signedAt: now() });
      return `${url}${path}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
