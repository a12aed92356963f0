import { isPlaceholder } from '../boundary/placeholders.ts';

/** How a person is found: by the Amplitude user id, by the email, or by the id and else the email. */
export const identifyBy = ['id_then_email', 'id', 'email'] as const;
export type IdentifyBy = (typeof identifyBy)[number];

/** What each way is called where people choose it. */
export const identifyByNames: Record<IdentifyBy, string> = {
  id_then_email: 'Amplitude user ID, else email',
  id: 'Amplitude user ID only',
  email: 'Email only',
};

/** Amplitude refuses ids of fewer characters, unless an upload says otherwise (`min_id_length`, same page). */
export const SHORTEST_USER_ID = 5;

/** Who the event is about: a user id exactly as it was given and what it is, or why there is none. */
type Identity = { userId: string; identifiedBy: 'id' | 'email' } | { reason: 'no_user_id' | 'blocked_user_id' };

/**
 * Chooses the user id. Ids are never trimmed or re-cased, because Amplitude compares them byte for byte; an id that is
 * an email does not count when only ids are wanted. No event is written to a placeholder (A3), in whatever capitals (A23).
 */
export const identify = (
  { userId, email, idIsEmail }: { userId: string | null; email: string | null; idIsEmail: boolean },
  by: IdentifyBy,
): Identity => {
  const candidates = { id_then_email: [userId, email], id: [idIsEmail ? null : userId], email: [email] }[by];
  const chosen = candidates.find((candidate) => candidate !== null && candidate.trim() !== '');
  if (chosen === undefined || chosen === null) return { reason: 'no_user_id' };
  if (isPlaceholder(chosen)) return { reason: 'blocked_user_id' };
  return { userId: chosen, identifiedBy: chosen === userId && !idIsEmail ? 'id' : 'email' };
};
