import { makeId, type Stored } from './interviews.ts';
import type { KojiState } from './state.ts';

/** K8: what happened, once for all webhooks and attempts that tell of it. */
export type KojiEvent = {
  id: string;
  name: string;
  createdAt: string;
  interviewId: string | null;
  data: Record<string, unknown>;
};

export const makeEvent = ({ made, clock }: KojiState, name: string, stored: Stored | null): KojiEvent => {
  made.events += 1;
  return {
    id: makeId('evt', `${made.events}`),
    name,
    createdAt: new Date(clock.now()).toISOString(),
    interviewId: stored?.interview.interview_id ?? null,
    data: { ...stored?.interview },
  };
};
