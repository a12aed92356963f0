/** Koji's list of interviews, as modules and dropdowns read it. */
import { KOJI_API_URL, MISSING_ENDPOINT, paths } from '../../koji/contract.ts';
import { kojiFindings } from '../../koji/errors.ts';
import { message, spoken, statusError, typeOf } from '../language/errors.ts';
import { kojiData, otherKojiErrors } from './errors.ts';
import { LISTED } from './interview.ts';

export const PAGE_SIZE = 100;
const MOST_PAGES = 5;

/** One page of Koji's list after the other; Make asks the condition after a page and before the next (M18). */
export const listPages = {
  temp: LISTED,
  url: `${KOJI_API_URL}${paths.list}`,
  method: 'GET',
  pagination: {
    qs: { cursor: '{{body.next_cursor}}' },
    condition: `{{body.next_cursor & (pagination.page <= ${MOST_PAGES})}}`,
  },
} as const;

/** How far a module looks, in words. */
export const REACH = `The last ${PAGE_SIZE * MOST_PAGES} interviews are looked through.`;

const instead = "'Save Interview ID of Start an interview, and read it later with Get an interview.'";

/** What a list must be, and that there may be none. */
export const listAnswer = {
  valid: kojiData('ifempty(body.interviews, null) != null'),
  error: {
    ...otherKojiErrors,
    ...Object.fromEntries(
      [...MISSING_ENDPOINT].map((status) => [status, statusError(kojiFindings.noList, status, { instead })]),
    ),
  },
};

const NO_SUCH_STUDY = "'Koji finds no interviews of this Study: choose another one, or leave Study empty.'";

/** The same where a study was chosen: a list that Koji refuses for it. */
export const studyAnswer = {
  ...listAnswer,
  error: {
    ...listAnswer.error,
    '404': {
      message: message(`{{if(parameters.study_id, ${NO_SUCH_STUDY}, ${spoken(kojiFindings.noList, { instead })})}}`),
      type: typeOf(kojiFindings.noList),
    },
  },
};
