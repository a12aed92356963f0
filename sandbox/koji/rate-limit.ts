import { REQUESTS_PER_MINUTE } from '../../koji/contract.ts';
import type { KojiState } from './state.ts';

const MINUTE = 60_000;

/**
 * Documented: 60 requests a minute per key. How the minute is counted is not: here it is any 60 seconds, and refused
 * requests do not count. Gives null when the request may pass, else the seconds to wait.
 */
export const waitSeconds = ({ clock, passed }: KojiState, key: string): number | null => {
  const now = clock.now();
  const recent = (passed.get(key) ?? []).filter((at) => at > now - MINUTE);
  passed.set(key, recent);
  const oldest = recent[0];
  if (recent.length >= REQUESTS_PER_MINUTE && oldest !== undefined) return Math.ceil((oldest + MINUTE - now) / 1000);
  recent.push(now);
  return null;
};
