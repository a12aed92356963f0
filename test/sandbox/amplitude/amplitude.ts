import * as z from 'zod';
import { jsonOf } from '../../../boundary/send.ts';
import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { type AmplitudeOptions, type AmplitudeSandbox, startAmplitude } from '../../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';

export const { apiKey, secretKey } = sandboxProject;
export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const DAY = 24 * HOUR;

export type Reply = { status: number; headers: Headers; text: string; json: unknown };

const replyOf = async (response: Response): Promise<Reply> => {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
};

/** A sandbox with its clock, and the calls a client makes to it. */
export type Bench = {
  amplitude: AmplitudeSandbox;
  clock: VirtualClock;
  postText: (path: string, body: string) => Promise<Reply>;
  post: (path: string, body: object) => Promise<Reply>;
  /** To `/2/httpapi` with the right key. */
  send: (...events: object[]) => Promise<Reply>;
  postForm: (path: string, form: Record<string, string>, authorization?: string) => Promise<Reply>;
  get: (path: string, authorization?: string | null) => Promise<Reply>;
};

export const basic = (key: string, secret: string): string =>
  `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;

export const startBench = async (options: Partial<AmplitudeOptions> = {}): Promise<Bench> => {
  const clock = new VirtualClock(Date.UTC(2026, 4, 24, 12));
  const amplitude = await startAmplitude({ now: clock.now, ...options });
  const postText: Bench['postText'] = async (path, body) =>
    replyOf(
      await fetch(`${amplitude.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    );
  const post: Bench['post'] = (path, body) => postText(path, JSON.stringify(body));
  return {
    amplitude,
    clock,
    postText,
    post,
    send: (...events) => post('/2/httpapi', { api_key: apiKey, events }),
    postForm: async (path, form, authorization) =>
      replyOf(
        await fetch(`${amplitude.url}${path}`, {
          method: 'POST',
          body: new URLSearchParams(form),
          ...(authorization === undefined ? {} : { headers: { authorization } }),
        }),
      ),
    get: async (path, authorization = basic(apiKey, secretKey)) =>
      replyOf(
        await fetch(`${amplitude.url}${path}`, {
          redirect: 'manual',
          ...(authorization === null ? {} : { headers: { authorization } }),
        }),
      ),
  };
};

/** An event that Amplitude takes, changed at will. */
export const eventWith = (changes: object = {}): object => ({
  user_id: 'user-1001',
  event_type: 'koji.interview_completed',
  time: Date.UTC(2026, 4, 24, 11, 41, 22),
  insert_id: 'koji:interview_completed:int_1',
  event_properties: { sentiment: 'negative', quality_score: 4 },
  ...changes,
});

const amplitudeIds = z.object({ matches: z.array(z.object({ amplitude_id: z.number() })) });

export const firstAmplitudeId = (reply: Reply): number => {
  const [match] = amplitudeIds.parse(reply.json).matches;
  if (match === undefined) throw new Error('Nobody was found.');
  return match.amplitude_id;
};
