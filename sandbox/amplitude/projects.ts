import type { Region } from '../../amplitude/hosts.ts';

/** An Amplitude project: what an API key stands for, and what its customer has paid for. */
export type Project = {
  apiKey: string;
  secretKey: string;
  /** The project's number, `appId` in cohorts. */
  appId: number;
  /** A project lives in one region and its keys are unknown in the other (A1, A17). */
  region: Region;
  /** Whether the plan includes the Taxonomy API (A20: Enterprise). */
  taxonomy: boolean;
};

/** Keys without a word of any message: a message that holds a piece of a key shows nothing that the service said. */
export const sandboxProject: Project = {
  apiKey: 'sandbox-key-3f9c1d',
  secretKey: 'sandbox-secret-8b20e7',
  appId: 153_957,
  region: 'us',
  taxonomy: true,
};
