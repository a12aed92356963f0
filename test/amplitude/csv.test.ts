import { type CsvRow, csvReader } from '../../amplitude/csv.ts';

/** The rows of a text that comes in pieces of this size, and how long the last one was after each piece. */
const inPieces = (text: string, size: number) => {
  const rows: CsvRow[] = [];
  const lengths: number[] = [];
  const reader = csvReader((row) => rows.push(row));
  for (let from = 0; from < text.length; from += size) lengths.push(reader.read(text.slice(from, from + size)));
  reader.end();
  return { rows, lengths };
};
const good = (...values: string[]): CsvRow => ({ values, isBroken: false, hasLineEnd: true });
const odd = (...values: string[]): CsvRow => ({ values, isBroken: true, hasLineEnd: true });

test.each([1, 2, 3, 1_000])('rows are the same in pieces of %i characters', (size) => {
  const text = 'id,"na""me"\n1,"a,\nb"\r\n\n"",\n""\n2,5" wide\n3,"5" wide, ""so"""\n4,';
  expect(inPieces(text, size).rows).toEqual([
    good('id', 'na"me'),
    good('1', 'a,\nb'),
    good('', ''),
    good(''),
    odd('2', '5" wide'),
    odd('3', '5 wide, "so"'),
    { ...good('4', ''), hasLineEnd: false },
  ]);
});

test.each([1, 2, 1_000])(
  'a carriage return ends a line before its line feed alone, in pieces of %i characters',
  (size) => {
    expect(inPieces('id,name\r\n\r\n"1","a"\r\n2,b\r\n', size).rows).toEqual([
      good('id', 'name'),
      good('1', 'a'),
      good('2', 'b'),
    ]);
    expect(inPieces('"1\r2","a\r\nb"\n', size).rows).toEqual([good('1\r2', 'a\r\nb')]);
    for (const text of [
      'ada\rbob,x\n',
      'ada,x\rbob\n',
      '"ada"\r,x\n',
      '"ada"\r\r\n',
      '"ada"\r"bob",x\n',
      'ada\r\r\n',
      'ada\r',
    ]) {
      expect(inPieces(text, size).rows).toMatchObject([{ isBroken: true }]);
    }
  },
);

test('a quote that is still open at the end is a stray one', () => {
  expect(inPieces('1,"a\nb', 2).rows).toEqual([{ ...odd('1', 'a\nb'), hasLineEnd: false }]);
});

test('after each piece it is known how long the row is that has begun', () => {
  expect(inPieces('1,a\n2,"b\nc"\n3', 4).lengths).toEqual([0, 4, 0, 1]);
  expect(inPieces('1,a\n2,b\n3,c', 6).lengths).toEqual([2, 3]);
});
