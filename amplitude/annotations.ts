/** Lines on Amplitude's charts that say what happened when (A25). */
import * as z from 'zod';
import { HOUR, MINUTE } from '../boundary/durations.ts';
import { saysNothing } from '../boundary/placeholders.ts';
import { isOfAnApi, type Reply } from '../boundary/send.ts';
import { shorten } from '../boundary/text.ts';
import {
  HOLDS_NO_MOMENT,
  moment,
  named,
  optional,
  required,
  text,
  trimmedText,
  utcMomentOf,
} from '../boundary/values.ts';
import { amplitudeFindings } from './errors.ts';
import { amplitudeFailure, annotationFailure, version3Failure } from './failures.ts';
import { paths } from './hosts.ts';
import { type AmplitudeRest, callRest, restData } from './rest.ts';

/** The id in the address of a saved chart, `https://app.amplitude.com/analytics/acme/chart/abc123`. */
const CHART_ADDRESS = /^https:\/\/(?:[\w-]+\.)*amplitude\.com\/(?:[^?#]*\/)?chart\/(?!new\b)([\w-]+)(?:[/?#]|$)/;

/** What people read of a Chart ID that is neither. */
export const HOLDS_NO_CHART = "must be a saved chart's id, or its address in Amplitude";
/** What people read of an End that is. */
export const IS_BEFORE_START = 'is before Start';

/** A chart's id, also where people paste the chart's address. */
const chartId = trimmedText
  .transform((value) => CHART_ADDRESS.exec(value)?.[1] ?? value)
  .refine((value) => !value.includes('/'));

/** What people fill in. The same start and end is a line; a later end is a span. */
export const annotationInput = z
  .object({
    label: named(required(trimmedText, 'must be text')),
    start: required(moment, HOLDS_NO_MOMENT),
    end: optional(moment, HOLDS_NO_MOMENT),
    category: named(optional(trimmedText, 'must be text')),
    chart_id: named(optional(chartId, HOLDS_NO_CHART)),
    // Left out where it stands for nothing.
    details: optional(trimmedText, 'must be text').transform((text) =>
      text !== undefined && saysNothing(text) ? undefined : text,
    ),
  })
  .refine(({ start, end }) => end === undefined || end >= start, { path: ['end'], message: IS_BEFORE_START });
type AnnotationInput = z.infer<typeof annotationInput>;

const nullableText = z.string().nullable();
const isoText = z.iso.datetime();

/** What annotating gives: whether the line is new, and what stands on the charts. */
export const annotationSchema = z.object({
  id: z.string(),
  created: z.boolean(),
  already_there: z.boolean(),
  label: z.string(),
  start: isoText,
  end: isoText.nullable(),
  category: nullableText,
  chart_id: nullableText,
  details: nullableText,
});
export type Annotation = z.infer<typeof annotationSchema>;

const orNull = <Value>(value: Value | null | undefined): Value | null => value ?? null;

const wireMoment = z.unknown().transform(utcMomentOf).pipe(z.number());
const wireAnnotation = z.object({
  id: text,
  label: z.string(),
  start: wireMoment,
  end: wireMoment.nullish().transform(orNull),
  category: z
    .object({ name: text })
    .nullish()
    .transform((category) => category?.name ?? null)
    .catch(null),
  chart_id: text.nullish().transform(orNull),
  details: z.string().nullable().catch(null),
});
type Drawn = Omit<Annotation, 'created' | 'already_there'>;
/** One annotation that can't be read does not hide the others; of some the label is all that can. */
const wireAnnotations = z.object({
  data: z.array(
    z
      .union([wireAnnotation, z.object({ label: z.string() }).transform(({ label }) => ({ label, start: null }))])
      .nullable()
      .catch(null),
  ),
});
const wireMade = z.object({});
const wireCreated = z.object({ data: z.object({ id: text }) });
const wireCategories = z.object({ data: z.array(z.object({ name: text }).nullable().catch(null)) });

/** Amplitude draws by the hour, and may keep no more of a moment than that. */
const hourOf = (milliseconds: number): number => Math.floor(milliseconds / HOUR);
const written = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The answer's data, or the failure that it stands for. */
const dataOf = <Schema extends z.ZodType>(
  reply: Reply,
  schema: Schema,
  what: string,
  namesChart: boolean,
): z.infer<Schema> => {
  const failure = annotationFailure(reply, what, namesChart);
  if (failure !== null) throw failure;
  return restData(reply, schema, version3Failure);
};

/**
 * The line or span that a run before this one drew: the same label and chart, from and to the same hour. Throws where
 * one of the same label can't be read, because it may be this one.
 */
const drawnBefore = async (
  amplitude: AmplitudeRest,
  { label, start, end, chart_id }: AnnotationInput,
): Promise<Drawn | null> => {
  const query = new URLSearchParams({
    // "After" this moment, so it begins before the hour does.
    start: written(hourOf(start) * HOUR - MINUTE),
    ...(chart_id === undefined ? {} : { chart_id }),
  });
  const reply = await callRest(amplitude, 'GET', `${paths.annotations}?${query}`);
  const { data } = dataOf(reply, wireAnnotations, 'to show its annotations', chart_id !== undefined);
  const ofThisLabel = data.filter((one) => one?.label === label);
  const readable = ofThisLabel.flatMap((one) => (one === null || one.start === null ? [] : [one]));
  const before = readable.find(
    (one) =>
      hourOf(one.start) === hourOf(start) &&
      hourOf(one.end ?? one.start) === hourOf(end ?? start) &&
      one.chart_id === orNull(chart_id),
  );
  if (before) return { ...before, start: written(before.start), end: before.end === null ? null : written(before.end) };
  if (readable.length < ofThisLabel.length)
    throw amplitudeFailure(amplitudeFindings.unreadableLine, { what: shorten(label, 60) });
  return null;
};

const draw = (amplitude: AmplitudeRest, { label, start, end, category, chart_id, details }: AnnotationInput) =>
  callRest(amplitude, 'POST', paths.annotations, {
    json: { label, start: written(start), end: end && written(end), category, chart_id, details },
  });

/** Makes a category; that it is there already is as good. */
const makeCategory = async (amplitude: AmplitudeRest, category: string): Promise<void> => {
  const reply = await callRest(amplitude, 'POST', paths.annotationCategories, { json: { category } });
  if (reply.status !== 409) dataOf(reply, wireMade, `the category “${category}”`, false);
};

/** Whether Amplitude lacks what was asked for, and no host on the way. */
const isMissing = (reply: Reply): boolean => reply.status === 404 && isOfAnApi(reply);

/**
 * Draws the line, and makes its category where Amplitude has none of that name (404). That a chart is missing shows only
 * after that: Amplitude has no other look at a chart than to compute it.
 */
const drawn = async (amplitude: AmplitudeRest, input: AnnotationInput): Promise<Drawn> => {
  const { label, start, end, category, chart_id, details } = input;
  const namesChart = chart_id !== undefined;
  let reply = await draw(amplitude, input);
  if (isMissing(reply) && category !== undefined) {
    await makeCategory(amplitude, category);
    reply = await draw(amplitude, input);
    if (isMissing(reply) && namesChart)
      throw amplitudeFailure(amplitudeFindings.noChartForCategory, { what: category }, { status: reply.status });
  }
  const { id } = dataOf(reply, wireCreated, 'the annotation', namesChart).data;
  return {
    id,
    label,
    start: written(start),
    end: end === undefined ? null : written(end),
    category: orNull(category),
    chart_id: orNull(chart_id),
    details: orNull(details),
  };
};

/**
 * Draws a line or a span on a chart, or on all of them. One that is there already is left and given as it is, so running
 * this again changes nothing. Throws a `VendorFailure`.
 */
export const annotateCharts = async (amplitude: AmplitudeRest, input: AnnotationInput): Promise<Annotation> => {
  const before = await drawnBefore(amplitude, input);
  return { ...(before ?? (await drawn(amplitude, input))), created: before === null, already_there: before !== null };
};

/** The names of the project's categories, in Amplitude's order. Throws a `VendorFailure`. */
export const annotationCategories = async (amplitude: AmplitudeRest): Promise<string[]> => {
  const reply = await callRest(amplitude, 'GET', paths.annotationCategories);
  const { data } = dataOf(reply, wireCategories, 'to show its categories', false);
  return data.flatMap((category) => (category === null ? [] : [category.name]));
};

/** The category that the forms propose. */
export const DEFAULT_CATEGORY = 'Koji';

/** What the editor shows before a real line was drawn. */
export const sampleAnnotation: Annotation = {
  id: '12345',
  created: true,
  already_there: false,
  label: 'Koji: why trials end, 38 interviews',
  start: '2026-05-24T11:00:00.000Z',
  end: null,
  category: DEFAULT_CATEGORY,
  chart_id: null,
  details: 'Most named: pricing confusion, onboarding friction.',
};
