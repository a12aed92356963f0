/** AWS Lambda's front, for tests: each request becomes the event of a function URL, and POST /clock the one of a schedule. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';

const { handler } = await import(join(import.meta.dirname, '../../build/forwarder/lambda/index.mjs'));

const answer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { pathname, search } = new URL(request.url ?? '/', 'http://lambda');
  if (pathname === '/clock') {
    await handler({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }, {});
    response.end('{}');
    return;
  }
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: request.headers,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'x',
      domainName: 'x.lambda-url.eu-west-1.on.aws',
      domainPrefix: 'x',
      http: {
        method: request.method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.1',
        userAgent: 'Koji',
      },
      requestId: '1',
      routeKey: '$default',
      stage: '$default',
      time: '26/Nov/2026:10:00:00 +0000',
      timeEpoch: Date.now(),
    },
    body: Buffer.concat(chunks).toString('base64'),
    isBase64Encoded: true,
  };
  const { statusCode, headers, body = '', isBase64Encoded = false } = answer.parse(await handler(event, {}));
  response.writeHead(statusCode, headers).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.stdout.write(`Is it alive? http://127.0.0.1:${port}/healthz\n`);
});
