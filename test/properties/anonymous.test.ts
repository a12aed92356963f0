import fc from 'fast-check';
import { interviewEventInput, writeRules } from '../../amplitude/interview-event.ts';
import { sendInterviewEvent } from '../../amplitude/send-interview-event.ts';
import { jsonOf } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { readConfig } from '../../forwarder/config.ts';
import { readJob, writeJob } from '../../forwarder/jobs.ts';
import { handlerOf } from '../../forwarder/work.ts';
import { getInterview } from '../../koji/api.ts';
import { wireInterview } from '../../koji/contract.ts';
import { readDelivery } from '../../koji/delivery.ts';
import { anonymized, type Interview } from '../../koji/interview.ts';
import { taken } from '../support/amplitude.ts';
import { always, jsonText } from '../support/property.ts';
import { networkOf, reply } from '../support/wire.ts';
import { interviews } from '../support/wire-interviews.ts';

const NOW = Date.UTC(2026, 10, 26, 10);
const timing = { now: () => NOW, sleep: async () => undefined, random: () => 0.5 };

/** Every way of saying yes, in every place where it may stand (K14). */
const yes = fc.constantFrom<unknown>(
  true,
  'true',
  'True',
  ' yes ',
  1,
  '1',
  'on',
  'anonymous',
  {},
  [],
  ['no'],
  1n << 60n,
);
const flag = fc.tuple(fc.constantFrom('anonymous', 'is_anonymous'), yes).map(([name, value]) => ({ [name]: value }));
const place = fc.constantFrom('delivery', 'beside the data', 'data', 'beside the interview', 'interview', 'respondent');
const wrapped = fc.boolean();

/** Flagged interviews, in a delivery and as Koji answers with them. */
const flagged = fc.tuple(interviews, flag, place, wrapped).map(([interview, said, where, isWrapped]) => {
  const event = 'interview.analysis_ready';
  if (where === 'beside the interview' || where === 'beside the data') {
    const respondent = said;
    const answer = { interview, respondent };
    const delivery =
      where === 'beside the data' ? { data: isWrapped ? { interview } : interview, respondent } : { data: answer };
    return { answer: jsonText(answer), delivery: jsonText({ event, ...delivery }) };
  }
  const inside = {
    ...interview,
    ...(where === 'interview' ? said : {}),
    respondent: { ...interview.respondent, ...(where === 'respondent' ? said : {}) },
  };
  const data = isWrapped
    ? { interview: inside, ...(where === 'data' || where === 'delivery' ? said : {}) }
    : { ...inside, ...(where === 'data' || where === 'delivery' ? said : {}) };
  const bare = { ...interview, ...(isWrapped ? { interview } : {}) };
  return {
    answer: jsonText(where === 'delivery' ? { ...data, ...said } : data),
    delivery: jsonText(where === 'delivery' ? { event, data: bare, ...said } : { event, data }),
  };
});

/** Interviews without an email, in every form of it. */
const withoutEmail = fc
  .tuple(interviews, fc.constantFrom<unknown>(undefined, null, '', ' ', 'n/a', 'ada', {}, ['ada@example.com'], 4, true))
  .map(([interview, respondent_email]) => {
    const data = { ...interview, respondent_email };
    return {
      person: interview,
      answer: jsonText(data),
      delivery: jsonText({ event: 'interview.analysis_ready', data }),
    };
  });

const settings = fc.record({
  identify_by: fc.constantFrom('id_then_email', 'id', 'email'),
  minimum_quality: fc.constant(1),
  update_user_properties: fc.constantFrom('recent', 'always', 'never'),
});

const environment = {
  KOJI_API_KEY: 'pk_live_of_the_test',
  KOJI_WEBHOOK_SECRET: 'a secret of this webhook',
  AMPLITUDE_API_KEY: 'an-api-key-of-the-test',
};

const heard = (delivery: string): Interview[] => {
  const read = readDelivery(delivery);
  return read.kind === 'interview' ? [read.interview] : [];
};

const kojiWith = (answer: unknown) => ({
  send: networkOf(() => reply(200, answer)).send,
  url: 'https://koji.so/api/v1',
  now: timing.now,
});

