import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import type { Answer, Call } from '../server.ts';
import type { Tenant } from './state.ts';

type Category = { id: number; name: string };

/** A line on charts as Amplitude gives it (A25). */
export type StoredAnnotation = {
  id: number;
  label: string;
  start: string;
  end: string | null;
  category: Category | null;
  chart_id: string | null;
  details: string | null;
};

/** What a project has on its charts, and the charts it has. */
export type AnnotationBook = { annotations: StoredAnnotation[]; categories: Category[]; charts: string[] };

/** A project with one chart and nothing on it. */
export const emptyBook = (): AnnotationBook => ({ annotations: [], categories: [], charts: ['abc123'] });

const FIRST_ID = 12_345;

const given = z.object({
  label: z.string().min(1),
  start: z.iso.datetime({ offset: true }),
  end: z.iso.datetime({ offset: true }).nullish(),
  category: z.string().nullish(),
  chart_id: z.string().nullish(),
  details: z.string().nullish(),
});

const refusal = (status: number, error: string): Answer => ({ status, body: { error } });

const HOUR = 60 * 60 * 1_000;
/** Kept by the hour. */
const hourOf = (moment: string): string => new Date(Math.floor(Date.parse(moment) / HOUR) * HOUR).toISOString();

const add = ({ annotations: book }: Tenant, body: string): Answer => {
  const { data, error } = given.safeParse(jsonOf(body));
  if (error !== undefined) return refusal(400, 'Invalid field');
  if (data.end && Date.parse(data.end) < Date.parse(data.start)) return refusal(400, 'Invalid field: end');
  const category = book.categories.find(({ name }) => name === data.category) ?? null;
  if (data.category && category === null) return refusal(404, 'Category not found');
  if (data.chart_id && !book.charts.includes(data.chart_id)) return refusal(404, 'Chart not found');
  const annotation: StoredAnnotation = {
    id: FIRST_ID + book.annotations.length,
    label: data.label,
    start: hourOf(data.start),
    end: data.end ? hourOf(data.end) : null,
    category,
    chart_id: data.chart_id ?? null,
    details: data.details ?? null,
  };
  book.annotations.push(annotation);
  return { status: 200, body: { data: annotation } };
};

const list = ({ annotations: { annotations } }: Tenant, query: URLSearchParams): Answer => {
  const after = Date.parse(query.get('start') ?? '1970-01-01');
  const chart = query.get('chart_id');
  const data = annotations.filter(
    ({ start, chart_id }) => Date.parse(start) > after && (chart === null || chart_id === null || chart_id === chart),
  );
  return { status: 200, body: { data } };
};

/** `/api/3/annotations`. */
export const answerAnnotations = (tenant: Tenant, { method, body, query }: Call): Answer =>
  method === 'POST' ? add(tenant, body) : list(tenant, query);

/** `/api/3/annotation-categories`. */
export const answerCategories = ({ annotations: { categories } }: Tenant, { method, body }: Call): Answer => {
  if (method !== 'POST') return { status: 200, body: { data: categories } };
  const { data } = z.object({ category: z.string().min(1) }).safeParse(jsonOf(body));
  if (data === undefined) return refusal(400, 'Invalid field');
  if (categories.some(({ name }) => name === data.category)) return refusal(409, 'Category already exists');
  const category = { id: 100 + categories.length, name: data.category };
  categories.push(category);
  return { status: 200, body: { data: category } };
};
