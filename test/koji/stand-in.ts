import { VendorFailure } from '../../boundary/failure.ts';
import type { OutgoingRequest, Reply } from '../../boundary/send.ts';
import type { Koji } from '../../koji/api.ts';

/** An answer as it comes over the wire: an object is JSON, a text is sent as it is. */
export const reply = (status: number, body: object | string = '', headers: Record<string, string> = {}): Reply => {
  const sent = new Headers(headers);
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    header: (name) => sent.get(name),
  };
};

/** Koji's documented error body. */
export const errorReply = (status: number, error: string, message = ''): Reply => reply(status, { error, message });

/** A web page where Koji's JSON should be. */
export const htmlReply = (status: number): Reply =>
  reply(status, '<!doctype html><html><head><title>Bad Gateway</title></head></html>', { 'content-type': 'text/html' });

/** A Koji that gives this one answer to whatever it is asked, or the answer to each request; it remembers what it was asked. */
export const kojiAnswering = (
  answer: Reply | ((request: OutgoingRequest) => Reply),
): { koji: Koji; requests: OutgoingRequest[] } => {
  const requests: OutgoingRequest[] = [];
  const send = async (request: OutgoingRequest) => {
    requests.push(request);
    return typeof answer === 'function' ? answer(request) : answer;
  };
  return { koji: { send, url: 'https://koji.so/api/v1' }, requests };
};

/** A Koji that never answers: the connection breaks, with an error that shows the key. */
export const kojiUnreachable: Koji = {
  send: () => Promise.reject(new Error('connect ETIMEDOUT, authorization: Bearer pk_live_51c8e2')),
  url: 'https://koji.so/api/v1',
};

/** The failure that an attempt ends in. */
export const failureOf = async (attempt: () => unknown): Promise<VendorFailure> => {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof VendorFailure) return error;
    throw error;
  }
  throw new Error('It succeeded, where a failure was expected.');
};
