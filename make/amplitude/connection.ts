import { hostsOf, paths, regionNames, regions, WHERE_PROJECTS_ARE, WHICH_REGION } from '../../amplitude/hosts.ts';
import { NOBODY } from '../../amplitude/probe.ts';
import type { Connection } from '../language/format.ts';
import { KEY } from '../language/values.ts';
import { restAnswers } from './errors.ts';

type Place = 'connection' | 'parameters';

const [us, eu] = [hostsOf('us', {}), hostsOf('eu', {})];

/** The region's hosts, as the start of an address. */
export const ingestionHost = `{{if(connection.amplitude_region = 'eu', '${eu.ingestion}', '${us.ingestion}')}}`;
export const restHost = (place: Place = 'connection'): string =>
  `{{if(${place}.amplitude_region = 'eu', '${eu.rest}', '${us.rest}')}}`;

/** What every request to Amplitude's reading APIs carries. */
export const restHeaders = (place: Place = 'connection') => ({
  authorization: `Basic {{base64(${place}.amplitude_api_key + ':' + ${place}.amplitude_secret_key)}}`,
  accept: 'application/json',
});

/** Paths in Make's log that hold a key; Amplitude quotes a wrong one back (A7). */
export const AMPLITUDE_SECRETS = ['request.headers.authorization', 'request.body.api_key', 'response.body.error'];

/** The connection to Amplitude; both keys are tried by a search for a person who does not exist. */
export const amplitudeConnection: Connection = {
  id: 'amplitude',
  label: 'Amplitude (for Koji)',
  parameters: [
    {
      name: 'amplitude_api_key',
      label: 'Amplitude API key',
      type: 'password',
      required: true,
      editable: true,
      validate: KEY,
      help: `It is in Amplitude under **${WHERE_PROJECTS_ARE} → your project**. A space or line break before or after it is refused.`,
    },
    {
      name: 'amplitude_secret_key',
      label: 'Amplitude secret key',
      type: 'password',
      required: true,
      editable: true,
      validate: KEY,
      help: 'It stands beside the API key. Both are checked when you connect; sending events needs the API key alone.',
    },
    {
      name: 'amplitude_region',
      label: 'Amplitude region',
      type: 'select',
      required: true,
      default: 'us',
      options: regions.map((region) => ({ label: regionNames[region], value: region })),
      help: WHICH_REGION,
    },
  ],
  communication: {
    url: `${restHost('parameters')}${paths.userSearch}`,
    method: 'GET',
    qs: { user: NOBODY },
    headers: restHeaders('parameters'),
    followRedirects: false,
    log: { sanitize: AMPLITUDE_SECRETS },
    response: {
      ...restAnswers('body.matches'),
      metadata: {
        type: 'text',
        value:
          "Project {{substring(sha256('amplitude:' + parameters.amplitude_api_key), 0, 6)}} {{parameters.amplitude_region}}",
      },
    },
  },
};
