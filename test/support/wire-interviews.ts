import fc from 'fast-check';
import type { sampleWireInterview } from '../../koji/sample.ts';
import { odd, roughly } from './property.ts';

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const moments = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2026-11-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const id = fc.stringMatching(/^[a-z0-9_]{1,16}$/);
export const email = fc.stringMatching(/^[a-z]{3,8}@example\.com$/);

const answer = {
  question_id: fc.option(id),
  question: fc.option(words),
  type: fc.constantFrom('open_ended', 'scale'),
  value: fc.oneof(words, fc.integer(), fc.boolean(), fc.array(words, { maxLength: 3 })),
};

const respondent = {
  external_id: id,
  display_name: words,
  metadata: fc.dictionary(words, fc.oneof(words, fc.integer()), { maxKeys: 3 }),
};

const shape = {
  interview_id: id.map((text) => `int_${text}`),
  study_id: id,
  study_name: words,
  status: fc.constantFrom('analysis_ready', 'in_progress'),
  started_at: moments,
  completed_at: moments,
  analyzed_at: moments,
  mode: fc.constantFrom('text', 'voice'),
  language: fc.constantFrom('en', 'de'),
  duration_seconds: fc.nat(),
  respondent_email: email,
  respondent: fc.record(respondent),
  quality_score: fc.integer({ min: 1, max: 5 }),
  sentiment: fc.constantFrom('positive', 'negative'),
  themes: fc.array(words, { maxLength: 5 }),
  summary: words,
  key_quotes: fc.array(words, { maxLength: 3 }),
  transcript_url: id.map((text) => `https://koji.so/${text}`),
  answers: fc.array(fc.record(answer), { maxLength: 4 }),
} satisfies Record<keyof typeof sampleWireInterview, fc.Arbitrary<unknown>>;

/** Interviews as Koji should send them. */
export const interviews = fc.record(shape);

const flags = { anonymous: fc.constant(false), is_anonymous: fc.constant(false) };

/** Interviews with some of it missing, and some of it odd. */
export const oddInterviews = roughly({
  ...shape,
  respondent: roughly({ ...respondent, metadata: fc.dictionary(words, odd, { maxKeys: 3 }), ...flags }),
  answers: fc.array(roughly(answer), { maxLength: 4 }),
  quotes: fc.array(words),
  ...flags,
}).map((one) => ({ interview_id: 'int_1', ...one }));
