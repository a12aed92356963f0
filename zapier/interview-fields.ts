/** The output fields of what gives interviews: those of every interview, and those that the latest ones show. */
import type { Bundle, PlainOutputField, ZObject } from 'zapier-platform-core';
import { VendorFailure } from '../boundary/failure.ts';
import { isOfStudy, onlyStudy } from '../koji/gate.ts';
import { type Interview, interviewSchema } from '../koji/interview.ts';
import { latestWanted } from '../koji/list.ts';
import { type Mappable, metadataIn, questionsIn } from '../koji/mappable.ts';
import { outputFieldsOf } from './fields.ts';
import { kojiThrough, shownOf } from './middleware.ts';

/** How many interviews are looked at: one page of Koji's list. */
const LOOKED_AT = 50;

const fieldIn = (parent: keyof Interview, { key, label, isList }: Mappable): PlainOutputField => ({
  key: `${parent}__${key}`,
  label,
  ...(isList ? { list: true } : {}),
});

/** While the form is filled in, a study may be anything (Z6); what can't be one counts as none. */
const chosenStudy = ({ inputData }: Bundle): string | undefined => onlyStudy.safeParse(inputData.study_id).data;

const fieldsShown = async (z: ZObject, bundle: Bundle): Promise<PlainOutputField[]> => {
  const study = chosenStudy(bundle);
  const isWanted = (interview: Interview): boolean => isOfStudy(interview, study);
  const interviews = (await latestWanted(kojiThrough(z), isWanted, LOOKED_AT, study)) ?? [];
  return [
    ...questionsIn(interviews).map((question) => fieldIn('answers_by_question', question)),
    ...metadataIn(interviews).map((entry) => fieldIn('metadata', entry)),
  ];
};

/**
 * The output fields of one operation. A function that throws would leave the editor without any (Z22), so whatever goes
 * wrong leaves out what Koji would have shown, and nothing else.
 */
export const interviewFields = () => [
  ...outputFieldsOf(interviewSchema),
  async (z: ZObject, bundle: Bundle): Promise<PlainOutputField[]> => {
    try {
      return await fieldsShown(z, bundle);
    } catch (error) {
      const because = error instanceof VendorFailure ? shownOf(error, bundle.authData).message : 'something broke';
      z.console.log(`The questions of the latest interviews are not among the fields: ${because}`);
      return [];
    }
  },
];
