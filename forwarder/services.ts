/** The forwarder's own way to Koji and Amplitude: each key goes to its own host. */
import type { Labels as AmplitudeLabels } from '../amplitude/errors.ts';
import { failure, type Service } from '../boundary/failure.ts';
import { fetchSend } from '../boundary/fetch.ts';
import type { Send } from '../boundary/send.ts';
import { kojiAuthorization } from '../koji/contract.ts';
import type { Labels as KojiLabels } from '../koji/errors.ts';
import type { Config } from './config.ts';
import packageJson from './package.json' with { type: 'json' };
import type { Services } from './work.ts';

const peopleOf = ({ apiKey, secretKey, restHost }: Config['amplitude']): Services['people'] => {
  if (secretKey === undefined) return null;
  const send = fetchSend(`Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`, [restHost]);
  return { send, host: restHost };
};

/** What reasons call the forwarder's settings. */
const kojiLabels: KojiLabels = {
  'connect:it': 'put it into KOJI_API_KEY',
  'connect:another': 'put one that has it into KOJI_API_KEY',
};
const amplitudeLabels: AmplitudeLabels = {
  here: 'in the environment',
  connection: 'in the environment',
  'field:amplitude_api_key': 'AMPLITUDE_API_KEY',
  'field:amplitude_region': 'AMPLITUDE_REGION',
  'field:min_id_length': 'MIN_ID_LENGTH',
};

/** Both services, over fetch. */
export const servicesOf = ({ koji, amplitude }: Config): Services => ({
  koji: {
    send: fetchSend(kojiAuthorization(koji.apiKey), [koji.url]),
    url: koji.url,
    now: () => performance.now(),
    labels: kojiLabels,
  },
  amplitude: {
    // The key stands in the body of an upload.
    send: fetchSend(null, []),
    host: amplitude.host,
    apiKey: amplitude.apiKey,
    library: `koji-forwarder/${packageJson.version}`,
    labels: amplitudeLabels,
  },
  people: peopleOf(amplitude),
  now: Date.now,
});

/** The same for so many milliseconds in all: no call goes on for longer, and none is made after them. */
export const forAWhile = ({ koji, amplitude, people, now }: Services, milliseconds: number): Services => {
  const end = koji.now() + milliseconds;
  const within =
    (service: Service, send: Send): Send =>
    async (request) => {
      const left = Math.floor(end - koji.now());
      const why = `${service} was not asked: no time was left before Koji had to be answered.`;
      if (left <= 0) throw failure(service, 'retry', 'no_time_left', why);
      return send({ ...request, timeoutMilliseconds: Math.min(left, request.timeoutMilliseconds) });
    };
  return {
    koji: { ...koji, send: within('Koji', koji.send) },
    amplitude: { ...amplitude, send: within('Amplitude', amplitude.send) },
    people: people === null ? null : { ...people, send: within('Amplitude', people.send) },
    now,
  };
};
