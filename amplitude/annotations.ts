/** Lines on Amplitude's charts that say what happened when (A25). */
import * as z from 'zod';
import type { Reply } from '../boundary/send.ts';
import { momentOf, optional, required, resolved, text, trimmedText } from '../boundary/values.ts';
import { annotationFailure } from './failures.ts';
import { type AmplitudeRest, callRest, restData } from './rest.ts';

const paths = { annotations: '/api/3/annotations', categories: '/api/3/annotation-categories' } as const;

const moment = z.unknown().transform(momentOf).pipe(z.number());
const EXAMPLE = 'must be a date and time with its zone, such as 2026-05-24T11:00:00Z';

/** What people fill in. The same start and end is a line; a later end is a span. */
export const annotationInput = z
  .object({
    label: resolved(required(trimmedText, 'must be text')),
    start: required(moment, EXAMPLE),
    end: optional(moment, EXAMPLE),
    category: resolved(optional(trimmedText, 'must be text')),
    chart_id: resolved(optional(trimmedText, 'must be the id of a chart')),
    details: optional(trimmedText, 'must be text'),
  })
  .refine(({ start, end }) => end === undefined || end >= start, { path: ['end'], message: 'is before Start' });
export type AnnotationInput = z.infer<typeof annotationInput>;

const nullableText = z.string().nullable();
const isoText = z.iso.datetime();

/** What annotating gives: whether the line is new, and what came in. */
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

const wireAnnotation = z.object({
  id: text,
  label: z.string().catch(''),
  start: moment.nullable().catch(null),
  chart_id: text.nullish().catch(null),
});
/** One annotation that can't be read does not hide the others. */
const wireAnnotations = z.object({ data: z.array(wireAnnotation.nullable().catch(null)) });
const wireMade = z.object({ data: z.unknown() });
const wireCreated = z.object({ data: z.object({ id: text }) });
const wireCategories = z.object({ data: z.array(z.object({ name: text }).nullable().catch(null)) });

const HOUR = 60 * 60 * 1_000;
const MINUTE = 60 * 1_000;
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
  return restData(reply, schema);
};

/** The line that a run before this one drew: the same label and chart, in the same hour. */
const drawnBefore = async (amplitude: AmplitudeRest, { label, start, chart_id }: AnnotationInput) => {
  const query = new URLSearchParams({
    // "After" this moment, so it begins before the hour does.
    start: written(hourOf(start) * HOUR - MINUTE),
    ...(chart_id === undefined ? {} : { chart_id }),
  });
  const { data } = restData(await callRest(amplitude, 'GET', `${paths.annotations}?${query}`), wireAnnotations);
  return data.find(
    (one) =>
      one !== null &&
      one.label === label &&
      one.start !== null &&
      hourOf(one.start) === hourOf(start) &&
      (one.chart_id ?? undefined) === chart_id,
  );
};

const draw = (amplitude: AmplitudeRest, { label, start, end, category, chart_id, details }: AnnotationInput) =>
  callRest(amplitude, 'POST', paths.annotations, {
    json: {
      label,
      start: written(start),
      ...(end === undefined ? {} : { end: written(end) }),
      ...(category === undefined ? {} : { category }),
      ...(chart_id === undefined ? {} : { chart_id }),
      ...(details === undefined ? {} : { details }),
    },
  });

/** Makes a category; that it is there already is as good. */
const makeCategory = async (amplitude: AmplitudeRest, category: string): Promise<void> => {
  const reply = await callRest(amplitude, 'POST', paths.categories, { json: { category } });
  if (reply.status !== 409) dataOf(reply, wireMade, `the category “${category}”`, false);
};

/** Draws the line, and makes its category where Amplitude has none of that name (404). */
const drawn = async (amplitude: AmplitudeRest, input: AnnotationInput): Promise<Reply> => {
  const reply = await draw(amplitude, input);
  if (reply.status !== 404 || input.category === undefined) return reply;
  await makeCategory(amplitude, input.category);
  return draw(amplitude, input);
};

/**
 * Draws a line or a span on a chart, or on all of them. One that is there already is left as it is, so running this
 * again changes nothing. Throws a `VendorFailure`.
 */
export const annotateCharts = async (amplitude: AmplitudeRest, input: AnnotationInput): Promise<Annotation> => {
  const before = await drawnBefore(amplitude, input);
  const namesChart = input.chart_id !== undefined;
  const { id } = before ?? dataOf(await drawn(amplitude, input), wireCreated, 'the annotation', namesChart).data;
  return {
    id,
    created: before === undefined,
    already_there: before !== undefined,
    label: input.label,
    start: written(input.start),
    end: input.end === undefined ? null : written(input.end),
    category: input.category ?? null,
    chart_id: input.chart_id ?? null,
    details: input.details ?? null,
  };
};

/** The names of the project's categories, in Amplitude's order. Throws a `VendorFailure`. */
export const annotationCategories = async (amplitude: AmplitudeRest): Promise<string[]> => {
  const { data } = restData(await callRest(amplitude, 'GET', paths.categories), wireCategories);
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
