import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import zapier, { type Bundle, type ZObject } from 'zapier-platform-core';
import * as z from 'zod';
import type { VirtualClock } from '../../sandbox/clock.ts';
import { toFailure } from '../../sandbox/zapier/failure.ts';
import type { Invoke } from '../../sandbox/zapier/runtime.ts';
import { includeCredentials } from '../../zapier/middleware.ts';

/** Zapier's own objects, with the part of them that a poll uses. */
const zObject = z.custom<ZObject>();
const bundleObject = z.custom<Bundle>();
type Request = Parameters<typeof includeCredentials>[0] & { raw?: boolean };

/**
 * Zapier around one perform without its runtime, which takes 20 ms a run: real requests with the app's credentials, and
 * a cache in memory. For what has to be run thousands of times; all else runs in the sandbox's runtime.
 */
export const bareRuntime = (
  perform: (z: ZObject, bundle: Bundle) => Promise<unknown>,
  authData: Record<string, string>,
  clock: VirtualClock,
) => {
  const agent = new Agent({ keepAlive: true });
  const cache = new Map<string, { value: unknown; until: number }>();
  const live = (key: string) => {
    const entry = cache.get(key);
    return entry !== undefined && entry.until > clock.now() ? entry : undefined;
  };
  const zapierWith = (bundle: Bundle): ZObject => {
    const z = zObject.parse({
      console: { log: () => {} },
      errors: zapier.errors,
      cache: {
        get: async (key: string) => live(key)?.value ?? null,
        set: async (key: string, value: unknown, seconds: number, _scope: unknown, isNew = false) => {
          if (isNew && live(key) !== undefined) return false;
          cache.set(key, { value, until: clock.now() + seconds * 1_000 });
          return true;
        },
        delete: async (key: string) => cache.delete(key),
      },
      request: async (options: Request) => {
        const { url, headers = {}, raw } = await includeCredentials(options, z, bundle);
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
          get(url, { headers, agent }, resolve).once('error', reject);
        });
        const received = {
          status: answer.statusCode,
          headers: { get: (name: string) => answer.headers[name.toLowerCase()] ?? null },
        };
        return raw ? { ...received, body: answer } : { ...received, content: await text(answer) };
      },
    });
    return z;
  };
  const invoke: Invoke = async (_method, given) => {
    const bundle = bundleObject.parse({ ...given, authData });
    try {
      return { ok: true, results: await perform(zapierWith(bundle), bundle) };
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    }
  };
  return { invoke, wipe: () => cache.clear(), close: () => agent.destroy() };
};
