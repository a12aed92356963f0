import type { Create, Search, Trigger } from 'zapier-platform-core';
import createChartAnnotation from './creates/create_chart_annotation.ts';
import registerInterviewEvent from './creates/register_interview_event.ts';
import sendInterviewEvent from './creates/send_interview_event.ts';
import startInterview from './creates/start_interview.ts';
import findAmplitudeUser from './searches/find_amplitude_user.ts';
import findCohort from './searches/find_cohort.ts';
import findInterview from './searches/find_interview.ts';
import annotationCategoryList from './triggers/annotation_category_list.ts';
import cohortList from './triggers/cohort_list.ts';
import interviewAnalysisReady from './triggers/interview_analysis_ready.ts';
import interviewAnalysisReadyManual from './triggers/interview_analysis_ready_manual.ts';
import interviewList from './triggers/interview_list.ts';
import newInterviewAnalysis from './triggers/new_interview_analysis.ts';
import studyList from './triggers/study_list.ts';
import userEnteredCohort from './triggers/user_entered_cohort.ts';
import userEnteredCohortWebhook from './triggers/user_entered_cohort_webhook.ts';
import type { Build, OperationStatus } from './zapier/edition.ts';

type Listed<Operation> = { operation: Operation } & (
  | { status: Exclude<OperationStatus, 'awaiting'> }
  /** `lifts` says what would make the operation public. */
  | { status: 'awaiting'; lifts: string }
);

const LIST_DOCUMENTED = 'Koji documents the list of interviews (K6)';
const WEBHOOKS_DOCUMENTED = 'Koji documents adding webhooks over its API (K7)';

const triggers: Listed<Trigger>[] = [
  { operation: interviewAnalysisReady, status: 'awaiting', lifts: WEBHOOKS_DOCUMENTED },
  { operation: newInterviewAnalysis, status: 'awaiting', lifts: LIST_DOCUMENTED },
  { operation: interviewList, status: 'awaiting', lifts: LIST_DOCUMENTED },
  { operation: studyList, status: 'awaiting', lifts: LIST_DOCUMENTED },
  { operation: interviewAnalysisReadyManual, status: 'private' },
  { operation: userEnteredCohort, status: 'public' },
  { operation: userEnteredCohortWebhook, status: 'private' },
  { operation: cohortList, status: 'public' },
  { operation: annotationCategoryList, status: 'public' },
];

const searches: Listed<Search>[] = [
  { operation: findInterview, status: 'awaiting', lifts: LIST_DOCUMENTED },
  { operation: findCohort, status: 'public' },
  { operation: findAmplitudeUser, status: 'public' },
];

const creates: Listed<Create>[] = [
  { operation: startInterview, status: 'public' },
  { operation: sendInterviewEvent, status: 'public' },
  { operation: createChartAnnotation, status: 'public' },
  { operation: registerInterviewEvent, status: 'private' },
];

const inBuild = <Operation extends { key: string }>(listed: Listed<Operation>[], build: Build) =>
  Object.fromEntries(
    listed
      .filter(({ status }) => build === 'private' || status !== 'private')
      .map(({ operation }) => [operation.key, operation]),
  );

/** The operations that a build holds, as Zapier's app lists them. */
export const operationsOf = (build: Build) => ({
  triggers: inBuild(triggers, build),
  searches: inBuild(searches, build),
  creates: inBuild(creates, build),
});

/** Every operation with its status; hidden ones as well. */
export const operations = (
  [
    ['trigger', triggers],
    ['search', searches],
    ['create', creates],
  ] as const
).flatMap(([kind, listed]) => listed.map(({ operation: { key }, ...status }) => ({ key, kind, ...status })));
