/** A person who entered a cohort, as the polled trigger and the webhook both give them. */
import * as z from 'zod';
import { isEmail } from '../boundary/email.ts';
import { number, optional, text, textList, trimmedText } from '../boundary/values.ts';
import { sampleCohort } from './cohorts.ts';

const textOrNull = z.string().nullable();

/** `50`, `"50"` or `"50 %"`. */
const percentage = z
  .union([z.number(), z.string().transform((value) => value.trim().replace(/%$/, ''))])
  .pipe(number)
  .pipe(z.number().min(1).max(100));

/** What people fill in about the members of a cohort. Throws nothing; parse it with `readInput`. */
export const memberRules = z.object({
  email_property: optional(trimmedText, 'must be text').transform((name) => name ?? 'email'),
  sample_percent: optional(percentage, 'must be a number from 1 to 100').transform((percent) => percent ?? 100),
  extra_properties: optional(textList, 'must be a list of names').transform((names) => names ?? []),
});

/** Amplitude's own columns of a cohort's file (A14); a property can't be asked for by their names. */
const RESERVED = new Set(['amplitude_id', 'user_id']);
const isReserved = (name: string): boolean => RESERVED.has(name.toLowerCase());
const NO_PROPERTY =
  "must not name user_id or amplitude_id: these are Amplitude's own, and the user id is handed on anyway";

/** The same where the members come as a file. */
export const fileRules = memberRules.extend({
  email_property: memberRules.shape.email_property.refine((name) => !isReserved(name), NO_PROPERTY),
  extra_properties: memberRules.shape.extra_properties.refine((names) => !names.some(isReserved), NO_PROPERTY),
});

/** One item for each person; every key is always there. */
export const cohortEntrySchema = z.object({
  id: z.string().meta({ title: 'ID of This Entry (Map Amplitude User ID)' }),
  cohort_id: textOrNull,
  cohort_name: textOrNull,
  amplitude_user_id: z.string(),
  respondent_email: textOrNull,
  cohort_computed_at: z.iso.datetime().nullable(),
  properties: z.record(z.string(), z.unknown()),
});
export type CohortEntry = z.infer<typeof cohortEntrySchema>;

export type Properties = Record<string, unknown>;

/** Amplitude writes `gp:` before a custom property in some places (A20); capitals differ by hand. */
export const plainName = (name: string): string => name.replace(/^gp:/, '').trim().toLowerCase();

/** Finds a person's properties by their names as people write them: exactly so, else whatever the capitals. */
export const propertiesByName = (properties: Properties): ((name: string) => unknown) => {
  let alike: Map<string, unknown> | undefined;
  return (name) => {
    if (Object.hasOwn(properties, name)) return properties[name];
    // The first of several alike comes last, so that it counts.
    alike ??= new Map(
      Object.entries(properties)
        .toReversed()
        .map(([key, value]) => [plainName(key), value]),
    );
    return alike.get(plainName(name));
  };
};

/** The email among a person's properties; null when there is none, or what is there is none. */
export const emailAmong = (properties: Properties, emailProperty: string): string | null => {
  // Many have none, and what can't be read costs ten times as long.
  const given = propertiesByName(properties)(emailProperty) ?? '';
  const email = text.safeParse(given).data?.trim() ?? '';
  return isEmail(email) ? email : null;
};

/** Whether what stands in the email's place is something else. */
export const holdsNoEmail = (properties: Properties, emailProperty: string): boolean => {
  const given = propertiesByName(properties)(emailProperty) ?? '';
  return given !== '' && emailAmong(properties, emailProperty) === null;
};

/** What the editor shows before somebody entered a cohort. */
export const sampleCohortEntry: CohortEntry = {
  id: `${sampleCohort.id}:user_10042`,
  cohort_id: sampleCohort.id,
  cohort_name: sampleCohort.name,
  amplitude_user_id: 'user_10042',
  respondent_email: 'ada@example.com',
  cohort_computed_at: sampleCohort.cohort_computed_at,
  properties: { plan: 'trial' },
};

/** The same with the properties that were asked for; what they hold is made up and says so. */
export const sampleWith = (extraProperties: string[]): CohortEntry => ({
  ...sampleCohortEntry,
  properties: Object.fromEntries(extraProperties.map((name) => [name, `made-up ${name}`])),
});
