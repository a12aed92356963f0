/** docs/errors.md, made from the tables of both services. */
import {
  amplitudeFindings,
  labels as amplitudeLabels,
  annotationErrors,
  anyErrors,
  categoryIsThere,
  errorCodes,
  exportErrors,
  restErrors,
  taxonomyErrors,
  uploadErrors,
} from '../amplitude/errors.ts';
import {
  type ErrorRow,
  type ErrorTable,
  piecesOf,
  rowsOf,
  tooLargeRow,
  unreachableRow,
  type When,
  withPause,
} from '../boundary/error-table.ts';
import type { FailureKind, Service } from '../boundary/failure.ts';
import { durationInWords } from '../boundary/text.ts';
import {
  alreadyStarted,
  kojiErrors,
  kojiFindings,
  labels as kojiLabels,
  startErrors,
  webhookErrors,
} from '../koji/errors.ts';

/** Rows under one heading; `onMake` says which of them a Make app meets as well. */
export type Section = {
  service: Service;
  title: string;
  rows: readonly ErrorRow[];
  onMake: (row: ErrorRow) => boolean;
};

const all = () => true;
const none = () => false;

/** The rows that a table has before those of another. */
const before = (table: ErrorTable, base: ErrorTable): ErrorRow[] => table.rows.slice(0, -base.rows.length);

export const sections: Section[] = [
  { service: 'Koji', title: 'Koji: any answer', rows: rowsOf(kojiErrors), onMake: all },
  {
    service: 'Koji',
    title: 'Koji: somebody is to be started',
    rows: [alreadyStarted, ...before(startErrors, kojiErrors)],
    onMake: all,
  },
  { service: 'Koji', title: 'Koji: a webhook is to be added', rows: before(webhookErrors, kojiErrors), onMake: none },
  {
    service: 'Koji',
    title: 'Koji: what no single answer shows',
    rows: Object.values(kojiFindings),
    onMake: (row) => row === kojiFindings.noList || row === kojiFindings.notAnalyzedYet,
  },
  { service: 'Amplitude', title: 'Amplitude: any answer', rows: rowsOf(anyErrors), onMake: all },
  {
    service: 'Amplitude',
    title: 'Amplitude: an event is sent',
    rows: before(uploadErrors, anyErrors),
    onMake: ({ code }) => code !== errorCodes.dailyQuota,
  },
  { service: 'Amplitude', title: 'Amplitude: something is read', rows: before(restErrors, anyErrors), onMake: all },
  { service: 'Amplitude', title: 'Amplitude: the event is registered', rows: taxonomyErrors, onMake: all },
  {
    service: 'Amplitude',
    title: 'Amplitude: a line is drawn on charts',
    rows: [...annotationErrors, categoryIsThere],
    onMake: all,
  },
  { service: 'Amplitude', title: 'Amplitude: a cohort is exported', rows: exportErrors, onMake: none },
  {
    service: 'Amplitude',
    title: 'Amplitude: what no single answer shows',
    rows: Object.values(amplitudeFindings),
    onMake: (row) => row === amplitudeFindings.noChartForCategory,
  },
  {
    service: 'Koji',
    title: 'Either service: no answer, or too much of one',
    rows: [unreachableRow, tooLargeRow],
    onMake: none,
  },
];

const either = (words: readonly string[]): string => words.join(' or ');
const code = (words: string): string => `\`${words}\``;

const evidenceIn = ({ code: pattern, words, holds = [], misses }: When): string[] => [
  ...(pattern === undefined ? [] : [`with ${either(pattern.source.match(/[a-z]+/g)?.map(code) ?? [])} in its code`]),
  ...(words === undefined ? [] : [`with the words “${words}”`]),
  ...(holds.length === 0 ? [] : [`with something in ${either(holds.map(code))}`]),
  ...(misses === undefined ? [] : [`without ${code(misses)}`]),
];

const whenInWords = ({ when }: ErrorRow, service: Service): string => {
  const { status, itself, seen } = when;
  const words = [
    ...(status === undefined ? [] : [status.join(', ')]),
    ...(itself ? [`from ${service} itself`] : []),
    ...(evidenceIn(when).length === 0 ? [] : [either(evidenceIn(when))]),
    ...(seen === undefined ? [] : [seen]),
  ];
  return words.length === 0 ? 'anything else' : words.join(' ');
};

