import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A request as it arrived: header names in lower case, the body as it was on the wire. */
export type Call = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string;
};

/** `hang` never answers. An object body is sent as JSON, a text as it is. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string | object } | 'hang';

type Fault = { matches: (call: Call) => boolean; answer: Answer; times: number };

/** A local HTTP server that logs each call and can be told to misbehave. */
export type LocalServer = {
  url: string;
  /** Every call that arrived, oldest first, with what was answered. */
  calls: { call: Call; answer: Answer }[];
  /** The next `times` calls that match get this answer instead of the true one. */
  failNext: (matches: (call: Call) => boolean, answer: Answer, times?: number) => void;
  close: () => Promise<void>;
};

/** Starts a server on a free loopback port. */
export const startServer = async (handle: (call: Call) => Answer | Promise<Answer>): Promise<LocalServer> => {
  const faults: Fault[] = [];
  const calls: LocalServer['calls'] = [];

  const answerTo = async (call: Call): Promise<Answer> => {
    const fault = faults.find((candidate) => candidate.times > 0 && candidate.matches(call));
    if (fault === undefined) return handle(call);
    fault.times -= 1;
    return fault.answer;
  };

  const server = createServer(async (request, response) => {
    const call = await readCall(request);
    const answer = await answerTo(call).catch(
      (error: unknown): Answer => ({ status: 500, body: `sandbox: ${error instanceof Error ? error.stack : error}` }),
    );
    calls.push({ call, answer });
    writeAnswer(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox server has no port.');

  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    failNext: (matches, answer, times = 1) => {
      faults.push({ matches, answer, times });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const readCall = async (request: IncomingMessage): Promise<Call> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : `${value}`,
    ]),
  );
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
};

const writeAnswer = (response: ServerResponse, answer: Answer): void => {
  if (answer === 'hang') return;
  const json = typeof answer.body === 'object';
  response.writeHead(answer.status, {
    ...(json ? { 'content-type': 'application/json' } : {}),
    ...answer.headers,
  });
  response.end(json ? JSON.stringify(answer.body) : (answer.body ?? ''));
};