/** What a step is filled in with, when its fields are mapped to an interview's own. */
const mapped = (interview: Interview) => ({
  interview_id: interview.interview_id,
  completed_at: interview.completed_at ?? '2026-05-24T11:41:22Z',
  amplitude_user_id: interview.respondent_id,
  respondent_email: interview.respondent_email,
  is_anonymous: String(interview.is_anonymous),
  themes: interview.themes,
  sentiment: interview.sentiment,
  quality_score: interview.quality_score,
});

/** How many requests reach Amplitude when an interview goes every way there is, with these settings. */
const requestsFor = async (delivery: string, answer: string, filledIn: object): Promise<number> => {
  const { send, requests } = networkOf(() => taken);
  const amplitude = { send, host: 'https://api2.amplitude.com', apiKey: 'key', library: 'test' };
  const koji = kojiWith(answer);
  const { interview_id } = wireInterview.parse(jsonOf(answer));
  const found = await getInterview(koji, interview_id);
  if (found === null) throw new Error('Koji was to have the interview.');
  const sources = { read: async () => ({ ...found, structured_answers: {} }), lookUp: null };
  const own = { amplitude_user_id: 'user_10042', respondent_email: 'ada@example.com' };
  const forms = [...heard(delivery), found].flatMap((interview) => [
    mapped(interview),
    { interview_id: interview.interview_id },
    { interview_id: interview.interview_id, ...('write_without_email' in filledIn ? own : {}) },
  ]);
  for (const form of forms) {
    const input = readInput('Amplitude', interviewEventInput, { ...form, ...filledIn });
    await sendInterviewEvent(amplitude, input, sources, timing);
  }

  const config = readConfig(environment);
  const writing = { ...config.writing, ...writeRules.parse(filledIn) };
  const handle = handlerOf({ koji, amplitude, now: timing.now, people: null }, { ...config, writing });
  const jobs = [...heard(delivery), found].map((interview) => writeJob('project', interview));
  const read = readDelivery(delivery);
  const reading = read.kind === 'id' ? [readJob('project', read.interviewId, read.isAnonymous)] : [];
  for (const job of [...jobs, ...reading]) await handle(job, 0, async () => true);
  return requests.length;
};

describe('an interview that is flagged anonymous', () => {
  test('brings nothing about the person, wherever the flag stands', async () => {
    await always(flagged, ({ delivery }) => {
      for (const interview of heard(delivery)) expect(interview).toEqual(anonymized(interview));
    });
  });

  test('is written by no path, whatever the settings', async () => {
    await always(fc.tuple(flagged, settings), async ([{ delivery, answer }, chosen]) => {
      await expect(requestsFor(delivery, answer, { ...chosen, write_without_email: true })).resolves.toBe(0);
    });
  });
});

describe('an interview without an email', () => {
  test('is written by no path, unless the step asks for those', async () => {
    await always(fc.tuple(withoutEmail, settings), async ([{ delivery, answer }, chosen]) => {
      await expect(requestsFor(delivery, answer, chosen)).resolves.toBe(0);
    });
  });

  test('of which only an email is known as id is written by none, even if it does', async () => {
    const id = fc.constantFrom('ada@example.com', ' @', 'null', 'N/A', '', ' ');
    await always(fc.tuple(withoutEmail, settings, id), async ([{ person }, chosen, external_id]) => {
      const respondent = { ...person.respondent, external_id };
      const data = { ...person, respondent, respondent_email: null };
      const delivery = jsonText({ event: 'interview.analysis_ready', data });
      const form = { ...chosen, write_without_email: true };
      for (const interview of heard(delivery)) {
        const { send, requests } = networkOf(() => taken);
        const amplitude = { send, host: 'https://api2.amplitude.com', apiKey: 'key', library: 'test' };
        const input = readInput('Amplitude', interviewEventInput, {
          ...mapped(interview),
          amplitude_user_id: external_id,
          ...form,
        });
        const sources = { read: async () => ({ ...interview, structured_answers: {} }), lookUp: null };
        await sendInterviewEvent(amplitude, input, sources, timing);
        expect(requests).toEqual([]);
      }
    });
  });
});
