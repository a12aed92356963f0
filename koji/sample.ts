import { wireInterview } from './contract.ts';
import { type Interview, toInterview } from './interview.ts';

/**
 * One analyzed interview as Koji is assumed to send it. The samples people see in the
 * editor, the sandbox's interviews and the tests are all made from it.
 */
export const sampleWireInterview = {
  interview_id: 'int_sample_4f9d2c81',
  study_id: 'stu_6b1e07',
  study_name: 'Why trials end',
  status: 'analysis_ready',
  started_at: '2026-05-24T11:29:05Z',
  completed_at: '2026-05-24T11:41:22Z',
  analyzed_at: '2026-05-24T11:41:27Z',
  mode: 'text',
  language: 'en',
  duration_seconds: 737,
  respondent_email: 'ada@example.com',
  respondent: {
    external_id: 'user_10042',
    display_name: 'Ada Example',
    metadata: { cohort: 'Trials ending this week' },
  },
  quality_score: 4,
  sentiment: 'negative',
  themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
  summary: 'Liked the product, but could not tell what the second seat would cost and gave up at the invoice settings.',
  key_quotes: ['I never found out what a second seat costs.', 'I looked for the invoices for ten minutes.'],
  transcript_url: 'https://koji.so/interviews/int_sample_4f9d2c81/transcript',
  answers: [
    {
      question_id: 'reason_for_leaving',
      question: 'What made you stop?',
      type: 'open_ended',
      value: 'I never found out what a second seat costs.',
    },
    { question_id: 'ease', question: 'How easy was it to set up?', type: 'scale', value: 2 },
  ],
};

/** The sample in the product's vocabulary. */
export const sampleInterview: Interview = toInterview(wireInterview.parse(sampleWireInterview));

/** Whether an email is that of the samples' person, whom nobody is: example.com belongs to no one (RFC 2606). */
export const isOfSample = (email: string | null | undefined): boolean => email === sampleWireInterview.respondent_email;
