import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { told } from '../amplitude/cohort-sync.ts';
import type { Person } from './oracle.ts';

/** What tells whoever takes people in that they come from us. */
export const SECRET = 'a-secret-of-the-campaign';

/** A delivery of Amplitude's cohort webhook: this person entered (A18). */
export const entering = ({ user_id, email, name }: Person) => ({
  headers: { 'content-type': 'application/json', [SECRET_HEADER.toLowerCase()]: SECRET },
  body: JSON.stringify(
    told({ id: 'trialend', name: 'Trial ended', computedAt: 1_764_000_000 }, 'enter', user_id, [
      { user_id, user_properties: { email, name } },
    ]),
  ),
});
