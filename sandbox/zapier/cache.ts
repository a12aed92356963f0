import * as z from 'zod';
import type { VirtualClock } from '../clock.ts';
import { type Answer, type Call, type LocalServer, startServer } from '../server.ts';

/**
 * How the cache behaves (Z17): one that hangs is never given up by core, one that refuses fails
 * after three tries in 0.2 s, and one that limits answers `set` with false and `get` with nothing.
 */
export type CacheMood = 'normal' | 'hanging' | 'refusing' | 'rateLimited';

export type Cache = {
  setMood: (mood: CacheMood) => void;
  /** Calls that arrived, whatever the mood; core tries a refused one three times. */
  counts: { get: number; set: number; delete: number };
  /** The value held now under this key, in whatever scope; undefined when there is none. */
  peek: (key: string) => unknown;
  /** Forgets everything, as the real one may at any time. */
  wipe: () => void;
  server: LocalServer;
};

/** What core/src/tools/create-rpc-client.js posts, and core/src/tools/create-cache.js puts into `params`. */
const request = z.object({
  id: z.number(),
  method: z.string(),
  params: z.array(z.unknown()),
});
const scope = z
  .array(z.enum(['user', 'auth']))
  .nullish()
  .transform((names) => [...new Set(names ?? [])].sort().join('+'));
const getParams = z.tuple([z.string(), scope]);
const setParams = z.tuple([
  z.string(),
  z.string(),
  z.number().int().nullish(),
  scope,
  z
    .boolean()
    .nullish()
    .transform((nx) => nx === true),
]);

type Entry = { value: string; expiresAt: number };

/** The RPC server behind `z.cache`; time to live runs on the virtual clock. */
export const startCache = async (clock: VirtualClock, token: string): Promise<Cache> => {
  const entries = new Map<string, Entry>();
  const counts = { get: 0, set: 0, delete: 0 };
  let mood: CacheMood = 'normal';

  const live = (place: string): Entry | undefined => {
    const entry = entries.get(place);
    return entry !== undefined && entry.expiresAt > clock.now() ? entry : undefined;
  };

  const get = (params: unknown[]): string | null => {
    const [key, names] = getParams.parse([params[0], params[1]]);
    return mood === 'rateLimited' ? null : (live(placeOf(key, names))?.value ?? null);
  };

  const set = (params: unknown[]): boolean => {
    const [key, value, ttl, names, nx] = setParams.parse([0, 1, 2, 3, 4].map((index) => params[index]));
    const place = placeOf(key, names);
    if (mood === 'rateLimited' || (nx && live(place) !== undefined)) return false;
    entries.set(place, { value, expiresAt: ttl == null ? Infinity : clock.now() + ttl * 1000 });
    return true;
  };

  const remove = (params: unknown[]): boolean => {
    const [key, names] = getParams.parse([params[0], params[1]]);
    const place = placeOf(key, names);
    const there = mood !== 'rateLimited' && live(place) !== undefined;
    if (there) entries.delete(place);
    return there;
  };

  const answerTo = (method: string, params: unknown[]): unknown => {
    if (method === 'zcache_get') return get(params);
    if (method === 'zcache_set') return set(params);
    if (method === 'zcache_delete') return remove(params);
    throw new Error(`The sandbox's RPC does not know ${method}.`);
  };

  const server = await startServer((call: Call): Answer => {
    if (call.headers['x-token'] !== token) return { status: 401, body: 'The X-Token is not the one that was given.' };
    const { id, method, params } = request.parse(JSON.parse(call.body));
    if (method === 'zcache_get') counts.get += 1;
    if (method === 'zcache_set') counts.set += 1;
    if (method === 'zcache_delete') counts.delete += 1;
    if (mood === 'hanging') return 'hang';
    if (mood === 'refusing') return { status: 500, body: { id, error: 'refused' } };
    return { status: 200, body: { id, result: answerTo(method, params) } };
  });

  return {
    setMood: (next) => {
      mood = next;
    },
    counts,
    wipe: () => entries.clear(),
    peek: (key) => {
      for (const place of entries.keys()) {
        const entry = live(place);
        if (place.endsWith(`:${key}`) && entry !== undefined) return JSON.parse(entry.value);
      }
      return undefined;
    },
    server,
  };
};

/** One person and one connection use the sandbox, so a scope is a name before the key. */
const placeOf = (key: string, scopeNames: string): string => `${scopeNames}:${key}`;
