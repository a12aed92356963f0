import { hostsOf } from '../../amplitude/hosts.ts';
import { KOJI_API_URL } from '../../koji/contract.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { fetchTo } from './network.ts';

type Services = { koji: { url: string }; amplitude: { url: string } };

/** An account on Make that is connected to the sandbox's Koji and Amplitude, which stand in for the real ones. */
export const accountAt = ({ koji, amplitude }: Services, signalAfter?: (milliseconds: number) => AbortSignal) => ({
  connections: {
    koji: { koji_api_key: sandboxKeys.full },
    amplitude: {
      amplitude_api_key: sandboxProject.apiKey,
      amplitude_secret_key: sandboxProject.secretKey,
      amplitude_region: sandboxProject.region,
    },
  },
  http: fetchTo(
    { [KOJI_API_URL]: koji.url, [hostsOf(sandboxProject.region, {}).ingestion]: amplitude.url },
    signalAfter,
  ),
});
