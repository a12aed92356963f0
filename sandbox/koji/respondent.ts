import { sendEvent } from './deliveries.ts';
import { makeEvent } from './events.ts';
import {
  analyzeInterview,
  beginInterview,
  completeInterview,
  earlierStatus,
  existingInterview,
  findInterview,
  type KojiInterview,
  type Outcome,
  type StartBody,
  type Stored,
} from './interviews.ts';
import { findProject } from './projects.ts';
import type { KojiState } from './state.ts';
import { kojiEvents } from './webhooks.ts';

/** Somebody opens the study's link, without the API. Gives the interview's id. */
export const openLink = (koji: KojiState, body: StartBody = {}, projectId?: string): string => {
  const project = findProject(koji, projectId);
  const stored = existingInterview(koji, project, body) ?? beginInterview(koji, project, body);
  return stored.interview.interview_id;
};

/** The respondent finishes; the analysis follows on the clock. */
export const respond = (koji: KojiState, interviewId: string, outcome: Outcome = {}): void => {
  const { clock, made } = koji;
  const stored = findInterview(koji, interviewId);
  completeInterview(stored, outcome, clock.now());
  publish(koji, kojiEvents.completed, stored);
  clock.schedule(analysisMilliseconds(made.analyses), async () => {
    analyzeInterview(stored, outcome, clock.now());
    publish(koji, kojiEvents.analysisReady, stored);
  });
  made.analyses += 1;
};

/** Whoever was started so long ago finishes now, but for those who are to wait. Gives the interviews' ids. */
export const respondAfter = (
  koji: KojiState,
  milliseconds: number,
  waits: (interview: KojiInterview) => boolean = () => false,
): string[] => {
  const due = koji.interviews
    .map(({ interview }) => interview)
    .filter(({ status }) => status === earlierStatus.open)
    .filter((interview) => koji.clock.now() - Date.parse(interview.started_at) >= milliseconds && !waits(interview))
    .map(({ interview_id }) => interview_id);
  for (const interviewId of due) respond(koji, interviewId);
  return due;
};

/** K8: one event, a delivery of its own for each webhook. */
const publish = (koji: KojiState, name: string, stored: Stored): void => {
  const event = makeEvent(koji, name, stored);
  for (const webhook of koji.webhooks) {
    if (webhook.project !== stored.project || !webhook.events.includes(name)) continue;
    koji.clock.schedule(0, async () => {
      if (koji.webhooks.includes(webhook)) await sendEvent(koji, webhook, event);
    });
  }
};

/** Documented: typically 2–5 seconds after completion. Spread over that range, the same from run to run. */
const analysisMilliseconds = (number: number): number => 2_000 + ((number * 1_300) % 3_001);
