import { reply } from './wire.ts';

/** The answer to an upload of one event. */
export const taken = reply(200, {
  code: 200,
  events_ingested: 1,
  payload_size_bytes: 641,
  server_upload_time: 1779622890000,
});

/** A connection that breaks, with an error that shows a secret. */
export const brokenConnection = new Error('read ECONNRESET https://api2.amplitude.com/?key=secret');
