import { paths } from '../../amplitude/hosts.ts';
import { DEFAULT_EVENT_TYPE, eventPropertyTypes, userPropertyTypes } from '../../amplitude/interview-event.ts';
import {
  CATEGORY,
  DESCRIPTION,
  refusedThing,
  registeredSchema,
  sampleRegistered,
  typeForm,
} from '../../amplitude/taxonomy.ts';
import type { Json, Module, RequestStep, Step } from '../language/format.ts';
import { quoted } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { MARK } from '../language/values.ts';
import { restHeaders, restHost } from './connection.ts';
import { planRefusal, taxonomyAnswers } from './errors.ts';
import { eventType, ownEventName } from './event-type.ts';

const address = (entries: string): string => `${restHost()}${paths.taxonomy(entries)}`;

/** One of the plan's lists, kept for the steps after it under `name`. */
const list = (name: string, path: string, names: string, qs: { [key: string]: string } = {}): RequestStep => {
  const answers = taxonomyAnswers('ifempty(body.data, null) != null', quoted(refusedThing.plan));
  return {
    url: address(path),
    method: 'GET',
    headers: restHeaders(),
    qs,
    response: { ...answers, temp: { ...answers.temp, [name]: names }, output: {} },
  };
};

type Entry = { name: string; isThere: string; path: string; form: { [key: string]: Json } };

const entries: Entry[] = [
  {
    name: quoted(CATEGORY),
    isThere: `contains(temp.categories, ${quoted(CATEGORY)})`,
    path: 'category',
    form: { category_name: CATEGORY },
  },
  {
    name: 'temp.event_type',
    isThere: 'contains(temp.events, temp.event_type)',
    path: 'event',
    form: { event_type: '{{temp.event_type}}', category: CATEGORY, description: DESCRIPTION },
  },
  ...Object.entries(eventPropertyTypes).map(([name, type]) => ({
    name: quoted(name),
    isThere: `contains(temp.event_properties, ${quoted(name)})`,
    path: 'event-property',
    form: { event_property: name, event_type: '{{temp.event_type}}', ...typeForm(type) },
  })),
  ...Object.entries(userPropertyTypes).map(([name, type]) => ({
    name: quoted(name),
    // Custom properties come back with `gp:` before their name.
    isThere: `contains(temp.user_properties, ${quoted(name)}) | contains(temp.user_properties, ${quoted(`gp:${name}`)})`,
    path: 'user-property',
    form: { user_property: name, ...typeForm(type) },
  })),
];

const create = ({ name, isThere, path, form }: Entry): RequestStep => ({
  condition: `{{!(${isThere})}}`,
  url: address(path),
  method: 'POST',
  type: 'urlencoded',
  headers: restHeaders(),
  body: form,
  response: {
    ...taxonomyAnswers('body.success = true', `${name} + ${quoted(refusedThing.entry(''))}`),
    output: {},
  },
});

/** What the last step gives: the plan's names, one list after the other, without those that were or were not there. */
const namesOf = (isWanted: (isThere: string) => string): string =>
  entries.map(({ name, isThere }) => `{{if(${isWanted(isThere)}, ${name} + '${MARK}', '')}}`).join('');

const steps: Step[] = [
  {
    temp: { ...eventType, ...planRefusal },
    response: { valid: ownEventName, output: {} },
  },
  list('categories', 'category', "{{map(ifempty(body.data, emptyarray), 'name')}}"),
  list('events', 'event', "{{map(ifempty(body.data, emptyarray), 'event_type')}}"),
  list(
    'event_properties',
    'event-property',
    "{{map(ifempty(body.data, emptyarray), 'event_property', 'event_type', temp.event_type)}}",
    {
      event_type: '{{temp.event_type}}',
    },
  ),
  list('user_properties', 'user-property', "{{map(ifempty(body.data, emptyarray), 'user_property')}}"),
  ...entries.map(create),
  {
    temp: {
      created: namesOf((isThere) => `!(${isThere})`),
      already_there: namesOf((isThere) => isThere),
    },
    response: {
      output: {
        id: '{{temp.event_type}}',
        created: `{{split(temp.created, '${MARK}')}}`,
        already_there: `{{split(temp.already_there, '${MARK}')}}`,
      },
    },
  },
];

/** Makes sure that Amplitude's tracking plan has our event; what is there is left as it is. */
export const registerInterviewEvent: Module = {
  id: 'registerInterviewEvent',
  kind: 'action',
  crud: 'create',
  label: 'Register the interview event',
  description: 'Registers the interview event and its properties in the tracking plan. It is needed once, if at all.',
  connection: 'amplitude',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'event_type',
      label: 'Event type',
      type: 'text',
      default: DEFAULT_EVENT_TYPE,
      help: "For example, `koji.interview_completed`. The same as in **Send an interview event**. Amplitude's Taxonomy API is part of Enterprise.",
    },
  ],
  communication: steps,
  interface: interfaceOf(registeredSchema),
  samples: samplesOf(sampleRegistered),
};
