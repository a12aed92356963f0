import { type Bundle, defineTrigger, type ZObject } from 'zapier-platform-core';
import { latestStudies, type Study } from '../koji/studies.ts';
import { dayOf } from '../zapier/day.ts';
import { choiceFields } from '../zapier/fields.ts';
import { guarded, kojiThrough } from '../zapier/middleware.ts';

/** How people tell studies apart: "Why trials end (latest interviews: 12 of 40, last one 24 May 2026)". */
const nameOf = ({ id, name, interviews, last }: Study, among: number): string =>
  `${name ?? id} (latest interviews: ${interviews} of ${among}${last === null ? '' : `, last one ${dayOf(last)}`})`;

/** The choices of a dropdown of studies; none where Koji has no list, so that an id can still be typed in. */
export const perform = guarded(async (z: ZObject, _bundle: Bundle) => {
  const { studies, among } = (await latestStudies(kojiThrough(z))) ?? { studies: [], among: 0 };
  return studies.map((study) => ({ id: study.id, name: nameOf(study, among) }));
});

export default defineTrigger({
  key: 'study_list',
  noun: 'Study',
  display: { label: 'Study List', description: 'Triggers when the editor fills a dropdown of studies.', hidden: true },
  operation: {
    type: 'polling',
    perform,
    sample: { id: 'stu_6b1e07', name: 'Why trials end (latest interviews: 12 of 40, last one 24 May 2026)' },
    outputFields: choiceFields,
  },
});
