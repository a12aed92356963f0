/** Markdown as far as help texts use it: links and code. */

const link = /\[[^[\]]+\]\((https?:\/\/[^\s()]+(?:\([^\s()]*\)[^\s()]*)*|mailto:[^\s()]+)\)/g;

const withoutCode = (text: string): string => text.replace(/`[^`]*`/g, '');

/** The addresses a text links to. */
export const linksIn = (text: string): string[] =>
  [...withoutCode(text).matchAll(link)].flatMap(([, address]) => (address === undefined ? [] : [address]));

/** What is left in a text of links that are none: bare addresses and broken brackets. */
export const brokenLinkIn = (text: string): string | null => {
  const rest = withoutCode(text).replace(link, '');
  return /(https?:\/\/|www\.)\S+|\[[^\]]*\]\([^)]*\)?|\[[^\]]*\(\s*\S+\)/i.exec(rest)?.[0] ?? null;
};
