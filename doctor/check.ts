import { WHERE_KEYS_ARE } from '../koji/contract.ts';

/** What a reading of the account says about one thing that the product takes for granted. */
export type Verdict = 'confirmed' | 'wrong' | 'unknown';

/**
 * One question with its answer. `saw` holds statuses, field names, kinds and counts, never a person's data or a key;
 * `edit` is the one place to mend when the verdict is `wrong`.
 */
export type Check = { id: string; question: string; verdict: Verdict; saw: string; edit: string };

/** Where a correction goes. A test looks up each symbol in its file. */
export const edits = {
  address: 'koji/contract.ts → KOJI_API_URL',
  authorization: 'koji/contract.ts → kojiAuthorization',
  error: 'koji/contract.ts → wireError',
  keyTest: 'koji/probe.ts → probeKojiKey',
  list: 'koji/contract.ts → paths',
  listShape: 'koji/contract.ts → wireInterviewList',
  query: 'koji/list.ts → readPage',
  analyzedStatus: 'koji/contract.ts → ANALYZED_STATUS',
  webhooks: 'koji/contract.ts → subscriptionBody',
  interview: 'koji/contract.ts → bareInterview',
  respondent: 'koji/contract.ts → wireRespondent',
  answers: 'koji/contract.ts → wireAnswer',
  themes: 'koji/contract.ts → wireTheme',
  sentiments: 'koji/contract.ts → sentiments',
  modes: 'koji/contract.ts → modes',
  quality: 'koji/contract.ts → qualityScale',
  anonymity: 'koji/contract.ts → FLAGS',
  regions: 'amplitude/hosts.ts → documentedHosts',
} as const;

/** Where it is not the code that has to be mended. */
export const settings = {
  env: '.env',
  key: `Koji, ${WHERE_KEYS_ARE}`,
  plan: 'Koji, your plan',
} as const;

/** Makes checks of one question read as a line each. */
export const asking = (id: string, question: string, edit: string) => (verdict: Verdict, saw: string) =>
  ({ id, question, verdict, saw, edit }) satisfies Check;
