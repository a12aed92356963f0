/** Written small unless first or last; the list is that of the common `titlecase` libraries. */
const small = new Set('a an and as at but by en for if in of on or the to v via vs'.split(' '));

/** Either way is taken for these. */
const free = new Set('about after before from into onto over than with without'.split(' '));

/** The text in Title Case. Words with a capital letter or a digit anywhere (iPhone, API, 3rd) are left as they are. */
export const titleCaseOf = (text: string): string => {
  const words = text.split(' ');
  return words
    .map((word, index) => {
      const bare = word.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
      const edge =
        index === 0 || index === words.length - 1 || /^[([]|[)\]]$/.test(word) || /:$/.test(words[index - 1] ?? '');
      if (!edge && small.has(bare)) return word.toLowerCase();
      if ((!edge && free.has(bare)) || /[\p{Lu}\p{N}]/u.test(word)) return word;
      return word.replace(/\p{Ll}/u, (letter) => letter.toUpperCase());
    })
    .join(' ');
};
