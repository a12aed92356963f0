/** The loop as a picture, with what a run of it counted on its arrows. */
import { html, raw } from 'hono/html';
import type { Figure } from '../story/figures.ts';

type Box = { x: number; y: number; who: string; lines: string[] };
const WIDTH = 190;
const HEIGHT = 74;
const columns = [20, 270, 520, 770];
const rows = { out: 60, back: 220 };

const box = (column: number, y: number, who: string, ...lines: string[]): Box => ({
  x: columns[column] ?? 0,
  y,
  who,
  lines,
});

const boxes = {
  cohort: box(0, rows.out, 'Amplitude', 'cohort “Trial ended', 'without upgrade”'),
  start: box(1, rows.out, 'Koji', 'Start Interview,', 'once per person'),
  mail: box(2, rows.out, 'Your email app', 'the interview’s link'),
  talk: box(3, rows.out, 'Respondent', 'talks to Koji’s', 'interviewer'),
  analyze: box(3, rows.back, 'Koji', 'analyzes: themes,', 'sentiment, quality'),
  gate: box(2, rows.back, 'Gate', 'signature, quality ≥ 3,', 'a person, not twice'),
  write: box(1, rows.back, 'Amplitude', 'event + four', 'last_interview_*'),
  save: box(0, rows.back, 'Amplitude', 'cohort “Last interview', 'negative” → owner'),
};

const drawBox = ({ x, y, who, lines }: Box) => html`<g transform="translate(${x} ${y})">
<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#eff6ff" stroke="#1e3a8a"/>
<text x="${WIDTH / 2}" y="20" font-weight="600" fill="#1e3a8a">${who}</text>
${lines.map((line, place) => html`<text x="${WIDTH / 2}" y="${41 + 19 * place}" fill="#1f2937">${line}</text>`)}
</g>`;

const arrow = (from: Box, to: Box, count: string) => {
  const isDown = from.x === to.x;
  const isRight = from.x < to.x;
  const [x1, y1, x2, y2] = isDown
    ? [from.x + WIDTH / 2, from.y + HEIGHT, to.x + WIDTH / 2, to.y - 6]
    : [
        isRight ? from.x + WIDTH : from.x,
        from.y + HEIGHT / 2,
        isRight ? to.x - 6 : to.x + WIDTH + 6,
        to.y + HEIGHT / 2,
      ];
  const [x, y] = isDown ? [x1 + 22, (y1 + y2) / 2 + 5] : [(x1 + x2) / 2, y1 - 9];
  return html`<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#b45309" stroke-width="2" marker-end="url(#tip)"/>
<text x="${x}" y="${y}" font-weight="600" fill="#b45309">${count}</text>`;
};

const seen = (figures: Pick<Figure, 'name' | 'seen'>[], name: string): string =>
  String(figures.find((figure) => figure.name === name)?.seen ?? '');

/** What the picture says, for those who can't see it. */
export const loopInWords = (figures: Pick<Figure, 'name' | 'seen'>[]): string => {
  const count = (name: string) => seen(figures, name);
  return [
    `The loop: ${count('Entered the cohort')} people enter a cohort in Amplitude`,
    `${count('Started on an interview')} are started on an interview and get its link by email`,
    `${count('Analyzed by Koji')} interviews are analyzed`,
    `${count('Events that Amplitude holds')} pass the gate and are written to Amplitude`,
    `and of ${count('Account owners told of one')} people whose last interview was negative the account’s owner is told`,
  ].join(', ');
};

/** The picture as SVG; `caption` says what is counted. */
export const drawLoop = async (figures: Pick<Figure, 'name' | 'seen'>[], caption: string): Promise<string> => {
  const { cohort, start, mail, talk, analyze, gate, write, save } = boxes;
  const arrows = [
    arrow(cohort, start, seen(figures, 'Entered the cohort')),
    arrow(start, mail, seen(figures, 'Started on an interview')),
    arrow(mail, talk, seen(figures, 'Link mailed')),
    arrow(talk, analyze, seen(figures, 'Analyzed by Koji')),
    arrow(analyze, gate, seen(figures, 'Analyzed by Koji')),
    arrow(gate, write, seen(figures, 'Events that Amplitude holds')),
    arrow(write, save, seen(figures, 'Account owners told of one')),
  ];
  return String(
    await html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 980 320" width="980" height="320" role="img" aria-label="${loopInWords(figures)}" font-family="system-ui, sans-serif" font-size="15" text-anchor="middle">
<defs><marker id="tip" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8Z" fill="#b45309"/></marker></defs>
<rect width="980" height="320" fill="#ffffff"/>
<text x="490" y="32" font-size="16" fill="#1f2937">${caption}</text>
${raw((await Promise.all(arrows)).join('\n'))}
${raw((await Promise.all(Object.values(boxes).map(drawBox))).join('\n'))}
</svg>
`,
  );
};
