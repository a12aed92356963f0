import { builtApp } from '../../scripts/bundle.ts';
import type { Place } from '../place.ts';
import type { Play } from './campaign.ts';
import { onForwarder } from './forwarder.ts';
import { onMake } from './make.ts';
import { runCases } from './world.ts';
import { onZapier } from './zapier.ts';

/** How groups are played on a platform; of Zapier on what was built. */
export const playOn = async ({ platform, target }: Place): Promise<Play> => {
  const start = await startOn[platform](target);
  return (group) => runCases(start, group);
};

const startOn = {
  zapier: async () => onZapier(await builtApp('public')),
  make: async (target: Place['target']) => onMake(target),
  forwarder: async () => onForwarder,
};
