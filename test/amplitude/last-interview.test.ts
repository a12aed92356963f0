/** What a person's last interview is in Amplitude after some have been written, on a local Amplitude. */
import { sendInterviewEvent } from '../../amplitude/send-interview-event.ts';
import { fetchSend } from '../../boundary/fetch.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { clockAt } from '../support/clock.ts';
import { COMPLETED, inputWith } from './filled-in.ts';

const MINUTE = 60_000;
const USER = 'user_10042';

let now = COMPLETED + MINUTE;
let amplitude: AmplitudeSandbox;
beforeEach(async () => {
  now = COMPLETED + MINUTE;
  amplitude = await startAmplitude({ now: () => now });
});
afterEach(() => amplitude.close());

const write = (fields: Record<string, unknown>) =>
  sendInterviewEvent(
    { send: fetchSend(null, []), host: amplitude.url, apiKey: sandboxProject.apiKey, library: 'test' },
    inputWith(fields),
    clockAt(now).timing,
  );
const person = () => amplitude.user(sandboxProject.apiKey, USER)?.properties;
const at = (milliseconds: number) => new Date(milliseconds).toISOString();

describe('the last interview is one record', () => {
  test.each([
    ['no sentiment', { sentiment: '' }, 'last_interview_sentiment'],
    ['no themes', { themes: [] }, 'last_interview_themes'],
  ])('a newer interview with %s leaves nothing of the older one', async (_name, lacks, property) => {
    await write({ interview_id: 'int_1' });
    expect(person()).toHaveProperty(property);
    await write({ interview_id: 'int_2', completed_at: at(COMPLETED + MINUTE), ...lacks });
    expect(person()).toMatchObject({ last_interview_at: '2026-05-24T11:42:22' });
    expect(person()).not.toHaveProperty(property);
    expect(amplitude.events(sandboxProject.apiKey).at(-1)?.userProperties).not.toHaveProperty(property);
  });

  test('what the team itself keeps of the person stays', async () => {
    amplitude.putUser(sandboxProject.apiKey, USER, { plan: 'pro', last_interview_sentiment: 'positive' });
    await write({ sentiment: '', themes: [] });
    expect(person()).toEqual({ plan: 'pro', last_interview_at: '2026-05-24T11:41:22', last_interview_quality: 4 });
  });

  test('an interview sent again takes nothing from a newer one', async () => {
    await write({ interview_id: 'int_1', sentiment: '' });
    await write({ interview_id: 'int_2', completed_at: at(COMPLETED + MINUTE), sentiment: 'mixed' });
    await write({ interview_id: 'int_1', sentiment: '' });
    expect(person()).toMatchObject({ last_interview_at: '2026-05-24T11:42:22', last_interview_sentiment: 'mixed' });
    expect(amplitude.events(sandboxProject.apiKey)).toHaveLength(2);
  });

  test('takes one call', async () => {
    await write({ sentiment: '' });
    expect(amplitude.calls).toHaveLength(1);
  });
});
