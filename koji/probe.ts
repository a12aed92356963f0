import { failureByRow } from '../boundary/error-table.ts';
import { callKoji, type Koji } from './api.ts';
import { errorCodes, paths, permissions, REFUSED_ID } from './contract.ts';
import { kojiFindings } from './errors.ts';
import { isFromKoji, kojiError, kojiFacts, kojiFailure } from './failures.ts';

/** What is known of a key that Koji accepts; `unchecked`: not whether it may read. */
export type KojiKeyState = 'good' | 'may not read' | 'unchecked';

/**
 * Whether Koji accepts the key, found without writing anything: it is asked for an interview that does not exist.
 * A 404 in Koji's own error format is the good answer; a key without `interview:read` is accepted too, and so is one with
 * which Koji looks at the id and calls it none.
 * Throws a `VendorFailure` for a wrong key and for an address that does not answer like Koji.
 */
export const probeKojiKey = async (
  koji: Koji,
  unknownInterviewId: string,
  timeoutMilliseconds: number,
): Promise<KojiKeyState> => {
  const reply = await callKoji(koji, 'GET', paths.interview(unknownInterviewId), { timeoutMilliseconds });
  const isKojis = isFromKoji(reply);
  if (reply.status === 404 && isKojis) return 'good';
  if (REFUSED_ID.has(reply.status) && isKojis) return 'unchecked';
  if (reply.status === 403 && kojiError(reply)?.error === errorCodes.forbidden) return 'may not read';
  if (!isKojis && (reply.status < 300 || reply.status === 404)) {
    throw failureByRow('Koji', kojiFindings.notKoji, { host: new URL(koji.url).host }, kojiFacts(reply));
  }
  throw kojiFailure(reply, permissions.read, koji.labels);
};
