import type { OutgoingRequest, Reply } from '../../boundary/send.ts';
import type { Koji } from '../../koji/api.ts';
import { networkOf, reply } from './wire.ts';

/** Koji's documented error body. */
export const errorReply = (status: number, error: string, message = ''): Reply => reply(status, { error, message });

/** A web page where Koji's JSON should be. */
export const htmlReply = (status: number): Reply =>
  reply(status, '<!doctype html><html><head><title>Bad Gateway</title></head></html>', { 'content-type': 'text/html' });

/** The time at which these are asked; it stands still. */
const now = (): number => Date.UTC(2026, 4, 24, 12);

/** A Koji that gives this one answer to whatever it is asked, or the answer to each request; it remembers what it was asked. */
export const kojiAnswering = (
  answer: Reply | ((request: OutgoingRequest) => Reply),
): { koji: Koji; requests: OutgoingRequest[] } => {
  const { send, requests } = networkOf(typeof answer === 'function' ? answer : () => answer);
  return { koji: { send, url: 'https://koji.so/api/v1', now }, requests };
};

/** A Koji that never answers: the connection breaks, with an error that shows the key. */
export const kojiUnreachable: Koji = {
  send: () => Promise.reject(new Error('connect ETIMEDOUT, authorization: Bearer pk_live_51c8e2')),
  url: 'https://koji.so/api/v1',
  now,
};
