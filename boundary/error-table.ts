/**
 * How what a vendor answers becomes words for people. Each vendor room has tables of rows (koji/errors.ts,
 * amplitude/errors.ts); the first row that fits an answer says what it means. Platforms fill the gaps of its sentence:
 * Zapier with values, Make with expressions.
 */
import { type FailureKind, failure, type Service, type VendorFailure } from './failure.ts';
import { durationInWords } from './text.ts';

/** A status, or all of one class. */
export type Status = number | '3xx' | '4xx' | '5xx';

/**
 * What an answer must be for a row to fit it. Of `code`, `words`, `holds` and `misses`, which tell the same thing in
 * several ways, one is enough.
 */
export type When = {
  /** One of these; without them any will do. */
  status?: readonly Status[];
  /** The service itself answers, in its own form: not a proxy, a firewall or a web page. */
  itself?: true;
  /** The service's own code. */
  code?: RegExp;
  /** Words in what the service says, in small letters; capitals make no difference. */
  words?: string;
  /** Parts of the body of which one holds something. */
  holds?: readonly string[];
  /** A field that the service says is missing. */
  misses?: string;
  /** For people: what the code that takes this row has seen and no single answer shows. */
  seen?: string;
};

/** What one kind of answer means. Gaps stand in curly braces: `{status}`, `{said}`, `{field:min_id_length}`. */
export type ErrorRow = {
  when: When;
  kind: FailureKind;
  /** A short name of ours; without it the service's own code, else the status. */
  code?: string;
  /** What happened, in which service, what to do next. `{pause}` is how long to wait. */
  says: string;
  /** How long to wait where the service asks for no time of its own. */
  waitSeconds?: number;
};

/** The first of `rows` that fits counts, else `otherwise`. */
export type ErrorTable = { rows: readonly ErrorRow[]; otherwise: ErrorRow };

/** What rows are chosen by. Status 0: no answer came. */
export type Facts = {
  status: number;
  itself?: boolean;
  code?: string | undefined;
  words?: string | undefined;
  holds?: readonly string[];
  misses?: string | undefined;
  /** The pause that the service asks for. */
  retryAfterSeconds?: number | null;
};

const isAmong = (statuses: readonly Status[], status: number): boolean =>
  statuses.includes(status) || statuses.some((entry) => entry === `${Math.floor(status / 100)}xx`);

const shows = ({ code, words, holds, misses }: When, facts: Facts): (boolean | undefined)[] => [
  ...(code === undefined ? [] : [facts.code !== undefined && code.test(facts.code)]),
  ...(words === undefined ? [] : [facts.words?.toLowerCase().includes(words)]),
  ...(holds === undefined ? [] : [holds.some((part) => facts.holds?.includes(part))]),
  ...(misses === undefined ? [] : [misses === facts.misses]),
];

const fits = (when: When, facts: Facts): boolean => {
  if (when.status !== undefined && !isAmong(when.status, facts.status)) return false;
  if (when.itself && !facts.itself) return false;
  const shown = shows(when, facts);
  return shown.length === 0 || shown.includes(true);
};

/** The first row that fits. */
export const rowFor = (rows: readonly ErrorRow[], facts: Facts): ErrorRow | undefined =>
  rows.find(({ when }) => fits(when, facts));

/** Every row of a table, the last one being what is left. */
export const rowsOf = ({ rows, otherwise }: ErrorTable): ErrorRow[] => [...rows, otherwise];

const GAP = /\{([a-z_:]+)\}/;

/** Text as it stands, or the name of a gap. */
type Piece = { text: string } | { gap: string };

/** A row's sentence in pieces, for a platform that fills gaps with expressions. */
export const piecesOf = (says: string): Piece[] =>
  says.split(GAP).flatMap((piece, index): Piece[] => {
    if (index % 2 === 1) return [{ gap: piece }];
    return piece === '' ? [] : [{ text: piece }];
  });

/** A row's sentence with its pause, in seconds: the row's own where the service asks for none. */
export const withPause = ({ says, waitSeconds = 0 }: ErrorRow, seconds = waitSeconds): string =>
  says.replaceAll('{pause}', durationInWords(seconds));

/** What goes into a sentence's gaps, by their names. */
export type Gaps = Readonly<Record<string, string>>;
/** What a platform calls otherwise than a vendor room's own labels. */
export type OtherLabels<Labels extends Gaps> = { readonly [Gap in keyof Labels]?: string };

/** A row's sentence with its gaps filled. Throws for a gap that nothing is given for. */
export const fill = (says: string, gaps: Gaps): string =>
  piecesOf(says)
    .map((piece) => {
      if ('text' in piece) return piece.text;
      const filling = gaps[piece.gap];
      if (filling === undefined) throw new Error(`Nothing is given for the gap {${piece.gap}} of: ${says}`);
      return filling;
    })
    .join('');

/** A code as the services document theirs; anything else may quote a key or a person. */
const DOCUMENTED_CODE = /^[a-z][a-z_-]{0,39}$/i;

const codeOf = ({ code, status }: Facts): string =>
  code !== undefined && DOCUMENTED_CODE.test(code) ? code : `http_${status}`;

/** A pause is never no time at all. */
const pauseOf = ({ waitSeconds }: ErrorRow, { retryAfterSeconds }: Facts): number | undefined =>
  waitSeconds === undefined ? undefined : Math.max(1, retryAfterSeconds ?? waitSeconds);

const NO_ANSWER: Facts = { status: 0 };

/** The failure that a row stands for; without facts it is one of ours, that no answer led to. */
export const failureByRow = (
  service: Service,
  row: ErrorRow,
  gaps: Gaps = {},
  facts: Facts = NO_ANSWER,
): VendorFailure => {
  const { status } = facts;
  const waitSeconds = pauseOf(row, facts);
  return failure(
    service,
    row.kind,
    row.code ?? codeOf(facts),
    fill(withPause(row, waitSeconds), { status: String(status), ...gaps }),
    {
      status,
      waitSeconds,
    },
  );
};

/** The failure that an answer stands for. */
export const failureFrom = (
  service: Service,
  { rows, otherwise }: ErrorTable,
  facts: Facts,
  gaps: Gaps,
): VendorFailure => failureByRow(service, rowFor(rows, facts) ?? otherwise, gaps, facts);

/** What either service's silence means. */
export const unreachableRow = {
  when: { seen: 'no answer came' },
  kind: 'retry',
  code: 'unreachable',
  says: '{service} could not be reached at {host}: no answer came in time or the connection broke. Try again in a few minutes.',
} satisfies ErrorRow;

/** The failure of a request that got no answer. Its cause's text is left out: it may hold an address with a key. */
export const unreachable = (service: Service, host: string): VendorFailure =>
  failureByRow(service, unreachableRow, { service, host });

/** What an answer means that has more bytes than a platform takes. */
export const tooLargeRow = {
  when: { seen: 'the answer had more than a step can take' },
  kind: 'data',
  code: 'answer_too_large',
  says: '{service} at {host} answered with more than the {megabytes} MB that one step can take. Ask for less: a narrower search, or fewer properties.',
} satisfies ErrorRow;

/** The failure of a request whose answer was too large. */
export const tooLarge = (service: Service, host: string, megabytes: number): VendorFailure =>
  failureByRow(service, tooLargeRow, { service, host, megabytes: String(megabytes) });
