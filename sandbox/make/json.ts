/** JSON as Make reads it, before an app does: a number from 2^53 on is rounded. What is no JSON gives undefined. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
