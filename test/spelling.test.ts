/** One spelling, American, in names, texts and the names of files. */
import { readSources } from './support/sources.ts';

const BRITISH =
  /analys(ed|e\b|ing)|behaviour|colour|favour|honour|neighbour|\bcentre|licence|labelled|cancelled|learnt|dreamt|(recogn|serial|author|organ|normal|raster|custom|initial|summar|personal)is(e|ed|es|ing|ation|er)\b/i;

/** What is spelled otherwise, as `file: words`. */
const spelledOtherwise = (sources: ReadonlyMap<string, string>): string[] =>
  [...sources].flatMap(([path, text]) => {
    const words = [path, ...text.split('\n')].flatMap((line) => BRITISH.exec(line)?.[0] ?? []);
    return words.length > 0 ? [`${path}: ${[...new Set(words)].join(', ')}`] : [];
  });

test('everything is spelled as Americans do', () => {
  const sources = new Map([...readSources()].filter(([path]) => path !== 'test/spelling.test.ts'));
  expect(sources.size).toBeGreaterThan(200);
  expect(spelledOtherwise(sources)).toEqual([]);
});

test('a British word is noticed, in a text and in the name of a file', () => {
  expect(spelledOtherwise(new Map([['koji/gate.ts', 'const isAnalysed = true;']]))).toEqual(['koji/gate.ts: Analysed']);
  expect(spelledOtherwise(new Map([['sandbox/koji/behaviour.ts', '']]))).toEqual([
    'sandbox/koji/behaviour.ts: behaviour',
  ]);
});
