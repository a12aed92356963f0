/** The README's pictures, from a run of the loop; by the name of their file in docs/pictures. */
import { runMakeLoop } from '../make/loop.ts';
import { draw } from './draw.ts';
import { drawLoop } from './loop-picture.ts';
import { retentionBySentiment } from './retention-by-sentiment.ts';

const PEOPLE = 40;

/** The pictures; the same from run to run. */
export const pictures = async (): Promise<Record<string, string>> => {
  const { figures, charts } = await runMakeLoop('koji-amplitude', PEOPLE, () => {});
  const retention = charts.find(({ chart }) => chart === retentionBySentiment);
  return {
    'loop.svg': await drawLoop(figures),
    'retention-by-sentiment.svg':
      retention === undefined ? '' : `${draw(retention.reading.drawing, retention.reading.sentence)}\n`,
  };
};
