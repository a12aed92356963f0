import fc from 'fast-check';
import { keyed } from '../../koji/interview.ts';
import { questionsIn } from '../../koji/mappable.ts';
import { processorTimeOf } from '../support/processor-time.ts';
import { always } from '../support/property.ts';

const wording = fc.oneof(
  fc.constantFrom('', ' ', 'Why?', 'why', 'Why_2', 'why_2', 'why_3', 'なぜ解約しましたか', '満足度', '?!', '_'),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
);
const question = fc.record({ question_id: fc.option(wording), question: fc.option(wording) });
const questions = fc.array(question, { maxLength: 12 });

const keyAlone = (one: { question_id: string | null; question: string | null }) => keyed([one])[0]?.[0];

describe('the keys of answers', () => {
  test('are as many as there are answers, and no two are alike', async () => {
    await always(questions, (asked) => {
      const keys = keyed(asked).map(([key]) => key);
      expect(new Set(keys).size).toBe(asked.length);
      expect(keys).not.toContain('');
    });
  });

  test('depend on the question alone, whatever else was asked, and in which order', async () => {
    await always(fc.tuple(questions, question, questions), ([before, one, after]) => {
      const key = keyAlone(one);
      const others = [...before, ...after].filter((other) => keyAlone(other) !== key);
      const half = Math.floor(others.length / 2);
      const all = keyed([...others.slice(0, half), one, ...others.slice(half)]);
      expect(all.find(([, asked]) => asked === one)?.[0]).toBe(key);
    });
  });

  test('are the ones that forms offer', async () => {
    await always(questions, (asked) => {
      const answers = asked.map((one) => ({ ...one, type: null, value: null }));
      const offered = questionsIn([{ answers }]).map(({ key }) => key);
      expect(offered).toEqual(keyed(asked).map(([key]) => key));
    });
  });

  test('are made in a time that grows with the answers', async () => {
    const asked = Array.from({ length: 50_000 }, (_, index) => ({
      question_id: ['a', `a_${index}`, 'b', 'a_2'][index % 4] ?? '',
      question: null,
    }));
    expect(await processorTimeOf(() => keyed(asked))).toBeLessThan(2_000);
  });
});
