import { ANALYZED_STATUS } from '../../koji/contract.ts';
import type { Module, RequestStep } from '../language/format.ts';
import { DATE_PATTERN, isDate, limit, MINIMUM, minimumQuality } from '../language/values.ts';
import { IS_GOOD, interviewInterface, interviewSamples, LISTED, LISTED_NAME, listedOutput } from './interview.ts';
import { listed, listedOfStudy, listPages, PAGE_SIZE, REACH } from './list-pages.ts';
import { CHOSEN_STUDY, IS_OF_STUDY, studyFromList } from './list-studies.ts';

const request: RequestStep = {
  temp: { ...LISTED, date: DATE_PATTERN },
  ...listPages,
  qs: { status: ANALYZED_STATUS, limit: PAGE_SIZE },
};

/** What can be told by its date, and the date. */
const IS_DATED = `item.interview_id & ${isDate('item.analyzed_at + item.completed_at', 'temp.date')}`;
const DATE = `{{parseDate(if(${isDate('item.analyzed_at', 'temp.date')}, item.analyzed_at, item.completed_at))}}`;

/** The twin of the webhook for plans that have none; it rests on a list that Koji has not documented. */
export const watchInterviews: Module = {
  id: 'watchInterviews',
  kind: 'trigger',
  label: 'Watch interviews (beta)',
  description: `Triggers when an interview of your minimum quality or better is newly analyzed, on Koji plans without webhooks. ${REACH} One whose score or analysis comes after a newer interview was given does not trigger.`,
  connection: 'koji',
  staticParameters: [
    studyFromList,
    minimumQuality('Koji scores each interview from 1 to 5. Lower ones, and those without a score, are left out.'),
    limit,
  ],
  communication: {
    ...request,
    temp: { ...request.temp, of: CHOSEN_STUDY, minimum: MINIMUM },
    qs: { ...request.qs, study_id: '{{ifempty(temp.of, ignore)}}' },
    response: {
      ...listedOfStudy,
      iterate: {
        container: '{{body.interviews}}',
        condition: `{{${IS_DATED} & ${IS_OF_STUDY} & ${IS_GOOD}}}`,
      },
      limit: '{{parameters.limit}}',
      trigger: {
        type: 'date',
        order: 'unordered',
        id: '{{item.interview_id}}',
        date: DATE,
      },
      output: listedOutput,
    },
  },
  epoch: {
    ...request,
    response: {
      ...listed,
      iterate: { container: '{{body.interviews}}', condition: `{{${IS_DATED}}}` },
      limit: String(PAGE_SIZE),
      output: { label: LISTED_NAME, date: DATE },
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
};
