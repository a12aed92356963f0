import { wireInterview } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';

test('the sample interview is read as it is', () => {
  expect(wireInterview.parse(sampleWireInterview)).toMatchObject({ interview_id: 'int_sample_4f9d2c81' });
});

test('an interview of which only the id is known is read, the rest counting as absent', () => {
  const interview = wireInterview.parse({ interview_id: 'int_1' });
  expect(interview).toMatchObject({ interview_id: 'int_1', study_id: null, themes: [], duration_seconds: null });
});
