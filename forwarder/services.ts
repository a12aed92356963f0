/** The forwarder's own way to Koji and Amplitude: each key goes to its own host. */
import { lastInterviewAt } from '../amplitude/last-interview.ts';
import { fetchSend } from '../boundary/fetch.ts';
import { kojiAuthorization } from '../koji/contract.ts';
import type { Config } from './config.ts';
import packageJson from './package.json' with { type: 'json' };
import type { Services } from './work.ts';

const lookUpOf = ({ apiKey, secretKey, restHost }: Config['amplitude']): Services['lookUp'] => {
  if (secretKey === undefined) return null;
  const send = fetchSend(`Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`, [restHost]);
  return (userId) => lastInterviewAt({ send, host: restHost }, userId);
};

/** Both services, over fetch. */
export const servicesOf = ({ koji, amplitude }: Config): Services => ({
  koji: { send: fetchSend(kojiAuthorization(koji.apiKey), [koji.url]), url: koji.url, now: () => performance.now() },
  amplitude: {
    // The key stands in the body of an upload.
    send: fetchSend(null, []),
    host: amplitude.host,
    apiKey: amplitude.apiKey,
    library: `koji-forwarder/${packageJson.version}`,
  },
  lookUp: lookUpOf(amplitude),
  now: Date.now,
});
