import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import { fetchTo, type MakeHttp, toOwnersOnly } from '../../sandbox/make/network.ts';
import { startServer } from '../../sandbox/server.ts';
import { connected } from '../support/app.ts';

/** What a vendor answers: an object as JSON, a text as a web page. */
export type Answer = { status: number; body: object | string; headers?: Record<string, string> };

/** A request as it arrived; the body is read as JSON, `library` aside, because it names the platform. */
export type Arrived = { method: string; path: string; authorization: string | undefined; body: unknown };

const uploadSchema = z.looseObject({ events: z.array(z.looseObject({ library: z.string() })) });

const withoutLibrary = (body: unknown): unknown => {
  const upload = uploadSchema.safeParse(body);
  if (!upload.success) return body;
  return { ...upload.data, events: upload.data.events.map(({ library: _library, ...event }) => event) };
};

/** A local Koji and Amplitude in one, which gives one answer after the other, the last one for good. */
export const startStandIn = async () => {
  let answers: Answer[] = [];
  const arrived: Arrived[] = [];
  const { url, close } = await startServer(({ method, address, headers, body: sent }) => {
    // A form is compared as its text.
    const body = sent === '' ? undefined : (jsonOf(sent) ?? sent);
    arrived.push({ method, path: address, authorization: headers.authorization, body: withoutLibrary(body) });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined) return { status: 599, body: 'No answer was given to the stand-in.' };
    return typeof answer.body === 'string'
      ? { ...answer, headers: { 'content-type': 'text/html', ...answer.headers } }
      : answer;
  });
  const urls = { koji: `${url}/koji`, ingestion: `${url}/ingestion`, rest: `${url}/rest` };
  const hosts = {
    koji: 'https://koji.so/api/v1',
    ingestion: 'https://api2.amplitude.com',
    rest: 'https://amplitude.com',
  };
  const plain = fetchTo({ [hosts.koji]: urls.koji, [hosts.ingestion]: urls.ingestion, [hosts.rest]: urls.rest });
  const http: MakeHttp = toOwnersOnly(plain, [
    { secrets: [connected.koji_api_key], hosts: [hosts.koji] },
    { secrets: [connected.amplitude_api_key], hosts: [hosts.ingestion, hosts.rest] },
    { secrets: [connected.amplitude_secret_key], hosts: [hosts.rest] },
  ]);
  return {
    urls,
    http,
    /** The requests that arrive while `run` runs, answered like this. */
    during: async <Result>(
      given: Answer[],
      run: () => Promise<Result>,
    ): Promise<{ result: Result; requests: Arrived[] }> => {
      answers = [...given];
      arrived.length = 0;
      const result = await run();
      return { result, requests: [...arrived] };
    },
    close,
  };
};

/** Zapier gives the value of an answer as text, Make as Koji gives it. */
export const withTextsOnly = (output: unknown): unknown =>
  JSON.parse(JSON.stringify(output), (key, value) =>
    /^(value|ease)$/.test(key) && typeof value === 'number' ? String(value) : value,
  );
