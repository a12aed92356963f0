import { type Hosts, type Region, regionNames } from '../amplitude/hosts.ts';
import { probeAmplitudeKeys } from '../amplitude/probe.ts';
import { VendorFailure } from '../boundary/failure.ts';
import type { Send } from '../boundary/send.ts';
import type { Koji } from '../koji/api.ts';
import { paths } from '../koji/contract.ts';
import { accessChecks, isOpen, webhookChecks } from './access.ts';
import { asking, type Check, edits, settings } from './check.ts';
import { fieldChecks } from './fields.ts';
import { interviewChecks } from './interviews.ts';
import { read } from './reading.ts';

/** What only a start or a delivery can show, and the doctor causes neither. */
export const NOT_BY_READING = 'K2, K3, K4, what K7 answers to a new webhook, K8, K9, K10, K13';

export type KojiPatient = {
  koji: Koji;
  /** The same way without a key. */
  stranger: Koji;
  /** An interview to look at, for an account without a list. */
  interviewId?: string | undefined;
  /** A text that no account holds, for asking after what does not exist. */
  madeUp: string;
};

/** Everything that can be learned of a Koji account by GET alone. Throws nothing for what the account answers. */
export const examineKoji = async ({ koji, stranger, interviewId, madeUp }: KojiPatient): Promise<Check[]> => {
  const unknownInterview = paths.interview(madeUp);
  const access = { withKey: await read(koji, unknownInterview), withoutKey: await read(stranger, unknownInterview) };
  const checks = accessChecks(new URL(koji.url).host, access);
  if (!isOpen(access)) {
    const rest = asking('K6–K14', 'Lists, webhooks and interviews', edits.list);
    return [...checks, rest('unknown', 'not asked, because the API did not let the key in')];
  }
  const nowhere = await read(koji, `/${madeUp}`);
  const { checks: ofInterviews, interviews } = await interviewChecks(koji, { nowhere, madeUp, interviewId });
  const ofWebhooks = webhookChecks(await read(koji, paths.webhooks), nowhere);
  return [...checks, ...ofInterviews, ...ofWebhooks, ...fieldChecks(interviews)];
};

export type AmplitudePatient = {
  send: Send;
  apiKey: string | undefined;
  secretKey: string | undefined;
  region: Region;
  hostsOf: (region: Region) => Hosts;
};

const TIMEOUT_MILLISECONDS = 10_000;

/** Whether Amplitude knows the keys, in the region that was chosen. Writes nothing. */
export const examineAmplitude = async (patient: AmplitudePatient): Promise<Check> => {
  const { send, apiKey, secretKey, region, hostsOf } = patient;
  const question = `Does Amplitude accept the keys in the region ${regionNames[region]}?`;
  if (apiKey === undefined) return asking('Amplitude', question, settings.env)('unknown', 'no API key was given');
  const keys = secretKey === undefined ? 'the API key alone' : 'both keys';
  try {
    const state = await probeAmplitudeKeys(send, { apiKey, secretKey, region }, hostsOf, TIMEOUT_MILLISECONDS);
    const answer = asking('Amplitude', question, edits.regions);
    return state === 'good' ? answer('confirmed', `${keys} accepted`) : answer('unknown', 'Amplitude did not say');
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    const { code, status } = error.details;
    return asking('Amplitude', question, settings.env)('wrong', `${keys}: ${status} ${code.replaceAll('_', ' ')}`);
  }
};
