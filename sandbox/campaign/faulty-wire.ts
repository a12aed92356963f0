/** What can go wrong between an app and a service. */
import { gzipSync } from 'node:zlib';
import type { VirtualClock } from '../clock.ts';
import { hang, pass } from '../hang.ts';
import { type Answer, type Interference, type LocalServer, write } from '../server.ts';

/** `after`: the service has taken the request in, and only its answer is lost. */
export type Fault =
  | { kind: 'status'; status: number; retryAfter?: number }
  | { kind: 'page'; status: number }
  | { kind: 'slow head' | 'slow body'; seconds: number }
  | {
      kind:
        | 'empty'
        | 'says 500'
        | 'redirect'
        | 'gzip bomb'
        | 'reset before'
        | 'reset after'
        | 'cut after'
        | 'hang before'
        | 'hang after'
        | 'not there yet';
    };

export type FaultyWire = { next: (faults: Fault[]) => void };

/** Each fault that is set next meets one request to the service, the rest pass. What takes long takes it on the clock. */
export const faultyWire = ({ interfere }: Pick<LocalServer, 'interfere'>, clock: VirtualClock): FaultyWire => {
  let waiting: Fault[] = [];
  interfere(() => {
    const fault = waiting.shift();
    return fault === undefined ? undefined : interferenceOf(fault, clock);
  });
  return {
    next: (faults) => {
      waiting = [...faults];
    },
  };
};

/** 30 MB of zeros, half as much again as any platform takes. */
const BOMB = gzipSync(Buffer.alloc(30_000_000));

const answering = (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Interference => ({
  takesIn: false,
  answer: (outgoing) => write(outgoing, { status, headers, body }),
});

const interferenceOf = (fault: Fault, clock: VirtualClock): Interference => {
  switch (fault.kind) {
    case 'status':
      return answering(
        fault.status,
        // The form in which each of the services refuses something.
        JSON.stringify({ code: fault.status, error: 'campaign_fault', message: 'A fault of the campaign.' }),
        fault.retryAfter === undefined ? {} : { 'retry-after': `${fault.retryAfter}` },
      );
    case 'page':
      // A host on the way, and no service.
      return answering(fault.status, '<html><body>Be right back</body></html>', { 'content-type': 'text/html' });
    case 'empty':
      return answering(200, '');
    case 'says 500':
      return answering(200, '{"code":500,"error":"Internal error"}', { 'content-type': 'application/json' });
    case 'not there yet':
      return answering(404, '{"error":"not_found","message":"No such interview."}');
    case 'redirect':
      return answering(302, '', { location: 'https://login.example.com/' });
    case 'gzip bomb':
      return answering(200, BOMB, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    case 'reset before':
    case 'reset after':
      return { takesIn: fault.kind === 'reset after', answer: (outgoing) => void outgoing.destroy() };
    case 'cut after':
      return { takesIn: true, answer: (outgoing, truth) => write(outgoing, halfOf(truth)) };
    case 'hang before':
    case 'hang after':
      return { takesIn: fault.kind === 'hang after', answer: (outgoing) => hang(outgoing, clock) };
    case 'slow head':
      return {
        takesIn: true,
        answer: async (outgoing, truth) => {
          await pass(outgoing, clock, fault.seconds * 1000);
          if (!outgoing.destroyed) write(outgoing, truth);
        },
      };
    case 'slow body':
      return {
        takesIn: true,
        answer: async (outgoing, truth) => {
          const { status, headers, bytes } = partsOf(truth);
          outgoing.writeHead(status, headers);
          outgoing.write(bytes.subarray(0, bytes.length / 2));
          await pass(outgoing, clock, fault.seconds * 1000);
          if (!outgoing.destroyed) outgoing.end(bytes.subarray(bytes.length / 2));
        },
      };
  }
};

/** As bytes, because the middle of a text may be the middle of a letter. */
const partsOf = (truth: Answer): { status: number; headers: Record<string, string>; bytes: Buffer } => {
  if (typeof truth === 'string') throw new Error(`A service that would ${truth} has no answer to alter.`);
  const { status, headers = {}, body = '' } = truth;
  return {
    status,
    headers: { ...(typeof body === 'string' ? {} : { 'content-type': 'application/json' }), ...headers },
    bytes: Buffer.from(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)),
  };
};

const halfOf = (truth: Answer): Answer => {
  const { status, headers, bytes } = partsOf(truth);
  return { status, headers, body: bytes.subarray(0, bytes.length / 2) };
};
