/** The README's pictures, from a run of the loop. */
import type { Scene } from '../story/story.ts';
import { runLoop } from '../zapier/loop.ts';
import { draw } from './draw.ts';
import { drawLoop, loopInWords } from './loop-picture.ts';
import { retentionBySentiment } from './retention-by-sentiment.ts';

const PEOPLE = 40;

/** A picture, and what it says for those who can't see it. */
export type Picture = { svg: string; says: string };

/**
 * The pictures by the names of their files in docs/pictures, the same from run to run; and the loop that they show, which is
 * that of `npm start`. `app` is what the build exports.
 */
export const pictures = async (app: object): Promise<{ drawn: Record<string, Picture>; scene: Scene }> => {
  let scene: Scene | undefined;
  const { figures, charts } = await runLoop(
    app,
    PEOPLE,
    () => {},
    async (seen) => {
      scene = seen;
    },
  );
  const retention = charts.find(({ chart }) => chart === retentionBySentiment)?.reading;
  if (retention === undefined || scene === undefined) throw new Error('The loop drew no retention.');
  const drawn = {
    'loop.svg': {
      svg: await drawLoop(figures, 'What npm start counts on the arrows, of 40 people'),
      says: loopInWords(figures),
    },
    'retention-by-sentiment.svg': {
      svg: `${draw(retention.drawing, retention.sentence)}\n`,
      says: retention.sentence,
    },
  };
  return { drawn, scene };
};
