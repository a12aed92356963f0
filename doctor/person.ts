/** Reads one person back from Amplitude, and holds what is there against their interview at Koji. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { labels } from '../amplitude/errors.ts';
import { findUser } from '../amplitude/find-user.ts';
import { paths } from '../amplitude/hosts.ts';
import {
  DEFAULT_EVENT_TYPE,
  eventPropertyTypes,
  insertIdOf,
  skipReasons,
  toInterviewEvent,
  userPropertyTypes,
  writeRules,
} from '../amplitude/interview-event.ts';
import { type AmplitudeRest, callRest, restData } from '../amplitude/rest.ts';
import { fill } from '../boundary/error-table.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { momentOf } from '../boundary/values.ts';
import { getInterview, type Koji } from '../koji/api.ts';
import { findInterview } from '../koji/find-interview.ts';
import type { Interview } from '../koji/interview.ts';
import { asking, type Check, settings } from './check.ts';

export type PersonPatient = {
  amplitude: AmplitudeRest;
  koji: Koji;
  /** As Amplitude has it. */
  userId: string;
  /** In milliseconds. */
  now: () => number;
};

const properties = z.record(z.string(), z.unknown()).catch({});
/** https://amplitude.com/docs/apis/analytics/dashboard-rest#user-activity (A26); moments are in UTC, without saying so. */
const activitySchema = z.object({
  userData: z.object({ properties }),
  events: z.array(
    z.object({
      event_type: z.string(),
      event_time: z
        .string()
        .transform((text) => momentOf(`${text.replace(' ', 'T')}Z`))
        .catch(null),
      $insert_id: z.string().nullable().catch(null),
      event_properties: properties,
    }),
  ),
});
type Activity = z.infer<typeof activitySchema>;
type WrittenEvent = Activity['events'][number];

/** So many of the person's newest events are looked through. */
const EVENTS = 1000;
/** What an event's own id begins with, and then the interview's id. */
const OURS = insertIdOf(DEFAULT_EVENT_TYPE, '');

const interviewIdOf = ({ $insert_id }: WrittenEvent): string | null =>
  $insert_id?.startsWith(OURS) ? $insert_id.slice(OURS.length).replace(/:r\d+$/, '') : null;

/** An interview as it has to stand in Amplitude, whatever the rules of the step were that wrote it. */
const expectedOf = (interview: Interview, now: number) => {
  const completed_at = momentOf(interview.completed_at);
  if (completed_at === null) return null;
  const rules = writeRules.parse({ minimum_quality: 1, write_without_email: true, update_user_properties: 'always' });
  const decision = toInterviewEvent({ ...interview, completed_at }, rules, now);
  return 'event' in decision ? decision.event : null;
};

/** Koji's words and numbers may be shown; what somebody said is only counted. */
const inWords = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'number' ? String(value) : 'a text';
};

const compared = (where: string, name: string, found: unknown, wanted: unknown): Check => {
  const answer = asking(`person.${name}`, `Is ${name} ${where} as Koji's interview has it?`, 'the step that writes it');
  if (isDeepStrictEqual(found, wanted)) return answer('confirmed', `${inWords(found)}, the same`);
  const differing =
    inWords(found) === inWords(wanted)
      ? `${inWords(found)} and another one`
      : `${inWords(found)}, and ${inWords(wanted)}`;
  return answer('wrong', `in Amplitude and at Koji: ${differing}`);
};

const EVENT = `Is there an event ${DEFAULT_EVENT_TYPE} of the person?`;

/** Why there may be no event: what would become of the person's newest interview. */
const whyNone = async ({ koji, userId, now }: PersonPatient): Promise<string> => {
  const found = await findInterview(koji, { respondent_id: userId });
  if (found === null) return 'Koji has no list to look for one in';
  const [interview] = found;
  if (interview === undefined) return 'Koji has no interview of this person';
  const completed_at = momentOf(interview.completed_at);
  if (completed_at === null) return 'Koji has an interview of this person that is not finished';
  const decision = toInterviewEvent({ ...interview, completed_at }, writeRules.parse({}), now());
  return 'skipped' in decision
    ? `Koji has an interview of this person, which is skipped (${decision.skipped}): ${fill(skipReasons[decision.skipped], labels)}`
    : 'Koji has an interview of this person that should have been written';
};

const examineEvent = async (patient: PersonPatient, { events, userData }: Activity): Promise<Check[]> => {
  const ours = events.filter((event) => event.event_type === DEFAULT_EVENT_TYPE || interviewIdOf(event) !== null);
  const newest = ours.toSorted((one, other) => (other.event_time ?? 0) - (one.event_time ?? 0))[0];
  const answer = asking('person.event', EVENT, 'the step that writes it');
  if (newest === undefined)
    return [answer('wrong', `none among the newest ${events.length}; ${await whyNone(patient)}`)];
  const there = answer('confirmed', `${ours.length} among the newest ${events.length}`);
  const interviewId = interviewIdOf(newest);
  const interview = interviewId === null ? null : await getInterview(patient.koji, interviewId);
  const origin = asking('person.interview', 'Is the newest one an interview of Koji’s?', settings.env);
  if (interview === null) {
    return [
      there,
      origin('unknown', interviewId === null ? 'its id names none' : 'this key’s project has none of that id'),
    ];
  }
  const { is_anonymous, respondent_id, respondent_email } = interview;
  // Whoever gave an id and no email may be written, where the step says so (Write Without Email).
  if (is_anonymous && (respondent_email !== null || respondent_id === null)) {
    return [there, origin('wrong', 'Koji holds it as anonymous, and it was written to a person')];
  }
  if (![respondent_id, respondent_email].includes(patient.userId)) {
    return [there, origin('wrong', 'at Koji it is of somebody else')];
  }
  const expected = expectedOf(interview, patient.now());
  if (expected === null) return [there, origin('unknown', 'at Koji it is not analyzed')];
  const at = asking('person.time', 'Is the event’s time the end of the interview?', 'the step that writes it');
  const sameSecond = Math.floor((newest.event_time ?? 0) / 1000) === Math.floor(expected.time / 1000);
  return [
    there,
    origin('confirmed', 'found by the event’s own id'),
    at(sameSecond ? 'confirmed' : 'wrong', sameSecond ? 'the same second' : 'another time'),
    ...Object.keys(eventPropertyTypes).map((name) =>
      compared('on the event', name, newest.event_properties[name], expected.event_properties[name]),
    ),
    ...Object.keys(userPropertyTypes).map((name) =>
      compared('on the person', name, userData.properties[name], expected.user_properties?.[name]),
    ),
  ];
};

/** Everything about one person, by GET alone: Amplitude counts each question to the 360 of an hour (A19). Throws nothing. */
export const examinePerson = async (patient: PersonPatient): Promise<Check[]> => {
  const answer = asking('person', 'Does Amplitude know a person of this user id?', settings.env);
  try {
    const [user] = await findUser(patient.amplitude, patient.userId);
    if (user === undefined) {
      return [answer('wrong', 'nobody; capitals count, and an email is an id only where the project uses emails')];
    }
    const query = new URLSearchParams({ user: user.id, limit: String(EVENTS) });
    const activity = restData(
      await callRest(patient.amplitude, 'GET', `${paths.userActivity}?${query}`),
      activitySchema,
    );
    return [answer('confirmed', 'one'), ...(await examineEvent(patient, activity))];
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    return [asking('person', 'Can the person be read?', settings.env)('unknown', error.message)];
  }
};
