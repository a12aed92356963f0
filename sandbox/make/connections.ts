import { sandboxProject } from '../amplitude/projects.ts';
import { sandboxKeys } from '../koji/projects.ts';

/** The connections of an account on Make, to the sandbox's Koji and Amplitude. */
export const connections = {
  koji: { koji_api_key: sandboxKeys.full },
  amplitude: {
    amplitude_api_key: sandboxProject.apiKey,
    amplitude_secret_key: sandboxProject.secretKey,
    amplitude_region: 'us',
  },
};
