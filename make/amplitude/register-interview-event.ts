import { DEFAULT_EVENT_TYPE, eventPropertyTypes, JOINT, userPropertyTypes } from '../../amplitude/interview-event.ts';
import {
  CATEGORY,
  DESCRIPTION,
  refusedThing,
  registeredSchema,
  sampleRegistered,
  typeForm,
} from '../../amplitude/taxonomy.ts';
import type { Json, Module, RequestStep, Step } from '../language/format.ts';
import { call, choose, quoted, value } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { restHeaders, restHost } from './connection.ts';
import { taxonomyAnswers } from './errors.ts';
import { eventTypeOf, ownEventName } from './event-type.ts';

const address = (path: string): string => `${restHost()}/api/2/taxonomy/${path}`;

const DATA = choose(call('isArray', 'body.data'), 'body.data', 'emptyarray');

/** One of the plan's lists, kept for the steps after it under `name`. */
const list = (name: string, path: string, names: string, qs: { [key: string]: string } = {}): RequestStep => {
  const answers = taxonomyAnswers('isArray(body.data)', quoted(refusedThing.plan));
  return {
    url: address(path),
    method: 'GET',
    headers: restHeaders(),
    qs,
    response: { ...answers, temp: { ...answers.temp, [name]: value(names) }, output: {} },
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
  condition: value(`!(${isThere})`),
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

/** The names of those that were, or were not, in the plan. */
const namesOf = (wanted: boolean): string => {
  const names = entries
    .map(({ name, isThere }) => choose(wanted ? isThere : `!(${isThere})`, `${name} + ${quoted(JOINT)}`, quoted('')))
    .join(' + ');
  const joined = call('replace', names, quoted(`/${JOINT}$/`), quoted(''));
  return choose(`(${names}) = ''`, 'emptyarray', call('split', joined, quoted(JOINT)));
};

/** Amplitude gives this event's own; compared again, but where a comma would make a list of the name. */
const ofThisEvent = choose(
  call('contains', 'temp.event_type', quoted(',')),
  `map(${DATA}, 'event_property')`,
  `map(${DATA}, 'event_property', 'event_type', temp.event_type)`,
);

const steps: Step[] = [
  {
    temp: { event_type: value(eventTypeOf('parameters.event_type')) },
    response: { valid: ownEventName('temp.event_type'), output: {} },
  },
  list('categories', 'category', `map(${DATA}, 'name')`),
  list('events', 'event', `map(${DATA}, 'event_type')`),
  list('event_properties', 'event-property', ofThisEvent, {
    event_type: '{{temp.event_type}}',
  }),
  list('user_properties', 'user-property', `map(${DATA}, 'user_property')`),
  ...entries.map(create),
  {
    response: {
      output: { id: '{{temp.event_type}}', created: value(namesOf(false)), already_there: value(namesOf(true)) },
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
      help: "The same as in Send an interview event. Amplitude's Taxonomy API is part of Enterprise.",
    },
  ],
  communication: steps,
  interface: interfaceOf(registeredSchema),
  samples: samplesOf(sampleRegistered),
};
