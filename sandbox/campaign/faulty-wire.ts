import { createServer, type ServerResponse } from 'node:http';

/** `after`: the service has taken the request in, and only its answer is lost. */
export type Fault =
  | { kind: 'status'; status: number; retryAfter?: number }
  | { kind: 'html' | 'empty' | 'says 500' | 'redirect' | 'reset before' | 'reset after' | 'cut after' | 'hang' };

export type FaultyWire = { url: string; next: (faults: Fault[]) => void; close: () => Promise<void> };

/** Stands between the app and a service; each fault meets one request, the rest pass. */
export const startFaultyWire = async (service: string): Promise<FaultyWire> => {
  const { origin, pathname } = new URL(service);
  let waiting: Fault[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const fault = waiting.shift();
    if (fault !== undefined && answersItself(fault, outgoing)) return;
    const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
      ['host', 'connection', 'content-length'].includes(name) ? [] : [[name, `${value}`]],
    );
    const body = Buffer.concat(chunks);
    const answer = await fetch(`${origin}${incoming.url}`, {
      method: incoming.method ?? 'GET',
      headers,
      redirect: 'manual',
      ...(body.length > 0 ? { body } : {}),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (fault?.kind === 'reset after') return void outgoing.destroy();
    const given = [...answer.headers].filter(([name]) => !/^(content-length|transfer-encoding|connection)$/.test(name));
    outgoing.writeHead(answer.status, Object.fromEntries(given));
    outgoing.end(fault?.kind === 'cut after' ? bytes.subarray(0, bytes.length / 2) : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The wire has no port.');
  return {
    url: `http://127.0.0.1:${address.port}${pathname === '/' ? '' : pathname}`,
    next: (faults) => {
      waiting = [...faults];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Whether the request never reaches the service. */
const answersItself = (fault: Fault, outgoing: ServerResponse): boolean => {
  const answer = (status: number, body: string, headers: Record<string, string> = {}): true => {
    outgoing.writeHead(status, headers).end(body);
    return true;
  };
  switch (fault.kind) {
    case 'status':
      return answer(
        fault.status,
        '{"error":"a fault of the campaign"}',
        fault.retryAfter === undefined ? {} : { 'retry-after': `${fault.retryAfter}` },
      );
    case 'html':
      return answer(200, '<html><body>Be right back</body></html>', { 'content-type': 'text/html' });
    case 'empty':
      return answer(200, '');
    case 'says 500':
      return answer(200, '{"code":500,"error":"Internal error"}', { 'content-type': 'application/json' });
    case 'redirect':
      return answer(302, '', { location: 'https://login.example.com/' });
    case 'reset before':
      outgoing.destroy();
      return true;
    case 'hang':
      return true;
    default:
      return false;
  }
};
