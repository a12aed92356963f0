import type { SignatureScheme } from './signing.ts';

/** What Koji's pages leave open, as switches: each can be turned while the sandbox runs. */
export type KojiBehavior = {
  /** K3: a start that meets an existing interview of the same respondent. */
  existing: 'returned' | 'conflict' | 'conflict-with-id';
  /** K4: under which name the answer to start holds the interview's link; null leaves it out. */
  linkName: 'interview_url' | 'link' | 'url' | null;
  /** No page shows `started_at` in the answer to start. */
  saysStartedAt: boolean;
  /** K12: the answer to start may be wrapped too. */
  startShape: 'bare' | 'wrapped';
  /** 400 and 422 are both documented; which one a body of the wrong shape gets is not. */
  invalidBody: 400 | 422;
  /** K13: how a start without credits is refused. */
  withoutCredits: 402 | 403;
  /** K12: `GET /interviews/:id` answers the interview itself or `{"interview": {…}}`. */
  interviewShape: 'bare' | 'wrapped';
  /** Whether a 429 says how long to wait: `Retry-After` is unknown. */
  retryAfter: boolean;
  /** K7: how webhooks are refused where the plan has none; 403 carries a code that names the plan. */
  withoutWebhooks: 403 | 404 | 405;
  /** K7: whether the answer to subscribe holds the secret. */
  givesSecret: boolean;
  /** K10: whether subscribing over the API sends the verification request and needs its 200, as Settings does. */
  verifiesOnSubscribe: boolean;
  /** K10: the verification request's body. */
  verificationBody: 'event' | 'empty';
  /** K10 is silent on whether the verification request is signed. */
  verificationSigned: boolean;
  /** K9: how deliveries are signed. */
  scheme: SignatureScheme;
  /**
   * K8: `{event, id, created_at, data}`, the same with `type` for `event`, the interview's fields beside `event`, or of the
   * interview its id alone.
   */
  deliveryShape: 'event' | 'type' | 'flat' | 'id';
  /**
   * K9: the signature covers the raw bytes. `escaped` writes JSON as PHP does (`\/`, `\u00e9`), so that a body which was
   * parsed and written again no longer has the bytes that were signed.
   */
  spelling: 'escaped' | 'plain';
};

export const assumedBehavior: KojiBehavior = {
  existing: 'returned',
  linkName: null,
  saysStartedAt: false,
  startShape: 'bare',
  invalidBody: 422,
  withoutCredits: 402,
  interviewShape: 'bare',
  retryAfter: true,
  withoutWebhooks: 403,
  givesSecret: true,
  verifiesOnSubscribe: false,
  verificationBody: 'event',
  verificationSigned: true,
  scheme: 'sha256-hex',
  deliveryShape: 'event',
  spelling: 'escaped',
};
