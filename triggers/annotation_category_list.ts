import { type Bundle, defineTrigger, type ZObject } from 'zapier-platform-core';
import { annotationCategories, DEFAULT_CATEGORY } from '../amplitude/annotations.ts';
import { choiceFields } from '../zapier/fields.ts';
import { amplitudeThrough, guarded } from '../zapier/middleware.ts';

/** The choices of a dropdown of annotation categories; one that is not there yet may be typed in. */
export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const names = await annotationCategories(amplitudeThrough(z, bundle));
  return [...new Set([...names, DEFAULT_CATEGORY])].map((name) => ({ id: name, name }));
});

export default defineTrigger({
  key: 'annotation_category_list',
  noun: 'Annotation Category',
  display: {
    label: 'Annotation Category List',
    description: 'Triggers when the editor fills a dropdown of annotation categories.',
    hidden: true,
  },
  operation: {
    type: 'polling',
    perform,
    sample: { id: DEFAULT_CATEGORY, name: DEFAULT_CATEGORY },
    outputFields: choiceFields,
  },
});
