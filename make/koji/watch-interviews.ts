import { ANALYZED_STATUS } from '../../koji/contract.ts';
import type { Module, RequestStep } from '../language/format.ts';
import { DATE_PATTERN, dateAt, isDate, limit, MINIMUM, minimumQuality } from '../language/values.ts';
import { IS_GOOD, interviewInterface, interviewSamples, LISTED_NAME, listedOutput } from './interview.ts';
import { listed, listedOfStudy, listPages, PAGE_SIZE, REACH } from './list-pages.ts';
import { CHOSEN_STUDY, IS_OF_STUDY, studyFromList } from './list-studies.ts';

const request: RequestStep = { ...listPages, qs: { status: ANALYZED_STATUS, limit: PAGE_SIZE } };

/** The twin of the webhook for plans that have none; it rests on a list that Koji has not documented. */
export const watchInterviews: Module = {
  id: 'watchInterviews',
  kind: 'trigger',
  label: 'Watch interviews (beta)',
  description: `Triggers when an interview of your minimum quality or better is newly analyzed, on Koji plans without webhooks. ${REACH}`,
  connection: 'koji',
  staticParameters: [
    studyFromList,
    minimumQuality('Koji scores each interview from 1 to 5. Lower ones, and those without a score, are left out.'),
    limit,
  ],
  communication: {
    ...request,
    temp: { ...listPages.temp, of: CHOSEN_STUDY, minimum: MINIMUM, date: DATE_PATTERN },
    qs: { ...request.qs, study_id: '{{ifempty(temp.of, ignore)}}' },
    response: {
      ...listedOfStudy,
      iterate: {
        container: '{{body.interviews}}',
        condition: `{{item.interview_id & ${isDate('item.analyzed_at + item.completed_at', 'temp.date')} & ${IS_OF_STUDY} & ${IS_GOOD}}}`,
      },
      limit: '{{parameters.limit}}',
      trigger: {
        type: 'date',
        order: 'unordered',
        id: '{{item.interview_id}}',
        date: `{{parseDate(if(${isDate('item.analyzed_at', 'temp.date')}, item.analyzed_at, item.completed_at))}}`,
      },
      output: listedOutput,
    },
  },
  epoch: {
    ...request,
    response: {
      ...listed,
      iterate: { container: '{{body.interviews}}', condition: '{{item.interview_id}}' },
      limit: String(PAGE_SIZE),
      output: {
        label: LISTED_NAME,
        date: `{{${dateAt('item.analyzed_at')}}}`,
      },
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
};
