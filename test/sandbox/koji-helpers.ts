import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type KojiOptions, type KojiSandbox, startKoji } from '../../sandbox/koji/server.ts';
import { type Answer, type LocalServer, startServer } from '../../sandbox/server.ts';

const START_OF_TIME = Date.parse('2026-05-24T09:00:00Z');

const open: { close: () => Promise<void> }[] = [];

/** Closes what a test opened. */
export const closeAll = async (): Promise<void> => {
  for (const server of open.splice(0)) await server.close();
};

export const openKoji = async (
  options: Partial<KojiOptions> = {},
): Promise<{ koji: KojiSandbox; clock: VirtualClock }> => {
  const clock = new VirtualClock(START_OF_TIME);
  const koji = await startKoji({ clock, ...options });
  open.push(koji);
  return { koji, clock };
};

/** A webhook's receiver that answers 200, or what it is told to. */
export const openReceiver = async (): Promise<LocalServer & { hook: string; answerWith: (answer: Answer) => void }> => {
  let current: Answer = { status: 200 };
  const server = await startServer(() => current);
  open.push(server);
  return {
    ...server,
    hook: `${server.url}/hook`,
    answerWith: (answer) => {
      current = answer;
    },
  };
};

export type Reply = { status: number; headers: Headers; text: string; json: Record<string, unknown> };

type Request = { method?: string; key?: string | null; body?: unknown };

/** One call to the sandbox's API, with the full key unless another is named. */
export const call = async (koji: KojiSandbox, path: string, request: Request = {}): Promise<Reply> => {
  const { method = 'GET', key = sandboxKeys.full, body } = request;
  const response = await fetch(`${koji.url}${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: objectIn(text) };
};

/** The JSON object in a text; an empty one when there is none. */
export const objectIn = (text: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).catch({}).parse(jsonOf(text));

export const startBody = (name: string, more: object = {}) => ({
  respondent: { external_id: `user_${name}`, display_name: name, metadata: { email: `${name}@example.com` } },
  respondent_email: `${name}@example.com`,
  ...more,
});

export const start = (koji: KojiSandbox, body: unknown, key?: string): Promise<Reply> =>
  call(koji, '/interviews/start', { method: 'POST', body, ...(key === undefined ? {} : { key }) });

/** Starts an interview over the API and gives its id. */
export const startFor = async (koji: KojiSandbox, name: string, more: object = {}): Promise<string> => {
  const { json } = await start(koji, startBody(name, more));
  return z.string().parse(json.interview_id);
};

export const subscribe = async (
  koji: KojiSandbox,
  url: string,
  events: string[] = ['interview.analysis_ready'],
): Promise<{ id: string; secret: string }> => {
  const { json } = await call(koji, '/webhooks', { method: 'POST', body: { url, events } });
  return z.object({ id: z.string(), secret: z.string() }).parse(json);
};
