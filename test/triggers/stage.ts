import app from '../../index.ts';
import type { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { startKoji } from '../../sandbox/koji/server.ts';
import { startZapier } from '../../sandbox/zapier/platform.ts';
import type { Invoke } from '../../sandbox/zapier/runtime.ts';

/**
 * A Koji, and a Zapier whose connection has a key with every permission, on one clock. The app runs in Zapier's runtime,
 * unless it is invoked otherwise.
 */
export const openStage = async (clock: VirtualClock, invoke?: Invoke) => {
  const koji = await startKoji({ clock });
  const zapier = await startZapier({
    app,
    clock,
    authData: { koji_api_key: sandboxKeys.full },
    environment: { KOJI_API_URL: koji.url },
    ...(invoke === undefined ? {} : { invoke }),
  });
  return {
    koji,
    zapier,
    /** A Zap with this trigger, turned on. */
    turnedOn: async (key: string, inputData = {}) => {
      const zap = zapier.zap({ trigger: { key, inputData } });
      await zap.turnOn();
      return zap;
    },
    /** Somebody opens the study's link and answers at once; the analysis comes seconds later. Gives the interview's id. */
    answered: (outcome = {}) => {
      const id = koji.openLink();
      koji.respond(id, outcome);
      return id;
    },
    close: () => Promise.all([zapier.close(), koji.close()]),
  };
};

export type Stage = Awaited<ReturnType<typeof openStage>>;
