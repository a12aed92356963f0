import { KOJI_API_URL, paths } from '../../koji/contract.ts';
import type { Module } from '../language/format.ts';
import { NONE } from '../language/values.ts';
import { kojiData } from './errors.ts';
import { answered, interviewInterface, interviewOutput, interviewSamples } from './interview.ts';

/** Of what an id is made, spaces around it aside: nothing that leads elsewhere as a part of an address. */
const INTERVIEW_ID = { pattern: '^\\s*[A-Za-z0-9_:~-]+\\s*$' };

/** Takes away what no id holds, so that an id from outside leads nowhere else. */
export const NOT_OF_AN_ID = "'/[^A-Za-z0-9_:~-]/g'";

/** The field without its type: where interviews can be listed, they can be chosen. */
export const interviewId = {
  name: 'interview_id',
  label: 'Interview ID',
  required: true,
  validate: INTERVIEW_ID,
  help: 'For example, `int_4f9d2c81`. The modules **Watch analyzed interviews** and **Start an interview** give it.',
};

/** One interview by its id; one that is not analyzed yet is an answer. */
export const getInterview = {
  id: 'getInterview',
  kind: 'action',
  crud: 'read',
  label: 'Get an interview',
  description: 'Returns an interview by its ID. It may not be analyzed yet.',
  connection: 'koji',
  staticParameters: [],
  mappableParameters: [{ ...interviewId, type: 'text' }],
  communication: {
    temp: NONE,
    url: `${KOJI_API_URL}${paths.interview('')}{{encodeURL(trim(parameters.interview_id))}}`,
    method: 'GET',
    response: {
      temp: answered,
      valid: kojiData("'' + temp.interview.interview_id = trim(parameters.interview_id)"),
      output: interviewOutput,
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
} satisfies Module;
