/**
 * The open points of docs/make/maintainer.md, word for word: a test holds the two together. Where Make's API can't show a
 * point, the reason stands in the place of a trial.
 */
const rows = [
  { key: 'ignoreOnTrigger', open: 'a trigger takes the error handler Ignore' },
  { key: 'thinkingSteps', open: 'steps without an address run in a list of requests, and share `temp`' },
  { key: 'errorTypes', open: '`type` of an error may be an expression for each status' },
  {
    key: 'verification',
    open: 'a webhook whose `verification` refuses answers 401; its `condition` repeats the check',
  },
  {
    key: 'emptiedPage',
    open: 'a page of which `iterate.condition` leaves nothing does not end the reading',
    untried: 'it takes a Koji project with 100 interviews in a row below the gate, and no API makes one',
  },
  {
    key: 'limitedReading',
    open: 'a trigger reads on when it has as many as its limit',
    untried: 'it takes a Koji project with over 100 analyzed interviews, and no API makes one',
  },
  { key: 'listBody', open: 'a body that is a list has no `body.x`' },
  { key: 'onePerson', open: 'the people of one cohort delivery are one execution each' },
  {
    key: 'closedStudy',
    open: 'Koji refuses a start for a closed study with 404 or 410, or with a 409 that says so',
    untried: 'no API closes a study: close one by hand and run Start an interview once',
  },
  { key: 'unknownId', open: "Koji has no interview of an ID that is not in the key's project: 404" },
  {
    key: 'redirects',
    open: '`followRedirects` keeps a request from following a redirect',
    untried: 'it takes an address of Koji’s or Amplitude’s that leads elsewhere, and none is documented',
  },
  {
    key: 'wrongKey',
    open: 'a wrong key (`InvalidAccessTokenError`) goes to Break before Make turns the scenario off',
  },
  { key: 'emptyIterator', open: '`ifempty(1.users; emptyarray)` gives an iterator nothing to do' },
  { key: 'listAsText', open: 'a list or an object in a user property becomes a text' },
  { key: 'wholeBundle', open: 'a whole bundle is `` {{`3`}} `` in a scenario (the blueprint of `koji`)' },
  {
    key: 'errorFilter',
    open: "a filter on an ordinary module of an error route sees the error's type as `{{3.error.type}}`",
  },
  { key: 'patterns', open: "`replace` takes JavaScript's patterns, with `(?!` and `[^]`" },
  {
    key: 'takingAway',
    open: "`replace` with `''` takes away what it finds",
    untried: 'what rests on it is a flag of Koji’s that says no in words, and no API has Koji write one',
  },
  { key: 'nothingAsText', open: "`'' + x` is a text where x is nothing" },
  { key: 'idAsText', open: 'a collection as text is `{object}`, `[object Object]` or JSON' },
  { key: 'hookConnection', open: 'a cohort webhook may name the Amplitude connection for its dropdown' },
  {
    key: 'editable',
    open: 'a dropdown with `editable` takes what is typed in, in the form of a webhook or a trigger',
    untried: 'no API opens a form: type a study into Watch interviews and a cohort into the webhook once',
  },
  { key: 'sameEvent', open: 'the repeated event of Break is one of the same ID' },
] as const;

export type Point = (typeof rows)[number]['key'];
export const points: readonly { key: Point; open: string; untried?: string }[] = rows;
