import { sandboxProject } from '../amplitude/projects.ts';
import type { VirtualClock } from '../clock.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { startZapier, type ZapierSandbox } from './platform.ts';

type Services = { clock: VirtualClock; koji: { url: string }; amplitude: { url: string } };

/** Zapier's runtime with the app on the clock, connected to the local Koji and Amplitude. `app` is what the build exports. */
export const startConnected = (app: object, { clock, koji, amplitude }: Services): Promise<ZapierSandbox> =>
  startZapier({
    app,
    clock,
    appIsOnClock: true,
    authData: {
      koji_api_key: sandboxKeys.full,
      amplitude_api_key: sandboxProject.apiKey,
      amplitude_secret_key: sandboxProject.secretKey,
    },
    environment: { KOJI_API_URL: koji.url, AMPLITUDE_INGESTION_URL: amplitude.url, AMPLITUDE_REST_URL: amplitude.url },
  });
