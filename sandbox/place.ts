/** Where a command plays the loop. */
import * as z from 'zod';
import { targets } from '../make/language/format.ts';

const platforms = ['zapier', 'make', 'forwarder'] as const;

/** On a platform; on Make with one of its two apps. */
export const placeSchema = z.object({ platform: z.enum(platforms), target: z.enum(targets) });
export type Place = z.infer<typeof placeSchema>;

/** The same as a command's options: the app stays open where none is named. */
export const placeOptions = {
  platform: z.enum(platforms).default('zapier'),
  target: z.enum(targets).optional().describe('which of the two Make apps'),
};

/** The rule between the two, as `superRefine` takes it. */
export const targetIsOfMake = (
  { platform, target }: { platform: string; target?: string | undefined },
  { addIssue }: z.RefinementCtx,
): void => {
  if (target === undefined || platform === 'make') return;
  addIssue({
    code: 'custom',
    path: ['target'],
    message: '--target names one of the Make apps: add --platform make.',
  });
};
