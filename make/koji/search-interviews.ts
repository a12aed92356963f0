import { HOLDS_NO_EMAIL } from '../../boundary/values.ts';
import type { Module } from '../language/format.ts';
import { emailIn, HOLDS_NOTHING, isNothing, limit, NOTHING } from '../language/values.ts';
import { ITEM_RESPONDENT_ID, interviewInterface, interviewSamples, LISTED, listedOutput } from './interview.ts';
import { listedOfStudy, listPages, PAGE_SIZE, REACH } from './list-pages.ts';
import { CHOSEN_STUDY, IS_OF_STUDY, studyFromList } from './list-studies.ts';

/** Koji filters, and each result is compared again: no other person's answers may come through. */
const IS_ANOTHERS = `temp.mail & lower('' + item.respondent_email) != temp.mail | temp.id & '' + ${ITEM_RESPONDENT_ID} != temp.id`;

/** A person's interviews, analyzed or not. */
export const searchInterviews: Module = {
  id: 'searchInterviews',
  kind: 'search',
  label: 'Search interviews (beta)',
  description: `Returns the interviews of a person. They may not be analyzed yet. ${REACH}`,
  connection: 'koji',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'respondent_email',
      label: 'Respondent email',
      type: 'text',
      help: 'For example, `ada@example.com`. This field or **Respondent ID** is needed; with both, an interview has to fit both.',
    },
    {
      name: 'respondent_id',
      label: 'Respondent ID',
      type: 'text',
      help: 'For example, `user_10042`. It is the ID that **Start an interview** was given.',
    },
    studyFromList,
    limit,
  ],
  communication: [
    {
      temp: {
        ...LISTED,
        // As Start an interview spells it where it makes the id of it.
        mail: "{{lower(trim(ifempty(parameters.respondent_email, '')))}}",
        id: "{{if(trim(ifempty(parameters.respondent_id, '')) = '', '', parameters.respondent_id)}}",
        of: CHOSEN_STUDY,
        ...NOTHING,
      },
      response: {
        valid: {
          condition: '{{if(ifempty(temp.mail, temp.id), true, false)}}',
          message:
            'There is nothing to search for: fill in Respondent email or Respondent ID. If one is mapped, the earlier module gave nothing.',
          type: 'DataError',
        },
        output: {},
      },
    },
    {
      temp: {
        id_is_nothing: `{{${isNothing('temp.id')}}}`,
        study_is_nothing: `{{${isNothing('temp.of')}}}`,
        mail_is_none: `{{if(temp.mail, !${emailIn('temp.mail')}, false)}}`,
      },
      response: {
        valid: {
          condition: '{{!(temp.id_is_nothing | temp.study_is_nothing | temp.mail_is_none)}}',
          message: `Nothing was sent to Koji: the field {{if(temp.mail_is_none, 'Respondent email ${HOLDS_NO_EMAIL}', 'Respondent ID or Study ${HOLDS_NOTHING}')}}.`,
          type: 'DataError',
        },
        output: {},
      },
    },
    {
      ...listPages,
      qs: {
        respondent_email: '{{ifempty(temp.mail, ignore)}}',
        external_id: '{{ifempty(temp.id, ignore)}}',
        study_id: '{{ifempty(temp.of, ignore)}}',
        limit: PAGE_SIZE,
      },
      response: {
        ...listedOfStudy,
        iterate: {
          container: '{{body.interviews}}',
          condition: `{{item.interview_id & !(${IS_ANOTHERS}) & ${IS_OF_STUDY}}}`,
        },
        limit: '{{parameters.limit}}',
        output: listedOutput,
      },
    },
  ],
  interface: interviewInterface,
  samples: interviewSamples,
};
