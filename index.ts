import zapier, { defineApp } from 'zapier-platform-core';
import { authentication } from './authentication.ts';
import sendInterviewEvent from './creates/send_interview_event.ts';
import startInterview from './creates/start_interview.ts';
import { includeCredentials } from './middleware.ts';
import packageJson from './package.json' with { type: 'json' };
import interviewAnalysisReady from './triggers/interview_analysis_ready.ts';

export default defineApp({
  version: packageJson.version,
  platformVersion: zapier.version,
  authentication,
  beforeRequest: [includeCredentials],
  triggers: { [interviewAnalysisReady.key]: interviewAnalysisReady },
  creates: { [startInterview.key]: startInterview, [sendInterviewEvent.key]: sendInterviewEvent },
  searches: {},
  flags: { cleanInputData: false },
});
