import type { Timing } from '../../amplitude/ingestion.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import type { OutgoingRequest, Reply, Send } from '../../boundary/send.ts';

/** An answer as it comes over the wire; a body that is no text is sent as JSON. */
export const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => ({
  status,
  header: (name) => headers[name.toLowerCase()] ?? null,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

export const taken = answer(200, {
  code: 200,
  events_ingested: 1,
  payload_size_bytes: 641,
  server_upload_time: 1779622890000,
});

export const brokenConnection = new Error('read ECONNRESET https://api2.amplitude.com/?key=secret');

/** A network that gives these answers in this order, and keeps what it was asked. */
export const network = (...answers: (Reply | Error)[]): { send: Send; requests: OutgoingRequest[] } => {
  const requests: OutgoingRequest[] = [];
  const send: Send = async (request) => {
    const next = answers[requests.length];
    requests.push(request);
    if (next === undefined) throw new Error('The test has no answer for this request.');
    if (next instanceof Error) throw next;
    return next;
  };
  return { send, requests };
};

/** A clock that moves only when it is slept by or advanced, so that no test waits. */
export const clockAt = (start: number, random = 0.5) => {
  let time = start;
  const pauses: number[] = [];
  const advance = (milliseconds: number) => {
    time += milliseconds;
  };
  const timing: Timing = {
    now: () => time,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      advance(milliseconds);
    },
    random: () => random,
  };
  return { timing, pauses, advance };
};

/** The failure that a promise ends in; anything else fails the test. */
export const failureOf = async (running: Promise<unknown>): Promise<VendorFailure> => {
  try {
    await running;
  } catch (error) {
    if (error instanceof VendorFailure) return error;
    throw error;
  }
  throw new Error('This was expected to fail, and it succeeded.');
};

/** The failure that a function throws; anything else fails the test. */
export const thrownBy = (run: () => unknown): VendorFailure => {
  try {
    run();
  } catch (error) {
    if (error instanceof VendorFailure) return error;
    throw error;
  }
  throw new Error('This was expected to throw, and it did not.');
};

/** Zapier shows 250 characters; a sentence that ends in an ellipsis was cut to fit. */
export const expectToBeReadInFull = (message: string) => {
  expect(message.length).toBeLessThan(250);
  expect(message).not.toMatch(/…$/);
};
