/** The forwarder's own way to Koji and Amplitude: each key goes to its own host. */
import { fetchSend } from '../boundary/fetch.ts';
import { kojiAuthorization } from '../koji/contract.ts';
import type { Config } from './config.ts';
import type { Services } from './forwarder.ts';
import packageJson from './package.json' with { type: 'json' };

/** Both services, over fetch. */
export const servicesOf = ({ koji, amplitude }: Config): Services => ({
  koji: { send: fetchSend(kojiAuthorization(koji.apiKey), [koji.url]), url: koji.url },
  amplitude: {
    // The key stands in the body of an upload.
    send: fetchSend(null, []),
    host: amplitude.host,
    apiKey: amplitude.apiKey,
    library: `koji-forwarder/${packageJson.version}`,
  },
  now: Date.now,
});