const zap: Record<FailureKind, string> = {
  connection: 'fails',
  data: 'halts and stays on',
  wait: 'waits',
  retry: 'fails, can be replayed',
};

const scenario: Record<FailureKind, string> = {
  connection: 'fails: `RuntimeError`',
  data: 'fails: `DataError`',
  wait: 'waits: `RateLimitError`',
  retry: 'runs again later: `ConnectionError`',
};
const turnedOff = 'is turned off: `InvalidAccessTokenError`';

const isKeyRefused = ({ kind, when }: ErrorRow): boolean =>
  kind === 'connection' && when.status?.includes(401) === true;

const whatTheZapDoes = (row: ErrorRow, service: Service): string => {
  if (row === alreadyStarted) return 'goes on: `already_started` is yes';
  if (row === categoryIsThere) return 'goes on';
  if (service === 'Koji' && isKeyRefused(row)) return 'is held until you reconnect';
  return row.waitSeconds === undefined ? zap[row.kind] : `waits ${durationInWords(row.waitSeconds)}`;
};

const whatTheScenarioDoes = (row: ErrorRow, isOnMake: boolean): string => {
  if (!isOnMake) return '–';
  if (row === alreadyStarted) return 'fails: `DuplicateDataError`';
  if (!isKeyRefused(row)) return scenario[row.kind];
  return row.when.status?.length === 1 ? turnedOff : `at 401 ${turnedOff}; else ${scenario.connection}`;
};

/** The words with the labels in their gaps; what only a run knows stays a gap. */
const wordsOf = (row: ErrorRow): string => {
  const known = new Map<string, string>(Object.entries({ ...amplitudeLabels, ...kojiLabels }));
  return piecesOf(withPause(row))
    .map((piece) => ('text' in piece ? piece.text : (known.get(piece.gap) ?? code(`{${piece.gap}}`))))
    .join('');
};

const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const tableOf = ({ service, rows, onMake }: Section): string =>
  [
    line(['When', 'The Zap', 'The scenario', 'The words']),
    line(['---', '---', '---', '---']),
    ...rows.map((row) =>
      line([
        whenInWords(row, service),
        whatTheZapDoes(row, service),
        whatTheScenarioDoes(row, onMake(row)),
        wordsOf(row),
      ]),
    ),
  ].join('\n');

const INTRODUCTION = `# What goes wrong, and what people read

Printed from \`koji/errors.ts\` and \`amplitude/errors.ts\` by \`npm run errors:docs\`; correct a row there, not here.

In each table the first row that fits counts. What is under a heading of its own comes before “any answer” of the same
service. “From Koji itself” means in Koji's own form, not a web page of something on the way. Words like \`{said}\` stand
for what only the run knows; what a service says is quoted in 90 characters, without keys and emails.

What a step refuses by itself is not listed: its words name the field and what is wrong, as in “Nothing was sent to Koji:
the field Respondent Email must be one email address”. Such a run halts, and the Zap stays on; where the connection lacks a
key or a secret, the run fails.

- **Fails** (Zapier): the run ends with an error and can be replayed once what it says is mended. Zapier turns a Zap off
  when nearly all runs of seven days ended so.
- **Halts**: this run ends here. The Zap stays on, and Zapier never counts it against the Zap.
- **Waits**: Zapier runs it again by itself after this time, or after the time that the service names (for an export of a
  cohort always after this time).
- **Held**: the connection has expired. Zapier writes an email, keeps the runs and goes on when you reconnect.
- **Fails** (Make): what no error handler takes stops a scenario that is triggered instantly at once, others after three
  failures in a row.
- **Waits** and **runs again later** (Make): the schedule stays on.
- **Turned off** (Make): until you reconnect.
- **–**: the Make apps do not meet it, or Make has words of its own for it.

On Make each message begins with the status in brackets, and names fields as the modules do.`;

/** The whole page. */
export const errorPage = (parts: Section[]): string =>
  `${[INTRODUCTION, ...parts.map((part) => `## ${part.title}\n\n${tableOf(part)}`)].join('\n\n')}\n`;
