import { VirtualClock } from '../../../sandbox/clock.ts';
import { startZapier, type ZapierOptions } from '../../../sandbox/zapier/platform.ts';
import { createFakeApp, startVendor } from './fake-app.ts';

export const START = Date.parse('2026-11-23T12:00:00Z');

/** The vendor, its app and a Zapier around it, on one clock that stands still. */
export const startSetting = async (options: Partial<ZapierOptions> = {}) => {
  const vendor = await startVendor();
  const fake = createFakeApp(vendor.server.url);
  const clock = new VirtualClock(START);
  const zapier = await startZapier({ app: fake.app, clock, authData: { api_key: 'key-of-acme-1234' }, ...options });

  return {
    vendor,
    clock,
    zapier,
    ...fake,
    /** Bundles the app was given by this method, oldest first. */
    bundlesOf: (method: string) => fake.given.filter((call) => call.method === method).map(({ bundle }) => bundle),
    /** Posts to a Zap's hook as the vendor would. */
    post: (url: string | null, body: unknown, headers: Record<string, string> = {}) =>
      fetch(url ?? 'http://no-hook', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      await zapier.close();
      await vendor.server.close();
    },
  };
};
export type Setting = Awaited<ReturnType<typeof startSetting>>;
