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

export const sandboxProject: Project = {
  apiKey: 'sandbox-amplitude-api-key',
  secretKey: 'sandbox-amplitude-secret-key',
  appId: 153_957,
  region: 'us',
  taxonomy: true,
};
