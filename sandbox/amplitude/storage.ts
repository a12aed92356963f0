import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Answer, type Call, type LocalServer, startServer } from '../server.ts';

/** The host that a large cohort file is fetched from: another origin than Amplitude's, as S3 is. */
export type Storage = {
  server: LocalServer;
  /** An address of the file that works for one minute. */
  sign: (text: string) => string;
};

/** "The download URL is valid for one minute" (A13). */
const VALID_MILLISECONDS = 60_000;

const errorXml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

const refuse = (status: number, code: string, message: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: errorXml(code, message),
});

type StoredFile = { text: string; signedAt: number };

export const startStorage = async (now: () => number): Promise<Storage> => {
  const files = new Map<string, StoredFile>();
  const server = await startServer((call) => answerFile(files, now(), call));
  return {
    server,
    sign: (text) => {
      const path = `/cohort-files/${randomUUID()}.csv.gz?X-Amz-Expires=60&X-Amz-Signature=${randomUUID()}`;
      files.set(path, { text, signedAt: now() });
      return `${server.url}${path}`;
    },
  };
};

const answerFile = (files: Map<string, StoredFile>, now: number, { path, query, headers }: Call): Answer => {
  // A pre-signed address refuses a second way of authorizing (A13).
  if (headers.authorization !== undefined) return refuse(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  const file = files.get(`${path}?${query}`);
  if (file === undefined) return refuse(403, 'SignatureDoesNotMatch', 'The signature does not match');
  if (now - file.signedAt > VALID_MILLISECONDS) return refuse(403, 'AccessDenied', 'Request has expired');
  return {
    status: 200,
    headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
    body: gzipSync(file.text),
  };
};
