import { failureByRow } from '../boundary/error-table.ts';
import { callKoji, type Koji } from './api.ts';
import { errorCodes, paths, permissions } from './contract.ts';
import { kojiFindings } from './errors.ts';
import { isFromKoji, kojiError, kojiFacts, kojiFailure } from './failures.ts';

/** What a key turned out to be good for. */
export type KojiKeyState = { missingPermission: string | null };

/**
 * Whether Koji accepts the key, found without writing anything: it is asked for an interview that does not exist.
 * A 404 in Koji's own error format is the good answer; a key without `interview:read` is accepted too.
 * Throws a `VendorFailure` for a wrong key and for an address that does not answer like Koji.
 */
export const probeKojiKey = async (
  koji: Koji,
  unknownInterviewId: string,
  timeoutMilliseconds: number,
): Promise<KojiKeyState> => {
  const reply = await callKoji(koji, 'GET', paths.interview(unknownInterviewId), { timeoutMilliseconds });
  if (reply.status === 404 && isFromKoji(reply)) return { missingPermission: null };
  if (reply.status === 403 && kojiError(reply)?.error === errorCodes.forbidden)
    return { missingPermission: permissions.read };
  if (!isFromKoji(reply) && (reply.status < 300 || reply.status === 404)) {
    throw failureByRow('Koji', kojiFindings.notKoji, { host: new URL(koji.url).host }, kojiFacts(reply));
  }
  throw kojiFailure(reply, permissions.read, koji.labels);
};
