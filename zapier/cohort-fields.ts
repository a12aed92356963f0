/** The output fields of what gives people of a cohort: those of everybody, and the properties that a step asks for. */
import type { Bundle, PlainOutputField, ZObject } from 'zapier-platform-core';
import { cohortEntrySchema, memberRules } from '../amplitude/cohort-entry.ts';
import { outputFieldsOf } from './fields.ts';

/** The output fields of one operation. A list that can't be read, as while it is filled in, gives none of its own. */
export const cohortEntryFields = () => [
  ...outputFieldsOf(cohortEntrySchema),
  async (_z: ZObject, { inputData }: Bundle): Promise<PlainOutputField[]> => {
    const names = memberRules.shape.extra_properties.safeParse(inputData.extra_properties).data ?? [];
    return [...new Set(names)].map((name) => ({ key: `properties__${name}`, label: name }));
  },
];
