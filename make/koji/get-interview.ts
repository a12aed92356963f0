import { KOJI_API_URL, paths, permissions } from '../../koji/contract.ts';
import type { Module } from '../format.ts';
import { kojiData, kojiErrors } from './errors.ts';
import { holdsInterview, interviewInterface, interviewOutput, interviewSamples } from './interview.ts';

/** A slash or dots would lead to another address. */
export const INTERVIEW_ID = { pattern: '^(?![.]{1,2}$)[^/\\\\]+$' };

/** One interview by its id (K12); one that is not analysed yet is an answer. */
export const getInterview: Module = {
  id: 'getInterview',
  kind: 'action',
  crud: 'read',
  label: 'Get an interview',
  description: 'Returns an interview by its ID. It may not be analyzed yet.',
  connection: 'koji',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'interview_id',
      label: 'Interview ID',
      type: 'text',
      required: true,
      validate: INTERVIEW_ID,
      help: 'The modules Watch analyzed interviews and Start an interview give it.',
    },
  ],
  communication: {
    url: `${KOJI_API_URL}${paths.interview('')}{{encodeURL(trim(parameters.interview_id))}}`,
    method: 'GET',
    response: {
      valid: kojiData(`${holdsInterview} != null`),
      error: kojiErrors(permissions.read),
      temp: { interview: '{{ifempty(body.interview, body)}}' },
      output: interviewOutput('temp.interview', 'body'),
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
};
